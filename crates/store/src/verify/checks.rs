//! What one statement can find.

use sqlx::FromRow;

use super::{Finding, Findings, TOLD};
use crate::sql::{Sql, on, sql};
use crate::{Db, Result};

/// A statement that finds the rows against a rule, and which rule.
struct Check {
    rule: &'static str,
    sql: &'static Sql,
}

/// A row against a rule, and how many there are in all.
#[derive(FromRow)]
struct Row {
    place: String,
    id: i64,
    found: i64,
    what: String,
}

static CHECKS: &[Check] = &[
    Check { rule: "rule 1", sql: sql!("verify/rule_1_step_without_job.sql") },
    Check { rule: "rule 1", sql: sql!("verify/rule_1_job_twice_in_pipeline.sql") },
    Check { rule: "rule 2", sql: sql!("verify/rule_2_previous_step.sql") },
    Check { rule: "rule 2", sql: sql!("verify/rule_2_steps_follow_jobs.sql") },
    Check { rule: "rule 2", sql: sql!("verify/rule_2_previous_job.sql") },
    Check { rule: "rule 3", sql: sql!("verify/rule_3_input_of_previous_job.sql") },
    Check { rule: "rule 3", sql: sql!("verify/rule_3_cycle.sql") },
    Check { rule: "rule 4", sql: sql!("verify/rule_4_attempt_without_previous.sql") },
    Check { rule: "rule 4", sql: sql!("verify/rule_4_first_attempt.sql") },
    Check { rule: "rule 4", sql: sql!("verify/rule_4_attempt_twice.sql") },
    Check { rule: "rule 5", sql: sql!("verify/rule_5_delivery_twice.sql") },
    Check { rule: "rule 5", sql: sql!("verify/rule_5_settled_or_due.sql") },
    Check { rule: "rule 5", sql: sql!("verify/rule_5_delivery_and_event.sql") },
    Check { rule: "rule 6", sql: sql!("verify/rule_6_finished.sql") },
    Check { rule: "rule 6", sql: sql!("verify/rule_6_success_against_input.sql") },
    Check { rule: "rule 7", sql: sql!("verify/rule_7_rows_left_behind.sql") },
    Check { rule: "projects", sql: sql!("verify/one_project.sql") },
    Check { rule: "events", sql: sql!("verify/one_event.sql") },
    Check { rule: "events", sql: sql!("verify/omissions_told.sql") },
    Check { rule: "submissions", sql: sql!("verify/ready_without_submission.sql") },
    Check { rule: "submissions", sql: sql!("verify/submission_due.sql") },
    Check { rule: "times", sql: sql!("verify/times.sql") },
];

/// Runs every check.
pub(super) async fn run(db: &Db) -> Result<Vec<Finding>> {
    let mut all = Vec::new();
    for check in CHECKS {
        let rows: Vec<Row> =
            on!(db, check.sql, |query, pool| sqlx::query_as(query).bind(TOLD).fetch_all(pool).await)?;
        let mut findings = Findings::new(check.rule);
        let found = rows.first().map_or(0, |row| row.found);
        for row in rows {
            findings.add(row.what, &row.place, row.id);
        }
        findings.found = found;
        all.extend(findings.finish());
    }
    Ok(all)
}

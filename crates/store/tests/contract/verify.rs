//! Rows against each rule, written past all constraints, and what `verify` says of them.

use domain::plan::Plan;
use domain::words::TargetStatus;
use store::Db;
use store::verify::{Finding, verify};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::build_and_test;
use crate::raw::Raw;
use crate::support::{at, end, load, migrated, record_at, recorded, submit_all, target_named};

/// The tables that are tampered with.
const TABLES: &[&str] = &[
    "projects",
    "references",
    "commits",
    "inbox",
    "events",
    "omissions",
    "reruns",
    "pipelines",
    "jobs",
    "steps",
    "submissions",
    "targets",
    "inputs",
];

/// A database that keeps every rule, and rows of every state in it.
struct Story {
    db: Db,
    raw: Raw,
}

impl Story {
    /// Event 1: the SRPM and the build of f42 succeeded, that of f43 failed, so its test was skipped; the test of f42 is
    /// ready. Event 2: nothing has gone out. Event 3 started nothing and came from delivery 1.
    async fn of(database: &TestDatabase) -> Self {
        let db = migrated(database).await;
        let plan = build_and_test(&["f42", "f43"]);
        let event = recorded(&db, &plan).await;
        record_at(&db, "packit", &plan, 1).await;
        record_at(&db, "ogr", &Plan::nothing("access is denied"), 2).await;
        submit_all(&db, event, at(10)).await;
        let workflow = load(&db, event).await;
        for (kind, name, status) in [
            ("srpm_build", "srpm", TargetStatus::Succeeded),
            ("copr_build", "f42", TargetStatus::Succeeded),
            ("copr_build", "f43", TargetStatus::Failed),
        ] {
            end(&db, event, target_named(&workflow, kind, name), status, at(20)).await;
        }
        let raw = Raw::open(database).await;
        raw.run(
            "INSERT INTO inbox (id, source, delivery_id, kind, received_at, outcome, event_id)
            VALUES (1, 'github.com', 'd-1', 'push', '2026-01-01T00:00:00+00:00', 'nothing_planned', 3);
            UPDATE events SET inbox_id = 1 WHERE id = 3",
        )
        .await;
        assert_eq!(verify(&db).await.unwrap(), []);
        Self { db, raw }
    }

    /// The same without any constraint, each table with a copy to go back to.
    async fn unguarded(database: &TestDatabase) -> Self {
        let story = Self::of(database).await;
        for table in TABLES {
            story.raw.run(&format!("CREATE TABLE {table}_kept AS SELECT * FROM \"{table}\"")).await;
            story.raw.unguard(table).await;
        }
        story
    }

    async fn restore(&self) {
        for table in TABLES {
            self.raw
                .run(&format!("DELETE FROM \"{table}\"; INSERT INTO \"{table}\" SELECT * FROM {table}_kept"))
                .await;
        }
    }

    /// Asserts that after `sql` the findings are of this rule, and that one of them says so in these words.
    async fn finds(&self, rule: &str, words: &str, sql: &str) {
        self.raw.run(sql).await;
        let findings = verify(&self.db).await.unwrap();
        assert!(
            findings.iter().any(|finding| finding.rule == rule && finding.what.contains(words)),
            "{rule}: {words} is not found after {sql}\n{findings:#?}"
        );
        self.restore().await;
    }
}

/// The ids of event 1, as the store gives them out: SRPM, builds of f42 and f43, tests of f42 and f43 are targets 1 to 5 of
/// jobs 1 to 3 in steps 1 to 3 of pipeline 1; targets 6 to 10 are those of event 2.
const BROKEN: &[(&str, &str, &str)] = &[
    ("rule 1", "step 2 of pipeline 1 holds no job", "UPDATE steps SET job_id = NULL WHERE id = 2"),
    (
        "rule 1",
        "job 1 stands in 2 steps of pipeline 1",
        "INSERT INTO steps (id, pipeline_id, job_id, event_id) VALUES (90, 1, 1, 1)",
    ),
    (
        "rule 2",
        "step 2 of pipeline 1 has the previous step 4, which is in pipeline 2",
        "UPDATE steps SET previous_id = 4 WHERE id = 2",
    ),
    (
        "rule 2",
        "step 2 of pipeline 1 has the previous step 3, which comes behind it",
        "UPDATE steps SET previous_id = 3 WHERE id = 2",
    ),
    (
        "rule 2",
        "step 2 of pipeline 1 has the previous step 77, which does not exist",
        "UPDATE steps SET previous_id = 77 WHERE id = 2",
    ),
    (
        "rule 2",
        "step 3 holds job 3, which follows job 2, behind a step that holds job 1",
        "UPDATE steps SET previous_id = 1 WHERE id = 3",
    ),
    (
        "rule 2",
        "step 2 holds job 2, which follows job 1, behind a step that holds job none",
        "UPDATE steps SET previous_id = NULL WHERE id = 2",
    ),
    (
        "rule 2",
        "job 2 of event 1 follows job 3, which comes behind it",
        "UPDATE jobs SET previous_job_id = 3 WHERE id = 2",
    ),
    (
        "rule 2",
        "job 5 of event 2 follows job 1, which is of event 1",
        "UPDATE jobs SET previous_job_id = 1 WHERE id = 5",
    ),
    (
        "rule 3",
        "target 4 of job 3 consumes target 1 of job 1, but its job follows job 2",
        "UPDATE inputs SET input_target_id = 1 WHERE target_id = 4",
    ),
    (
        "rule 3",
        "target 1 of job 1 consumes target 2 of job 2, but its job follows job none",
        "INSERT INTO inputs VALUES (1, 2, 'success')",
    ),
    ("rule 3", "target 2 consumes itself", "INSERT INTO inputs VALUES (2, 2, 'finished')"),
    ("rule 3", "target 1 consumes itself", "INSERT INTO inputs VALUES (1, 9, 'success'), (6, 4, 'success')"),
    (
        "rule 4",
        "target 2 (copr_build f42 of event 1) is attempt 3 of chain 2",
        "UPDATE targets SET attempt = 3 WHERE id = 2",
    ),
    (
        "rule 4",
        "is attempt 2 of chain 2, which has no attempt 1 of that kind, name and event",
        "UPDATE targets SET chain_id = 2, attempt = 2 WHERE id = 3",
    ),
    ("rule 4", "target 3 is attempt 1 of chain 2", "UPDATE targets SET chain_id = 2 WHERE id = 3"),
    ("rule 4", "chain 2 has 2 attempts with the number 1", "UPDATE targets SET chain_id = 2 WHERE id = 3"),
    (
        "rule 5",
        "delivery d-1 from github.com is kept 2 times",
        "INSERT INTO inbox (id, source, delivery_id, outcome) VALUES (2, 'github.com', 'd-1', 'ignored')",
    ),
    (
        "rule 5",
        "delivery 1 came to nothing_planned and is still due",
        "UPDATE inbox SET due_at = received_at",
    ),
    ("rule 5", "delivery 1 has no outcome and is never due", "UPDATE inbox SET outcome = NULL"),
    ("rule 5", "delivery 1 came to nothing_planned and names no event", "UPDATE inbox SET event_id = NULL"),
    ("rule 5", "event 3 came from delivery 1, which names event 2", "UPDATE inbox SET event_id = 2"),
    ("rule 5", "delivery 1 came to 2 events", "UPDATE events SET inbox_id = 1 WHERE id = 2"),
    ("rule 6", "target 2 is succeeded and has no time", "UPDATE targets SET finished_at = NULL WHERE id = 2"),
    (
        "rule 6",
        "target 4 is ready and has a time",
        "UPDATE targets SET finished_at = created_at WHERE id = 4",
    ),
    ("rule 6", "target 2 is lost and has a time", "UPDATE targets SET status = 'lost' WHERE id = 2"),
    (
        "rule 6",
        "target 5 succeeded, but its input, target 3, is failed and not what it needs: success",
        "UPDATE targets SET status = 'succeeded' WHERE id = 5",
    ),
    ("rule 7", "a row of targets names job 2, which is gone", "DELETE FROM jobs WHERE id = 2"),
    ("rule 7", "a row of steps names pipeline 2, which is gone", "DELETE FROM pipelines WHERE id = 2"),
    ("rule 7", "a row of inputs names target 1, which is gone", "DELETE FROM targets WHERE id = 1"),
    ("rule 7", "a row of targets names submission 1, which is gone", "DELETE FROM submissions WHERE id = 1"),
    ("rule 7", "a row of jobs names event 2, which is gone", "DELETE FROM events WHERE id = 2"),
    (
        "projects",
        "commit 1 is of project 2, its reference 1 of project 1",
        "UPDATE commits SET project_id = 2 WHERE id = 1",
    ),
    (
        "projects",
        "event 1 is of project 2, its reference 1 of project 1",
        "UPDATE events SET project_id = 2 WHERE id = 1",
    ),
    (
        "projects",
        "event 1 is at reference 1, its commit 2 at reference 2",
        "UPDATE events SET commit_id = 2 WHERE id = 1",
    ),
    (
        "projects",
        "submission 1 is of project 2, its event 1 of project 1",
        "UPDATE submissions SET project_id = 2 WHERE id = 1",
    ),
    (
        "events",
        "step 1 is of event 2, its pipeline of event 1, its job of event 1",
        "UPDATE steps SET event_id = 2 WHERE id = 1",
    ),
    (
        "events",
        "target 2 is a koji_build of event 1, its job 2 a copr_build of event 1",
        "UPDATE targets SET kind = 'koji_build' WHERE id = 2",
    ),
    (
        "events",
        "target 6 of event 2 rides on submission 1 of event 1",
        "UPDATE targets SET submission_id = 1 WHERE id = 6",
    ),
    (
        "events",
        "pipeline 2 of event 2 is a rerun of pipeline 1 of event 1",
        "UPDATE pipelines SET origin_id = 1 WHERE id = 2",
    ),
    (
        "events",
        "event 3 has omissions and says that it has none",
        "UPDATE events SET has_omissions = FALSE WHERE id = 3",
    ),
    (
        "events",
        "event 3 has no omissions and says that it has some",
        "DELETE FROM omissions WHERE event_id = 3",
    ),
    (
        "submissions",
        "target 4 is ready and rides on no submission",
        "UPDATE targets SET submission_id = NULL WHERE id = 4",
    ),
    (
        "submissions",
        "has a target that is not finished and is never due",
        "UPDATE submissions SET due_at = NULL WHERE event_id = 2",
    ),
    (
        "submissions",
        "submission 1 of event 1 has no target that is not finished and is still due",
        "UPDATE submissions SET due_at = created_at WHERE id = 1",
    ),
    (
        "times",
        "target 2 by our clock: submitted 2030",
        "UPDATE targets SET submitted_at = '2030-01-01T00:00:00+00:00' WHERE id = 2",
    ),
    (
        "times",
        "target 2 by our clock",
        "UPDATE targets SET started_at = '2030-01-01T00:00:00+00:00' WHERE id = 2",
    ),
    (
        "status",
        "event 1 is stored as succeeded; its targets make it waiting",
        "UPDATE events SET status = 'succeeded' WHERE id = 1",
    ),
    (
        "status",
        "event 3 is stored as running; its targets make it nothing",
        "UPDATE events SET status = 'running' WHERE id = 3",
    ),
    (
        "status",
        "event 2 cannot be judged: `lost` is not a known target status",
        "UPDATE targets SET status = 'lost' WHERE id = 6",
    ),
    (
        "status",
        "target 4 of event 1 is waiting; its inputs make it ready",
        "UPDATE targets SET status = 'waiting', submission_id = NULL WHERE id = 4",
    ),
    (
        "status",
        "target 5 of event 1 is waiting; its inputs make it skipped",
        "UPDATE targets SET status = 'waiting', finished_at = NULL WHERE id = 5",
    ),
];

on_both_databases! {
    /// Each kind of fault that a hand at the database can make is found and told with its ids.
    async fn every_rule_is_derived_again_from_the_rows(database: TestDatabase) {
        let story = Story::unguarded(&database).await;
        assert_eq!(verify(&story.db).await.unwrap(), []);
        for (rule, words, sql) in BROKEN {
            story.finds(rule, words, sql).await;
        }
        assert_eq!(verify(&story.db).await.unwrap(), []);
    }

    /// What no constraint keeps: an input of the wrong job and a cycle over two events go into a database whose constraints
    /// all stand, and are found.
    async fn rule_3_what_the_database_cannot_keep_is_found(database: TestDatabase) {
        let story = Story::of(&database).await;
        story
            .raw
            .run("INSERT INTO inputs (target_id, input_target_id, needs) VALUES (4, 1, 'finished')")
            .await;
        let findings = verify(&story.db).await.unwrap();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!(findings[0].rule, "rule 3");
        assert_eq!(findings[0].where_.as_ref().unwrap().to_string(), "targets 4");
        story.raw.run(
            "DELETE FROM inputs WHERE target_id = 4 AND input_target_id = 1;
            INSERT INTO inputs (target_id, input_target_id, needs) VALUES (4, 9, 'success'), (6, 4, 'success')",
        ).await;
        let findings = verify(&story.db).await.unwrap();
        let cycle = findings.iter().filter(|finding| finding.rule == "rule 3").collect::<Vec<_>>();
        assert_eq!(cycle.len(), 1, "{findings:#?}");
        assert!(cycle[0].what.contains("target 4 consumes itself"), "{cycle:#?}");
    }

    /// Inputs of other events are allowed, in either direction of age, as long as nothing goes round.
    async fn rule_3_inputs_of_other_events_are_allowed(database: TestDatabase) {
        let story = Story::of(&database).await;
        story
            .raw
            .run("INSERT INTO inputs (target_id, input_target_id, needs) VALUES (4, 7, 'finished')")
            .await;
        let findings = verify(&story.db).await.unwrap();
        assert!(findings.iter().all(|finding| finding.rule != "rule 3"), "{findings:#?}");
    }

    /// A broken database does not flood who looks at it.
    async fn findings_are_few_and_the_others_counted(database: TestDatabase) {
        let story = Story::unguarded(&database).await;
        story
            .raw
            .run(
                "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 149)
            INSERT INTO events (id, project_id, reference_id, kind, status)
            SELECT i, 1, 1, 'push', 'running' FROM n;
            WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 149)
            INSERT INTO inbox (id, source, delivery_id) SELECT i, 'github.com', 'd' || i FROM n",
            )
            .await;
        let findings = verify(&story.db).await.unwrap();
        for rule in ["rule 5", "status"] {
            let told: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == rule).collect();
            assert_eq!(told.len(), 21, "{rule}");
            assert_eq!(told[20].what, "and 30 more like the one before");
            assert_eq!(told[20].where_, None);
        }
    }
}

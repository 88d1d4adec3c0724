//! Small sources with a story each.

mod batches;
mod broken;
mod catch_up;
mod kinds;
mod runs;
mod sources;
mod workflows;

use import::Report;
use store::reads::{TargetView, WorkflowView};
use test_support::PostgresDatabase;

use crate::schema;
use crate::support::{execute, source};

/// A pull request's event 1 with one pipeline: an SRPM, two builds, a test of one of them.
pub(crate) const PLAIN: &str = "
INSERT INTO git_projects VALUES (1, 'packit', 'ogr', 'https://github.com/packit/ogr', 'github.com', true);
INSERT INTO pull_requests VALUES (5, 42, 1);
INSERT INTO project_events VALUES (1, 'pull_request', 5, 'c0ffee', '{\"jobs\": []}');
INSERT INTO srpm_builds VALUES (10, NULL, '2025-01-01 10:00', 'https://copr.example/x.src.rpm', '2025-01-01 10:05',
    '2025-01-01 10:01', '700', 'https://copr.example/700', NULL, 'success');
INSERT INTO copr_build_groups VALUES (20, '2025-01-01 10:05');
INSERT INTO copr_build_targets VALUES
    (21, '701', 'success', 'fedora-43-x86_64', NULL, NULL, '{\"k\": 1}', '2025-01-01 10:30', '2025-01-01 10:10',
        '2025-01-01 10:05', 'ogr-42', 'packit', NULL,
        '[{\"name\": \"ogr\", \"epoch\": 0, \"version\": \"1\", \"release\": \"2\", \"arch\": \"noarch\"}]', 20, 'x'),
    (22, '701', 'failure', 'fedora-42-x86_64', NULL, NULL, NULL, '2025-01-01 10:20', '2025-01-01 10:10',
        '2025-01-01 10:05', 'ogr-42', 'packit', NULL, NULL, 20, 'x');
INSERT INTO tft_test_run_groups VALUES (30, '2025-01-01 10:31', 'public');
INSERT INTO tft_test_run_targets VALUES
    (31, 'aaaa', 'passed', 'fedora-43-x86_64', 'https://tf.example/aaaa', NULL, '2025-01-01 10:31', 'x', 30);
INSERT INTO tf_copr_build_association_table VALUES (21, 31);
INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id, test_run_group_id)
    VALUES (100, '2025-01-01 10:00', 1, 10, 20, 30);
";

/// So many events, each with an SRPM.
pub(crate) fn many(events: u32) -> String {
    let numbers = format!("generate_series(1001, {}) n", 1000 + events);
    format!(
        "INSERT INTO project_events SELECT n, 'pull_request', 5, 'c' || n, NULL FROM {numbers};
        INSERT INTO srpm_builds (id, status) SELECT n, 'success' FROM {numbers};
        INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id)
            SELECT n, '2025-01-01', n, n FROM {numbers};"
    )
}

/// A source of today's schema with these rows.
pub(crate) async fn today(test: &str, rows: &[&str]) -> Option<PostgresDatabase> {
    let source = source(test)?;
    execute(&source, schema::TODAY).await;
    for rows in rows {
        execute(&source, rows).await;
    }
    Some(source)
}

pub(crate) fn reasons(report: &Report, table: &str) -> Vec<String> {
    let rows = report.set_aside.iter().filter(|row| row.table == table);
    rows.map(|row| format!("{}: {}", row.id, row.reason)).collect()
}

pub(crate) fn notes(report: &Report, table: &str) -> Vec<String> {
    let rows = report.notes.iter().filter(|row| row.table == table);
    rows.map(|row| format!("{}: {}", row.id, row.reason)).collect()
}

pub(crate) fn of_old<'a>(workflow: &'a WorkflowView, table: &str, id: i64) -> Vec<&'a TargetView> {
    let is = |target: &&TargetView| {
        target.details.imported.as_ref().is_some_and(|row| row.table == table && row.id == id)
    };
    workflow.targets.iter().filter(is).collect()
}

pub(crate) fn kinds(workflow: &WorkflowView, pipeline: i64) -> Vec<&'static str> {
    let steps = workflow.steps.iter().filter(|step| step.pipeline_id == pipeline);
    let job = |id| workflow.jobs.iter().find(|job| job.id == id).unwrap();
    steps.map(|step| job(step.job_id).kind.as_str()).collect()
}

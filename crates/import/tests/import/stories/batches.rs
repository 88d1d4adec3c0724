//! Where a batch ends changes nothing.

use domain::ids::EventId;
use store::reads;
use test_support::{PostgresDatabase, TestDatabase, on_both_databases};

use super::{PLAIN, many, of_old, today};
use crate::schema;
use crate::support::{all_events, assert_clean, became, execute, import_all, open, source, workflow_of};

/// A test of an event far behind that of its build, in whose own pipeline there is a build of the same name.
const FAR_BEHIND: &str = "
INSERT INTO project_events VALUES (2000, 'pull_request', 5, 'decaf0', NULL);
INSERT INTO copr_build_groups VALUES (60, '2025-02-01');
INSERT INTO copr_build_targets (id, status, target, copr_build_group_id, submitted_time)
    VALUES (61, 'success', 'fedora-43-x86_64', 60, '2025-02-01');
INSERT INTO tft_test_run_groups VALUES (70, '2025-02-01', NULL);
INSERT INTO tft_test_run_targets (id, status, target, submitted_time, tft_test_run_group_id)
    VALUES (71, 'passed', 'fedora-43-x86_64', '2025-02-01', 70);
INSERT INTO tf_copr_build_association_table VALUES (21, 71);
INSERT INTO pipelines (id, datetime, project_event_id, copr_build_group_id, test_run_group_id)
    VALUES (2000, '2025-02-01', 2000, 60, 70);
";

/// The same in the old schema.
const FAR_BEHIND_BEFORE_GROUPS: &str = "
INSERT INTO job_triggers SELECT n, 'pull_request', 5 FROM generate_series(1, 200) n;
INSERT INTO srpm_builds (id, commit_sha, status) SELECT n, 'aa', 'success' FROM generate_series(2, 199) n;
INSERT INTO copr_build_targets (id, build_id, commit_sha, status, target) VALUES
    (21, '7', 'aa', 'success', 'fedora-35-x86_64'), (61, '8', 'bb', 'success', 'fedora-35-x86_64');
INSERT INTO tft_test_run_targets (id, commit_sha, status, target, submitted_time)
    VALUES (71, 'bb', 'passed', 'fedora-35-x86_64', '2022-01-01');
INSERT INTO tf_copr_build_association_table VALUES (21, 71);
INSERT INTO pipelines (id, datetime, job_trigger_id, srpm_build_id)
    SELECT n, '2022-01-01', n, n FROM generate_series(2, 199) n;
INSERT INTO pipelines (id, datetime, job_trigger_id, copr_build_id, test_run_id)
    VALUES (1, '2022-01-01', 1, 21, NULL), (200, '2022-01-01', 200, 61, 71);
";

async fn before_groups(test: &str, rows: &str) -> Option<PostgresDatabase> {
    let source = source(test)?;
    execute(&source, schema::BEFORE_GROUPS).await;
    execute(&source, rows).await;
    Some(source)
}

on_both_databases! {
    async fn a_test_consumes_the_build_that_the_source_names_and_no_other(database: TestDatabase) {
        let Some(todays) = today(module_path!(), &[PLAIN, &many(200), FAR_BEHIND]).await else { return };
        let Some(old) = before_groups(module_path!(), FAR_BEHIND_BEFORE_GROUPS).await else { return };
        let other = if database.is_postgres() {
            let Some(other) = TestDatabase::postgres(module_path!()) else { return };
            other
        } else {
            TestDatabase::sqlite()
        };
        for (source, database) in [(todays, &database), (old, &other)] {
            let db = open(database).await;
            import_all(&source, &db).await;
            assert_clean(&db).await;
            let build = became(&db, "copr_build_targets", 21, "targets").await[0].our_id;
            let workflow = workflow_of(&db, "tft_test_run_targets", 71).await;
            let inputs = &of_old(&workflow, "tft_test_run_targets", 71)[0].inputs;
            assert_eq!(inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(), [build]);
        }
    }

    /// What has no trigger goes by its SRPM, whatever number its trigger had and whichever of its rows knows the commit.
    async fn an_event_without_a_trigger_is_one_however_its_rows_are_spread(database: TestDatabase) {
        let rows = "
            INSERT INTO srpm_builds (id, commit_sha, status)
                SELECT n, CASE WHEN n % 5 > 0 THEN 's' || n END, 'success' FROM generate_series(1, 100) n;
            INSERT INTO copr_build_targets (id, build_id, commit_sha, status, target)
                SELECT n, n / 7, CASE WHEN n % 2 > 0 THEN 'c' || n END, 'success', 'chroot-' || n
                FROM generate_series(1, 700) n;
            INSERT INTO pipelines (id, datetime, job_trigger_id, srpm_build_id, copr_build_id)
                SELECT n, '2022-01-01', CASE WHEN n % 3 > 0 THEN 99999 + n % 7 END, 1 + n % 100, n
                FROM generate_series(1, 700) n;
            INSERT INTO pipelines (id, datetime, job_trigger_id) VALUES (801, '2022-01-01', 99999), (802, '2022-01-01', NULL);";
        let Some(source) = before_groups(module_path!(), rows).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        assert_clean(&db).await;
        let events = all_events(&db).await;
        assert_eq!(events.len(), 102);
        let mut rows = 0;
        for event in events {
            let workflow = reads::workflow(&db, EventId(event)).await.unwrap().unwrap();
            rows += workflow.targets.len();
        }
        assert_eq!(rows, 800);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }
}

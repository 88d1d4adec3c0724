//! One run after another.

use import::{Error, Options};
use store::reads::WorkflowView;
use test_support::{PostgresDatabase, TestDatabase, on_both_databases};

use super::{PLAIN, many, notes, of_old, reasons, today};
use crate::schema;
use crate::support::{all_events, assert_clean, execute, import_all, import_with, open, source, workflow_of};

on_both_databases! {
    async fn later_runs_bring_what_is_new_and_leave_what_is_there(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        let before = workflow_of(&db, "pipelines", 100).await;
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
        assert_eq!(workflow_of(&db, "pipelines", 100).await, before);
        // A test of the same group came in meanwhile, and a build was done again.
        execute(&source, "
            INSERT INTO tft_test_run_targets VALUES
                (32, 'cccc', 'failed', 'fedora-42-x86_64', NULL, NULL, '2025-01-01 10:40', 'x', 30);
            INSERT INTO copr_build_groups VALUES (40, '2025-01-02 10:05');
            INSERT INTO copr_build_targets (id, build_id, status, target, copr_build_group_id, identifier)
                VALUES (41, '702', 'success', 'fedora-42-x86_64', 40, 'x');
            INSERT INTO tf_copr_build_association_table VALUES (22, 32);
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id)
                VALUES (101, '2025-01-02 10:00', 1, 10, 40);").await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.imported_total, 5, "{:?}", report.tables);
        let after = workflow_of(&db, "pipelines", 100).await;
        assert_eq!(after.event.id, before.event.id);
        assert!(after.event.version > before.event.version);
        assert_eq!((after.pipelines.len(), after.targets.len()), (2, before.targets.len() + 2));
        let job = |workflow: &WorkflowView, id| of_old(workflow, "tft_test_run_targets", id)[0].job_id;
        assert_eq!(job(&after, 32), job(&before, 31));
        assert_eq!(of_old(&after, "copr_build_targets", 41)[0].attempt, 2);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }

    async fn what_has_not_ended_is_left_for_a_later_run(database: TestDatabase) {
        let running = "
            INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL);
            INSERT INTO srpm_builds (id, submitted_time, status) VALUES (11, now() AT TIME ZONE 'UTC', 'pending');
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id)
                VALUES (101, now() AT TIME ZONE 'UTC', 2, 11);";
        let Some(source) = today(module_path!(), &[PLAIN, running]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_eq!(report.set_aside_total, 3, "{:?}", report.set_aside);
        assert!(reasons(&report, "srpm_builds")[0].contains("a later run"));
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        execute(&source, "UPDATE srpm_builds SET status = 'success' WHERE id = 11").await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!((report.imported_total, report.set_aside_total), (3, 0));
    }

    /// The other database knows when something ran, so an event for which nothing had run yet had only the time of another.
    async fn an_event_gets_its_time_when_something_runs_for_it(database: TestDatabase) {
        let waiting = "INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL)";
        let Some(source) = today(module_path!(), &[PLAIN, waiting]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_eq!(notes(&report, "project_events").len(), 1, "{:?}", report.notes);
        execute(&source, "
            INSERT INTO srpm_builds (id, status) VALUES (11, 'success');
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id) VALUES (101, '2025-06-01', 2, 11);").await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.notes, []);
        let event = workflow_of(&db, "pipelines", 101).await.event;
        assert_eq!(event.occurred_at, "2025-06-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }

    /// A test of another event's build, which was set aside with its event, is tied to it once it has come.
    async fn what_ties_two_events_comes_with_the_later_one(database: TestDatabase) {
        let running = "
            INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL);
            INSERT INTO tft_test_run_groups VALUES (40, NULL);
            INSERT INTO tft_test_run_targets (id, status, target, submitted_time, tft_test_run_group_id)
                VALUES (41, 'running', 'fedora-43-x86_64', now() AT TIME ZONE 'UTC', 40);
            INSERT INTO tf_copr_build_association_table VALUES (21, 41);
            INSERT INTO pipelines (id, datetime, project_event_id, test_run_group_id)
                VALUES (101, now() AT TIME ZONE 'UTC', 2, 40);";
        let Some(source) = today(module_path!(), &[PLAIN, running]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_eq!(reasons(&report, "tf_copr_build_association_table").len(), 1);
        execute(&source, "UPDATE tft_test_run_targets SET status = 'passed' WHERE id = 41").await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside, []);
        let test = workflow_of(&db, "tft_test_run_targets", 41).await;
        let build = workflow_of(&db, "copr_build_targets", 21).await;
        let build = of_old(&build, "copr_build_targets", 21)[0].id;
        let inputs = &of_old(&test, "tft_test_run_targets", 41)[0].inputs;
        assert_eq!(inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(), [build]);
    }

    /// Packit Service may remove rows, also such as were set aside; the counts go on to reconcile.
    async fn what_the_source_has_removed_since_is_told(database: TestDatabase) {
        let aside = "INSERT INTO allowlist VALUES (1, 'packit', 'approved', NULL), (2, 'other', 'denied', NULL)";
        let Some(source) = today(module_path!(), &[PLAIN, aside]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        execute(&source, "DELETE FROM allowlist WHERE id = 2; DELETE FROM tf_copr_build_association_table").await;
        let report = import_all(&source, &db).await;
        for table in ["allowlist", "tf_copr_build_association_table"] {
            assert_eq!(report.tables[table].gone, 1, "{table}");
        }
        assert_eq!(report.imported_total, 0);
    }

    async fn a_dry_run_tells_the_same_and_writes_nothing(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        let options = Options { dry_run: true, ..Options::default() };
        let told = import_with(&source, &db, &options).await;
        assert_eq!(all_events(&db).await.len(), 0);
        let done = import_all(&source, &db).await;
        assert_eq!(told.tables, done.tables);
    }

    async fn since_leaves_out_what_is_older(database: TestDatabase) {
        let newer = "
            INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL);
            INSERT INTO srpm_builds (id, status) VALUES (11, 'success');
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id) VALUES (101, '2025-06-01', 2, 11);";
        let Some(source) = today(module_path!(), &[PLAIN, newer]).await else { return };
        let db = open(&database).await;
        let since = Some("2025-05-01T00:00:00Z".parse().unwrap());
        let report = import_with(&source, &db, &Options { since, ..Options::default() }).await;
        assert_eq!((report.tables["pipelines"].imported, report.tables["pipelines"].older), (1, 1));
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.tables["pipelines"].imported, 1);
    }

    /// Pipelines without an event, and in the old schema commits of one trigger, go by their own time.
    async fn since_goes_by_what_ran_for_an_event(database: TestDatabase) {
        let lost = "
            INSERT INTO srpm_builds (id, status) VALUES (11, 'success'), (12, 'success');
            INSERT INTO pipelines (id, datetime, srpm_build_id) VALUES (101, '2025-04-01', 11), (102, '2025-06-01', 12);";
        let options = Options { since: Some("2025-05-01T00:00:00Z".parse().unwrap()), ..Options::default() };
        let Some(source) = today(module_path!(), &[PLAIN, lost]).await else { return };
        let db = open(&database).await;
        let report = import_with(&source, &db, &options).await;
        assert_eq!((report.tables["pipelines"].imported, report.tables["pipelines"].older), (1, 2));
        workflow_of(&db, "pipelines", 102).await;
        let Some(source) = crate::support::source(module_path!()) else { return };
        execute(&source, schema::BEFORE_GROUPS).await;
        execute(&source, "
            INSERT INTO job_triggers VALUES (1, 'pull_request', 5);
            INSERT INTO srpm_builds (id, commit_sha, status) VALUES (10, 'aa', 'success'), (11, 'bb', 'success'),
                (12, 'cc', 'success');
            INSERT INTO pipelines (id, datetime, job_trigger_id, srpm_build_id) VALUES (1, '2025-04-01', 1, 10),
                (2, '2025-04-01', 1, 11), (3, '2025-06-01', 1, 11), (4, '2025-06-01', NULL, 12);").await;
        let other = TestDatabase::sqlite();
        let db = open(&other).await;
        let report = import_with(&source, &db, &options).await;
        assert_eq!((report.tables["pipelines"].imported, report.tables["pipelines"].older), (3, 1));
        assert_clean(&db).await;
    }

    /// A run that was cut off between two batches, and in one, is gone on with; what it had to say is not lost.
    async fn a_run_that_was_cut_off_goes_on(database: TestDatabase) {
        let odd = "INSERT INTO project_issues VALUES (1, NULL, 1)";
        let Some(source) = today(module_path!(), &[PLAIN, odd, &many(2500)]).await else { return };
        let db = open(&database).await;
        let (begun, mut batches) = tokio::sync::mpsc::unbounded_channel();
        // With connections of its own, which go with it as those of a process do.
        let (url, there) = (source.url().to_owned(), open(&database).await);
        let run = tokio::spawn(async move {
            let mut progress = |progress: import::Progress| {
                if progress.stage == import::Stage::Events && progress.done > 0 {
                    let _ = begun.send(());
                }
            };
            import::import(&url, &there, &Options::default(), &mut progress).await
        });
        batches.recv().await.unwrap();
        run.abort();
        let _ = run.await;
        for _ in 0..2 {
            let report = import_all(&source, &db).await;
            assert_eq!(notes(&report, "project_issues"), ["1: it has no issue_id; imported as `unknown`"]);
        }
        assert_clean(&db).await;
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(all_events(&db).await.len(), 2501);
    }

    /// What was locked by a process that is gone is free; what another one holds is told.
    async fn two_imports_at_once_are_one_too_many(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        let other = open(&database).await;
        let held = store::import::lock(&other).await.unwrap().unwrap();
        let refused = import::import(source.url(), &db, &Options::default(), &mut |_| ()).await.unwrap_err();
        assert!(matches!(refused, Error::Running), "{refused}");
        assert!(refused.to_string().contains("another import"), "{refused}");
        assert_eq!(all_events(&db).await.len(), 0);
        drop(held);
        let held = store::import::lock(&other).await.unwrap().unwrap();
        held.release().await.unwrap();
        import_all(&source, &db).await;
    }

    /// Somebody else writes all the while: neither loses anything.
    async fn it_runs_beside_another_writer(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN, &many(2500)]).await else { return };
        let db = open(&database).await;
        let there = open(&database).await;
        let (end, mut ended) = tokio::sync::oneshot::channel();
        let writing = tokio::spawn(async move {
            let mut written = 0;
            while ended.try_recv().is_err() {
                let key = domain::words::ProjectKey::new("forge.example", "beside", &written.to_string());
                let mut tx = there.write().await.unwrap();
                store::import::ensure_project(&mut tx, &key, None, chrono::Utc::now()).await.unwrap();
                tx.commit().await.unwrap();
                written += 1;
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            written
        });
        import_all(&source, &db).await;
        end.send(()).unwrap();
        let written = writing.await.unwrap();
        let projects = store::import::projects(&db).await.unwrap();
        let beside = projects.iter().filter(|project| project.name.starts_with("forge.example/beside/"));
        assert_eq!(beside.count(), written);
        assert!(written > 0);
        assert_clean(&db).await;
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }

    /// However many rows are set aside: memory holds the first of them, the file all.
    async fn the_file_lists_every_row(database: TestDatabase) {
        let rows = "
            INSERT INTO allowlist SELECT n, 'packit', 'approved', NULL FROM generate_series(1, 2345) n;
            INSERT INTO project_issues SELECT n, NULL, 1 FROM generate_series(1, 1234) n;";
        let Some(source) = today(module_path!(), &[PLAIN, rows]).await else { return };
        let db = open(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for dry_run in [true, false] {
            let options = Options { dry_run, report: Some(path.clone()), ..Options::default() };
            let report = import_with(&source, &db, &options).await;
            assert_eq!((report.set_aside.len(), report.set_aside_total), (import::LISTED, 2345));
            assert_eq!((report.notes.len(), report.notes_total), (import::LISTED, 1234));
            let read: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let ids: std::collections::BTreeSet<i64> =
                read["set_aside"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
            assert_eq!(ids, (1..=2345).collect());
            assert_eq!(read["notes"].as_array().unwrap().len(), 1234);
            assert_eq!((&read["notes_total"], &read["shared"]), (&1234.into(), &serde_json::json!([])));
            assert_eq!(read["tables"]["allowlist"]["set_aside"], 2345);
        }
    }

    async fn another_source_is_refused(database: TestDatabase) {
        let Some(first) = today(module_path!(), &[PLAIN]).await else { return };
        let other = "INSERT INTO git_projects VALUES (1, 'fedora', 'ogr', '', 'github.com', NULL)";
        let Some(second) = today(module_path!(), &[other]).await else { return };
        let Some(empty) = source(module_path!()) else { return };
        let db = open(&database).await;
        import_all(&first, &db).await;
        let refused = |source: &PostgresDatabase| {
            let (url, db) = (source.url().to_owned(), db.clone());
            async move { import::import(&url, &db, &Options::default(), &mut |_| ()).await.unwrap_err() }
        };
        assert!(matches!(refused(&second).await, Error::OtherSource { .. }));
        assert!(matches!(refused(&empty).await, Error::Schema(found) if found.contains("no tables")));
        execute(&second, "UPDATE alembic_version SET version_num = '0123456789ab'").await;
        assert!(matches!(refused(&second).await, Error::Schema(found) if found.contains("0123456789ab")));
    }
}

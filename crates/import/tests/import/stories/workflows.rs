//! What one event becomes.

use domain::words::{EventKind, EventStatus, JobKind, Needs, RerunVia, TargetStatus};
use import::Options;
use store::reads::{EventFilter, Viewer};
use test_support::{TestDatabase, on_both_databases};

use super::{PLAIN, kinds, of_old, reasons, today};
use crate::schema;
use crate::support::{assert_clean, became, execute, import_all, import_with, open, source, workflow_of};

on_both_databases! {
    async fn a_workflow_keeps_its_steps_times_results_and_columns(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!((report.set_aside_total, report.notes.len()), (0, 0), "{report:?}");
        let workflow = workflow_of(&db, "project_events", 1).await;
        assert_eq!(workflow.project, "github.com/packit/ogr");
        assert_eq!(workflow.reference.name, "42");
        assert_eq!(workflow.commit.as_deref(), Some("c0ffee"));
        assert_eq!((workflow.event.kind, workflow.status), (EventKind::PullRequest, EventStatus::Failed));
        assert_eq!(kinds(&workflow, workflow.pipelines[0].id), ["srpm_build", "copr_build", "test_run"]);
        let build = of_old(&workflow, "copr_build_targets", 21)[0];
        assert_eq!(build.status, TargetStatus::Succeeded);
        assert_eq!(build.external_id.as_deref(), Some("701"));
        assert_eq!(build.details.packages, ["ogr-1-2.noarch"]);
        assert_eq!(build.peer_finished_at.unwrap().to_rfc3339(), "2025-01-01T10:30:00+00:00");
        let kept = &build.details.imported.as_ref().unwrap().columns;
        assert_eq!(kept["owner"], "packit");
        assert_eq!(kept["data"]["k"], 1);
        let test = of_old(&workflow, "tft_test_run_targets", 31)[0];
        assert_eq!((test.inputs.len(), test.inputs[0].target_id), (1, build.id));
        assert_eq!(test.inputs[0].needs, Needs::Success);
        assert_eq!(test.details.imported.as_ref().unwrap().unknown_times, ["finished_at"]);
        let srpm = of_old(&workflow, "srpm_builds", 10)[0];
        assert_eq!(srpm.details.artifact_url.as_deref(), Some("https://copr.example/x.src.rpm"));
        assert_eq!(build.inputs[0].target_id, srpm.id);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }

    /// A rerun of one chroot shares the SRPM; a retest shares the builds.
    async fn what_is_repeated_in_an_event_is_a_rerun(database: TestDatabase) {
        let rerun = "
            INSERT INTO copr_build_groups VALUES (40, '2025-01-02 10:05');
            INSERT INTO copr_build_targets (id, build_id, status, target, copr_build_group_id, identifier)
                VALUES (41, '702', 'success', 'fedora-42-x86_64', 40, 'x');
            INSERT INTO tft_test_run_groups VALUES (50, '2025-01-03 10:31', 'public');
            INSERT INTO tft_test_run_targets VALUES
                (51, 'bbbb', 'failed', 'fedora-43-x86_64', NULL, NULL, '2025-01-03 10:31', 'x', 50);
            INSERT INTO tf_copr_build_association_table VALUES (21, 51);
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id, test_run_group_id)
                VALUES (101, '2025-01-02 10:00', 1, 10, 40, NULL), (102, '2025-01-03 10:00', 1, 10, 20, 50);";
        let Some(source) = today(module_path!(), &[PLAIN, rerun]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        assert_clean(&db).await;
        let workflow = workflow_of(&db, "pipelines", 102).await;
        let first = became(&db, "pipelines", 100, "pipelines").await[0].our_id;
        for id in [101, 102] {
            let pipeline = became(&db, "pipelines", id, "pipelines").await[0].our_id;
            let pipeline = workflow.pipelines.iter().find(|known| known.id == pipeline).unwrap();
            assert_eq!(pipeline.origin_id, Some(first));
            assert!(pipeline.rerun_id.is_some());
        }
        let chroot = of_old(&workflow, "copr_build_targets", 41)[0];
        assert_eq!((chroot.attempt, chroot.chain_id), (2, of_old(&workflow, "copr_build_targets", 22)[0].id));
        let test = of_old(&workflow, "tft_test_run_targets", 51)[0];
        assert_eq!((test.attempt, test.inputs[0].target_id), (2, of_old(&workflow, "copr_build_targets", 21)[0].id));
        let reruns = store::reruns::of_event(&db, domain::ids::EventId(workflow.event.id)).await.unwrap();
        let redone: Vec<(RerunVia, Vec<i64>)> = reruns
            .iter()
            .map(|rerun| (rerun.via, rerun.plan.redo.iter().map(|entry| entry.target_id.0).collect()))
            .collect();
        let old = |table, id| vec![of_old(&workflow, table, id)[0].id];
        assert_eq!(redone, [
            (RerunVia::Import, old("copr_build_targets", 22)),
            (RerunVia::Import, old("tft_test_run_targets", 31)),
        ]);
        assert_eq!(reruns[0].created.len(), 1);
        // The newest attempts count: the chroot was mended, the test was broken.
        assert_eq!(workflow.status, EventStatus::Failed);
        assert_eq!(workflow.jobs.iter().filter(|job| job.kind == JobKind::SrpmBuild).count(), 1);
    }

    async fn what_two_events_share_is_a_job_of_each(database: TestDatabase) {
        let second = "
            INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL);
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id)
                VALUES (101, '2025-01-02 10:00', 2, 10, 20);";
        let Some(source) = today(module_path!(), &[PLAIN, second]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        let shared: Vec<(&str, i64)> =
            report.shared.iter().map(|row| (row.table.as_str(), row.events)).collect();
        assert_eq!(shared, [("copr_build_groups", 2), ("srpm_builds", 2)]);
        assert_eq!(became(&db, "copr_build_targets", 21, "targets").await.len(), 2);
        let origin = Some("copr_build_targets:21".parse().unwrap());
        let filter = EventFilter { origin, ..EventFilter::default() };
        let page = store::reads::events(&db, &Viewer::Public, &filter, None, 9).await.unwrap();
        assert_eq!(page.rows.len(), 2);
    }

    /// In the old schema: rows of chroots become one pipeline, builds of one Copr build one job, tests that were asked for
    /// together one job; what has no build id goes by its SRPM.
    async fn chroots_of_the_old_schema_are_put_together(database: TestDatabase) {
        let Some(source) = source(module_path!()) else { return };
        execute(&source, schema::BEFORE_GROUPS).await;
        execute(&source, "
            INSERT INTO git_projects VALUES (1, 'packit', 'ogr', 'https://github.com/packit/ogr', 'github.com');
            INSERT INTO pull_requests VALUES (5, 42, 1);
            INSERT INTO job_triggers VALUES (1, 'pull_request', 5), (2, 'pull_request', 5), (3, 'issue', 9);
            INSERT INTO srpm_builds (id, commit_sha, status, build_submitted_time)
                VALUES (10, 'aa', 'success', '2022-01-01 10:00'), (11, 'bb', 'success', '2022-01-02 10:00');
            INSERT INTO copr_build_targets (id, build_id, commit_sha, status, target, build_submitted_time) VALUES
                (21, '7', 'aa', 'success', 'fedora-35-x86_64', '2022-01-01 10:05'),
                (22, '7', 'aa', 'success', 'fedora-36-x86_64', '2022-01-01 10:05'),
                (23, NULL, 'bb', 'failure', 'fedora-35-x86_64', '2022-01-02 10:05'),
                (24, NULL, 'bb', 'failure', 'fedora-36-x86_64', '2022-01-02 10:05');
            INSERT INTO tft_test_run_targets (id, commit_sha, status, target, submitted_time) VALUES
                (31, 'aa', 'passed', 'fedora-35-x86_64', '2022-01-01 11:00'),
                (32, 'aa', 'failed', 'fedora-36-x86_64', '2022-01-01 11:20'),
                (33, 'aa', 'passed', 'fedora-36-x86_64', '2022-01-01 15:00');
            INSERT INTO tf_copr_build_association_table VALUES (21, 31), (22, 32), (22, 33);
            INSERT INTO pipelines (id, datetime, job_trigger_id, srpm_build_id, copr_build_id, test_run_id) VALUES
                (1, '2022-01-01 10:00', 1, 10, 21, 31), (2, '2022-01-01 10:00', 1, 10, 22, 32),
                (3, '2022-01-01 15:00', 1, 10, 22, 33), (4, '2022-01-02 10:00', 1, 11, 23, NULL),
                (5, '2022-01-02 10:00', 1, 11, 24, NULL), (6, NULL, NULL, NULL, NULL, NULL);").await;
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        // Triggers for which nothing ran say of no event.
        let waiting: Vec<String> = reasons(&report, "job_triggers").iter().map(|row| row[..1].to_owned()).collect();
        assert_eq!((waiting, report.set_aside_total), (vec!["2".to_owned(), "3".to_owned()], 2), "{:?}", report.set_aside);
        assert_eq!(report.groups_by_time, 2);
        let first = workflow_of(&db, "pipelines", 1).await;
        assert_eq!(first.commit.as_deref(), Some("aa"));
        assert_eq!((first.pipelines.len(), first.jobs.len(), first.targets.len()), (2, 4, 6));
        assert_eq!(of_old(&first, "tft_test_run_targets", 33)[0].attempt, 2);
        assert!(first.pipelines[1].rerun_id.is_some());
        assert_eq!(first.status, EventStatus::Succeeded);
        let second = workflow_of(&db, "pipelines", 5).await;
        assert_ne!(second.event.id, first.event.id);
        assert_eq!((second.pipelines.len(), second.jobs.len()), (1, 2));
        assert_eq!(became(&db, "job_triggers", 1, "events").await.len(), 2);
        assert_eq!(workflow_of(&db, "pipelines", 6).await.event.kind, EventKind::Unknown);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
        // With a window of five hours the retest is of the same group, where it is a second attempt.
        let other = TestDatabase::sqlite();
        let db = open(&other).await;
        let window = chrono::TimeDelta::hours(5);
        let report = import_with(&source, &db, &Options { window, ..Options::default() }).await;
        assert_eq!(report.groups_by_time, 1);
        assert_clean(&db).await;
    }
}

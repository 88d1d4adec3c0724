//! Small sources with a story each.

use domain::words::{EventKind, EventStatus, JobKind, Needs, RerunVia, TargetStatus};
use import::{Error, Options, Report};
use store::reads::{EventFilter, TargetView, Viewer, WorkflowView};
use test_support::{PostgresDatabase, TestDatabase, on_both_databases};

use crate::schema;
use crate::support::{
    all_events, assert_clean, became, execute, import_all, import_with, open, source, workflow_of,
};

/// A pull request's event 1 with one pipeline: an SRPM, two builds, a test of one of them.
const PLAIN: &str = "
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

/// A source of today's schema with these rows.
async fn today(test: &str, rows: &[&str]) -> Option<PostgresDatabase> {
    let source = source(test)?;
    execute(&source, schema::TODAY).await;
    for rows in rows {
        execute(&source, rows).await;
    }
    Some(source)
}

fn reasons(report: &Report, table: &str) -> Vec<String> {
    let rows = report.set_aside.iter().filter(|row| row.table == table);
    rows.map(|row| format!("{}: {}", row.id, row.reason)).collect()
}

fn notes(report: &Report, table: &str) -> Vec<String> {
    let rows = report.notes.iter().filter(|row| row.table == table);
    rows.map(|row| format!("{}: {}", row.id, row.reason)).collect()
}

fn of_old<'a>(workflow: &'a WorkflowView, table: &str, id: i64) -> Vec<&'a TargetView> {
    let is = |target: &&TargetView| {
        target.details.imported.as_ref().is_some_and(|row| row.table == table && row.id == id)
    };
    workflow.targets.iter().filter(is).collect()
}

fn kinds(workflow: &WorkflowView, pipeline: i64) -> Vec<&'static str> {
    let steps = workflow.steps.iter().filter(|step| step.pipeline_id == pipeline);
    let job = |id| workflow.jobs.iter().find(|job| job.id == id).unwrap();
    steps.map(|step| job(step.job_id).kind.as_str()).collect()
}

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

    /// What was heard of last more than a week ago never ends.
    async fn what_was_left_behind_is_an_error_with_the_old_word(database: TestDatabase) {
        let left = "UPDATE tft_test_run_targets SET status = 'running' WHERE id = 31";
        let Some(source) = today(module_path!(), &[PLAIN, left]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        assert_clean(&db).await;
        let workflow = workflow_of(&db, "tft_test_run_targets", 31).await;
        let test = of_old(&workflow, "tft_test_run_targets", 31)[0];
        assert_eq!(test.status, TargetStatus::Errored);
        assert!(test.reason.as_ref().unwrap().contains("`running`"));
        assert_eq!(test.details.imported.as_ref().unwrap().columns["status"], "running");
    }

    async fn broken_rows_stop_nothing_and_each_is_told(database: TestDatabase) {
        let broken = "
            INSERT INTO git_projects VALUES (2, NULL, NULL, NULL, 'github.com', NULL);
            INSERT INTO pull_requests VALUES (6, 43, 77), (7, NULL, 1);
            INSERT INTO project_events VALUES
                (3, 'pull_request', 99, 'beef', NULL), (4, 'a new type', 5, 'beef', NULL),
                (5, 'pull_request', 7, NULL, '{\"nul\": \"\\u0000\"}');
            INSERT INTO copr_build_groups VALUES (60, NULL), (61, NULL), (62, NULL);
            INSERT INTO copr_build_targets (id, status, target, copr_build_group_id, submitted_time,
                    build_start_time, build_finished_time) VALUES
                (71, 'success', NULL, 60, '2025-01-05', '2025-01-04', '2025-01-03'),
                (72, 'of another age', NULL, 60, 'infinity', NULL, NULL),
                (73, NULL, 'fedora-43-x86_64', 60, '2199-01-01', NULL, NULL),
                (74, 'success', 'fedora-43-x86_64', 60, NULL, NULL, NULL),
                (75, 'success', 'fedora-43-x86_64', 999, NULL, NULL, NULL),
                (76, 'success', 'fedora-43-x86_64', NULL, NULL, NULL, NULL);
            INSERT INTO srpm_builds (id, status) VALUES (12, 'failure'), (13, 'success');
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id) VALUES
                (110, '2025-01-05', NULL, NULL, 60), (111, '2025-01-05', 999, 12, NULL),
                (112, '2025-01-06', 3, 12, 61), (113, '-infinity', 4, 888, 777), (114, NULL, 5, NULL, NULL);
            INSERT INTO tf_copr_build_association_table VALUES (21, 500), (500, 31);
            INSERT INTO allowlist VALUES (1, 'github.com/packit', 'approved', 'x');
            CREATE TABLE of_somebody_else (what text);
            INSERT INTO of_somebody_else VALUES ('x');";
        let Some(source) = today(module_path!(), &[PLAIN, broken]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        // Without an event: an event of the unknown project.
        let lost = workflow_of(&db, "pipelines", 110).await;
        assert_eq!((lost.project.as_str(), lost.event.kind), ("unknown/unknown/unknown", EventKind::Unknown));
        assert!(notes(&report, "pipelines").iter().any(|note| note.starts_with("110: it has no project event")));
        // No name, an unknown word, no word, a repeated name: four targets, of which none is lost.
        assert_eq!(lost.targets.len(), 4);
        let named: Vec<(&str, TargetStatus, i64)> =
            [71, 72, 73, 74].map(|id| of_old(&lost, "copr_build_targets", id)[0])
                .map(|target| (target.name.as_str(), target.status, target.attempt)).into();
        let (succeeded, errored) = (TargetStatus::Succeeded, TargetStatus::Errored);
        assert!(named.contains(&("unknown", succeeded, 1)) || named.contains(&("unknown", succeeded, 2)));
        assert_eq!(named.iter().filter(|target| target.0 == "unknown").count(), 2);
        assert_eq!(named.iter().filter(|target| target.1 == errored).count(), 2);
        let disordered = of_old(&lost, "copr_build_targets", 71)[0];
        assert!(disordered.submitted_at <= disordered.started_at && disordered.started_at <= disordered.finished_at);
        assert_eq!(disordered.details.imported.as_ref().unwrap().columns["submitted_time"], "2025-01-05T00:00:00");
        assert_eq!(notes(&report, "copr_build_targets").len(), 7, "{:?}", notes(&report, "copr_build_targets"));
        // Events whose reference is gone, has no number, or whose type is new.
        for (id, project) in [(3, "unknown/unknown/unknown"), (4, "unknown/unknown/unknown"), (5, "github.com/packit/ogr")] {
            assert_eq!(workflow_of(&db, "project_events", id).await.project, project, "{id}");
        }
        assert_eq!(notes(&report, "git_projects").len(), 1);
        assert_eq!(notes(&report, "pull_requests").len(), 2);
        // Nothing leads to these, or they lead to nothing.
        for (table, ids) in [
            ("copr_build_targets", &["75", "76"][..]),
            ("copr_build_groups", &["61", "62"]),
            ("srpm_builds", &["13"]),
            ("allowlist", &["1"]),
            ("tf_copr_build_association_table", &["\"21:500\"", "\"500:31\""]),
            ("of_somebody_else", &["\"(0,1)\""]),
        ] {
            let found: Vec<String> = reasons(&report, table);
            let found: Vec<&str> = found.iter().filter_map(|row| row.split(": ").next()).collect();
            assert_eq!(found, ids, "{table}");
        }
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }

    /// Bodhi updates carry Koji builds of other events; a scan and an analysis hang on their build.
    async fn updates_scans_and_analyses_consume_their_builds(database: TestDatabase) {
        let more = "
            INSERT INTO git_branches VALUES (8, 'f43', 1);
            INSERT INTO project_events VALUES (2, 'branch_push', 8, 'aa', NULL), (3, 'branch_push', 8, 'bb', NULL);
            INSERT INTO koji_build_groups VALUES (80, '2025-01-02');
            INSERT INTO koji_build_targets (id, task_id, status, target, koji_build_group_id, nvr, build_logs_urls)
                VALUES (81, '9', 'success', 'f43', 80, 'ogr-1-2.fc43', '{\"x86_64\": \"https://koji.example/log\"}');
            INSERT INTO bodhi_update_groups VALUES (90, '2025-01-03');
            INSERT INTO bodhi_update_targets (id, status, target, koji_nvrs, alias, bodhi_update_group_id)
                VALUES (91, 'success', 'f43', 'ogr-1-2.fc43 other-1-1.fc43', 'FEDORA-1', 90);
            INSERT INTO scans (id, task_id, status, copr_build_target_id) VALUES (1, 5, 'succeeded', 21);
            INSERT INTO log_detective_run (id, status, target, analysis_id, copr_build_target_id)
                VALUES (1, 'complete', 'fedora-42-x86_64', 'an', 22);
            INSERT INTO pipelines (id, datetime, project_event_id, koji_build_group_id, bodhi_update_group_id)
                VALUES (101, '2025-01-02', 2, 80, NULL), (102, '2025-01-03', 3, NULL, 90);";
        let Some(source) = today(module_path!(), &[PLAIN, more]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside_total, 0, "{:?}", report.set_aside);
        let build = workflow_of(&db, "koji_build_targets", 81).await;
        let build = of_old(&build, "koji_build_targets", 81)[0];
        assert_eq!(build.logs_url.as_deref(), Some("https://koji.example/log"));
        let update = workflow_of(&db, "bodhi_update_targets", 91).await;
        let update = of_old(&update, "bodhi_update_targets", 91)[0];
        assert_eq!(update.inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(), [build.id]);
        assert!(update.inputs[0].event_id.is_some());
        let workflow = workflow_of(&db, "pipelines", 100).await;
        assert_eq!(
            kinds(&workflow, workflow.pipelines[0].id),
            ["srpm_build", "copr_build", "openscanhub_scan", "log_detective_analysis", "test_run"]
        );
        let scan = of_old(&workflow, "scans", 1)[0];
        assert_eq!(scan.inputs[0].target_id, of_old(&workflow, "copr_build_targets", 21)[0].id);
        let analysis = of_old(&workflow, "log_detective_run", 1)[0];
        assert_eq!(analysis.inputs[0].target_id, of_old(&workflow, "copr_build_targets", 22)[0].id);
        assert_eq!(analysis.inputs[0].needs, Needs::Failure);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }

    async fn every_other_kind_finds_its_place(database: TestDatabase) {
        let more = "
            INSERT INTO project_releases VALUES (8, 'v1', 'f00d', 1);
            INSERT INTO anitya_projects VALUES (1, 1000, 'ogr', 'python-ogr');
            INSERT INTO anitya_versions VALUES (1, '1.0', 1);
            INSERT INTO anitya_multiple_versions VALUES (1, ARRAY['1.1', '1.2'], 1);
            INSERT INTO koji_build_tags VALUES (1, '55', 'f43-build-side-1', 1, 'f43');
            INSERT INTO project_issues VALUES (1, 12, 1);
            INSERT INTO project_events VALUES (2, 'release', 8, NULL, NULL), (3, 'anitya_version', 1, NULL, NULL),
                (4, 'anitya_multiple_versions', 1, NULL, NULL), (5, 'koji_build_tag', 1, NULL, NULL),
                (6, 'issue', 1, NULL, NULL);
            INSERT INTO sync_release_runs VALUES (1, 'finished', '2025-02-01', 'propose_downstream'),
                (2, 'error', '2025-02-02', 'pull_from_upstream');
            INSERT INTO sync_release_run_targets VALUES
                (1, 'f43', 'https://src.example/pr/1', 'submitted', '2025-02-01', NULL, '2025-02-01 01:00', 'log', 1),
                (2, 'rawhide', NULL, 'error', '2025-02-02', NULL, NULL, NULL, 2);
            INSERT INTO sync_release_pull_request VALUES (1, 7, 1, false, 'f43', 'https://src.example/pr/1');
            INSERT INTO sync_release_pr_association VALUES (1, 1);
            INSERT INTO vm_image_build_targets (id, build_id, status, target, owner)
                VALUES (1, 'im', 'failure', 'fedora-43-x86_64', 'packit');
            INSERT INTO koji_build_groups VALUES (80, '2025-01-02');
            INSERT INTO koji_build_targets (id, task_id, status, target, koji_build_group_id)
                VALUES (81, '9', 'success', 'f43', 80);
            INSERT INTO koji_tag_request_groups VALUES (1, '2025-01-02');
            INSERT INTO koji_tag_request_targets VALUES (1, '77', 'f43', NULL, '2025-01-02', 's', 'n', 1);
            INSERT INTO pipelines (id, datetime, project_event_id, sync_release_run_id, copr_build_group_id,
                    vm_image_build_id, koji_build_group_id, koji_tag_request_group_id) VALUES
                (101, '2025-02-01', 2, 1, NULL, NULL, NULL, NULL), (102, '2025-02-02', 3, 2, NULL, NULL, NULL, NULL),
                (103, '2025-02-03', 1, NULL, 20, 1, NULL, NULL), (104, '2025-02-04', 5, NULL, NULL, NULL, 80, 1);";
        let Some(source) = today(module_path!(), &[PLAIN, more]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside_total, 0, "{:?}", report.set_aside);
        let release = workflow_of(&db, "project_events", 2).await;
        assert_eq!((release.commit.as_deref(), release.reference.name.as_str()), (Some("f00d"), "v1"));
        assert_eq!(release.jobs[0].kind, JobKind::ProposeDownstream);
        let opened = &release.targets[0].details.imported.as_ref().unwrap().columns["pull_requests"];
        assert_eq!(opened[0]["pr_id"], 7);
        let upstream = workflow_of(&db, "project_events", 3).await;
        assert_eq!(upstream.project, "release-monitoring.org/project/1000/ogr");
        assert_eq!((upstream.event.kind, upstream.jobs[0].kind), (EventKind::UpstreamVersion, JobKind::PullFromUpstream));
        assert_eq!(workflow_of(&db, "project_events", 4).await.reference.name, "1.1, 1.2");
        assert_eq!(workflow_of(&db, "project_events", 6).await.event.kind, EventKind::IssueComment);
        let image = workflow_of(&db, "vm_image_build_targets", 1).await;
        let target = of_old(&image, "vm_image_build_targets", 1)[0];
        assert_eq!(target.inputs[0].target_id, of_old(&image, "copr_build_targets", 21)[0].id);
        let tagged = workflow_of(&db, "koji_tag_request_targets", 1).await;
        assert_eq!(tagged.event.kind, EventKind::KojiTag);
        let request = of_old(&tagged, "koji_tag_request_targets", 1)[0];
        assert_eq!(request.inputs[0].target_id, of_old(&tagged, "koji_build_targets", 81)[0].id);
        assert!(request.reason.is_some());
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
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

    /// A run that was cut off between two batches, and in one, is gone on with.
    async fn a_run_that_was_cut_off_goes_on(database: TestDatabase) {
        let many = "
            INSERT INTO project_events SELECT n, 'pull_request', 5, 'c' || n, NULL FROM generate_series(1000, 2200) n;
            INSERT INTO srpm_builds (id, status) SELECT n, 'success' FROM generate_series(1000, 2200) n;
            INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id)
                SELECT n, '2025-01-01', n, n FROM generate_series(1000, 2200) n;";
        let Some(source) = today(module_path!(), &[PLAIN, many]).await else { return };
        let db = open(&database).await;
        let (begun, mut batches) = tokio::sync::mpsc::unbounded_channel();
        let (url, there) = (source.url().to_owned(), db.clone());
        let run = tokio::spawn(async move {
            let mut progress = |progress: import::Progress| {
                if progress.stage == import::Stage::Events && progress.done > 400 {
                    let _ = begun.send(());
                }
            };
            import::import(&url, &there, &Options::default(), &mut progress).await
        });
        batches.recv().await.unwrap();
        run.abort();
        let _ = run.await;
        import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(all_events(&db).await.len(), 1202);
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
        assert_eq!((report.set_aside_total, report.groups_by_time), (0, 2), "{:?}", report.set_aside);
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
        assert_eq!(workflow_of(&db, "job_triggers", 2).await.status, EventStatus::Nothing);
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

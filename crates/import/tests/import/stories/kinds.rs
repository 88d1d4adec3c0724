//! Every kind of job.

use domain::words::{EventKind, JobKind, Needs};
use test_support::{TestDatabase, on_both_databases};

use super::{PLAIN, kinds, of_old, today};
use crate::support::{assert_clean, import_all, open, workflow_of};

on_both_databases! {
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
}

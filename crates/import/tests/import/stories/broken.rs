//! Rows that say less than they should.

use domain::words::{EventKind, TargetStatus};
use test_support::{TestDatabase, on_both_databases};

use super::{PLAIN, notes, of_old, reasons, today};
use crate::support::{assert_clean, import_all, open, workflow_of};

on_both_databases! {
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
}

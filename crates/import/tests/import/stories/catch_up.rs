//! A later run, after both sides went on.

use chrono::Utc;
use domain::ids::EventId;
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::{EventStatus, RerunVia, TargetStatus};
use store::reruns::{self, Answer, Request};
use test_support::{TestDatabase, on_both_databases};

use super::{PLAIN, notes, of_old, reasons, today};
use crate::schema;
use crate::support::{all_events, assert_clean, became, execute, import_all, open, source, workflow_of};

/// A chroot of the plain event built once more, in a pipeline of this id and day of January.
fn built_again(pipeline: i64, day: i64) -> String {
    format!(
        "INSERT INTO copr_build_groups VALUES ({pipeline}, '2025-01-0{day} 10:05');
        INSERT INTO copr_build_targets (id, build_id, status, target, copr_build_group_id, identifier)
            VALUES ({pipeline}, '{pipeline}', 'failure', 'fedora-42-x86_64', {pipeline}, 'x');
        INSERT INTO pipelines (id, datetime, project_event_id, srpm_build_id, copr_build_group_id)
            VALUES ({pipeline}, '2025-01-0{day} 10:00', 1, 10, {pipeline});"
    )
}

on_both_databases! {
    /// What has ended keeps its status here; that the source says another one by now is told by every run from then on.
    async fn an_end_that_changed_at_the_source_is_told(database: TestDatabase) {
        let left = "UPDATE copr_build_targets SET status = 'pending' WHERE id = 22";
        let Some(source) = today(module_path!(), &[PLAIN, left]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_eq!(report.notes, []);
        execute(&source, "UPDATE copr_build_targets SET status = 'success' WHERE id = 22").await;
        for _ in 0..2 {
            let report = import_all(&source, &db).await;
            assert_eq!(report.imported_total, 0);
            let told = notes(&report, "copr_build_targets");
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with("22: imported as `errored`"), "{told:?}");
            assert!(told[0].contains("the source says `succeeded`"), "{told:?}");
        }
        assert_clean(&db).await;
        let workflow = workflow_of(&db, "copr_build_targets", 22).await;
        assert_eq!(of_old(&workflow, "copr_build_targets", 22)[0].status, TargetStatus::Errored);
        let differences = import::verify(source.url(), &db).await.unwrap();
        let named: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let row = "copr_build_targets 22: succeeded in the source, errored here";
        assert!(named.iter().any(|line| line.ends_with(row)), "{named:?}");
    }

    /// The newest attempt is the last one that was asked for: an old one that comes late is none behind it.
    async fn a_late_row_is_no_attempt_behind_one_that_has_not_ended(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        let event = workflow_of(&db, "pipelines", 100).await.event.id;
        let request = Request {
            event: EventId(event),
            selection: &Selection::of(Asked::Failed),
            requested_by: "somebody",
            via: RerunVia::CommandLine,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        let answer = reruns::carry_out(&db, &request, &ArtifactLife::default(), Utc::now()).await.unwrap();
        assert!(!matches!(answer, Answer::Conflict(_)), "{answer:?}");
        execute(&source, &built_again(101, 2)).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        let workflow = workflow_of(&db, "pipelines", 100).await;
        let chain = of_old(&workflow, "copr_build_targets", 22)[0].chain_id;
        let newest = workflow.targets.iter().filter(|target| target.chain_id == chain).max_by_key(|target| target.attempt);
        let newest = newest.unwrap();
        assert_eq!(newest.attempt, 2);
        assert!(!newest.status.is_finished(), "{newest:?}");
        assert_eq!(workflow.status, EventStatus::Waiting);
        let late = of_old(&workflow, "copr_build_targets", 101)[0];
        assert_eq!((late.attempt, late.chain_id), (1, late.id));
        assert!(notes(&report, "copr_build_targets")[0].starts_with("101: a younger attempt"), "{:?}", report.notes);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }

    async fn a_late_row_is_no_attempt_behind_a_younger_one(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN, &built_again(103, 3)]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        for (pipeline, day) in [(102, 2), (104, 4)] {
            execute(&source, &built_again(pipeline, day)).await;
            import_all(&source, &db).await;
            assert_clean(&db).await;
        }
        let workflow = workflow_of(&db, "pipelines", 100).await;
        let place = |id| {
            let target = of_old(&workflow, "copr_build_targets", id)[0];
            (target.chain_id, target.attempt)
        };
        let (first, late) = (place(22).0, place(102).0);
        assert_eq!([22, 103, 104, 102].map(place), [(first, 1), (first, 2), (first, 3), (late, 1)]);
        assert_ne!(first, late);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }

    async fn what_comes_to_a_rerun_later_is_in_its_plan(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN, &built_again(101, 2)]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        execute(&source, "
            INSERT INTO tft_test_run_groups VALUES (50, '2025-01-02 10:31', 'public');
            INSERT INTO tft_test_run_targets VALUES
                (51, 'bbbb', 'failed', 'fedora-43-x86_64', NULL, NULL, '2025-01-02 10:31', 'x', 50);
            INSERT INTO tf_copr_build_association_table VALUES (21, 51);
            UPDATE pipelines SET test_run_group_id = 50 WHERE id = 101;").await;
        import_all(&source, &db).await;
        assert_clean(&db).await;
        let workflow = workflow_of(&db, "pipelines", 101).await;
        let reruns = reruns::of_event(&db, EventId(workflow.event.id)).await.unwrap();
        let redone: Vec<i64> = reruns[0].plan.redo.iter().map(|entry| entry.target_id.0).collect();
        let old = |table, id| of_old(&workflow, table, id)[0].id;
        assert_eq!(redone, [old("copr_build_targets", 22), old("tft_test_run_targets", 31)]);
        assert_eq!(reruns[0].created.len(), 2);
        assert_eq!(of_old(&workflow, "tft_test_run_targets", 51)[0].attempt, 2);
    }

    /// In the old schema a trigger alone says of no event.
    async fn a_trigger_waits_until_something_has_run_for_it(database: TestDatabase) {
        let Some(source) = source(module_path!()) else { return };
        execute(&source, schema::BEFORE_GROUPS).await;
        execute(&source, "INSERT INTO job_triggers VALUES (1, 'pull_request', 5)").await;
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        let told = reasons(&report, "job_triggers");
        assert!(told.len() == 1 && told[0].starts_with("1: nothing ran for it yet"), "{told:?}");
        assert_eq!(all_events(&db).await.len(), 0);
        execute(&source, "
            INSERT INTO srpm_builds (id, commit_sha, status) VALUES (10, 'aa', 'success'), (11, 'bb', 'success');
            INSERT INTO pipelines (id, datetime, job_trigger_id, srpm_build_id)
                VALUES (1, '2022-01-01', 1, 10), (2, '2022-01-02', 1, 11);").await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside, []);
        assert_eq!(all_events(&db).await.len(), 2);
        assert_eq!(became(&db, "job_triggers", 1, "events").await.len(), 2);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }
}

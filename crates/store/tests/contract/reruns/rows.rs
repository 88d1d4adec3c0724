//! What comes to be.

use std::collections::BTreeSet;

use domain::ids::{EventId, RerunId};
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::{EventStatus, TargetStatus};
use store::reruns::{Answer, get, of_event, preview};
use store::verify::verify;
use store::{Error, reads};
use test_support::{TestDatabase, on_both_databases};

use super::{ask, done, event_e, failed, newest, request, shown, targets};
use crate::plans::of_size;
use crate::raw::Raw;
use crate::support::{at, load, migrated, record_at, submit_all};

on_both_databases! {
    /// R1 to R5: each part of the same event, asked of an event of its own.
    async fn r1_to_r5_come_to_be_as_they_were_shown(database: TestDatabase) {
        let db = migrated(&database).await;
        for part in ["everything", "copr", "tests", "failed", "f43"] {
            let event = event_e(&db, part).await;
            let view = reads::workflow(&db, event).await.unwrap().unwrap();
            let step = |kind: &str| {
                let job = view.jobs.iter().find(|job| job.kind.as_str() == kind).unwrap().id;
                let step = view.steps.iter().find(|step| step.job_id == job).unwrap().id;
                Selection::of(Asked::Steps(BTreeSet::from([step.into()])))
            };
            let selection = match part {
                "everything" => Selection::of(Asked::Everything),
                "copr" => step("copr_build"),
                "tests" => step("test_run"),
                "failed" => failed(),
                _ => targets(&[newest(&db, event, "copr_build", "f43").await]),
            };
            let plan = shown(&db, event, &selection).await;
            let rerun = done(&db, &shown_request(event, &selection, &plan.hash)).await;
            assert_eq!(rerun.plan, plan, "{part}");
            let expected = match part {
                "everything" => (7, 3),
                "copr" => (6, 3),
                "tests" => (4, 5),
                "failed" => (3, 5),
                _ => (2, 3),
            };
            assert_eq!((rerun.created.len(), plan.pipelines[0].steps.len()), expected, "{part}");
            let after = reads::workflow(&db, event).await.unwrap().unwrap();
            let pipeline = after.pipelines.iter().find(|pipeline| pipeline.rerun_id == Some(rerun.id.0)).unwrap();
            assert_eq!(pipeline.origin_id, Some(view.pipelines[0].id));
            let steps = after.steps.iter().filter(|step| step.pipeline_id == pipeline.id);
            assert_eq!(steps.count(), expected.1, "{part}");
            for (old, new) in &rerun.created {
                let of = |id: i64| after.targets.iter().find(|target| target.id == id).unwrap();
                let (old, new) = (of(old.0), of(new.0));
                assert_eq!((new.chain_id, new.attempt, &new.name), (old.chain_id, 2, &old.name), "{part}");
            }
            for old in &view.targets {
                assert!(after.targets.contains(old), "{part}: what was stays as it was");
            }
        }
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn what_is_ready_is_queued_at_once(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = event_e(&db, "ogr").await;
        let rerun = done(&db, &request(event, &failed())).await;
        let workflow = load(&db, event).await;
        let new = |kind: &str, name: &str| {
            let mut all = rerun.created.values().map(|id| &workflow.targets[id]);
            all.find(|target| target.kind.as_str() == kind && target.name == name).unwrap().clone()
        };
        assert_eq!(new("copr_build", "f43").status, TargetStatus::Ready);
        assert_eq!(new("test_run", "rawhide").status, TargetStatus::Ready);
        assert_eq!(new("test_run", "f43").status, TargetStatus::Waiting);
        assert!(new("copr_build", "f43").submission.is_some());
        assert_ne!(new("copr_build", "f43").submission, new("test_run", "rawhide").submission);
        let view = reads::workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.status, EventStatus::Waiting);
        submit_all(&db, event, at(110)).await;
        assert_eq!(reads::workflow(&db, event).await.unwrap().unwrap().status, EventStatus::Running);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// The SRPM and the first Copr job behind it are one call, as they were the first time.
    async fn r11_an_expired_srpm_takes_its_build_along(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = event_e(&db, "ogr").await;
        let selection = targets(&[newest(&db, event, "copr_build", "f43").await]);
        let later = at(21 * 86_400);
        let (asked, life) = (request(event, &selection), ArtifactLife::usual());
        let answer = store::reruns::carry_out(&db, &asked, &life, later).await.unwrap();
        let Answer::CarriedOut(rerun) = answer else { panic!() };
        assert_eq!(rerun.created.len(), 3);
        let workflow = load(&db, event).await;
        let submission = |kind: &str| {
            let mut new = rerun.created.values().map(|id| &workflow.targets[id]);
            new.find(|target| target.kind.as_str() == kind).unwrap().submission
        };
        assert_eq!(submission("srpm_build"), submission("copr_build"));
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn a_rerun_is_remembered(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = event_e(&db, "ogr").await;
        let selection = failed();
        let asked = store::reruns::Request { reason: Some("f43 was broken"), ..request(event, &selection) };
        let rerun = done(&db, &asked).await;
        assert_eq!(get(&db, rerun.id).await.unwrap(), Some(rerun.clone()));
        assert_eq!(of_event(&db, event).await.unwrap(), std::slice::from_ref(&rerun));
        assert_eq!(get(&db, RerunId(rerun.id.0 + 1)).await.unwrap(), None);
        let raw = Raw::open(&database).await;
        let actions = raw
            .texts("SELECT DISTINCT action FROM rerun_targets ORDER BY action")
            .await;
        assert_eq!(actions, ["redo", "share"]);
        let redone = raw.number("SELECT count(*) FROM rerun_targets WHERE new_target_id IS NOT NULL").await;
        assert_eq!(redone, 3);
    }

    async fn r10_what_runs_is_canceled_with_what_it_takes_along(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = record_at(&db, "ogr", &crate::plans::build_and_test(&["f42", "f43"]), 0).await;
        submit_all(&db, event, at(10)).await;
        let source = newest(&db, event, "srpm_build", "srpm").await;
        crate::support::end(&db, event, source, TargetStatus::Succeeded, at(20)).await;
        let build = newest(&db, event, "copr_build", "f43").await;
        let mut selection = targets(&[build]);
        assert!(matches!(ask(&db, &request(event, &selection)).await, Answer::Conflict(_)));
        selection.cancel_running = true;
        let rerun = done(&db, &request(event, &selection)).await;
        assert_eq!(rerun.plan.cancel.len(), 4, "its test, the build of f42 that was submitted with it, and what waits for that");
        let workflow = load(&db, event).await;
        let mut tests = rerun.plan.cancel.iter().filter(|entry| entry.kind.as_str() == "test_run");
        let test = tests.find(|entry| entry.name == "f43").unwrap().target_id;
        assert_eq!(workflow.targets[&test].status, TargetStatus::Canceled, "nobody else had it");
        assert!(!workflow.targets[&build].status.is_finished(), "it ends when Copr says so");
        let view = reads::workflow(&db, event).await.unwrap().unwrap();
        let submission = view.submissions.iter().find(|one| Some(one.id) == workflow.targets[&build].submission.map(|id| id.0)).unwrap();
        assert_eq!(submission.cancel_requested_by.as_deref(), Some("alice"));
        assert_eq!(submission.due_at, Some(at(100)), "at once");
        assert_eq!(verify(&db).await.unwrap(), []);
        crate::support::end(&db, event, build, TargetStatus::Canceled, at(120)).await;
        let new = rerun.created[&build];
        assert_eq!(load(&db, event).await.targets[&new].status, TargetStatus::Ready, "a late end changes nothing");
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn the_number_of_statements_does_not_grow(database: TestDatabase) {
        let db = migrated(&database).await;
        let everything = Selection { cancel_running: true, ..Selection::of(Asked::Everything) };
        let mut counted = Vec::new();
        for chroots in [2, 100] {
            let event = record_at(&db, "ogr", &of_size(chroots), 0).await;
            let before = db.statements();
            let rerun = done(&db, &request(event, &everything)).await;
            assert_eq!(rerun.created.len(), 1 + 2 * chroots);
            counted.push(db.statements() - before);
            let before = db.statements();
            assert!(preview(&db, event, &everything, &ArtifactLife::usual(), at(100)).await.is_ok());
            assert_eq!(db.statements() - before, 1);
        }
        assert_eq!(counted[0], counted[1]);
        assert!(counted[0] <= 20, "{counted:?}");
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn what_other_events_consume_and_give_is_known(database: TestDatabase) {
        let db = migrated(&database).await;
        let (event, other) = (event_e(&db, "ogr").await, event_e(&db, "packit").await);
        let build = newest(&db, other, "copr_build", "f42").await;
        let test = newest(&db, event, "test_run", "rawhide").await;
        let raw = Raw::open(&database).await;
        raw.run(&format!("INSERT INTO inputs (target_id, input_target_id, needs) VALUES ({test}, {build}, 'success')")).await;
        let again = done(&db, &request(other, &targets(&[build]))).await;
        assert_eq!(again.plan.outside.iter().map(|entry| entry.target_id).collect::<Vec<_>>(), [test]);
        let plan = shown(&db, event, &targets(&[test])).await;
        assert_eq!(plan.wait.iter().map(|entry| entry.target_id).collect::<Vec<_>>(), [again.created[&build]]);
        let rerun = done(&db, &request(event, &targets(&[test]))).await;
        let workflow = load(&db, event).await;
        let new = &workflow.targets[&rerun.created[&test]];
        assert!(new.inputs.iter().any(|input| input.target == again.created[&build]), "the newest attempt");
        assert_eq!(new.status, TargetStatus::Waiting);
        let view = reads::workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(view.status, EventStatus::Waiting, "although nothing of it can be submitted yet");
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn what_it_took_lately_is_what_it_will_cost(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = event_e(&db, "ogr").await;
        let selection = targets(&[newest(&db, event, "copr_build", "f42").await]);
        assert_eq!(shown(&db, event, &selection).await.cost.expected_minutes, None);
        let raw = Raw::open(&database).await;
        raw.run(
            "UPDATE targets SET peer_started_at = '2026-01-01T00:00:00+00:00', started_at = '2026-01-01T00:00:00+00:00',
                peer_finished_at = '2026-01-01T00:10:00+00:00' WHERE name = 'f42' AND status = 'succeeded'",
        )
        .await;
        let cost = shown(&db, event, &selection).await.cost;
        assert_eq!((cost.expected_minutes, cost.without_history, cost.builds, cost.tests), (Some(20), 0, 1, 1));
    }

    async fn there_is_no_rerun_of_an_event_that_is_not_there(database: TestDatabase) {
        let db = migrated(&database).await;
        let nowhere = EventId(404);
        let life = ArtifactLife::usual();
        let error = preview(&db, nowhere, &failed(), &life, at(0)).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
        let selection = failed();
        let error = store::reruns::carry_out(&db, &request(nowhere, &selection), &life, at(0)).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    }
}

fn shown_request<'a>(event: EventId, selection: &'a Selection, hash: &'a str) -> store::reruns::Request<'a> {
    store::reruns::Request { plan_hash: Some(hash), ..request(event, selection) }
}

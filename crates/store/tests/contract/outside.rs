//! What consumes a target of another event.

use domain::ids::TargetId;
use domain::rerun::Selection;
use domain::words::{EventStatus, TargetStatus};
use store::verify::verify;
use store::{Db, events, outside};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::two_builds_one_update;
use crate::reruns::{done, request, targets};
use crate::support::{at, end, load, migrated, open, record_at, submit_all, target_named};

/// An update whose own builds are done, and that consumes a build of another event too.
struct Waiting {
    event: domain::ids::EventId,
    update: TargetId,
    other: domain::ids::EventId,
    build: TargetId,
}

async fn waiting(db: &Db) -> Waiting {
    let other = record_at(db, "first", &two_builds_one_update(), 0).await;
    let event = record_at(db, "second", &two_builds_one_update(), 1).await;
    let build = target_named(&load(db, other).await, "koji_build", "f42");
    let mut tx = db.write().await.unwrap();
    tx.lock_event(event).await.unwrap();
    events::consume(&mut tx, event, "sidetag", build).await.unwrap();
    tx.commit().await.unwrap();
    for of in [event, other] {
        submit_all(db, of, at(5)).await;
    }
    let workflow = load(db, event).await;
    for name in ["f42", "f43"] {
        let own = target_named(&workflow, "koji_build", name);
        end(db, event, own, TargetStatus::Succeeded, at(10)).await;
    }
    let update = target_named(&workflow, "bodhi_update", "sidetag");
    assert_eq!(load(db, event).await.targets[&update].status, TargetStatus::Waiting);
    Waiting { event, update, other, build }
}

on_both_databases! {
    /// The end of the other event's target leaves word; whoever reads it moves the event on, however often.
    async fn a_target_moves_on_when_what_it_consumes_elsewhere_ends(database: TestDatabase) {
        let (db, process) = (migrated(&database).await, open(&database).await);
        let waiting = waiting(&db).await;
        assert_eq!(outside::due(&db, at(15), 10).await.unwrap(), []);
        end(&db, waiting.other, waiting.build, TargetStatus::Succeeded, at(20)).await;
        assert_eq!(outside::due(&process, at(20), 10).await.unwrap(), [waiting.event]);
        let both = tokio::join!(
            outside::move_on(&db, waiting.event, at(21)),
            outside::move_on(&process, waiting.event, at(21))
        );
        both.0.and(both.1).unwrap();
        let moved = load(&db, waiting.event).await.targets[&waiting.update].clone();
        assert_eq!(moved.status, TargetStatus::Ready);
        assert!(moved.submission.is_some());
        assert_eq!(outside::due(&db, at(99), 10).await.unwrap(), []);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// What cannot be given any more elsewhere is not waited for.
    async fn a_target_is_skipped_when_what_it_consumes_elsewhere_fails(database: TestDatabase) {
        let db = migrated(&database).await;
        let waiting = waiting(&db).await;
        end(&db, waiting.other, waiting.build, TargetStatus::Failed, at(20)).await;
        outside::move_on(&db, waiting.event, at(21)).await.unwrap();
        let moved = load(&db, waiting.event).await.targets[&waiting.update].clone();
        assert_eq!(moved.status, TargetStatus::Skipped);
        assert!(moved.reason.unwrap().contains("of another event, failed"));
    }

    /// What was skipped does not move any more; its event is derived again all the same.
    async fn what_was_skipped_counts_otherwise_when_its_last_input_succeeds_elsewhere(database: TestDatabase) {
        let db = migrated(&database).await;
        let other = record_at(&db, "first", &two_builds_one_update(), 0).await;
        let event = record_at(&db, "second", &two_builds_one_update(), 1).await;
        let build = target_named(&load(&db, other).await, "koji_build", "f42");
        let mut tx = db.write().await.unwrap();
        tx.lock_event(event).await.unwrap();
        events::consume(&mut tx, event, "sidetag", build).await.unwrap();
        tx.commit().await.unwrap();
        for of in [event, other] {
            submit_all(&db, of, at(5)).await;
        }
        let workflow = load(&db, event).await;
        let [f42, f43] = ["f42", "f43"].map(|name| target_named(&workflow, "koji_build", name));
        end(&db, event, f42, TargetStatus::Succeeded, at(10)).await;
        end(&db, event, f43, TargetStatus::Failed, at(10)).await;
        let selection = Selection { follow_ups: false, ..targets(&[f43]) };
        done(&db, &request(event, &selection)).await;
        submit_all(&db, event, at(110)).await;
        let again = target_named(&load(&db, event).await, "koji_build", "f43");
        end(&db, event, again, TargetStatus::Succeeded, at(120)).await;
        let before = store::reads::workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(before.status, EventStatus::Succeeded);
        assert_eq!(verify(&db).await.unwrap(), []);
        end(&db, other, build, TargetStatus::Succeeded, at(130)).await;
        outside::move_on(&db, event, at(131)).await.unwrap();
        let after = store::reads::workflow(&db, event).await.unwrap().unwrap();
        assert_eq!(after.status, EventStatus::Canceled);
        assert!(after.event.version > before.event.version);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    /// An event that is gone needs it no more.
    async fn word_for_an_event_that_is_gone_is_dropped(database: TestDatabase) {
        let db = migrated(&database).await;
        outside::move_on(&db, domain::ids::EventId(4711), at(0)).await.unwrap();
    }
}

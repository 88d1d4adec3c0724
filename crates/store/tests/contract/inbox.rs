use std::collections::BTreeSet;

use domain::ids::{EventId, InboxId};
use domain::words::DeliveryOutcome;
use store::inbox::{self, Delivery, Filter, NewDelivery, Received};
use store::{Db, Error};
use test_support::{TestDatabase, on_both_databases};

use crate::raw::Raw;
use crate::support::{at, migrated, open};

fn delivery(id: &str) -> NewDelivery<'_> {
    NewDelivery {
        source: "github.com",
        delivery_id: id,
        kind: "push",
        received_at: at(0),
        body: b"{\"ref\": \"main\"}",
        settled: None,
    }
}

async fn receive(db: &Db, id: &str) -> InboxId {
    match inbox::receive(db, &delivery(id)).await.unwrap() {
        Received::New(id) => id,
        Received::Repeated => panic!("{id} is known"),
    }
}

async fn finish(
    db: &Db,
    id: InboxId,
    worker: &str,
    outcome: DeliveryOutcome,
    event: Option<EventId>,
) -> bool {
    let mut tx = db.write().await.unwrap();
    let held = inbox::finish(&mut tx, id, worker, outcome, "because", event).await.unwrap();
    tx.commit().await.unwrap();
    held
}

fn ids(deliveries: &[Delivery]) -> Vec<InboxId> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

async fn claim(db: &Db, second: i64, worker: &str) -> Vec<Delivery> {
    inbox::claim(db, at(second), at(second + 60), worker, 10).await.unwrap()
}

on_both_databases! {
    /// Rule 5: a repeated delivery changes nothing, whatever it says.
    async fn a_delivery_is_received_once(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = receive(&db, "d-1").await;
        let before = inbox::get(&db, id).await.unwrap();
        let repeated = NewDelivery { body: b"other", kind: "release", received_at: at(9), ..delivery("d-1") };
        assert_eq!(inbox::receive(&db, &repeated).await.unwrap(), Received::Repeated);
        assert_eq!(inbox::get(&db, id).await.unwrap(), before);
        assert_eq!(before.body.as_deref(), Some(&b"{\"ref\": \"main\"}"[..]));
        assert_eq!(inbox::find(&db, "github.com", "d-1").await.unwrap(), Some(before));
        assert_eq!(inbox::find(&db, "gitlab.com", "d-1").await.unwrap(), None);
        // The key is the sender's own.
        let elsewhere = NewDelivery { source: "gitlab.com", ..delivery("d-1") };
        assert!(matches!(inbox::receive(&db, &elsewhere).await.unwrap(), Received::New(_)));
    }

    /// As on a full disk: what the driver takes for a row that is written may fail when it is committed.
    async fn a_delivery_that_could_not_be_committed_is_an_error_and_never_a_repeated_one(database: TestDatabase) {
        let db = migrated(&database).await;
        let raw = Raw::open(&database).await;
        raw.run("CREATE TABLE owed (id BIGINT REFERENCES projects (id) DEFERRABLE INITIALLY DEFERRED)").await;
        raw.run(if database.is_postgres() {
            "CREATE FUNCTION owe() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN INSERT INTO owed VALUES (4711); RETURN NEW; END';
             CREATE TRIGGER owing AFTER INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION owe()"
        } else {
            "CREATE TRIGGER owing AFTER INSERT ON inbox BEGIN INSERT INTO owed VALUES (4711); END"
        }).await;
        for _ in 0..2 {
            assert!(inbox::receive(&db, &delivery("d1")).await.is_err());
        }
        raw.run(if database.is_postgres() { "DROP TRIGGER owing ON inbox" } else { "DROP TRIGGER owing" }).await;
        receive(&db, "d1").await;
    }

    async fn one_delivery_sent_many_times_at_once_is_one_row(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..20 {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            tasks.spawn(async move { inbox::receive(&db, &delivery("d-1")).await.unwrap() });
        }
        let received = tasks.join_all().await;
        assert_eq!(received.iter().filter(|received| matches!(received, Received::New(_))).count(), 1);
    }

    async fn a_delivery_that_is_settled_at_the_door_is_never_worked_on(database: TestDatabase) {
        let db = migrated(&database).await;
        let settled = NewDelivery { settled: Some((DeliveryOutcome::Ignored, "a ping")), ..delivery("d-1") };
        assert!(matches!(inbox::receive(&db, &settled).await.unwrap(), Received::New(_)));
        assert_eq!(claim(&db, 0, "w").await, []);
        let stored = inbox::find(&db, "github.com", "d-1").await.unwrap().unwrap();
        assert_eq!(
            (stored.outcome(), stored.reason.as_deref()),
            (Some(DeliveryOutcome::Ignored), Some("a ping"))
        );
    }

    async fn a_claimed_delivery_is_nobody_elses_until_the_lease_ends(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = receive(&db, "d-1").await;
        assert_eq!(ids(&claim(&db, 0, "first").await), [id]);
        assert_eq!(claim(&db, 59, "second").await, []);
        let taken_over = claim(&db, 60, "second").await;
        assert_eq!((ids(&taken_over), taken_over[0].tries), (vec![id], 2));
        // Who lost the lease writes nothing.
        assert!(!finish(&db, id, "first", DeliveryOutcome::Ignored, None).await);
        inbox::postpone(&db, id, "first", at(1), "too late").await.unwrap();
        assert_eq!(inbox::get(&db, id).await.unwrap().reason, None);
        assert!(finish(&db, id, "second", DeliveryOutcome::Accepted, Some(EventId(7))).await);
        let settled = inbox::get(&db, id).await.unwrap();
        assert_eq!(
            (settled.outcome(), settled.event_id, settled.due_at),
            (Some(DeliveryOutcome::Accepted), Some(7), None)
        );
        assert!(!finish(&db, id, "second", DeliveryOutcome::Ignored, None).await, "settled once");
        assert_eq!(claim(&db, 1000, "third").await, []);
    }

    async fn one_delivery_is_claimed_if_it_is_due_and_nobody_has_it(database: TestDatabase) {
        let db = migrated(&database).await;
        let (id, other) = (receive(&db, "d-1").await, receive(&db, "d-2").await);
        let claim_one = async |second, worker: &str| {
            inbox::claim_one(&db, id, at(second), at(second + 60), worker)
                .await
                .unwrap()
                .map(|claimed| claimed.id)
        };
        assert_eq!(claim_one(-1, "w").await, None, "not due");
        assert_eq!(claim_one(0, "w").await, Some(id));
        assert_eq!(claim_one(59, "v").await, None, "somebody has it");
        assert_eq!(claim_one(60, "v").await, Some(id));
        assert!(finish(&db, id, "v", DeliveryOutcome::Ignored, None).await);
        assert_eq!(claim_one(999, "w").await, None, "settled");
        assert_eq!(ids(&claim(&db, 0, "w").await), [other]);
    }

    async fn a_delivery_is_settled_with_its_event_or_not_at_all(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = receive(&db, "d-1").await;
        claim(&db, 0, "w").await;
        let mut tx = db.write().await.unwrap();
        assert!(inbox::finish(&mut tx, id, "w", DeliveryOutcome::Accepted, "planned", None).await.unwrap());
        drop(tx);
        assert_eq!(inbox::get(&db, id).await.unwrap().outcome(), None);
    }

    async fn a_delivery_that_is_put_off_comes_back_with_its_reason(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = receive(&db, "d-1").await;
        claim(&db, 0, "w").await;
        inbox::postpone(&db, id, "w", at(30), "the forge does not answer").await.unwrap();
        assert_eq!(claim(&db, 29, "w").await, []);
        assert_eq!(inbox::get(&db, id).await.unwrap().reason.as_deref(), Some("the forge does not answer"));
        assert_eq!(claim(&db, 30, "w").await.len(), 1);
    }

    async fn two_workers_never_claim_the_same_delivery(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for index in 0..40 {
            receive(&one, &format!("d-{index}")).await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..8 {
            let db = if index % 2 == 0 { one.clone() } else { other.clone() };
            tasks.spawn(
                async move { inbox::claim(&db, at(0), at(60), &format!("w{index}"), 3).await.unwrap() },
            );
        }
        let claims = tasks.join_all().await;
        assert!(claims.iter().all(|claim| claim.len() <= 3), "a claim takes no more than it asked for");
        let claimed: Vec<InboxId> = claims.iter().flatten().map(|delivery| delivery.id).collect();
        let distinct: BTreeSet<InboxId> = claimed.iter().copied().collect();
        assert_eq!(distinct.len(), claimed.len());
        assert!(!claimed.is_empty());
    }

    async fn what_came_to_no_event_can_be_tried_again_while_its_body_is_kept(database: TestDatabase) {
        let db = migrated(&database).await;
        let id = receive(&db, "d-1").await;
        claim(&db, 0, "w").await;
        finish(&db, id, "w", DeliveryOutcome::NotHandledYet, None).await;
        assert!(inbox::retry(&db, id, at(100)).await.unwrap());
        let again = inbox::get(&db, id).await.unwrap();
        assert_eq!((again.outcome(), again.reason, again.tries), (None, None, 0));
        assert_eq!(claim(&db, 100, "w").await.len(), 1);
        finish(&db, id, "w", DeliveryOutcome::Accepted, Some(EventId(7))).await;
        assert!(!inbox::retry(&db, id, at(200)).await.unwrap(), "it came to an event");
        assert!(!inbox::retry(&db, InboxId(987), at(200)).await.unwrap(), "there is none");
    }

    /// Rule 5: the body goes, the key, the outcome and the reason stay for ever.
    async fn bodies_are_forgotten_and_nothing_else(database: TestDatabase) {
        let db = migrated(&database).await;
        let settled = receive(&db, "d-1").await;
        let open = receive(&db, "d-2").await;
        inbox::claim(&db, at(0), at(60), "w", 1).await.unwrap();
        assert!(finish(&db, settled, "w", DeliveryOutcome::Refused, None).await);
        assert_eq!(inbox::forget_bodies(&db, at(0), 10).await.unwrap(), 0, "not old enough");
        assert_eq!(inbox::forget_bodies(&db, at(1), 10).await.unwrap(), 1);
        assert_eq!(inbox::forget_bodies(&db, at(1), 10).await.unwrap(), 0);
        let kept = inbox::get(&db, settled).await.unwrap();
        assert_eq!(
            (kept.body.as_ref(), kept.outcome(), kept.reason.as_deref()),
            (None, Some(DeliveryOutcome::Refused), Some("because"))
        );
        assert!(inbox::get(&db, open).await.unwrap().body.is_some(), "work is not done yet");
        assert!(!inbox::retry(&db, settled, at(9)).await.unwrap(), "its body is gone");
    }

    async fn a_refused_delivery_whose_body_is_gone_can_be_delivered_again(database: TestDatabase) {
        let db = migrated(&database).await;
        let settled_as = async |key: &str, outcome, event| {
            let id = receive(&db, key).await;
            claim(&db, 0, "w").await;
            assert!(finish(&db, id, "w", outcome, event).await);
            id
        };
        let refused = settled_as("d-1", DeliveryOutcome::Refused, None).await;
        let others = [
            settled_as("d-2", DeliveryOutcome::Ignored, None).await,
            settled_as("d-3", DeliveryOutcome::NothingPlanned, Some(EventId(7))).await,
            settled_as("d-4", DeliveryOutcome::Refused, Some(EventId(8))).await,
        ];
        let again = NewDelivery { received_at: at(100), ..delivery("d-1") };
        assert_eq!(inbox::receive(&db, &again).await.unwrap(), Received::Repeated, "its body is there");

        assert_eq!(inbox::forget_bodies(&db, at(1), 10).await.unwrap(), 4);
        let of_another_kind = NewDelivery { kind: "release", ..again.clone() };
        assert_eq!(inbox::receive(&db, &of_another_kind).await.unwrap(), Received::Repeated);
        assert_eq!(inbox::receive(&db, &again).await.unwrap(), Received::New(refused));
        let taken = inbox::get(&db, refused).await.unwrap();
        assert_eq!((taken.outcome(), taken.reason, taken.tries), (None, None, 0));
        assert_eq!((taken.due_at, taken.body.as_deref()), (Some(at(100)), Some(again.body)));
        assert_eq!(inbox::receive(&db, &again).await.unwrap(), Received::Repeated, "it is taken once");
        assert_eq!(ids(&claim(&db, 100, "w").await), [refused]);

        for (key, id) in ["d-2", "d-3", "d-4"].into_iter().zip(others) {
            let before = inbox::get(&db, id).await.unwrap();
            assert_eq!(inbox::receive(&db, &delivery(key)).await.unwrap(), Received::Repeated, "{key}");
            assert_eq!(inbox::get(&db, id).await.unwrap(), before);
        }
    }

    async fn what_is_refused_at_the_door_again_stays_refused(database: TestDatabase) {
        let db = migrated(&database).await;
        let refused = |reason| NewDelivery { settled: Some((DeliveryOutcome::Refused, reason)), ..delivery("d-1") };
        let Received::New(id) = inbox::receive(&db, &refused("once")).await.unwrap() else { panic!() };
        inbox::forget_bodies(&db, at(1), 10).await.unwrap();
        assert_eq!(inbox::receive(&db, &refused("again")).await.unwrap(), Received::New(id));
        let stored = inbox::get(&db, id).await.unwrap();
        assert_eq!(
            (stored.outcome(), stored.reason.as_deref(), stored.due_at),
            (Some(DeliveryOutcome::Refused), Some("again"), None)
        );
    }

    async fn deliveries_are_listed_newest_first_by_cursor(database: TestDatabase) {
        let db = migrated(&database).await;
        let mut stored = Vec::new();
        for index in 0..5 {
            stored.push(receive(&db, &format!("d-{index}")).await);
        }
        inbox::claim(&db, at(0), at(60), "w", 1).await.unwrap();
        finish(&db, stored[0], "w", DeliveryOutcome::Ignored, None).await;
        let page = async |filter, before: InboxId| {
            let rows = inbox::list(&db, filter, before, 2).await.unwrap();
            assert!(rows.iter().all(|row| row.body.is_none()), "bodies stay out of lists");
            ids(&rows)
        };
        assert_eq!(page(Filter::All, InboxId(i64::MAX)).await, [stored[4], stored[3]]);
        assert_eq!(page(Filter::All, stored[3]).await, [stored[2], stored[1]]);
        assert_eq!(page(Filter::All, stored[1]).await, [stored[0]]);
        assert_eq!(page(Filter::Pending, stored[2]).await, [stored[1]]);
        assert_eq!(page(Filter::Outcome(DeliveryOutcome::Ignored), InboxId(i64::MAX)).await, [stored[0]]);
        assert_eq!(inbox::pending(&db).await.unwrap(), (4, Some(at(0))));
    }

    async fn a_delivery_that_is_not_there_is_told_so(database: TestDatabase) {
        let db = migrated(&database).await;
        let error = inbox::get(&db, InboxId(5)).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)) && !error.is_passing(), "{error}");
        assert_eq!(inbox::pending(&db).await.unwrap(), (0, None));
    }

    /// Times are compared as times, whatever the number of their decimals.
    async fn what_is_due_is_told_to_the_microsecond(database: TestDatabase) {
        let db = migrated(&database).await;
        let after = |microseconds| at(0) + chrono::Duration::microseconds(microseconds);
        let moments = [0, 1, 100, 120_000, 123_000, 123_456, 200_000, 1_000_000];
        for moment in moments {
            let id = format!("d-{moment}");
            inbox::receive(&db, &NewDelivery { received_at: after(moment), ..delivery(&id) }).await.unwrap();
        }
        for moment in moments {
            let claimed = inbox::claim(&db, after(moment), at(60), "w", 10).await.unwrap();
            let due: Vec<_> = claimed.iter().map(|delivery| delivery.received_at).collect();
            assert_eq!(due, [after(moment)]);
        }
    }
}

//! Idempotency keys: a request asked twice is one rerun (R7), and a key is its caller's own.

use domain::rerun::{Asked, Selection};
use store::reruns::{Answer, Request, of_event};
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};

use super::{ask, done, event_e, failed, newest, request, shown, targets};
use crate::support::{migrated, open};

on_both_databases! {
    async fn r7_the_second_answer_is_the_first_one(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = event_e(&db, "ogr").await;
        let selection = targets(&[newest(&db, event, "copr_build", "f43").await]);
        let plan = shown(&db, event, &selection).await;
        let asked = Request {
            idempotency_key: Some("k-1"),
            plan_hash: Some(&plan.hash),
            ..request(event, &selection)
        };
        let first = done(&db, &asked).await;
        assert_eq!(done(&db, &asked).await, first);
        assert_eq!(of_event(&db, event).await.unwrap().len(), 1);
    }

    async fn r7_a_double_click_is_one_rerun(database: TestDatabase) {
        let (db, other) = (migrated(&database).await, open(&database).await);
        let event = event_e(&db, "ogr").await;
        let mut clicks = tokio::task::JoinSet::new();
        for click in 0..12 {
            let db = if click % 2 == 0 { db.clone() } else { other.clone() };
            clicks.spawn(async move {
                let selection = failed();
                done(&db, &Request { idempotency_key: Some("click"), ..request(event, &selection) }).await
            });
        }
        let answers = clicks.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(of_event(&db, event).await.unwrap(), [answers[0].clone()]);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn the_same_key_for_something_else_is_told(database: TestDatabase) {
        let db = migrated(&database).await;
        let (event, other) = (event_e(&db, "ogr").await, event_e(&db, "packit").await);
        let selection = targets(&[newest(&db, event, "copr_build", "f43").await]);
        let key = Some("k-1");
        let first = done(&db, &Request { idempotency_key: key, ..request(event, &selection) }).await;
        let everything = Selection::of(Asked::Everything);
        for another in [
            request(event, &everything),
            request(other, &selection),
            Request { plan_hash: Some("of another plan"), ..request(event, &selection) },
        ] {
            let answer = ask(&db, &Request { idempotency_key: key, ..another }).await;
            assert_eq!(answer, Answer::KeyOfAnother(first.id));
        }
        // What somebody else calls by this name is theirs.
        let selection = failed();
        let bob = Request { requested_by: "bob", idempotency_key: key, ..request(other, &selection) };
        assert_ne!(done(&db, &bob).await.id, first.id);
    }

    async fn one_key_for_two_events_at_once_is_one_rerun(database: TestDatabase) {
        let (db, other) = (migrated(&database).await, open(&database).await);
        for round in 0..10 {
            let mut both = tokio::task::JoinSet::new();
            for db in [db.clone(), other.clone()] {
                let event = event_e(&db, &format!("p{round}")).await;
                both.spawn(async move {
                    let (selection, key) = (failed(), format!("k-{round}"));
                    ask(&db, &Request { idempotency_key: Some(&key), ..request(event, &selection) }).await
                });
            }
            let answers = both.join_all().await;
            let carried_out = answers.iter().filter(|answer| matches!(answer, Answer::CarriedOut(_))).count();
            let told = answers.iter().filter(|answer| matches!(answer, Answer::KeyOfAnother(_))).count();
            assert_eq!((carried_out, told), (1, 1), "{answers:?}");
        }
        assert_eq!(verify(&db).await.unwrap(), []);
    }
}

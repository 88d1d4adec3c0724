//! What is refused writes nothing.

use domain::rerun::{Asked, Conflict, Selection};
use domain::words::TargetStatus;
use store::Db;
use store::reruns::{Answer, Request};
use store::verify::verify;
use test_support::{TestDatabase, on_both_databases};

use super::{ask, done, event_e, failed, newest, request, shown, targets};
use crate::raw::Raw;
use crate::support::{at, end, migrated, submit_all};

/// The rows of every table that a rerun writes, and the event's version.
async fn written(raw: &Raw) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["reruns", "rerun_targets", "pipelines", "jobs", "steps", "targets", "inputs", "submissions"]
    {
        counts.push(raw.number(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts.push(raw.number("SELECT CAST(sum(version) AS BIGINT) FROM events").await);
    counts
}

async fn nothing_is_written(db: &Db, raw: &Raw, request: &Request<'_>) -> Answer {
    let before = written(raw).await;
    let answer = ask(db, request).await;
    assert_eq!(written(raw).await, before, "{answer:?}");
    answer
}

on_both_databases! {
    async fn r6_and_a1_an_empty_selection_writes_nothing(database: TestDatabase) {
        let (db, raw) = (migrated(&database).await, Raw::open(&database).await);
        let event = event_e(&db, "ogr").await;
        let test = newest(&db, event, "test_run", "rawhide").await;
        done(&db, &request(event, &targets(&[test]))).await;
        submit_all(&db, event, at(110)).await;
        let again = newest(&db, event, "test_run", "rawhide").await;
        end(&db, event, again, TargetStatus::Succeeded, at(120)).await;
        let build = newest(&db, event, "copr_build", "f43").await;
        let no_test_failed = Selection::of(Asked::FailedTests);
        let Answer::NothingToDo(nothing) = nothing_is_written(&db, &raw, &request(event, &no_test_failed)).await
        else { panic!() };
        assert!(nothing.reason.contains(&format!("target {build}")), "{}", nothing.reason);
        for selection in [
            targets(&[]),
            Selection::of(Asked::Steps(Default::default())),
            Selection { identifiers: Some(Default::default()), ..Selection::of(Asked::Everything) },
        ] {
            let answer = nothing_is_written(&db, &raw, &request(event, &selection)).await;
            assert!(matches!(answer, Answer::NothingToDo(_)), "{answer:?}");
        }
    }

    async fn r9_a_replaced_attempt_writes_nothing(database: TestDatabase) {
        let (db, raw) = (migrated(&database).await, Raw::open(&database).await);
        let event = event_e(&db, "ogr").await;
        let build = newest(&db, event, "copr_build", "f43").await;
        let selection = targets(&[build]);
        let rerun = done(&db, &request(event, &selection)).await;
        let answer = nothing_is_written(&db, &raw, &request(event, &selection)).await;
        let Answer::Conflict(Conflict::Replaced(replaced)) = answer else { panic!("{answer:?}") };
        assert_eq!(replaced[0].newest_id, rerun.created[&build]);
    }

    async fn what_is_not_any_more_as_it_was_shown_is_not_carried_out(database: TestDatabase) {
        let (db, raw) = (migrated(&database).await, Raw::open(&database).await);
        let event = event_e(&db, "ogr").await;
        let selection = failed();
        let before = shown(&db, event, &selection).await;
        let build = newest(&db, event, "copr_build", "f43").await;
        done(&db, &request(event, &targets(&[build]))).await;
        let stale = Request { plan_hash: Some(&before.hash), ..request(event, &selection) };
        let answer = nothing_is_written(&db, &raw, &stale).await;
        let Answer::Changed(now) = answer else { panic!("{answer:?}") };
        assert_eq!(*now, shown(&db, event, &selection).await, "the answer has the plan as it is now");
        let fresh = Request { plan_hash: Some(&now.hash), ..request(event, &selection) };
        assert_eq!(done(&db, &fresh).await.plan, *now);
        assert_eq!(verify(&db).await.unwrap(), []);
    }

    async fn time_passes_between_the_plan_and_its_hour(database: TestDatabase) {
        let (db, raw) = (migrated(&database).await, Raw::open(&database).await);
        let event = event_e(&db, "ogr").await;
        let selection = failed();
        let before = shown(&db, event, &selection).await;
        let stale = Request { plan_hash: Some(&before.hash), ..request(event, &selection) };
        let counted = written(&raw).await;
        let life = domain::rerun::ArtifactLife::usual();
        let answer = store::reruns::carry_out(&db, &stale, &life, at(30 * 86_400)).await.unwrap();
        assert!(matches!(answer, Answer::Changed(_)), "the SRPM expired meanwhile: {answer:?}");
        assert_eq!(written(&raw).await, counted);
    }
}

//! The feed: nothing that changes is missed, wherever a reader begins.

use chrono::{TimeDelta, Utc};
use domain::ids::EventId;
use domain::words::TargetStatus;
use domain::workflow::Seen;
use store::changes::{Place, Wake, forget, newest, remembers, since};
use store::{Db, Tx, submissions};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::of_size;
use crate::support::{at, end, load, migrated, open, recorded, submit_all, target_named};

/// What recording an event tells: that it is there, and that it is planned.
const RECORDED: usize = 2;

/// What is told behind a place once that is so much: on PostgreSQL a transaction of anybody who shares the server holds the
/// feed back while it runs.
async fn told_in_time(db: &Db, place: Place, changes: usize) -> Vec<(i64, i64)> {
    for _ in 0..3000 {
        let told = told(db, place).await;
        if told.len() >= changes {
            return told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{changes} changes were not told");
}

/// Changes an event in a transaction that is still to end.
async fn begin_srpm(tx: &mut Tx, event: EventId) {
    submissions::change_event_in(tx, event, at(5), |_, workflow| {
        let srpm = target_named(workflow, "srpm_build", "srpm");
        workflow.observe(Seen::new(srpm, TargetStatus::Running), at(5));
    })
    .await
    .unwrap();
}

async fn told(db: &Db, place: Place) -> Vec<(i64, i64)> {
    since(db, place, 100).await.unwrap().iter().map(|change| (change.event_id, change.version)).collect()
}

on_both_databases! {
    async fn every_change_of_an_event_is_told_in_order(database: TestDatabase) {
        let db = migrated(&database).await;
        assert_eq!(newest(&db).await.unwrap(), Place::default());
        let event = recorded(&db, &of_size(1)).await;
        told_in_time(&db, Place::default(), RECORDED).await;
        let begun = newest(&db).await.unwrap();
        submit_all(&db, event, at(1)).await;
        let srpm = target_named(&load(&db, event).await, "srpm_build", "srpm");
        end(&db, event, srpm, TargetStatus::Failed, at(2)).await;
        let version = store::reads::workflow(&db, event).await.unwrap().unwrap().event.version;
        let all = told_in_time(&db, Place::default(), usize::try_from(version).unwrap() + 1).await;
        assert_eq!(all[0], (event.0, 0));
        assert!(all.is_sorted() && all.len() > RECORDED, "{all:?}");
        assert_eq!(told(&db, begun).await, all[RECORDED..]);
        let last = since(&db, begun, 100).await.unwrap().pop().unwrap();
        assert_eq!(last.status.as_str(), "failed");
        assert_eq!(last.place(), newest(&db).await.unwrap());
        assert_eq!(last.place().to_string().parse::<Place>(), Ok(last.place()));
        assert_eq!(since(&db, begun, 1).await.unwrap().len(), 1);
    }

    /// Ids are taken in one order and transactions end in another: a reader who saw the later one must see the earlier one too.
    async fn what_ends_late_is_not_missed(database: TestDatabase) {
        let db = migrated(&database).await;
        let events = [recorded(&db, &of_size(1)).await, recorded(&db, &of_size(1)).await];
        told_in_time(&db, Place::default(), 2 * RECORDED).await;
        let begun = newest(&db).await.unwrap();
        let mut early = db.write().await.unwrap();
        begin_srpm(&mut early, events[0]).await;
        if database.is_postgres() {
            // Two writers at once: SQLite has one.
            let mut late = db.write().await.unwrap();
            begin_srpm(&mut late, events[1]).await;
            late.commit().await.unwrap();
        }
        let seen = since(&db, begun, 100).await.unwrap();
        let place = seen.last().map_or(begun, store::changes::Change::place);
        early.commit().await.unwrap();
        if !database.is_postgres() {
            let mut late = db.write().await.unwrap();
            begin_srpm(&mut late, events[1]).await;
            late.commit().await.unwrap();
        }
        let mut all = told_in_time(&db, place, 2 - seen.len()).await;
        all.extend(seen.iter().map(|change| (change.event_id, change.version)));
        all.sort_unstable();
        let mut expected = [(events[0].0, 1), (events[1].0, 1)];
        for (expected, event) in expected.iter_mut().zip(events) {
            expected.1 = store::reads::workflow(&db, event).await.unwrap().unwrap().event.version;
        }
        assert_eq!(all, expected);
    }

    async fn a_reader_is_woken_by_another_process(database: TestDatabase) {
        let db = migrated(&database).await;
        let other = open(&database).await;
        let mut wake = Wake::listen(&db).await.unwrap();
        let event = recorded(&other, &of_size(1)).await;
        loop {
            wake.wait().await.unwrap();
            if told(&db, Place::default()).await.first() == Some(&(event.0, 0)) {
                break;
            }
        }
    }

    async fn an_old_place_is_known_to_be_forgotten(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &of_size(1)).await;
        told_in_time(&db, Place::default(), RECORDED).await;
        let old = newest(&db).await.unwrap();
        recorded(&db, &of_size(1)).await;
        assert!(remembers(&db, old).await.unwrap());
        assert_eq!(forget(&db, Utc::now() - TimeDelta::days(1)).await.unwrap(), 0);
        assert_eq!(forget(&db, Utc::now() + TimeDelta::days(1)).await.unwrap(), 2 * RECORDED as u64);
        recorded(&db, &of_size(1)).await;
        assert!(!remembers(&db, old).await.unwrap());
    }
}

#[test]
fn what_was_not_told_is_no_place() {
    for text in ["", "1", "1-", "-1", "-1-2", "1--2", "a-b", "1-2-3"] {
        assert!(text.parse::<Place>().is_err(), "{text}");
    }
}

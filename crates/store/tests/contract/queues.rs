//! How long the queues wait.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::ProjectId;
use domain::words::BuildSystem;
use store::inbox::{self, NewDelivery};
use store::pauses::{pause, resume};
use store::queues::waiting;
use store::submissions::{Limits, claim};
use store::{Db, submissions};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::build_and_test;
use crate::support::{at, migrated, record_at};

/// When the oldest of each queue is due, in one statement.
async fn queues(db: &Db) -> BTreeMap<String, Option<DateTime<Utc>>> {
    let before = db.statements();
    let found = waiting(db).await.unwrap();
    assert_eq!(db.statements() - before, 1);
    let name = |system: Option<BuildSystem>, queue| system.map_or(queue, |system| system.to_string());
    found.into_iter().map(|waiting| (name(waiting.system, waiting.queue), waiting.due_at)).collect()
}

async fn receive(db: &Db, id: &str, second: i64) {
    let (source, kind, received_at) = ("github.com", "push", at(second));
    let delivery = NewDelivery { source, delivery_id: id, kind, received_at, body: b"{}", settled: None };
    inbox::receive(db, &delivery).await.unwrap();
}

on_both_databases! {
    async fn the_oldest_of_each_queue_tells_how_long_nobody_worked(database: TestDatabase) {
        let db = migrated(&database).await;
        let nothing = queues(&db).await;
        assert_eq!(nothing.keys().collect::<Vec<_>>(), ["inbox", "replies", "reports"]);
        assert!(nothing.values().all(Option::is_none), "{nothing:?}");

        receive(&db, "first", 3).await;
        receive(&db, "second", 9).await;
        record_at(&db, "ogr", &build_and_test(&["f42"]), 5).await;
        record_at(&db, "specfile", &build_and_test(&["f42"]), 7).await;
        let found = queues(&db).await;
        assert_eq!((found["inbox"], found["reports"], found["copr"]), (Some(at(3)), Some(at(5)), Some(at(5))));

        // Who works on something has until the end of the lease; one that died is late from then on.
        inbox::claim(&db, at(10), at(70), "w", 1).await.unwrap();
        let limits = Limits { total: 1, per_project: 1 };
        claim(&db, BuildSystem::Copr, at(10), at(70), "w", limits, ProjectId(0)).await.unwrap();
        let found = queues(&db).await;
        assert_eq!((found["inbox"], found["copr"]), (Some(at(9)), Some(at(7))));
    }

    async fn what_a_pause_keeps_back_is_not_late_and_what_was_sent_before_is(database: TestDatabase) {
        let db = migrated(&database).await;
        record_at(&db, "ogr", &build_and_test(&["f42"]), 5).await;
        pause(&db, BuildSystem::Copr, "maria", None, at(6)).await.unwrap();
        assert!(!queues(&db).await.contains_key("copr"));
        resume(&db, BuildSystem::Copr, at(7)).await.unwrap();
        let limits = Limits { total: 1, per_project: 1 };
        let claimed = claim(&db, BuildSystem::Copr, at(8), at(70), "w", limits, ProjectId(0)).await.unwrap();
        submissions::step(&db, &claimed[0], "w", at(8), |held, _| {
            held.external_id = Some("8001".to_owned());
            held.release(at(20));
        })
        .await
        .unwrap();
        pause(&db, BuildSystem::Copr, "maria", None, at(9)).await.unwrap();
        assert_eq!(queues(&db).await["copr"], Some(at(20)), "it is still to be followed");
    }
}

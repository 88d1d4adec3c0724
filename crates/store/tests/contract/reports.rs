use std::collections::BTreeSet;

use domain::words::{BuildSystem, EventStatus, TargetStatus};
use store::reports::{self, Report, Told};
use store::{Db, pauses, releases};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::of_size;
use crate::raw::Raw;
use crate::support::{at, end, load, migrated, open, record_at, recorded, submit_all, target_named};

async fn claim(db: &Db, second: i64, worker: &str) -> Vec<Report> {
    reports::claim(db, at(second), at(second + 60), worker, 10).await.unwrap()
}

on_both_databases! {
    async fn a_forge_is_told_once(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &of_size(1)).await;
        let due = claim(&db, 0, "w").await;
        assert_eq!((due.len(), due[0].tries, due[0].told_status.as_deref()), (1, 1, None));
        assert_eq!(claim(&db, 59, "other").await, []);
        reports::told(&db, &due[0], "w", &Told::status("pending: planned 1 build"), at(1)).await.unwrap();
        assert_eq!(claim(&db, 1000, "other").await, []);
    }

    /// The event went on while the forge was told: it is told again, and of the newer state.
    async fn what_changed_meanwhile_is_told_again(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(1)).await;
        let due = claim(&db, 0, "w").await;
        submit_all(&db, event, at(5)).await;
        assert_eq!(load(&db, event).await.status(), EventStatus::Running);
        // Not by somebody else at the same time: the older state could arrive there last.
        assert_eq!(claim(&db, 6, "other").await, []);
        reports::told(&db, &due[0], "w", &Told::status("waiting"), at(6)).await.unwrap();
        let again = claim(&db, 7, "w").await;
        assert_eq!(
            again.iter().map(|report| report.told_status.as_deref()).collect::<Vec<_>>(),
            [Some("waiting")]
        );
    }

    /// The same, when a newer event of the same commit takes the name over.
    async fn a_newer_event_is_told_after_the_one_before(database: TestDatabase) {
        let db = migrated(&database).await;
        let first = recorded(&db, &of_size(1)).await;
        let due = claim(&db, 0, "w").await;
        let newer = recorded(&db, &of_size(1)).await;
        assert_eq!((due[0].event_id, claim(&db, 5, "other").await), (first, Vec::new()));
        reports::told(&db, &due[0], "w", &Told::status("waiting"), at(6)).await.unwrap();
        let again = claim(&db, 6, "w").await;
        assert_eq!(again.iter().map(|report| report.event_id).collect::<Vec<_>>(), [newer]);
    }

    async fn what_does_not_change_the_status_is_not_told(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(2)).await;
        submit_all(&db, event, at(5)).await;
        let due = claim(&db, 6, "w").await;
        reports::told(&db, &due[0], "w", &Told::status("running"), at(7)).await.unwrap();
        let srpm = target_named(&load(&db, event).await, "srpm_build", "srpm");
        end(&db, event, srpm, TargetStatus::Succeeded, at(8)).await;
        assert_eq!(claim(&db, 1000, "w").await, []);
    }

    async fn a_lost_report_is_taken_over_and_its_first_worker_writes_nothing(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &of_size(1)).await;
        let first = claim(&db, 0, "first").await;
        let second = claim(&db, 60, "second").await;
        assert_eq!((second.len(), second[0].tries), (1, 2));
        reports::told(&db, &first[0], "first", &Told::status("told by the first"), at(61)).await.unwrap();
        reports::postpone(&db, &first[0], "first", None, "for good", at(5)).await.unwrap();
        let third = claim(&db, 120, "third").await;
        assert_eq!((third.len(), third[0].told_status.as_deref()), (1, None));
    }

    async fn a_report_is_put_off_or_given_up(database: TestDatabase) {
        let db = migrated(&database).await;
        recorded(&db, &of_size(1)).await;
        let due = claim(&db, 0, "w").await;
        reports::postpone(&db, &due[0], "w", Some(at(30)), "rate limit", at(5)).await.unwrap();
        assert_eq!(claim(&db, 29, "w").await, []);
        let due = claim(&db, 30, "w").await;
        reports::postpone(&db, &due[0], "w", None, "the repository is gone", at(5)).await.unwrap();
        assert_eq!(claim(&db, 9999, "w").await, []);
        let raw = Raw::open(&database).await;
        assert_eq!(raw.texts("SELECT problem FROM reports").await, ["the repository is gone"]);
    }

    async fn two_workers_never_claim_the_same_report(database: TestDatabase) {
        let (one, other) = (migrated(&database).await, open(&database).await);
        for index in 0..20 {
            record_at(&one, &format!("p{index}"), &of_size(1), 0).await;
        }
        let raw = Raw::open(&database).await;
        for round in 0..5 {
            let mut tasks = tokio::task::JoinSet::new();
            for index in 0..8 {
                let db = if index % 2 == 0 { one.clone() } else { other.clone() };
                tasks.spawn(async move {
                    reports::claim(&db, at(0), at(60), &format!("w{index}"), 4).await.unwrap()
                });
            }
            let claims = tasks.join_all().await;
            assert!(claims.iter().all(|claim| claim.len() <= 4));
            let claimed: Vec<i64> = claims.iter().flatten().map(|report| report.id).collect();
            let distinct: BTreeSet<i64> = claimed.iter().copied().collect();
            assert_eq!(distinct.len(), claimed.len(), "round {round}");
            assert!(!claimed.is_empty());
            raw.run("UPDATE reports SET due_at = '2026-01-01T00:00:00+00:00', leased_by = NULL").await;
        }
    }

    async fn a_pause_lasts_from_when_it_began_whoever_says_more_of_it(database: TestDatabase) {
        let db = migrated(&database).await;
        assert_eq!(pauses::list(&db).await.unwrap(), []);
        pauses::pause(&db, BuildSystem::Copr, "alice", Some("outage"), at(0)).await.unwrap();
        pauses::pause(&db, BuildSystem::Copr, "bob", Some("until Monday"), at(9)).await.unwrap();
        let [pause] = &pauses::list(&db).await.unwrap()[..] else { panic!("not one") };
        assert_eq!(
            (pause.system, pause.since, pause.paused_by.as_str(), pause.reason.as_deref()),
            (BuildSystem::Copr, at(0), "bob", Some("until Monday"))
        );
        pauses::pause(&db, BuildSystem::Copr, "carol", None, at(9)).await.unwrap();
        assert_eq!(pauses::list(&db).await.unwrap()[0], *pause, "who gives no reason takes none away");
        assert!(!pauses::resume(&db, BuildSystem::TestingFarm, at(10)).await.unwrap());
        assert!(pauses::resume(&db, BuildSystem::Copr, at(10)).await.unwrap());
        assert_eq!(pauses::list(&db).await.unwrap(), []);
    }

    /// What was put off for the pause is due when it ends; what is at the build system goes on as it did.
    async fn the_end_of_a_pause_is_the_beginning_of_what_waited(database: TestDatabase) {
        let db = migrated(&database).await;
        for name in ["waits", "is built", "is held"] {
            record_at(&db, name, &of_size(1), 100).await;
        }
        let raw = Raw::open(&database).await;
        raw.run(
            "UPDATE submissions SET external_id = '8001' WHERE id = 2;
            UPDATE submissions SET leased_by = 'w' WHERE id = 3",
        )
        .await;
        pauses::pause(&db, BuildSystem::Copr, "alice", None, at(0)).await.unwrap();
        pauses::resume(&db, BuildSystem::TestingFarm, at(10)).await.unwrap();
        let due = "SELECT count(*) FROM submissions WHERE due_at < '2026-01-01T00:01:00+00:00'";
        assert_eq!(raw.number(due).await, 0);
        pauses::resume(&db, BuildSystem::Copr, at(10)).await.unwrap();
        assert_eq!((raw.number(due).await, crate::submissions::next_due(&db).await), (1, Some(at(10))));
    }

    async fn the_newest_release_list_replaces_the_one_before(database: TestDatabase) {
        let db = migrated(&database).await;
        assert_eq!(releases::get(&db).await.unwrap(), None);
        let lists = [serde_json::json!([{"name": "F42"}]), serde_json::json!([{"name": "F43", "ü": null}])];
        for (list, second) in lists.iter().zip(0..) {
            releases::save(&db, list, at(second)).await.unwrap();
            assert_eq!(releases::get(&db).await.unwrap(), Some((at(second), list.clone())));
        }
    }
}

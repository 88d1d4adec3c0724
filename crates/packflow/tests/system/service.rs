//! What an operator does to a running service, and what becomes of the work.

use std::time::Duration;

use simulator::System;
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, hash, pull_request, quick, status, until};

on_both_databases! {
    async fn a_paused_build_system_gets_nothing_new_until_it_is_resumed(database: TestDatabase) {
        // Nothing but the resume itself makes it go on.
        let keys = [("worker.poll_at_most_seconds", "3600")];
        let mut behaviour = quick();
        behaviour.latencies.build_ms = 1_000;
        let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
        let _server = world.serve().await;
        let running = world.opened(1, &hash(1)).await;
        world.begun(running, "copr_build fedora-42-x86_64").await;

        world.said(&["pause", "copr", "--reason", "maintenance until noon"]);
        let held = world.opened(2, &hash(2)).await;
        let workflow = world
            .workflow_when(held, "it is held", |workflow| {
                workflow["submissions"][0]["problem"].as_str().is_some_and(|told| told.contains("until noon"))
            })
            .await;
        assert_eq!(status(&workflow, "srpm_build srpm"), "ready");
        assert!(workflow["submissions"][0]["paused_since"].is_string());
        assert!(world.page(held).await.contains("Copr is paused since"));
        assert_eq!(world.ended(running).await["status"], "succeeded", "what is there is followed to its end");
        assert_eq!(world.sent().builds().len(), 1);

        world.said(&["resume", "copr"]);
        assert_eq!(world.ended(held).await["status"], "succeeded");
        assert_eq!(world.sent().builds().len(), 2);
    }

    async fn a_service_that_is_stopped_gracefully_leaves_nothing_leased(database: TestDatabase) {
        // What it held would be stuck for an hour.
        let keys = [("worker.lease_seconds", "3600")];
        let world = Setup { database: database.url(), behaviour: quick(), keys: &keys }.world().await;
        for round in 0..3 {
            let server = world.serve().await;
            for number in 0..3 {
                let number = round * 10 + number;
                assert_eq!(world.deliver(pull_request("opened", number, &hash(number), None)).await, Some(202));
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..700))).await;
            assert!(server.stop().await.success());
        }
        let _server = world.serve().await;
        let events = world.events().await;
        assert_eq!(events.len(), 9);
        for event in events {
            assert_eq!(world.ended(event["id"].as_i64().unwrap()).await["status"], "succeeded");
        }
        let sent = world.sent();
        assert_eq!((sent.builds().len(), sent.tests().len()), (9, 18));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_were_missed_are_asked_for_after_a_start() {
    let database = TestDatabase::sqlite();
    let world = Setup { database: database.url(), behaviour: quick(), keys: &[] }.world().await;
    let server = world.serve().await;
    let taken = world.opened(1, &hash(1)).await;
    assert!(server.stop().await.success());
    for number in [2, 3] {
        let answer = world.deliver(pull_request("opened", number, &hash(number), None)).await;
        assert_eq!(answer, None, "nobody is there");
    }

    let server = world.serve().await;
    let mut events = vec![taken];
    for number in [2, 3] {
        events.push(world.event_of(&hash(number)).await);
    }
    for event in events {
        assert_eq!(world.ended(event).await["status"], "succeeded");
    }
    assert!(server.stop().await.success());
    let asked = || {
        let sent = world.sent();
        sent.0
            .iter()
            .filter(|entry| entry.system == System::GitHub && entry.path.ends_with("/attempts"))
            .count()
    };
    assert_eq!(asked(), 2, "one each");

    // What was taken meanwhile is not asked for again.
    let _server = world.serve().await;
    until("the forge is asked", async || {
        (world.sent().count(System::GitHub, "GET", "/app/hook/deliveries") == 3).then_some(())
    })
    .await;
    assert_eq!(asked(), 2);
    assert_eq!(world.events().await.len(), 3);
}

//! Newer commits of a pull request take the place of older ones.

use simulator::Behaviour;
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, hash, pull_request, quick, reason, status};

const KEYS: [(&str, &str); 1] = [("worker.cancel_superseded", "true")];

/// What is begun now is still being made whenever the next commit comes.
fn endless() -> Behaviour {
    let mut behaviour = quick();
    behaviour.latencies.source_ms = 10 * 60 * 1000;
    behaviour
}

/// The builds that were begun for a commit.
fn builds_of(world: &World, commit: &str) -> Vec<String> {
    let builds = world.sent().builds();
    builds.into_iter().filter(|build| build.script.contains(commit)).map(|build| build.id).collect()
}

on_both_databases! {
    async fn a22_a_newer_commit_cancels_the_older_ones_work_and_starts_its_own(database: TestDatabase) {
        let world = Setup { database: database.url(), behaviour: quick(), keys: &KEYS }.world().await;
        let _server = world.serve().await;
        let (old, new) = (hash(1), hash(2));
        let other = world.opened(8, &hash(3)).await;
        world.begun(other, "srpm_build srpm").await;
        world.simulator.behave(endless());
        let first = world.opened(7, &old).await;
        world.begun(first, "srpm_build srpm").await;
        world.simulator.behave(quick());
        assert_eq!(world.deliver(pull_request("synchronize", 7, &new, Some(&old))).await, Some(202));
        let second = world.event_of(&new).await;

        let canceled = world.ended(first).await;
        assert_eq!(canceled["status"], "canceled");
        assert_eq!(status(&canceled, "srpm_build srpm"), "canceled");
        assert_eq!(
            reason(&canceled, "test_run fedora-42-x86_64"),
            format!("superseded by commit {new}"),
            "what no build system had says why it ended"
        );
        assert_eq!(world.ended(second).await["status"], "succeeded", "its tests were started, too");
        assert_eq!(world.ended(other).await["status"], "succeeded", "another pull request is left alone");
        assert_eq!(world.sent().cancels(), builds_of(&world, &old), "the old build, and nothing else");
        assert_eq!(world.sent().tests().len(), 4);
    }

    async fn a25_the_newer_commit_wins_though_it_is_delivered_first(database: TestDatabase) {
        let world = Setup { database: database.url(), behaviour: quick(), keys: &KEYS }.world().await;
        let _server = world.serve().await;
        let (old, new) = (hash(1), hash(2));
        assert_eq!(world.deliver(pull_request("synchronize", 7, &new, Some(&old))).await, Some(202));
        let newer = world.event_of(&new).await;
        let late = world.opened(7, &old).await;
        let workflow = world.ended(late).await;
        assert_eq!(workflow["status"], "nothing");
        assert_eq!(
            workflow["omissions"][0]["reason"],
            format!("commit {new} was pushed to the pull request after this one")
        );
        assert_eq!(world.ended(newer).await["status"], "succeeded");
        assert_eq!(world.sent().cancels(), [""; 0]);
        assert_eq!(builds_of(&world, &old), [""; 0]);
    }

    async fn a25_the_newer_commit_wins_though_both_are_delivered_at_once(database: TestDatabase) {
        let mut behaviour = quick();
        behaviour.latencies.source_ms = 3_000;
        let world = Setup { database: database.url(), behaviour, keys: &KEYS }.world().await;
        let _server = world.serve().await;
        let _worker = database.is_postgres().then(|| world.worker());
        let commits = |number: u64| (hash(number * 2), hash(number * 2 + 1));
        let deliver = async |number: u64| {
            let (old, new) = commits(number);
            let (first, second) = tokio::join!(
                world.deliver(pull_request("synchronize", number, &new, Some(&old))),
                world.deliver(pull_request("opened", number, &old, None)),
            );
            assert_eq!((first, second), (Some(202), Some(202)));
        };
        tokio::join!(deliver(1), deliver(2), deliver(3), deliver(4), deliver(5), deliver(6));
        for number in 1..=6 {
            let (old, new) = commits(number);
            let workflow = world.ended(world.event_of(&new).await).await;
            assert_eq!(workflow["status"], "succeeded", "{number}: {workflow:#}");
            let workflow = world.ended(world.event_of(&old).await).await;
            let told = workflow["status"].as_str().unwrap();
            assert!(matches!(told, "canceled" | "nothing"), "{number}: {told}");
            assert_eq!(builds_of(&world, &new).len(), 1);
        }
        drop(_server);
        world.said(&["doctor", "--verify"]);
    }
}

/// Closes a pull request while its SRPM is made; how its event ended.
async fn closed(database: &TestDatabase, cancels: bool) -> String {
    let cancel_closed = cancels.to_string();
    let keys = [("worker.cancel_closed", cancel_closed.as_str())];
    let behaviour = if cancels { endless() } else { quick() };
    let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
    let _server = world.serve().await;
    let event = world.opened(7, &hash(1)).await;
    world.begun(event, "srpm_build srpm").await;
    assert_eq!(world.deliver(pull_request("closed", 7, &hash(1), None)).await, Some(202));
    let workflow = world.ended(event).await;
    let canceled = if cancels { builds_of(&world, &hash(1)) } else { Vec::new() };
    assert_eq!(world.sent().cancels(), canceled);
    workflow["status"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pull_request_cancels_its_work_if_that_is_configured() {
    let database = TestDatabase::sqlite();
    assert_eq!(closed(&database, true).await, "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pull_request_is_carried_out_to_its_end_otherwise() {
    let database = TestDatabase::sqlite();
    assert_eq!(closed(&database, false).await, "succeeded");
}

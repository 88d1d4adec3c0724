//! Results that come early, late, twice or never.

use serde_json::Value;
use simulator::{Behaviour, Callbacks, Latencies, LostAnswers, Slowness, System, Trouble};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, hash, quick, reason, status, until};

/// Longer than any test waits.
const FOR_EVER_MS: u64 = 10 * 60 * 1000;

/// Callbacks that the server has taken.
async fn callbacks(world: &World, outcome: &str) -> u64 {
    let figures = world.get("/metrics").await.unwrap_or_default();
    let of = |line: &&str| {
        line.starts_with("packflow_webhooks_total")
            && line.contains("testing-farm")
            && line.contains(&format!("outcome=\"{outcome}\""))
    };
    figures.lines().filter(of).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// All but the problems of the moment.
fn results(workflow: &Value) -> Value {
    serde_json::json!([workflow["status"], workflow["targets"]])
}

on_both_databases! {
    async fn a24_lost_answers_are_looked_up_and_nothing_is_submitted_twice(database: TestDatabase) {
        let lost = |next| {
            let lost_answers = LostAnswers { next, percent: 0 };
            Trouble { lost_answers, ..Trouble::default() }
        };
        let troubles = [(System::Copr, lost(1)), (System::TestingFarm, lost(2))].into();
        let world =
            Setup { database: database.url(), behaviour: Behaviour { troubles, ..quick() }, keys: &[] }
                .world()
                .await;
        let _server = world.serve().await;
        let workflow = world.ended(world.opened(1, &hash(1)).await).await;
        assert_eq!(workflow["status"], "succeeded");
        let sent = world.sent();
        let answers = |system| {
            let begun = sent.0.iter().filter(move |entry| entry.system == system && entry.began.is_some());
            begun.map(|entry| entry.status).collect::<Vec<_>>()
        };
        // Whatever else Copr began (a project), the first answer that was to be lost was lost.
        assert!(answers(System::Copr).contains(&None), "{:?}", answers(System::Copr));
        assert_eq!(answers(System::TestingFarm), [None, None]);
        assert_eq!((sent.builds().len(), sent.tests().len()), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_what_is_told_of_a_canceled_test_changes_nothing() {
    let database = TestDatabase::sqlite();
    let mut behaviour = quick();
    behaviour.latencies.test_ms = FOR_EVER_MS;
    behaviour.callbacks = Callbacks { repeats: 2, late_ms: 2_000, lost_percent: 0 };
    let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
    let _server = world.serve().await;
    let event = world.opened(1, &hash(1)).await;
    world
        .workflow_when(event, "both tests run", |workflow| {
            ["fedora-42", "fedora-43"]
                .iter()
                .all(|name| status(workflow, &format!("test_run {name}-x86_64")) == "running")
        })
        .await;
    world.said(&["cancel", &event.to_string(), "--yes"]);
    let ended = world.ended(event).await;
    assert_eq!(status(&ended, "test_run fedora-42-x86_64"), "canceled");
    let before = callbacks(&world, "stored").await;
    until("late callbacks come", async || (callbacks(&world, "stored").await > before).then_some(())).await;
    assert_eq!(results(&world.ended(event).await), results(&ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn a23_what_nobody_begins_is_given_up_with_the_reason() {
    let database = TestDatabase::sqlite();
    let mut behaviour = quick();
    behaviour.latencies.queue_ms = FOR_EVER_MS;
    let keys = [("limits.submitted_hours", "0.0003")];
    let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
    let _server = world.serve().await;
    let workflow = world.ended(world.opened(1, &hash(1)).await).await;
    assert_eq!(workflow["status"], "errored");
    assert_eq!(reason(&workflow, "srpm_build srpm"), "submitted for more than 1 seconds");
    assert_eq!(status(&workflow, "copr_build epel-9-x86_64"), "skipped");
    assert_eq!(status(&workflow, "test_run fedora-42-x86_64"), "skipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a23_what_runs_too_long_is_given_up_and_the_rest_goes_on() {
    let database = TestDatabase::sqlite();
    let behaviour =
        Behaviour { chroot_build_ms: [("epel-9-x86_64".to_owned(), FOR_EVER_MS)].into(), ..quick() };
    let keys = [("limits.running_days", "0.00003")];
    let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
    let _server = world.serve().await;
    let workflow = world.ended(world.opened(1, &hash(1)).await).await;
    assert_eq!(workflow["status"], "errored");
    assert_eq!(status(&workflow, "copr_build epel-9-x86_64"), "errored");
    assert_eq!(reason(&workflow, "copr_build epel-9-x86_64"), "running for more than 2 seconds");
    assert_eq!(status(&workflow, "test_run fedora-42-x86_64"), "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a24_an_end_before_the_start_and_a_callback_before_the_answer() {
    let database = TestDatabase::sqlite();
    // All is over when it is begun; Testing Farm calls back while its answer is still on the way, and twice.
    let slow = Slowness { percent: 100, ms: 700 };
    let behaviour = Behaviour {
        latencies: Latencies::ZERO,
        troubles: [(System::TestingFarm, Trouble { slow, ..Trouble::default() })].into(),
        callbacks: Callbacks { repeats: 1, late_ms: 0, lost_percent: 0 },
        ..quick()
    };
    let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
    let _server = world.serve().await;
    let workflow = world.ended(world.opened(1, &hash(1)).await).await;
    assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
    // They come before the request is known, and are taken by their tokens.
    assert_eq!(callbacks(&world, "unsigned").await, 0);
    assert!(callbacks(&world, "stored").await >= 4);
    let sent = world.sent();
    assert_eq!((sent.builds().len(), sent.tests().len()), (1, 2));
}

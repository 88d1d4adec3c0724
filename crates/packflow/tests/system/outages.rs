//! What is away comes back, all ends right, and meanwhile it is said what waits for what.

use serde_json::Value;
use simulator::{Behaviour, Outage, OutageKind, System, Trouble};
use test_support::{Cluster, Programs, TestDatabase, missing_peer};

use crate::harness::{Forwarder, Setup, World, hash, pull_request, quick, until};

/// A system is away until it is told otherwise.
fn away(system: System, kind: OutageKind) -> Behaviour {
    let outage = Some(Outage { kind, for_ms: 10 * 60 * 1000 });
    Behaviour { troubles: [(system, Trouble { outage, ..Trouble::default() })].into(), ..quick() }
}

/// What went wrong with the submissions of a workflow.
fn problems(workflow: &Value) -> Vec<&str> {
    let submissions = workflow["submissions"].as_array().unwrap();
    submissions.iter().filter_map(|submission| submission["problem"].as_str()).collect()
}

/// Waits until so many submissions have this problem; the page tells it, and that it is tried again.
async fn is_told(world: &World, event: i64, count: usize, problem: &str) {
    world
        .workflow_when(event, &format!("{count} submissions tell: {problem}"), |workflow| {
            problems(workflow).iter().filter(|told| told.contains(problem)).count() == count
        })
        .await;
    until("the page tells it", async || {
        let page = world.page(event).await;
        (page.contains(problem) && page.contains("next try at")).then_some(())
    })
    .await;
}

async fn all_ended_right(world: &World, event: i64) {
    let workflow = world.ended(event).await;
    assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
    assert_eq!(problems(&workflow), [""; 0], "what is over is not told any more");
    let sent = world.sent();
    assert_eq!((sent.builds().len(), sent.tests().len()), (1, 2), "each was submitted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_goes_away_under_two_workers_and_comes_back() {
    let Some(programs) = Programs::find() else {
        return missing_peer("the_database_goes_away_under_two_workers_and_comes_back", "PostgreSQL");
    };
    // The server dies, and what was committed is to stand.
    let cluster = Cluster::start_durable(&programs).unwrap();
    let mut behaviour = quick();
    behaviour.latencies.build_ms = 1_000;
    let keys = [("worker.missed_deliveries_minutes", "0.02")];
    let world = Setup { database: cluster.url(), behaviour, keys: &keys }.world().await;
    let _server = world.serve().await;
    let _worker = world.worker();
    let running = world.opened(1, &hash(1)).await;
    world.begun(running, "srpm_build srpm").await;

    cluster.take_away().unwrap();
    until("the server says that it is not ready", async || {
        world.get("/readyz").await.is_none().then_some(())
    })
    .await;
    let answer = world.deliver(pull_request("opened", 2, &hash(2), None)).await;
    assert_eq!(answer, Some(503), "what cannot be stored is not taken");
    cluster.bring_back().unwrap();

    world.ready().await;
    let missed = world.event_of(&hash(2)).await;
    for event in [running, missed] {
        assert_eq!(world.ended(event).await["status"], "succeeded");
    }
    let sent = world.sent();
    assert_eq!((sent.builds().len(), sent.tests().len()), (2, 4), "each was submitted once");
    world.said(&["doctor", "--verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn testing_farm_drops_connections_and_then_is_unavailable() {
    let database = TestDatabase::sqlite();
    let mut behaviour = quick();
    behaviour.latencies.test_ms = 3_000;
    let world = Setup { database: database.url(), behaviour: behaviour.clone(), keys: &[] }.world().await;
    let _server = world.serve().await;

    world.simulator.behave(away(System::TestingFarm, OutageKind::Dropped));
    let event = world.opened(1, &hash(1)).await;
    is_told(&world, event, 2, "Testing Farm: ").await;
    world.simulator.behave(behaviour.clone());
    world.begun(event, "test_run fedora-42-x86_64").await;

    world.simulator.behave(away(System::TestingFarm, OutageKind::Unavailable));
    is_told(&world, event, 2, "503").await;
    world.simulator.behave(behaviour);
    all_ended_right(&world, event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn github_is_away_when_a_delivery_is_read() {
    let database = TestDatabase::sqlite();
    let world = Setup { database: database.url(), behaviour: quick(), keys: &[] }.world().await;
    let _server = world.serve().await;
    world.simulator.behave(away(System::GitHub, OutageKind::Unavailable));
    assert_eq!(world.deliver(pull_request("opened", 1, &hash(1), None)).await, Some(202));
    until("the inbox tells what it waits for", async || {
        world.said(&["inbox", "list", "--outcome", "pending"]).contains("503").then_some(())
    })
    .await;
    world.simulator.behave(quick());
    let event = world.event_of(&hash(1)).await;
    all_ended_right(&world, event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copr_refuses_connections_and_then_is_unavailable() {
    let database = TestDatabase::sqlite();
    let mut behaviour = quick();
    behaviour.latencies.build_ms = 3_000;
    let world = Setup { database: database.url(), behaviour: behaviour.clone(), keys: &[] }.world().await;
    let forwarder = Forwarder::to(&world.simulator.copr_url()).await;
    world.configure(database.url(), &[("copr.url", &format!("\"{}/copr\"", forwarder.url()))]);
    let _server = world.serve().await;

    forwarder.refuse();
    let event = world.opened(1, &hash(1)).await;
    is_told(&world, event, 1, "Connection refused").await;
    forwarder.accept().await;
    world.begun(event, "copr_build fedora-42-x86_64").await;

    world.simulator.behave(away(System::Copr, OutageKind::Unavailable));
    is_told(&world, event, 1, "503").await;
    world.simulator.behave(behaviour);
    all_ended_right(&world, event).await;
}

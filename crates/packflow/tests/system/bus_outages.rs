//! The broker is away: at the start, in between, and for good.

use simulator::{Behaviour, BuildOutcome, KojiRule, Latencies};
use test_support::{Broker, TestDatabase, on_both_databases};

use crate::harness::{Broadcasts, Manner, PACKAGED, Setup, a_while, hash, pushed, quick, status};

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [alice]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

/// The first build for Fedora 43 fails; all takes long enough to be cut off.
fn behaviour() -> Behaviour {
    let fails = KojiRule {
        target: "f43*".to_owned(),
        package: None,
        scratch: None,
        outcome: BuildOutcome::FailedOnce,
    };
    let quick = quick();
    let latencies =
        Latencies { build_ms: 1_500, update_pending_ms: 500, update_testing_ms: 3_000, ..quick.latencies };
    Behaviour { koji_builds: vec![fails], latencies, ..quick }
}

on_both_databases! {
    /// A push on two branches, told twice each, goes through Koji and Bodhi to stable updates; one build fails and is redone. The
    /// broker is killed and restarted twice, the worker five times: nothing is lost, nothing is done twice, and page and
    /// provenance show all of it.
    async fn two_branches_become_stable_updates_whatever_happens_to_broker_and_worker(database: TestDatabase) {
        let Some(broker) = Broker::own("two_branches_become_stable_updates_whatever_happens") else { return };
        let url = format!("\"{}\"", broker.url());
        let bus = [("bus.url", url.as_str()), ("bus.queue", "\"packflow-story\"")];
        let keys = [PACKAGED[0], PACKAGED[1], bus[0], bus[1], ("worker.poll_at_most_seconds", "2")];
        let world = Setup { database: database.url(), behaviour: behaviour(), keys: &keys }.world().await;
        world.also_packages();
        let (one, other) = (hash(1), hash(2));
        world.put_package("hello", CHAIN, &[("f42", one.clone()), ("f43", other.clone())]);
        let mut server = world.serve().await;
        world.bus_is("connected").await;
        let broadcasts = Broadcasts::begin(&world.simulator, &broker, Manner::Twisted);

        // Nobody takes what the broker has, and it dies with it.
        server.kill();
        for message in [pushed("hello", "f42", &one), pushed("hello", "f43", &other)] {
            broadcasts.publish(message.clone()).await;
            broadcasts.publish(message).await;
        }
        broadcasts.are_published().await;
        broker.take_away();
        broker.bring_back();
        server = world.serve().await;
        let (event, failing) = (world.event_of(&one).await, world.event_of(&other).await);
        a_while().await;
        server.kill();
        server = world.serve().await;
        let failed = world.ended(failing).await;
        assert_eq!((status(&failed, "koji_build f43"), status(&failed, "bodhi_update f43")), ("failed", "skipped"));

        // It dies while they work, and is away when they start.
        broker.take_away();
        assert_eq!(world.bus_is("away").await["status"], "degraded");
        server.kill();
        server = world.serve().await;
        world.bus_is("away").await;
        world.said(&["rerun", &failing.to_string(), "--failed"]);
        a_while().await;
        broker.bring_back();
        world.bus_is("connected").await;
        for _ in 0..2 {
            server.kill();
            server = world.serve().await;
            a_while().await;
        }
        for (event, commit, branch) in [(event, &one, "f42"), (failing, &other, "f43")] {
            let workflow = world
                .workflow_when(event, "its update is stable", |workflow| workflow["status"] == "succeeded")
                .await;
            let came = world.provenance_of_update(&workflow).await;
            assert!(came.contains(commit.as_str()) && came.contains("koji_build"), "{came}");
            let page = world.page(event).await;
            for word in ["Koji build", "Bodhi update", branch, "FEDORA-"] {
                assert!(page.contains(word), "{word}: {page}");
            }
            let attempts = workflow["targets"].as_array().unwrap().iter();
            let failures = attempts.filter(|target| target["status"] == "failed").count();
            assert_eq!(failures, usize::from(branch == "f43"), "{workflow:#}");
        }
        let sent = world.sent();
        assert_eq!((sent.koji_calls("build"), sent.updates()), (3, 2));
        let inbox = world.said(&["inbox", "list", "--limit", "1000", "--json"]);
        assert_eq!(inbox.lines().filter(|line| line.contains("pagure.git.receive")).count(), 2, "{inbox}");
        assert!(inbox.contains("buildsys.build.state.change") && inbox.contains("bodhi.update."), "{inbox}");
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}

/// Nothing hangs, everybody who asks is told, and all ends by polling.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_from_the_start_only_makes_things_later() {
    let database = TestDatabase::sqlite();
    let port = test_support::free_port().unwrap();
    let url = format!("\"amqp://guest:guest@127.0.0.1:{port}/%2F\"");
    let keys = [("bus.url", url.as_str())];
    let world = Setup { database: database.url(), behaviour: quick(), keys: &keys }.world().await;
    let server = world.serve().await;
    let told = world.bus_is("away").await;
    assert_eq!(told["status"], "degraded");
    assert!(told["reason"].as_str().unwrap().contains("Connection refused"), "{told}");
    assert_eq!(world.ended(world.opened(1, &hash(1)).await).await["status"], "succeeded");
    let doctor = world.run(&["doctor"]);
    let told = String::from_utf8(doctor.stdout).unwrap();
    assert!(
        !doctor.status.success() && told.contains(&format!("WRONG   bus: amqp://127.0.0.1:{port}")),
        "{told}"
    );
    let check = world.run(&["consume", "--check"]);
    assert!(!check.status.success());
    assert!(String::from_utf8_lossy(&check.stderr).contains("Connection refused"));
    assert!(server.stop().await.success());
}

//! What comes over Fedora messaging, from a real broker: work, and results before anybody asks for them.

use simulator::{Behaviour, Latencies};
use test_support::{Broker, TestDatabase, on_both_databases};

use crate::harness::{Broadcasts, Manner, NEVER, PACKAGED, Setup, World, hash, pushed, quick, status, until};

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [alice]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

/// Updates are stable soon.
fn behaviour() -> Behaviour {
    let quick = quick();
    let latencies = Latencies { update_pending_ms: 50, update_testing_ms: 300, ..quick.latencies };
    Behaviour { latencies, ..quick }
}

/// Every line that the inbox has of a kind of message.
fn kept(world: &World, kind: &str) -> usize {
    let listed = world.said(&["inbox", "list", "--limit", "1000", "--json"]);
    listed.lines().filter(|line| line.contains(&format!("\"{kind}\""))).count()
}

on_both_databases! {
    /// Messages come twice and in another order than they were sent, some before the build's id is known. Nothing is asked for
    /// unless a message says so.
    async fn a24_workflows_end_by_messages_alone(database: TestDatabase) {
        let Some(broker) = Broker::shared("a24_workflows_end_by_messages_alone") else { return };
        let broker_url = format!("\"{}\"", broker.url());
        // Of tests that share a broker, each has a package of its own.
        let package = format!("alone-{}", database.is_postgres());
        let allowed = format!("[\"src.fedoraproject.org/rpms/{package}\", \"github.com/upstream\"]");
        let allow = ("access.allow", allowed.as_str());
        let keys = [allow, PACKAGED[1], NEVER[0], NEVER[1], ("bus.url", broker_url.as_str())];
        let world = Setup { database: database.url(), behaviour: behaviour(), keys: &keys }.world().await;
        world.also_packages();
        let heads = [("f42", hash(11)), ("f43", hash(12))];
        world.put_package(&package, CHAIN, &heads);
        let _server = world.serve().await;
        assert_eq!(world.bus_is("connected").await["status"], "ready");
        let broadcasts = Broadcasts::begin(&world.simulator, broker, Manner::Twisted);
        for (branch, head) in &heads {
            broadcasts.publish(pushed(&package, branch, head)).await;
        }
        let mut events = Vec::new();
        for number in 1..=3 {
            events.push(world.opened(number, &hash(number)).await);
        }
        for event in events {
            let workflow = world.ended(event).await;
            assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
        }
        for (branch, head) in &heads {
            let workflow = world.ended(world.event_of(head).await).await;
            assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
            assert_eq!(status(&workflow, &format!("bodhi_update {branch}")), "succeeded");
        }
        let sent = world.sent();
        assert_eq!((sent.builds().len(), sent.tests().len()), (3, 6));
        assert_eq!((sent.koji_calls("build"), sent.updates()), (2, 2));
        assert!(world.said(&["doctor"]).contains("ok      bus: amqp://127.0.0.1"));
        assert!(world.get("/metrics").await.unwrap().contains("packflow_bus_messages_total{outcome=\"kept\"}"));
        for kind in ["copr.build.end", "buildsys.build.state.change", "bodhi.update.complete.stable"] {
            assert!(kept(&world, kind) > 0, "{kind}");
        }
        assert_eq!(kept(&world, "pagure.git.receive"), 2);
    }
}

/// The consumer is a process of its own, and workers need no bus.
#[tokio::test(flavor = "multi_thread")]
async fn messages_can_be_taken_by_a_process_of_its_own() {
    let Some(broker) = Broker::shared("messages_can_be_taken_by_a_process_of_its_own") else { return };
    let Some(database) = TestDatabase::postgres("messages_can_be_taken_by_a_process_of_its_own") else {
        return;
    };
    let broker_url = format!("\"{}\"", broker.url());
    let world = Setup { database: database.url(), behaviour: quick(), keys: &NEVER }.world().await;
    let _server = world.serve().await;
    let keys =
        [NEVER[0], NEVER[1], ("bus.url", broker_url.as_str()), ("bus.queue", "\"packflow-own-process\"")];
    world.configure(database.url(), &keys);
    let consumer = world.consume();
    until("it takes messages", async || {
        let check = world.run(&["consume", "--check"]);
        String::from_utf8_lossy(&check.stdout).contains("wait in the queue").then_some(())
    })
    .await;
    let _broadcasts = Broadcasts::begin(&world.simulator, broker, Manner::Plainly);
    let workflow = world.ended(world.opened(1, &hash(1)).await).await;
    assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
    assert!(consumer.stop().await.success());
}

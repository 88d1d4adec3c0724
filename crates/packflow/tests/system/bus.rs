//! Results that come over Fedora messaging, from a real broker, before anybody asks for them.

use test_support::{Broker, TestDatabase};

use crate::harness::{Broadcasts, Manner, NEVER, Setup, hash, quick, until};

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

//! A downstream workflow is driven by messages that Fedora's own library publishes to a real broker, each checked by the schema
//! of the service that it is of. What the simulated services announce is thereby checked too.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

#[path = "system/harness/mod.rs"]
mod harness;

use std::process::Stdio;

use serde_json::{Value, json};
use simulator::{Behaviour, BuildOutcome, KojiRule, Latencies};
use test_support::{Broker, TestDatabase, interop_python};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::sync::broadcast::error::RecvError;

use harness::{NEVER, PACKAGED, Setup, hash, pushed, quick, status};

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [alice]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

/// Updates are stable soon, the build for Fedora 43 fails.
fn behaviour() -> Behaviour {
    let fails =
        KojiRule { target: "f43*".to_owned(), package: None, scratch: None, outcome: BuildOutcome::Failed };
    let latencies = Latencies { update_pending_ms: 50, update_testing_ms: 300, ..quick().latencies };
    Behaviour { koji_builds: vec![fails], latencies, ..quick() }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_fedoras_own_library_drive_a_workflow_from_push_to_stable_update() {
    const NAME: &str = "messages_of_fedoras_own_library_drive_a_workflow";
    let Some(python) = interop_python(NAME) else { return };
    let Some(broker) = Broker::shared(NAME) else { return };
    let database = TestDatabase::sqlite();
    let url = format!("\"{}\"", broker.url());
    // Nothing is asked for unless a message says so.
    let keys = [PACKAGED[0], PACKAGED[1], NEVER[0], NEVER[1], ("bus.url", url.as_str())];
    let world = Setup { database: database.url(), behaviour: behaviour(), keys: &keys }.world().await;
    world.also_packages();
    let heads = [("f42", hash(1)), ("f43", hash(2))];
    world.put_package("hello", CHAIN, &heads);
    let server = world.serve().await;
    world.bus_is("connected").await;

    let mut library = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop_fedora_messaging.py"))
        .arg(broker.url())
        // A configuration of the machine is not asked.
        .env("FEDORA_MESSAGING_CONF", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = library.stdin.take().unwrap();
    for (branch, head) in &heads {
        let message = pushed("hello", branch, head);
        let body: Value = serde_json::from_slice(&message.body).unwrap();
        let line = format!("{}\n", json!({"topic": message.topic, "body": body}));
        input.write_all(line.as_bytes()).await.unwrap();
    }
    let mut announced = world.simulator.announcements();
    let telling = tokio::spawn(async move {
        loop {
            match announced.recv().await {
                Ok(told) => {
                    let line = format!("{}\n", json!({"topic": told.topic, "body": told.body}));
                    // Where it has ended, its output tells why.
                    if input.write_all(line.as_bytes()).await.is_err() {
                        break;
                    }
                }
                Err(RecvError::Lagged(_)) => panic!("announcements were lost"),
                Err(RecvError::Closed) => break,
            }
        }
    });
    let pull_request = world.opened(1, &hash(3)).await;
    for (event, expected) in [
        (pull_request, "succeeded"),
        (world.event_of(&heads[0].1).await, "succeeded"),
        (world.event_of(&heads[1].1).await, "failed"),
    ] {
        let workflow = world.ended(event).await;
        assert_eq!(workflow["status"], expected, "{workflow:#}");
        if expected == "failed" {
            assert_eq!(status(&workflow, "koji_build f43"), "failed");
        }
    }
    // With its input it ends, and tells by which schemas it has checked.
    telling.abort();
    let _ = telling.await;
    let mut lines = BufReader::new(library.stdout.take().unwrap()).lines();
    let mut last = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        last = line;
    }
    assert!(library.wait().await.unwrap().success());
    for schema in [
        "pagure.git.receive",
        "copr.build.start",
        "copr.build.end",
        "koji_fedoramessaging.build.BuildStateChangeV1",
        "koji_fedoramessaging.tag.TagV1",
        "bodhi.update.status.testing.v3",
        "bodhi.update.request.testing.v1",
        "bodhi.update.complete.testing.v1",
        "bodhi.update.complete.stable.v1",
    ] {
        assert!(last.split(' ').any(|told| told == schema), "{schema}: {last}");
    }
    let sent = world.sent();
    assert_eq!((sent.koji_calls("build"), sent.updates()), (2, 1));
    assert!(server.stop().await.success());
    world.said(&["doctor", "--verify"]);
}

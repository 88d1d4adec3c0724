//! The long run over the bus: 500 messages a second, out of order and doubled, of which one in a hundred is ours.
//! `cargo xtask test --soak` takes twenty seconds of it, `PACKFLOW_SOAK_SECONDS` says otherwise.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]
#![allow(clippy::cast_precision_loss, reason = "counts of messages are small")]

#[path = "system/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use bus::{Certificates, Endpoint, Message, Publisher};
use serde_json::{Value, json};
use simulator::{Behaviour, Latencies};
use test_support::{Broker, TestDatabase, on_both_databases, soak};

use harness::{Broadcasts, Manner, NEVER, PACKAGED, Setup, World, hash, pushed, quick, until};

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42], allowed_committers: [alice]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42]}\n";

/// How long it lasts unless told otherwise, in seconds.
const SECONDS: u64 = 20;
/// Messages a second that are nobody's here.
const FOREIGN: u64 = 495;
/// So many of them go out at once.
const HANDFUL: u64 = 33;
/// A pull request is some ten messages, each told twice; a push to dist-git is some nine. So often come both.
const OURS_EVERY: Duration = Duration::from_secs(6);
/// More than it ever needs, in kB, however long it runs.
const MOST_MEMORY_KB: u64 = 200 * 1024;

/// What the rest of Fedora tells; each is one of twelve kinds, and some are not what their topic says.
fn foreign(number: u64) -> Message {
    let who = format!("somebody{}", number % 977);
    let prefix = "org.fedoraproject.prod";
    let copr = json!({
        "build": 9_000_000 + number, "chroot": "fedora-43-x86_64", "copr": "theirs", "owner": who, "user": who,
        "pkg": "their-package", "version": "1.0-1", "status": number % 4, "ip": "10.0.0.1", "pid": 7,
        "who": "backend.worker-rpm", "what": format!("build end: user:{who} copr:theirs build:{number} pkg:their-package"),
    });
    let koji = json!({
        "build_id": 7_000_000 + number, "task_id": 8_000_000 + number, "name": "their-package", "version": "1.0",
        "release": "1.fc43", "epoch": null, "owner": who, "attribute": "state", "old": 0, "new": 1,
        "instance": "primary", "creation_time": "2026-05-04T10:00:00+00:00", "completion_time": null, "task": null,
        "request": ["git+https://src.fedoraproject.org/rpms/their-package.git#0123", "f43-candidate", {}],
    });
    let update = json!({"agent": who, "update": {"alias": format!("FEDORA-2026-{number:010x}"), "status": "testing",
        "request": null, "user": {"name": who}, "release": {"name": "F43"}, "builds": [{"nvr": "their-1.0-1.fc43"}]}});
    let tag = json!({"build_id": number, "name": "their-package", "version": "1.0", "release": "1.fc43",
        "tag": "f43-updates-candidate", "tag_id": 1, "owner": who, "user": "bodhi", "instance": "primary"});
    let task = json!({"id": 8_000_000 + number, "method": "build", "attribute": "state", "old": "OPEN", "new": "CLOSED",
        "owner": who, "srpm": "a.src.rpm", "instance": "primary",
        "info": {"id": 8_000_000 + number, "parent": null, "request": ["a.src.rpm", "f43", {"scratch": true}]}});
    let repository = json!({"id": 9, "name": "theirs", "namespace": "forks", "fullname": "forks/them/theirs",
        "full_url": "https://src.fedoraproject.org/fork/them/rpms/theirs"});
    let push = json!({"agent": who, "branch": "f43", "end_commit": hash(number), "start_commit": hash(number),
        "total_commits": 1, "forced": false, "repo": repository});
    let (topic, body) = match number % 12 {
        0..=3 => ("copr.build.end", copr),
        4 | 5 => ("copr.build.start", copr),
        6 => ("buildsys.build.state.change", koji),
        7 => ("buildsys.task.state.change", task),
        8 => ("buildsys.tag", tag),
        9 => ("bodhi.update.complete.testing", update),
        10 => ("pagure.git.receive", push),
        _ => ("copr.build.end", json!({"build": "no number", "owner": who})),
    };
    Message::new(&format!("{prefix}.{topic}"), &body)
}

/// Publishes what is nobody's here, in handfuls: every third twice, each handful backwards.
async fn flood(broker: &Broker, lasts: Duration) -> u64 {
    let endpoint = Endpoint::new(&broker.url(), None, Certificates::default()).unwrap();
    let publisher = Publisher::connect(&endpoint, "amq.topic").await.unwrap();
    let pause = Duration::from_secs(1).mul_f64(HANDFUL as f64 / FOREIGN as f64);
    let mut clock = tokio::time::interval(pause);
    let (begun, mut number, mut published) = (Instant::now(), 0, 0);
    while begun.elapsed() < lasts {
        clock.tick().await;
        let mut handful = Vec::new();
        while handful.len() < usize::try_from(HANDFUL).unwrap() {
            number += 1;
            let message = foreign(number);
            if number % 3 == 0 {
                handful.push(message.clone());
            }
            handful.push(message);
        }
        handful.reverse();
        published += handful.len() as u64;
        let mut confirms = Vec::new();
        for message in &handful {
            confirms.push(publisher.begin(message).await.unwrap());
        }
        for confirm in confirms {
            confirm.await.unwrap();
        }
    }
    published
}

/// Work of ours for as long as it lasts: the events.
async fn work(world: &World, broadcasts: &Broadcasts, lasts: Duration) -> Vec<i64> {
    let mut clock = tokio::time::interval(OURS_EVERY);
    let (begun, mut number, mut events, mut heads) = (Instant::now(), 0, Vec::new(), Vec::new());
    while begun.elapsed() < lasts {
        clock.tick().await;
        number += 1;
        let head = hash(100_000 + number);
        let push = pushed(&format!("package{number}"), "f42", &head);
        world.put_package(&format!("package{number}"), CHAIN, &[("f42", head.clone())]);
        broadcasts.publish(push.clone()).await;
        broadcasts.publish(push).await;
        events.push(world.opened(number, &hash(number)).await);
        heads.push(head);
    }
    // The pushes come over the bus, and so behind whatever waits there.
    for head in heads {
        events.push(world.event_of(&head).await);
    }
    events
}

/// The figures of the bus.
struct Figures {
    /// Messages by outcome.
    messages: Vec<(String, f64)>,
    text: String,
}

impl Figures {
    async fn of(world: &World) -> Option<Self> {
        let text = world.get("/metrics").await?;
        let lines =
            text.lines().filter_map(|line| line.strip_prefix("packflow_bus_messages_total{outcome=\""));
        let parsed = lines.filter_map(|line| {
            let (outcome, count) = line.split_once("\"} ")?;
            Some((outcome.to_owned(), count.parse().ok()?))
        });
        Some(Self { messages: parsed.collect(), text })
    }

    fn all(&self) -> f64 {
        self.messages.iter().map(|(_, count)| count).sum()
    }

    fn of_outcome(&self, outcome: &str) -> f64 {
        self.messages.iter().find(|(known, _)| known == outcome).map_or(0.0, |(_, count)| *count)
    }
}

on_both_databases! {
    async fn all_ends_right_while_the_bus_tells_five_hundred_messages_a_second(database: TestDatabase) {
        if !soak("all_ends_right_while_the_bus_tells_five_hundred_messages_a_second") {
            return;
        }
        let Some(broker) = Broker::own("all_ends_right_while_the_bus_tells_five_hundred_messages_a_second") else {
            return;
        };
        let seconds = std::env::var("PACKFLOW_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
        let lasts = Duration::from_secs(seconds.unwrap_or(SECONDS));
        let url = format!("\"{}\"", broker.url());
        let queue = ("bus.queue", "\"packflow-soak\"");
        // What completes in any other package is nobody's here.
        let packages = (1..=1_000).map(|number| format!("\"src.fedoraproject.org/rpms/package{number}\""));
        let packages = packages.chain(["\"github.com/upstream\"".to_owned()]).collect::<Vec<_>>();
        let allowed = format!("[{}]", packages.join(", "));
        let keys = [("access.allow", allowed.as_str()), PACKAGED[1], NEVER[0], NEVER[1], ("bus.url", url.as_str()), queue];
        let latencies = Latencies { update_pending_ms: 50, update_testing_ms: 300, ..quick().latencies };
        let behaviour = Behaviour { latencies, ..quick() };
        let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
        world.also_packages();
        let server = world.serve().await;
        world.bus_is("connected").await;
        let broadcasts = Broadcasts::begin(&world.simulator, &broker, Manner::Twisted);
        let begun = Instant::now();
        let (published, events) = tokio::join!(flood(&broker, lasts), work(&world, &broadcasts, lasts));
        let took = begun.elapsed();
        for event in &events {
            let workflow = world.ended(*event).await;
            assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
        }
        // All of it was taken: what was published by others, and what was told of ours.
        let figures = until("all messages were taken", async || {
            let figures = Figures::of(&world).await?;
            let told = broadcasts.told() as f64;
            (figures.all() >= published as f64 + told).then_some(figures)
        })
        .await;
        let memory = server.highest_memory_kb();
        let ours = broadcasts.told();
        println!(
            "{}: {} messages in {:.0} s ({:.0} a second), {:.2} % of them ours; dropped {:.2} %, kept {}, repeated {}, refused {}; \
             {} workflows; at most {:.1} MB; lag:",
            if database.is_postgres() { "PostgreSQL" } else { "SQLite" },
            figures.all(),
            took.as_secs_f64(),
            figures.all() / took.as_secs_f64(),
            100.0 * ours as f64 / figures.all(),
            100.0 * (figures.of_outcome("dropped") + figures.of_outcome("refused")) / figures.all(),
            figures.of_outcome("kept"),
            figures.of_outcome("repeated"),
            figures.of_outcome("refused"),
            events.len(),
            memory as f64 / 1024.0,
        );
        for line in figures.text.lines().filter(|line| line.starts_with("packflow_bus_lag_seconds")) {
            println!("  {line}");
        }
        assert!(memory < MOST_MEMORY_KB, "{memory} kB");
        // Nothing of the others' was kept, and nothing of ours was done twice.
        let inbox = world.said(&["inbox", "list", "--limit", "100000", "--json"]);
        let kept = inbox.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_bus = kept.filter(|row| row["source"] == "fedora-messaging").count();
        // Some may have come since the figures were looked at.
        assert!(of_bus as f64 >= figures.of_outcome("kept"), "{of_bus} of {ours}");
        assert!(of_bus as u64 <= ours, "{of_bus} {ours}");
        let sent = world.sent();
        let rounds = events.len() / 2;
        assert_eq!((sent.builds().len(), sent.tests().len()), (rounds, 2 * rounds));
        assert_eq!((sent.koji_calls("build"), sent.updates()), (rounds, rounds));
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}

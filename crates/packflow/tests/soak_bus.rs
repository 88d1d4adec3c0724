//! The long run on the bus: `cargo xtask test --soak`. A flood of other people's messages, in which ours come twice and out
//! of order; nothing is polled, so every target ends by what it was told.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

#[path = "system/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use bus::{Certificates, Endpoint, Message, Publisher};
use serde_json::json;
use test_support::{Broker, TestDatabase, on_both_databases, soak};

use harness::{Broadcasts, Manner, Setup, World, hash, quick, until};

/// Messages a second, of which one in a hundred is ours.
const RATE: u64 = 500;
/// How long it lasts, unless `PACKFLOW_SOAK_BUS_SECONDS` says otherwise.
const SECONDS: u64 = 120;
/// A workflow has an SRPM and three chroots, each begins and ends, and all is told twice: 16 messages, so one workflow in 3.2
/// seconds makes one message in a hundred ours.
const WORKFLOW_EVERY: Duration = Duration::from_millis(3_200);
/// What the process may need more at the end than after the first quarter, in kB.
const MAY_GROW_KB: u64 = 64 * 1024;

on_both_databases! {
    async fn a_flood_of_messages_delays_nothing_and_every_target_is_right(database: TestDatabase) {
        let name = "a_flood_of_messages_delays_nothing_and_every_target_is_right";
        if !soak(name) {
            return;
        }
        let Some(broker) = Broker::own(name) else { return };
        let seconds = std::env::var("PACKFLOW_SOAK_BUS_SECONDS").ok().and_then(|text| text.parse().ok());
        let lasts = Duration::from_secs(seconds.unwrap_or(SECONDS));
        let url = format!("\"{}\"", broker.url());
        let keys = [
            ("bus.url", url.as_str()),
            ("bus.topics", "[\"#\"]"),
            ("worker.poll_at_least_seconds", "3600"),
            ("worker.poll_at_most_seconds", "3600"),
        ];
        let world = Setup { database: database.url(), behaviour: quick(), keys: &keys }.world().await;
        let server = world.serve().await;
        until("messages are taken", async || {
            world.get("/readyz").await.filter(|ready| ready.contains("connected"))
        })
        .await;
        let broadcasts = Broadcasts::begin(&world.simulator, &broker, Manner::Twisted);
        let flood = tokio::spawn(flood(Endpoint::new(&broker.url(), None, Certificates::default()).unwrap(), lasts));
        let (begun, mut events, mut early) = (Instant::now(), Vec::new(), 0);
        while begun.elapsed() < lasts {
            let number = u64::try_from(events.len()).unwrap() + 1;
            events.push(world.opened(number, &hash(number)).await);
            if early == 0 && begun.elapsed() > lasts / 4 {
                early = server.memory_kb();
            }
            tokio::time::sleep(WORKFLOW_EVERY).await;
        }
        let sent = flood.await.unwrap();
        let took = begun.elapsed();
        for event in &events {
            let workflow = world.ended(*event).await;
            assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
        }
        drop(broadcasts);
        let counted = until("everything is taken", async || {
            let counted = Counted::of(&world).await?;
            (counted.all() >= sent).then_some(counted)
        })
        .await;
        let (late, highest) = (server.memory_kb(), server.highest_memory_kb());
        println!(
            "{}: {} messages in {:.0} s ({:.0} a second), {} kept, {} repeated, {} dropped; {} workflows by messages alone; \
             lag: {}; memory {early} kB early, {late} kB late, {highest} kB at most",
            if database.is_postgres() { "PostgreSQL" } else { "SQLite" },
            counted.all(),
            took.as_secs_f64(),
            sent_a_second(counted.all(), took),
            counted.kept,
            counted.repeated,
            counted.dropped,
            events.len(),
            lag(&world).await,
        );
        assert!(late < early + MAY_GROW_KB, "memory grew from {early} to {late} kB");
        assert!(counted.kept >= 8 * u64::try_from(events.len()).unwrap(), "each of ours is kept");
        assert_eq!(world.sent().builds().len(), events.len());
        world.said(&["doctor", "--verify"]);
    }
}

fn sent_a_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Other people's messages, at an even rate; says how many were sent.
async fn flood(endpoint: Endpoint, lasts: Duration) -> u64 {
    const TICK: Duration = Duration::from_millis(20);
    let publisher = Publisher::connect(&endpoint, "amq.topic").await.unwrap();
    let mut tick = tokio::time::interval(TICK);
    let (begun, mut sent) = (Instant::now(), 0);
    while begun.elapsed() < lasts {
        tick.tick().await;
        // What a late tick missed is made good.
        let due = u64::try_from(begun.elapsed().as_millis()).unwrap() * RATE / 1000;
        let mut taken = Vec::new();
        while sent < due {
            taken.push(publisher.begin(&somebody_elses(sent)).await.unwrap());
            sent += 1;
        }
        for taken in taken {
            taken.await.unwrap();
        }
    }
    sent
}

/// What most of the bus is: builds of others in Copr and Koji, and what nobody here follows.
fn somebody_elses(number: u64) -> Message {
    let topic = |name: &str| format!("org.fedoraproject.prod.{name}");
    match number % 4 {
        0 | 1 => {
            let body = json!({
                "build": 9_000_000 + number, "chroot": "fedora-43-x86_64", "copr": "theirs", "owner": format!("user{}", number % 500),
                "user": "somebody", "status": 1, "pid": 1, "ip": null, "pkg": "theirs", "version": "1-1", "who": "backend",
                "what": "build end: somebody else's",
            });
            Message::new(&topic("copr.build.end"), &body)
        }
        2 => {
            let body = json!({
                "build_id": 2_000_000 + number, "task_id": 100_000_000 + number, "name": "theirs", "version": "1", "release": "1.fc43",
                "epoch": null, "owner": "somebody", "old": 0, "new": 1, "attribute": "state", "instance": "primary", "request": null,
            });
            Message::new(&topic("buildsys.build.state.change"), &body)
        }
        _ => Message::new(&topic("mdapi.repo.update"), &json!({ "name": "rawhide" })),
    }
}

/// What became of messages, as `/metrics` counts it.
struct Counted {
    kept: u64,
    repeated: u64,
    dropped: u64,
}

impl Counted {
    async fn of(world: &World) -> Option<Self> {
        let text = world.get("/metrics").await?;
        let count = |outcome: &str| {
            let name = format!("packflow_bus_messages_total{{outcome=\"{outcome}\"}} ");
            text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0)
        };
        Some(Self { kept: count("kept"), repeated: count("repeated"), dropped: count("dropped") })
    }

    fn all(&self) -> u64 {
        self.kept + self.repeated + self.dropped
    }
}

/// How long messages took from their sender into the inbox or out of the way: how many within which time.
async fn lag(world: &World) -> String {
    let text = world.get("/metrics").await.unwrap();
    let of = |line: &str| {
        let rest = line.strip_prefix("packflow_bus_lag_seconds_bucket{le=\"")?;
        let (bound, count) = rest.split_once("\"} ")?;
        Some((bound.to_owned(), count.parse::<u64>().ok()?))
    };
    let buckets: Vec<(String, u64)> = text.lines().filter_map(of).collect();
    let all = buckets.last().map_or(0, |(_, count)| *count);
    let within = |share: u64| {
        buckets
            .iter()
            .find(|(_, count)| *count * 1000 >= all * share)
            .map_or("?", |(bound, _)| bound.as_str())
    };
    format!("half within {} s, 99 % within {} s, all within {} s", within(500), within(990), within(1000))
}

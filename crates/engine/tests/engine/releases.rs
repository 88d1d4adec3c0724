//! The release table, which the worker reads anew by itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use builders::{BuilderError, ReleaseSource};
use chrono::TimeDelta;
use engine::{Engine, Tasks};
use serde_json::{Value, json};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{World, ready};

/// A Bodhi that answers what it is told to.
#[derive(Debug)]
struct Told {
    answer: Mutex<Option<Value>>,
    asked: AtomicUsize,
}

#[async_trait]
impl ReleaseSource for Told {
    async fn releases(&self) -> Result<Value, BuilderError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let away = BuilderError::Unavailable { reason: "it is away".to_owned(), retry_after: None };
        self.answer.lock().unwrap().clone().ok_or(away)
    }
}

fn table(newest: u32) -> Value {
    let release = |number: u32, state: &str| {
        json!({
            "name": format!("F{number}"), "long_name": format!("Fedora {number}"), "version": number.to_string(),
            "id_prefix": "FEDORA", "branch": format!("f{number}"), "state": state,
        })
    };
    json!({"releases": [release(newest - 1, "current"), release(newest, "current"), release(newest + 1, "pending")]})
}

async fn stable(engine: &Engine) -> Vec<String> {
    let releases = engine::releases(&engine.db).await.unwrap();
    releases.report(&[]).aliases["fedora-stable"].iter().map(|release| release.namever.clone()).collect()
}

/// Lets a worker begin, and ends it when these are the stable releases.
async fn work_until(engine: &Engine, expected: [&str; 2]) {
    let tasks = Tasks::start(engine);
    let begun = tokio::time::Instant::now();
    while stable(engine).await != expected {
        assert!(begun.elapsed() < crate::support::PATIENCE, "the table was never read");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    tasks.stop().await;
}

/// Lets a worker begin, and ends it when Bodhi has been asked so often.
async fn work_until_asked(engine: &Engine, source: &Told, times: usize) {
    let tasks = Tasks::start(engine);
    ready("Bodhi is asked", || source.asked.load(Ordering::SeqCst) >= times).await;
    tasks.stop().await;
}

on_both_databases! {
    async fn the_release_table_is_read_when_it_is_old_and_survives_an_outage(database: TestDatabase) {
        let world = World::new(&database).await;
        let source = Arc::new(Told { answer: Mutex::new(Some(table(90))), asked: AtomicUsize::new(0) });
        let engine = Engine { releases: Some(source.clone()), ..world.engine.clone() };
        work_until(&engine, ["fedora-89", "fedora-90"]).await;

        // Half a day later it is read anew; while Bodhi is away, or talks nonsense, the older one serves.
        for (times, answer) in [(2, None), (3, Some(json!({"releases": "none"})))] {
            *source.answer.lock().unwrap() = answer;
            world.pass(TimeDelta::hours(13));
            work_until_asked(&engine, &source, times).await;
            assert_eq!(stable(&engine).await, ["fedora-89", "fedora-90"]);
        }
        *source.answer.lock().unwrap() = Some(table(91));
        work_until(&engine, ["fedora-90", "fedora-91"]).await;

        // What is new enough is not asked for.
        let tasks = Tasks::start(&engine);
        tasks.stop().await;
        assert_eq!(source.asked.load(Ordering::SeqCst), 4);
    }
}

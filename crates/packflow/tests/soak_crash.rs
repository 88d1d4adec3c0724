//! The long run with crashes: `cargo xtask test --soak`.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

#[path = "system/harness/mod.rs"]
mod harness;

use test_support::{TestDatabase, on_both_databases, soak};

use harness::{Crashes, Setup, survive_reruns, troubled};

on_both_databases! {
    async fn two_hundred_workflows_survive_twenty_kills(database: TestDatabase) {
        if !soak("two_hundred_workflows_survive_twenty_kills") {
            return;
        }
        let world = Setup { database: database.url(), behaviour: troubled(), keys: &Crashes::KEYS }.world().await;
        let workers = usize::from(database.is_postgres());
        Crashes { workflows: 200, kills: 20, workers }.survive(&world).await;
    }

    async fn twenty_reruns_survive_a_kill_each(database: TestDatabase) {
        if !soak("twenty_reruns_survive_a_kill_each") {
            return;
        }
        let world = Setup { database: database.url(), behaviour: troubled(), keys: &Crashes::KEYS }.world().await;
        survive_reruns(&world, 20).await;
    }
}

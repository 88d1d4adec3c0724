//! Killed at random moments, nothing is lost and nothing is done twice.

use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Crashes, Setup, survive_reruns, troubled};

on_both_databases! {
    async fn twenty_workflows_survive_three_kills(database: TestDatabase) {
        let world = Setup { database: database.url(), behaviour: troubled(), keys: &Crashes::KEYS }.world().await;
        let workers = usize::from(database.is_postgres());
        Crashes { workflows: 20, kills: 3, workers }.survive(&world).await;
    }

    async fn two_reruns_survive_a_kill_each(database: TestDatabase) {
        let world = Setup { database: database.url(), behaviour: troubled(), keys: &Crashes::KEYS }.world().await;
        survive_reruns(&world, 2).await;
    }
}

//! Tasks start and stop together, wait without asking all the time, and miss nothing.

use std::time::Duration;

use domain::words::TargetStatus as T;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, close, open, ready};

/// Deliveries, reports, replies, two build systems, sidetags, and events that wait for others.
const QUEUES: u128 = 7;

on_both_databases! {
    async fn a_stop_lets_calls_end_and_holds_nothing_afterwards(database: TestDatabase) {
        let world = World::new(&database).await;
        close(&world.copr.gate);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it is being sent", || world.copr.calling() == 1).await;
        let stopping = tasks.stop();
        let late = world.deliver(&Told::opened("ogr", 2, 2)).await;
        open(&world.copr.gate);
        stopping.await;
        world.until_target(event, "srpm", T::Submitted).await;
        assert_eq!(world.delivery(&late).await.tries, 0, "nothing is claimed any more");
        // Whoever starts next need not wait for a lease to end.
        world.copr.now("srpm", T::Failed);
        world.engine.clock.advance(chrono::TimeDelta::seconds(11));
        let next = world.start();
        world.until_ended(event).await;
        ready("the late one follows", || world.copr.called("submit") == 2).await;
        next.stop().await;
    }

    /// A run for dist-git takes many minutes and is sent meanwhile: nobody cuts it off, and nobody begins it again.
    async fn what_works_while_it_is_sent_may_outlast_a_lease(database: TestDatabase) {
        let lease = Duration::from_millis(500);
        let world = World::with(&database, |settings| settings.lease = lease).await;
        world.copr.works_while_it_is_sent(Duration::from_secs(600));
        close(&world.copr.gate);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it is being sent", || world.copr.calling() == 1).await;
        tokio::time::sleep(lease * 2).await;
        assert_eq!(world.copr.calling(), 1);
        open(&world.copr.gate);
        world.until_target(event, "srpm", T::Submitted).await;
        assert_eq!((world.copr.called("submit"), world.copr.called("look_up")), (1, 0));
        tasks.stop().await;
    }

    async fn tasks_that_are_dropped_end_as_in_a_crash(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::Hangs]);
        let tasks = world.start();
        world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it is being sent", || world.copr.calling() == 1).await;
        drop(tasks);
        ready("nobody waits for an answer any more", || world.copr.calling() == 0).await;
    }

    /// Each queue, and what moves on across events, is looked at once an interval.
    async fn nothing_to_do_costs_a_statement_for_each_queue_and_interval(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.look_interval = Duration::from_millis(200)).await;
        let tasks = world.start();
        tokio::time::sleep(world.engine.settings.look_interval).await;
        let begun = tokio::time::Instant::now();
        let before = world.engine.db.statements();
        tokio::time::sleep(world.engine.settings.look_interval * 3).await;
        let statements = world.engine.db.statements() - before;
        let intervals = begun.elapsed().as_millis() / world.engine.settings.look_interval.as_millis();
        assert!(u128::from(statements) <= QUEUES * (intervals + 1), "{statements} in {intervals} intervals");
        assert!(statements >= 4, "{statements}: it does look");
        tasks.stop().await;
    }

    /// Work that waits for a place is not asked for again and again.
    async fn a_full_house_is_not_a_reason_to_ask(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.look_interval = Duration::from_secs(3600);
            settings.limits.per_system = 1;
        })
        .await;
        close(&world.copr.gate);
        let tasks = world.start();
        for number in 0..3 {
            world.event(&Told::opened("ogr", number, 1)).await;
        }
        ready("it is being sent", || world.copr.calling() == 1 && !world.forge.told().is_empty()).await;
        // What the events themselves cost ends; then nothing is asked any more.
        let mut quiet = false;
        for _ in 0..60 {
            let before = world.engine.db.statements();
            tokio::time::sleep(Duration::from_millis(250)).await;
            quiet = world.engine.db.statements() == before;
            if quiet {
                break;
            }
        }
        assert!(quiet, "it goes on asking");
        open(&world.copr.gate);
        ready("the others follow", || world.copr.called("submit") == 3).await;
        tasks.stop().await;
    }

    /// Nobody looks by themselves here: each step is a task waking another.
    async fn no_task_misses_that_another_has_something_for_it(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.look_interval = Duration::from_secs(3600)).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        let tasks = world.start();
        for number in 0..10 {
            world.deliver(&Told::opened("ogr", number, number.unsigned_abs())).await;
        }
        ready("all are sent and told", || {
            world.copr.called("submit") == 10 && world.forge.told().len() >= 10
        })
        .await;
        world.pass(chrono::TimeDelta::minutes(1));
        ready("all builds are followed by tests", || world.farm.called("submit") == 10).await;
        tasks.stop().await;
    }
}

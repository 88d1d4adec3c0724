//! One status per event: told by one writer at a time, and again only when there is something new.

use chrono::TimeDelta;
use domain::ids::EventId;
use domain::words::TargetStatus as T;
use engine::Tasks;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, Trouble, World, alone, close, open, ready};

/// A submitted build, and the forge told of it.
async fn building(world: &World, number: i64) -> EventId {
    let told = world.forge.told().len();
    let event = world.event(&Told::opened("ogr", number, number.unsigned_abs())).await;
    world.until_target(event, "srpm", T::Submitted).await;
    ready("the forge is told", || world.forge.told().len() > told).await;
    event
}

async fn only_builds(database: &TestDatabase) -> World {
    let world = World::new(database).await;
    world.forge.say(|says| says.configuration = Ok(Some(alone())));
    world
}

on_both_databases! {
    async fn each_end_is_told_in_its_own_words(database: TestDatabase) {
        let clock = engine::Clock::default();
        for (number, srpm, build, told) in [
            (1, T::Succeeded, T::Succeeded, "success: 1 build and 0 tests: all succeeded"),
            (2, T::Succeeded, T::Failed, "failure: 1 build and 0 tests: failed: fedora-42-x86_64"),
            (3, T::Succeeded, T::Errored, "error: 1 build and 0 tests: errored: fedora-42-x86_64"),
            (4, T::Succeeded, T::Canceled, "error: 1 build and 0 tests: canceled: fedora-42-x86_64"),
            (5, T::Failed, T::Succeeded, "failure: 1 build and 0 tests: failed: srpm"),
        ] {
            let mut world = only_builds(&database).await;
            world.engine.clock = clock.clone();
            let tasks = world.start();
            let event = building(&world, number).await;
            world.copr.now("srpm", srpm);
            world.copr.now("fedora-42-x86_64", build);
            world.pass(TimeDelta::minutes(6));
            world.until_ended(event).await;
            ready("the end is told", || world.forge.told().len() == 2).await;
            tasks.stop().await;
            assert_eq!(world.forge.told(), ["pending: planned 1 build and 0 tests", told]);
        }
    }

    async fn what_started_nothing_is_told_with_the_reason(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.access.allow.clear()).await;
        let tasks = world.start();
        world.event(&Told::opened("ogr", 1, 1)).await;
        ready("the forge is told", || world.forge.told().len() == 1).await;
        tasks.stop().await;
        let told = world.forge.told();
        assert!(told[0].starts_with("success: nothing started: no entry of access.allow"), "{told:?}");
    }

    async fn what_the_forge_refuses_is_not_repeated_until_there_is_something_new(database: TestDatabase) {
        let world = only_builds(&database).await;
        world.forge.say(|says| says.status = Err(Trouble::Refuses("no right to")));
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        let tasks = world.start();
        world.until_target(event, "srpm", T::Submitted).await;
        // It may have been told of `waiting` and of `running`: two states, no more tries.
        ready("it is refused", || world.forge.asked("set_status") >= 1).await;
        for _ in 0..5 {
            world.pass(TimeDelta::hours(1));
            tokio::time::sleep(world.engine.settings.look_interval * 2).await;
        }
        let tries = world.forge.asked("set_status");
        assert!(tries <= 2, "{tries}");
        world.forge.say(|says| says.status = Ok(()));
        world.copr.now("srpm", T::Failed);
        world.pass(TimeDelta::hours(1));
        world.until_ended(event).await;
        ready("the end is told", || world.forge.told().len() == 1).await;
        tasks.stop().await;
        assert_eq!(world.forge.told(), ["failure: 1 build and 0 tests: failed: srpm"]);
    }

    /// The state that was refused is old news by then.
    async fn what_changed_while_the_forge_refused_is_told(database: TestDatabase) {
        let world = only_builds(&database).await;
        close(&world.forge.writes);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        ready("the forge is being told", || world.forge.asked("set_status") == 1).await;
        world.copr.now("srpm", T::Failed);
        world.pass(TimeDelta::minutes(6));
        world.until_ended(event).await;
        world.forge.say(|says| says.status = Err(Trouble::Refuses("not now")));
        world.forge.writes.add_permits(1);
        ready("it is told again", || world.forge.asked("set_status") == 2).await;
        world.forge.say(|says| says.status = Ok(()));
        open(&world.forge.writes);
        ready("the end is told", || !world.forge.told().is_empty()).await;
        tasks.stop().await;
        assert_eq!(world.forge.told(), ["failure: 1 build and 0 tests: failed: srpm"]);
    }

    async fn a_forge_that_is_away_is_told_later_and_only_of_the_end(database: TestDatabase) {
        let world = only_builds(&database).await;
        world.forge.say(|says| says.status = Err(Trouble::IsAway(None)));
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        ready("the forge is asked in vain", || world.forge.asked("set_status") >= 1).await;
        world.copr.now("srpm", T::Failed);
        world.pass(TimeDelta::minutes(20));
        world.until_ended(event).await;
        ready("it is asked in vain again", || world.forge.asked("set_status") >= 2).await;
        world.forge.say(|says| says.status = Ok(()));
        world.pass(TimeDelta::minutes(20));
        ready("the end is told", || !world.forge.told().is_empty()).await;
        tasks.stop().await;
        assert_eq!(world.forge.told(), ["failure: 1 build and 0 tests: failed: srpm"]);
    }

    /// The forge is slow, the event goes on meanwhile, and two workers could tell it.
    async fn there_is_never_more_than_one_writer_and_the_newest_state_is_told_last(database: TestDatabase) {
        let world = only_builds(&database).await;
        let tasks = [world.start(), Tasks::start(&world.other_process().await)];
        close(&world.forge.writes);
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("the forge is being told", || world.forge.asked("set_status") == 1).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Succeeded);
        // Less than a lease.
        world.pass(TimeDelta::seconds(60));
        world.until_ended(event).await;
        tokio::time::sleep(world.engine.settings.look_interval * 4).await;
        assert_eq!(world.forge.asked("set_status"), 1, "the first writer has not ended");
        open(&world.forge.writes);
        ready("the end is told", || world.forge.told().len() == 2).await;
        for tasks in tasks {
            tasks.stop().await;
        }
        assert_eq!((world.forge.most_writing(), world.forge.told().len()), (1, 2));
        assert_eq!(world.forge.told()[1], "success: 1 build and 0 tests: all succeeded");
    }

    /// A commit has one status under our name: the newest event's.
    async fn the_newest_event_of_a_commit_is_told(database: TestDatabase) {
        let world = only_builds(&database).await;
        let tasks = world.start();
        building(&world, 1).await;
        world.forge.say(|says| says.configuration = Ok(None));
        world.event(&Told::opened("ogr", 2, 1)).await;
        ready("the second is told", || world.forge.told().len() == 2).await;
        tasks.stop().await;
        assert!(world.forge.told()[1].starts_with("error: nothing started"), "{:?}", world.forge.told());
    }
}

//! A callback is a hint: with the right token the build system is asked now instead of later.

use chrono::TimeDelta;
use domain::ids::EventId;
use domain::words::{BuildSystem, TargetStatus as T};
use engine::callback;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, close, named, open, ready};

const FARM: BuildSystem = BuildSystem::TestingFarm;

/// A workflow whose tests are submitted; the test run's id and token.
async fn testing(world: &World) -> (EventId, String, String) {
    let event = world.event(&Told::opened("ogr", 1, 1)).await;
    world.until_target(event, "srpm", T::Submitted).await;
    for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
        world.copr.now(target, T::Succeeded);
    }
    world.pass(TimeDelta::minutes(6));
    world.until_target(event, "tests", T::Submitted).await;
    let (id, token) = world.farm.only();
    (event, id, token.unwrap())
}

/// Nothing is polled by itself for an hour.
async fn patient(database: &TestDatabase) -> World {
    World::with(database, |settings| {
        settings.poll_at_least = std::time::Duration::from_secs(5 * 60);
    })
    .await
}

on_both_databases! {
    async fn with_the_right_token_the_request_is_read_now(database: TestDatabase) {
        let world = patient(&database).await;
        let tasks = world.start();
        let (event, id, token) = testing(&world).await;
        let polls = world.farm.called("poll");
        world.farm.now("fedora-42-x86_64", T::Failed);
        assert!(callback(&world.engine, FARM, &id, &token).await.unwrap());
        let view = world.until_ended(event).await;
        assert_eq!((named(&view, "tests").status, world.farm.called("poll")), (T::Failed, polls + 1));
        assert!(callback(&world.engine, FARM, &id, &token).await.unwrap(), "what has ended is not asked about again");
        tasks.stop().await;
        assert_eq!(world.farm.called("poll"), polls + 1);
    }

    async fn without_it_nothing_happens(database: TestDatabase) {
        let world = patient(&database).await;
        let tasks = world.start();
        let (event, id, token) = testing(&world).await;
        world.farm.now("fedora-42-x86_64", T::Failed);
        let before = world.view(event).await.submissions;
        for (id, token) in [(id.as_str(), ""), (id.as_str(), &token[1..]), ("another", token.as_str())] {
            assert!(!callback(&world.engine, FARM, id, token).await.unwrap());
        }
        assert!(!callback(&world.engine, BuildSystem::Copr, &id, &token).await.unwrap(), "ids of another system");
        let copr = world.copr.only().0;
        assert!(!callback(&world.engine, BuildSystem::Copr, &copr, "").await.unwrap(), "which has no tokens");
        assert_eq!(world.view(event).await.submissions, before);
        tasks.stop().await;
    }

    /// Without the id that is not known yet, the token says which submission is meant.
    async fn a24_a_callback_that_overtakes_the_answer_is_kept(database: TestDatabase) {
        let world = patient(&database).await;
        world.farm.answer("submit", [Answer::SilentlyDone]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        world.pass(TimeDelta::minutes(6));
        ready("the tests have begun", || world.farm.begun() == 1).await;
        let (id, token) = world.farm.only();
        let token = token.unwrap();
        world.farm.now("fedora-42-x86_64", T::Succeeded);
        for (system, token) in [(FARM, "another"), (BuildSystem::Copr, token.as_str())] {
            assert!(!callback(&world.engine, system, &id, token).await.unwrap());
        }
        assert!(callback(&world.engine, FARM, &id, &token).await.unwrap());
        assert_eq!((world.farm.called("submit"), world.farm.called("poll")), (1, 0));
        // Once it is found there it is asked at once, and not five minutes later.
        world.pass(TimeDelta::minutes(6));
        let view = world.until_ended(event).await;
        assert_eq!((named(&view, "tests").status, world.farm.called("submit")), (T::Succeeded, 1));
        tasks.stop().await;
    }

    /// The answer that is on its way may be older than the news.
    async fn a_callback_during_a_poll_has_it_polled_again(database: TestDatabase) {
        let world = patient(&database).await;
        let tasks = world.start();
        let (event, id, token) = testing(&world).await;
        close(&world.farm.gate);
        world.farm.now("fedora-42-x86_64", T::Running);
        assert!(callback(&world.engine, FARM, &id, &token).await.unwrap());
        ready("it is polled", || world.farm.calling() == 1).await;
        world.farm.now("fedora-42-x86_64", T::Succeeded);
        assert!(callback(&world.engine, FARM, &id, &token).await.unwrap());
        open(&world.farm.gate);
        let view = world.until_ended(event).await;
        assert_eq!(named(&view, "tests").status, T::Succeeded);
        tasks.stop().await;
    }
}

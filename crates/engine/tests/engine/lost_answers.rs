//! What may have begun is looked up before it is sent again; the test's build system panics if a submission begins twice.

use std::time::Duration;

use chrono::TimeDelta;
use domain::ids::EventId;
use domain::words::{BuildSystem, EventStatus, TargetStatus as T};
use engine::Tasks;
use store::pauses;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, SHORT_LEASE, Told, World, named, ready};

const MINUTES: TimeDelta = TimeDelta::minutes(20);

/// Waits until so many answers were lost.
async fn lost(world: &World, event: EventId, tries: i64) {
    let unsure = |view: &store::reads::WorkflowView| view.submissions[0].tries == tries && world.rests(view);
    let view = world.until("nobody knows whether it began", event, unsure).await;
    assert_eq!(named(&view, "srpm").status, T::Submitting);
}

on_both_databases! {
    async fn what_is_found_is_not_sent_again(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::SilentlyDone]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        lost(&world, event, 1).await;
        // Most answers are lost by a connection: it is looked up soon.
        world.pass(TimeDelta::seconds(11));
        let view = world.until_target(event, "srpm", T::Submitted).await;
        tasks.stop().await;
        assert_eq!((world.copr.called("submit"), world.copr.called("look_up")), (1, 1));
        assert_eq!((view.submissions[0].tries, view.submissions[0].problem.clone()), (0, None));
    }

    async fn what_is_not_found_is_sent_again_but_not_for_ever(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", (0..9).map(|_| Answer::NeverHeard));
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        for sends in 1..=5 {
            lost(&world, event, sends).await;
            world.pass(MINUTES);
        }
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!((world.copr.called("submit"), world.copr.called("look_up")), (5, 5));
        assert_eq!(view.status, EventStatus::Errored);
        assert!(named(&view, "srpm").reason.as_deref().unwrap().contains("no answer came, and it is not there"));
    }

    async fn nothing_is_sent_again_before_a_look_up_was_answered(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::NeverHeard]);
        world.copr.answer("look_up", [Answer::IsAway(None), Answer::SilentlyDone]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        for tries in 1..=3 {
            lost(&world, event, tries).await;
            assert_eq!(world.copr.called("submit"), 1);
            world.pass(MINUTES);
        }
        world.until_target(event, "srpm", T::Submitted).await;
        tasks.stop().await;
        assert_eq!((world.copr.called("submit"), world.copr.called("look_up")), (2, 3));
    }

    async fn another_worker_takes_over_from_one_that_died_during_a_call(database: TestDatabase) {
        for (answer, number, sends) in [(Answer::Hangs, 1, 1), (Answer::HangsBefore, 2, 2)] {
            let world = World::with(&database, |settings| settings.lease = SHORT_LEASE).await;
            world.copr.answer("submit", [answer]);
            let tasks = world.start();
            let event = world.event(&Told::opened("ogr", number, 1)).await;
            ready("it is called", || world.copr.calling() == 1).await;
            world.until_target(event, "srpm", T::Submitting).await;
            drop(tasks);
            let other = world.other_process().await;
            let tasks = Tasks::start(&other);
            world.pass(TimeDelta::minutes(3));
            world.until_target(event, "srpm", T::Submitted).await;
            assert_eq!((world.copr.called("submit"), world.copr.called("look_up")), (sends, 1));
            tasks.stop().await;
        }
    }

    async fn what_kills_every_worker_is_not_sent_for_ever(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.lease = SHORT_LEASE).await;
        world.copr.answer("submit", (0..9).map(|_| Answer::HangsBefore));
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        for sends in 1..=5 {
            let tasks = world.start();
            ready("it is called", || world.copr.called("submit") == sends && world.copr.calling() == 1).await;
            drop(tasks);
            ready("the worker is gone", || world.copr.calling() == 0).await;
            world.pass(TimeDelta::minutes(3));
        }
        let tasks = world.start();
        assert_eq!(world.until_ended(event).await.status, EventStatus::Errored);
        assert_eq!(world.copr.called("submit"), 5);
        tasks.stop().await;
    }

    /// A call that never returns holds its place no longer than its lease.
    async fn a_call_that_hangs_is_left_when_its_lease_ends(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.lease = Duration::from_millis(500);
            settings.limits.per_system = 1;
        }).await;
        world.copr.answer("submit", [Answer::Hangs]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        assert_eq!(world.copr.called("submit"), 1);
        assert!(world.copr.called("look_up") >= 1);
        tasks.stop().await;
    }

    async fn a_lost_answer_is_looked_up_although_the_build_system_is_paused(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::SilentlyDone]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        lost(&world, event, 1).await;
        pauses::pause(&world.engine.db, BuildSystem::Copr, "bob", None, world.engine.clock.now()).await.unwrap();
        world.pass(MINUTES);
        world.until_target(event, "srpm", T::Submitted).await;
        tasks.stop().await;
    }
}

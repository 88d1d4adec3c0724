//! Each state but the last has a deadline (`docs/acceptance.md` A23).

use std::sync::Arc;

use chrono::TimeDelta;
use domain::words::{EventStatus, TargetStatus as T};
use engine::{Builders, Engine, Tasks};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, close, named, open, ready};

on_both_databases! {
    async fn a23_what_is_submitted_for_too_long_is_looked_at_and_ended(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        let polls = world.copr.called("poll");
        world.pass(TimeDelta::hours(25));
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert!(world.copr.called("poll") > polls, "it is asked before it is ended");
        assert_eq!((view.status, named(&view, "srpm").status), (EventStatus::Errored, T::Errored));
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("submitted for more than 24 hours"));
        assert!(view.submissions.iter().all(|submission| submission.due_at.is_none()));
    }

    async fn a23_the_result_is_taken_although_it_comes_after_the_deadline(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        world.pass(TimeDelta::hours(25));
        let view = world.until_target(event, "fedora-43-x86_64", T::Succeeded).await;
        tasks.stop().await;
        assert_eq!(named(&view, "srpm").status, T::Succeeded);
    }

    /// Seven days from when it was seen to run, although the build system cannot be asked any more.
    async fn a23_what_runs_for_too_long_is_ended_even_in_an_outage(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Running);
        }
        world.pass(TimeDelta::hours(1));
        world.until_target(event, "fedora-43-x86_64", T::Running).await;
        world.pass(TimeDelta::days(6));
        let polls = world.copr.called("poll");
        ready("it is asked", || world.copr.called("poll") > polls).await;
        world.until("it was asked", event, |view| world.rests(view)).await;
        assert_eq!(named(&world.view(event).await, "srpm").status, T::Running);
        world.copr.answer("poll", (0..9).map(|_| Answer::IsAway(None)));
        world.pass(TimeDelta::days(2));
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("running for more than 168 hours"));
    }

    /// A process without the build system leaves its work to others for a while, and then to nobody for ever.
    async fn a23_what_is_at_a_system_that_nobody_has_is_canceled_and_passes_its_deadline(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let canceled = world.event(&Told::opened("ogr", 1, 1)).await;
        let forgotten = world.event(&Told::opened("ogr", 2, 2)).await;
        for event in [canceled, forgotten] {
            world.until_target(event, "srpm", T::Submitted).await;
            world.until("nobody asks", event, |view| world.rests(view)).await;
        }
        tasks.stop().await;
        let without = Engine { builders: Arc::new(Builders::new()), ..world.engine.clone() };
        let tasks = Tasks::start(&without);
        world.cancel(canceled, &[]).await;
        world.pass(TimeDelta::minutes(9));
        tokio::time::sleep(world.engine.settings.look_interval * 5).await;
        assert_eq!(named(&world.view(canceled).await, "srpm").status, T::Submitted, "others may have it");
        world.pass(TimeDelta::minutes(2));
        let view = world.until_ended(canceled).await;
        assert_eq!(view.status, EventStatus::Canceled);
        let told = "canceled by bob; copr is not configured here, so nobody could ask it";
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some(told));
        assert!(view.submissions.iter().all(|submission| submission.due_at.is_none()));
        assert_eq!(named(&world.view(forgotten).await, "srpm").status, T::Submitted);
        world.pass(TimeDelta::hours(25));
        let view = world.until_ended(forgotten).await;
        tasks.stop().await;
        assert_eq!((view.status, named(&view, "srpm").status), (EventStatus::Errored, T::Errored));
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("submitted for more than 24 hours"));
    }

    /// Whoever holds something of the build system is there, however long its queue is.
    async fn a23_what_another_process_has_is_left_to_it(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.limits.per_system = 1).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.until("nobody asks", event, |view| world.rests(view)).await;
        close(&world.copr.gate);
        let other = world.event(&Told::opened("ogr", 2, 2)).await;
        ready("the other is being sent", || world.copr.calling() == 1).await;
        world.cancel(event, &[]).await;
        let without = Engine { builders: Arc::new(Builders::new()), ..world.engine.clone() };
        let others = Tasks::start(&without);
        world.pass(TimeDelta::minutes(30));
        tokio::time::sleep(world.engine.settings.look_interval * 5).await;
        assert_eq!(named(&world.view(event).await, "srpm").status, T::Submitted);
        open(&world.copr.gate);
        ready("it is canceled there", || world.copr.called("cancel") == 1).await;
        world.until_target(other, "srpm", T::Submitted).await;
        others.stop().await;
        tasks.stop().await;
    }
}

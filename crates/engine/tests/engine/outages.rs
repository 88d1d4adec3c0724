//! A build system that is away: what surely did not begin is sent again, and given up in the end.

use std::time::Duration;

use chrono::TimeDelta;
use domain::words::BuildSystem;
use domain::words::{EventStatus, TargetStatus as T};
use store::pauses;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, named, ready};

on_both_databases! {
    async fn what_did_not_begin_is_sent_again_with_growing_pauses_and_then_given_up(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", (0..6).map(|_| Answer::IsAway(None)));
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        for (tries, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)] {
            let waits = |view: &store::reads::WorkflowView| {
                view.submissions[0].tries == tries && world.rests(view)
            };
            let view = world.until("it waits for Copr", event, waits).await;
            assert_eq!((view.status, named(&view, "srpm").status), (EventStatus::Waiting, T::Ready));
            assert_eq!(named(&view, "srpm").reason.as_deref(), Some("copr does not take it now: it is away"));
            let submission = &view.submissions[0];
            assert_eq!((submission.problem.as_deref(), submission.sent_at), (Some("it is away"), None));
            let wait = submission.due_at.unwrap() - world.engine.clock.now();
            let longest = TimeDelta::minutes(minutes) * 11 / 10;
            assert!(wait <= longest && wait > longest / 2, "try {tries}: {wait}");
            world.pass(longest);
        }
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!((view.status, world.copr.called("submit"), world.copr.called("look_up")), (EventStatus::Errored, 6, 0));
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("given up after 6 tries: it is away"));
    }

    async fn an_outage_that_ends_costs_a_pause(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::IsAway(None)]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Ready).await;
        ready("it was tried", || world.copr.called("submit") == 1).await;
        world.until("it waits", event, |view| view.submissions[0].problem.is_some()).await;
        world.pass(TimeDelta::seconds(67));
        let view = world.until_target(event, "srpm", T::Submitted).await;
        tasks.stop().await;
        assert_eq!((view.submissions[0].tries, view.submissions[0].problem.clone()), (0, None));
        assert_eq!(named(&view, "srpm").reason, None);
    }

    /// The peer's figure is kept, but nobody can stop a workflow for longer than a day with it.
    async fn a_pause_that_was_asked_for_is_kept_within_a_day(database: TestDatabase) {
        let world = World::new(&database).await;
        let hour = Duration::from_secs(3600);
        world.copr.answer("submit", [Answer::IsAway(Some(hour)), Answer::IsAway(Some(Duration::MAX))]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        for (tries, at_least, at_most) in [(1, 59, 67), (2, 24 * 60 - 1, 27 * 60)] {
            let view = world.until("it waits", event, |view| {
                view.submissions[0].tries == tries && world.rests(view)
            }).await;
            let wait = (view.submissions[0].due_at.unwrap() - world.engine.clock.now()).num_minutes();
            assert!((at_least..=at_most).contains(&wait), "{wait} minutes");
            world.pass(TimeDelta::minutes(at_most));
        }
        world.until_target(event, "srpm", T::Submitted).await;
        tasks.stop().await;
    }

    async fn an_outage_during_polls_is_waited_out_however_long(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.answer("poll", (0..20).map(|_| Answer::IsAway(None)));
        for polls in 1..=20 {
            world.pass(TimeDelta::minutes(20));
            world.until("it was polled in vain", event, |view| view.submissions[0].tries == polls && world.rests(view)).await;
        }
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        world.pass(TimeDelta::minutes(20));
        world.until_target(event, "fedora-43-x86_64", T::Succeeded).await;
        tasks.stop().await;
    }

    async fn nothing_new_goes_to_a_paused_build_system_but_what_is_there_is_followed(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let there = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(there, "srpm", T::Submitted).await;
        pauses::pause(&world.engine.db, BuildSystem::Copr, "bob", Some("moving house"), world.engine.clock.now()).await.unwrap();
        let new = world.event(&Told::opened("ogr", 2, 2)).await;
        let view = world.until("it is known to be paused", new, |view| view.submissions[0].problem.is_some()).await;
        assert_eq!(view.submissions[0].problem.as_deref(), Some("copr is paused by bob: moving house"));
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        world.pass(TimeDelta::minutes(6));
        world.until_target(there, "fedora-43-x86_64", T::Succeeded).await;
        assert_eq!(world.copr.called("submit"), 1);
        assert!(pauses::resume(&world.engine.db, BuildSystem::Copr, world.engine.clock.now()).await.unwrap());
        world.engine.wake.workflow();
        world.until("it goes on", new, |view| view.submissions[0].external_id.is_some()).await;
        tasks.stop().await;
    }
}

//! Canceling: what no build system has ends at once, of the rest the build system is asked.

use std::time::Duration;

use chrono::TimeDelta;
use domain::words::{BuildSystem, EventStatus, TargetStatus as T};
use store::pauses;
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, close, named, open, ready};

/// So seldom is nothing polled by itself within a test.
async fn seldom_polled(database: &TestDatabase) -> World {
    World::with(database, |settings| {
        settings.poll_at_least = Duration::from_secs(3600);
        settings.poll_at_most = Duration::from_secs(3600);
    })
    .await
}

on_both_databases! {
    async fn what_was_not_sent_ends_at_once(database: TestDatabase) {
        let world = World::new(&database).await;
        pauses::pause(&world.engine.db, BuildSystem::Copr, "bob", None, world.engine.clock.now()).await.unwrap();
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until("it waits for Copr", event, |view| view.submissions[0].problem.is_some()).await;
        world.cancel(event, &[]).await;
        let view = world.view(event).await;
        assert_eq!(view.status, EventStatus::Canceled);
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("canceled by bob"));
        assert!(view.submissions.iter().all(|submission| submission.due_at.is_none()));
        pauses::resume(&world.engine.db, BuildSystem::Copr, world.engine.clock.now()).await.unwrap();
        tasks.stop().await;
        assert_eq!(world.copr.calls(), [] as [&str; 0]);
    }

    async fn what_was_sent_is_canceled_there_and_ends_when_it_says_so(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.answer("cancel", [Answer::IsAway(None)]);
        world.cancel(event, &["fedora-42-x86_64"]).await;
        ready("the cancel was tried", || world.copr.called("cancel") == 1).await;
        world.until("it is tried again later", event, |view| view.submissions[0].tries == 1 && world.rests(view)).await;
        assert_eq!(named(&world.view(event).await, "fedora-42-x86_64").status, T::Submitted, "it says nothing yet");
        world.pass(TimeDelta::seconds(67));
        ready("it is canceled", || world.copr.called("cancel") == 2).await;
        // The SRPM was done by then: what is finished stays.
        world.copr.now("srpm", T::Succeeded);
        for chroot in ["fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(chroot, T::Canceled);
        }
        world.until("the cancel was taken", event, |view| view.submissions[0].tries == 0 && world.rests(view)).await;
        world.pass(TimeDelta::minutes(6));
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!((view.status, named(&view, "srpm").status), (EventStatus::Canceled, T::Succeeded));
        assert_eq!((named(&view, "tests").status, world.copr.called("cancel")), (T::Skipped, 2));
    }

    /// Copr only knows that it was canceled.
    async fn why_it_was_canceled_is_told_although_the_build_system_does_not_know(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now_since(target, T::Canceled, Some("canceled in Copr"));
        }
        world.cancel(event, &["fedora-42-x86_64"]).await;
        ready("it is canceled there", || world.copr.called("cancel") == 1).await;
        world.until("the cancel was taken", event, |view| world.rests(view)).await;
        world.pass(TimeDelta::minutes(6));
        let view = world.until_ended(event).await;
        tasks.stop().await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            let target = named(&view, target);
            assert_eq!((target.status, target.reason.as_deref()), (T::Canceled, Some("canceled by bob")));
        }
        assert_eq!((view.status, named(&view, "tests").status), (EventStatus::Canceled, T::Skipped));
    }

    async fn what_refuses_the_cancel_is_followed_to_its_end(database: TestDatabase) {
        let world = seldom_polled(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            world.copr.now(target, T::Failed);
        }
        world.copr.answer("cancel", [Answer::Refuses("it has ended")]);
        world.cancel(event, &[]).await;
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!((view.status, world.copr.called("cancel")), (EventStatus::Failed, 1));
        assert_eq!((named(&view, "srpm").status, named(&view, "tests").status), (T::Failed, T::Canceled));
    }

    /// Nobody knows whether it began: only what is found there can be canceled there.
    async fn what_may_have_been_sent_is_looked_up_first(database: TestDatabase) {
        for (answer, number, cancels) in [(Answer::SilentlyDone, 1, 1), (Answer::NeverHeard, 2, 0)] {
            let world = seldom_polled(&database).await;
            world.copr.answer("submit", [answer]);
            let tasks = world.start();
            let event = world.event(&Told::opened("ogr", number, 1)).await;
            world.until("the answer is lost", event, |view| view.submissions[0].problem.is_some()).await;
            for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
                world.copr.now(target, T::Canceled);
            }
            world.cancel(event, &[]).await;
            if cancels > 0 {
                ready("it is canceled there", || world.copr.called("cancel") == 1).await;
                world.until("it is taken", event, |view| world.rests(view)).await;
                world.pass(TimeDelta::hours(2));
            }
            let view = world.until_ended(event).await;
            tasks.stop().await;
            assert_eq!(view.status, EventStatus::Canceled);
            let calls = (world.copr.called("submit"), world.copr.called("look_up"), world.copr.called("cancel"));
            assert_eq!(calls, (1, 1, cancels));
        }
    }

    /// The worker that holds the submission does not make the cancel wait for its next look.
    async fn a_cancel_during_a_call_follows_it_at_once(database: TestDatabase) {
        let world = seldom_polled(&database).await;
        close(&world.copr.gate);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it is being sent", || world.copr.calling() == 1).await;
        world.cancel(event, &[]).await;
        open(&world.copr.gate);
        ready("it is canceled there", || world.copr.called("cancel") == 1).await;
        tasks.stop().await;
        assert_eq!(world.copr.called("submit"), 1);
    }

    async fn a_cancel_during_a_poll_follows_it_at_once(database: TestDatabase) {
        let world = seldom_polled(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        close(&world.copr.gate);
        world.pass(TimeDelta::hours(2));
        ready("it is being polled", || world.copr.calling() == 1).await;
        world.cancel(event, &[]).await;
        open(&world.copr.gate);
        ready("it is canceled there", || world.copr.called("cancel") == 1).await;
        tasks.stop().await;
    }

    /// It was canceled while it was sent, and surely did not begin.
    async fn a_cancel_during_a_call_that_comes_to_nothing_ends_it(database: TestDatabase) {
        let world = seldom_polled(&database).await;
        world.copr.answer("submit", [Answer::IsAway(None)]);
        close(&world.copr.gate);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it is being sent", || world.copr.calling() == 1).await;
        world.cancel(event, &[]).await;
        open(&world.copr.gate);
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!(view.status, EventStatus::Canceled);
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("canceled by bob"));
        assert_eq!((world.copr.called("submit"), world.copr.called("cancel")), (1, 0));
    }

    async fn a_preview_changes_nothing(database: TestDatabase) {
        let world = World::new(&database).await;
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        let before = world.view(event).await;
        let canceled = engine::cancel(&world.engine, event, None, "bob", true).await.unwrap();
        assert_eq!(canceled.plan.ends_now.len(), 4);
        assert_eq!(world.view(event).await, before);
    }
}

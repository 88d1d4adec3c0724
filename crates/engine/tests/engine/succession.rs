//! A newer commit takes the place of the older one's work, if that is configured (`docs/acceptance.md` A22, A25).

use chrono::TimeDelta;
use domain::words::{DeliveryOutcome, EventStatus, TargetStatus as T};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{HOST, Told, World, close, hash, named, open, ready};

async fn superseding(database: &TestDatabase) -> World {
    World::with(database, |settings| settings.cancel_superseded = true).await
}

on_both_databases! {
    async fn a22_a_newer_commit_cancels_the_work_of_the_older_one_and_starts_its_own(database: TestDatabase) {
        let world = superseding(&database).await;
        let old = world.event(&Told::opened("ogr", 1, 1)).await;
        let elsewhere = world.event(&Told::opened("ogr", 2, 1)).await;
        let new = world.event(&Told::pushed("ogr", 1, 1, 2)).await;
        let old = world.view(old).await;
        assert_eq!(old.status, EventStatus::Canceled);
        assert_eq!(named(&old, "srpm").reason, Some(format!("superseded by commit {}", hash(2))));
        for untouched in [new, elsewhere] {
            assert_eq!(world.view(untouched).await.status, EventStatus::Waiting);
        }
    }

    async fn what_is_at_a_build_system_is_canceled_there(database: TestDatabase) {
        let world = superseding(&database).await;
        let tasks = world.start();
        let old = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(old, "srpm", T::Submitted).await;
        // Copr only knows that it was canceled.
        world.copr.now_since("srpm", T::Canceled, Some("canceled in Copr"));
        world.event(&Told::pushed("ogr", 1, 1, 2)).await;
        ready("it is canceled", || world.copr.called("cancel") == 1).await;
        world.until("the cancel was taken", old, |view| world.rests(view)).await;
        world.pass(TimeDelta::minutes(6));
        let old = world.until_ended(old).await;
        tasks.stop().await;
        for target in ["srpm", "fedora-42-x86_64", "fedora-43-x86_64"] {
            let target = named(&old, target);
            assert_eq!((target.status, &target.reason), (T::Canceled, &Some(format!("superseded by commit {}", hash(2)))));
        }
    }

    async fn unless_it_is_configured_both_go_on(database: TestDatabase) {
        let world = World::new(&database).await;
        let old = world.event(&Told::opened("ogr", 1, 1)).await;
        let new = world.event(&Told::pushed("ogr", 1, 1, 2)).await;
        world.settle(&Told::closed("ogr", 1, 2)).await;
        for event in [old, new] {
            assert_eq!(world.view(event).await.status, EventStatus::Waiting);
        }
        assert_eq!(world.forge.asked("pull_request"), 0);
    }

    async fn a25_an_older_commit_that_is_delivered_later_starts_nothing(database: TestDatabase) {
        let world = superseding(&database).await;
        let new = world.event(&Told::pushed("ogr", 1, 1, 2)).await;
        let settled = world.settle(&Told::opened("ogr", 1, 1)).await;
        assert_eq!(settled.outcome, DeliveryOutcome::NothingPlanned);
        assert!(settled.reason.contains(&hash(2)), "{}", settled.reason);
        assert_eq!(world.view(new).await.status, EventStatus::Waiting);
    }

    async fn a25_where_deliveries_do_not_tell_the_forge_is_asked(database: TestDatabase) {
        let world = superseding(&database).await;
        world.forge.say(|says| says.head = Some(hash(3)));
        let first = world.event(&Told::opened("ogr", 1, 1)).await;
        let third = world.event(&Told::pushed("ogr", 1, 2, 3)).await;
        assert_eq!(world.forge.asked("pull_request"), 1, "the second commit was not delivered");
        assert_eq!(world.view(first).await.status, EventStatus::Canceled);
        assert_eq!(world.view(third).await.status, EventStatus::Waiting);
    }

    /// The older one is judged first and recorded last: it is judged again.
    async fn a25_two_commits_at_the_same_time_come_to_the_same(database: TestDatabase) {
        let world = superseding(&database).await;
        close(&world.forge.reads);
        let older = world.deliver(&Told::opened("ogr", 1, 1)).await;
        let engine = world.engine.clone();
        let older = tokio::spawn(async move { engine.settle_now(HOST, &older).await.unwrap() });
        ready("the older one is being worked on", || world.forge.asked("configuration") == 1).await;
        let newer = world.deliver(&Told::pushed("ogr", 1, 1, 2)).await;
        let theirs = World::with(&database, |settings| settings.cancel_superseded = true).await;
        let newer = theirs.engine.settle_now(HOST, &newer).await.unwrap();
        open(&world.forge.reads);
        let older = older.await.unwrap();
        assert_eq!((older.outcome, newer.outcome), (DeliveryOutcome::NothingPlanned, DeliveryOutcome::Accepted));
        assert_eq!(world.view(newer.event.unwrap()).await.status, EventStatus::Waiting);
        assert_eq!(world.view(older.event.unwrap()).await.status, EventStatus::Nothing);
    }

    async fn a_closed_pull_request_ends_its_work(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.cancel_closed = true).await;
        let nothing = world.settle(&Told::closed("ogr", 1, 1)).await;
        assert_eq!((nothing.outcome, nothing.event), (DeliveryOutcome::Ignored, None));
        let open = world.event(&Told::opened("ogr", 1, 1)).await;
        let other = world.event(&Told::opened("ogr", 2, 1)).await;
        let closed = world.settle(&Told::closed("ogr", 1, 1)).await;
        assert_eq!((closed.outcome, closed.event), (DeliveryOutcome::Ignored, None));
        assert!(closed.reason.contains("4 unfinished targets"), "{}", closed.reason);
        let view = world.view(open).await;
        assert_eq!(view.status, EventStatus::Canceled);
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("the pull request was closed"));
        assert_eq!(world.view(other).await.status, EventStatus::Waiting);
    }
}

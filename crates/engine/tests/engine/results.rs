//! What build systems say moves the workflow on, in any order and once.

use chrono::TimeDelta;
use domain::words::{EventStatus, TargetStatus as T};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Answer, Told, World, hash, named, ready};

const POLL: TimeDelta = TimeDelta::minutes(6);

on_both_databases! {
    /// A pull request is built and tested, and its commit says so.
    async fn a_workflow_runs_from_its_delivery_to_its_end(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        assert_eq!(world.copr.calls(), ["submit ogr srpm fedora-42-x86_64 fedora-43-x86_64"]);
        assert_eq!(world.view(event).await.status, EventStatus::Running);

        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Running);
        world.pass(POLL);
        let view = world.until_target(event, "fedora-42-x86_64", T::Running).await;
        assert_eq!((named(&view, "srpm").status, named(&view, "tests").status), (T::Succeeded, T::Waiting));

        world.copr.now("fedora-42-x86_64", T::Succeeded);
        world.pass(POLL);
        let view = world.until_target(event, "tests", T::Submitted).await;
        assert_ne!(named(&view, "fedora-43-x86_64").status, T::Succeeded, "tests wait for their own chroot alone");

        world.copr.now("fedora-43-x86_64", T::Succeeded);
        world.farm.now("fedora-42-x86_64", T::Succeeded);
        world.pass(POLL);
        let view = world.until_ended(event).await;
        assert_eq!(view.status, EventStatus::Succeeded);
        assert!(view.submissions.iter().all(|submission| submission.due_at.is_none()), "nothing is left to do");
        ready("the forge is told the end", || world.forge.told().last().is_some_and(|told| told.starts_with("success"))).await;
        assert_eq!(world.forge.told(), ["pending: planned 2 builds and 1 test", "success: 2 builds and 1 test: all succeeded"]);
        let (commit, status) = world.forge.shows().unwrap();
        assert_eq!((commit, status.context.as_str()), (hash(1), "packflow"));
        assert_eq!(status.target_url, Some(format!("http://127.0.0.1:8080/events/{event}")));
        tasks.stop().await;
    }

    async fn what_a_build_system_refuses_ends_with_its_reason(database: TestDatabase) {
        let world = World::new(&database).await;
        world.copr.answer("submit", [Answer::Refuses("no such chroot")]);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        let view = world.until_ended(event).await;
        tasks.stop().await;
        assert_eq!((view.status, named(&view, "srpm").status), (EventStatus::Errored, T::Errored));
        assert_eq!(named(&view, "srpm").reason.as_deref(), Some("no such chroot"));
        for follower in ["fedora-42-x86_64", "tests"] {
            assert_eq!(named(&view, follower).status, T::Skipped);
            assert!(named(&view, follower).reason.as_deref().unwrap().contains("its input"));
        }
        assert_eq!(view.submissions[0].problem.as_deref(), Some("no such chroot"));
    }

    /// Copr tells of a chroot before it tells of the SRPM that it is made from.
    async fn a_result_is_held_until_its_inputs_is_known(database: TestDatabase) {
        for (srpm, chroot) in [(T::Failed, T::Skipped), (T::Succeeded, T::Failed)] {
            let world = World::new(&database).await;
            let tasks = world.start();
            let event = world.event(&Told::opened("ogr", srpm as i64, srpm as u64)).await;
            world.until_target(event, "srpm", T::Submitted).await;
            world.copr.now("fedora-42-x86_64", T::Failed);
            world.copr.now("fedora-43-x86_64", T::Running);
            world.pass(POLL);
            let view = world.until_target(event, "fedora-43-x86_64", T::Running).await;
            assert_eq!(named(&view, "fedora-42-x86_64").finished_at, None, "held");
            world.copr.now("srpm", srpm);
            world.copr.now("fedora-43-x86_64", T::Succeeded);
            world.pass(POLL);
            let view = world.until_ended(event).await;
            assert_eq!(named(&view, "fedora-42-x86_64").status, chroot);
            tasks.stop().await;
        }
    }

    async fn a20_late_news_of_what_has_ended_changes_nothing(database: TestDatabase) {
        let world = World::new(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.pass(POLL);
        let before = world.until_target(event, "fedora-42-x86_64", T::Failed).await;
        world.copr.now("fedora-42-x86_64", T::Succeeded);
        world.copr.now("srpm", T::Running);
        world.copr.now("fedora-43-x86_64", T::Succeeded);
        world.pass(POLL);
        let after = world.until_ended(event).await;
        tasks.stop().await;
        for name in ["srpm", "fedora-42-x86_64"] {
            assert_eq!(named(&after, name).status, named(&before, name).status);
            assert_eq!(named(&after, name).finished_at, named(&before, name).finished_at);
        }
        assert_eq!((after.status, named(&after, "tests").status), (EventStatus::Failed, T::Skipped));
        assert_eq!(world.farm.calls(), [] as [&str; 0]);
    }
}

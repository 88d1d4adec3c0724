//! A status for each target, where a forge shows statuses and no checks.

use domain::rerun::Asked;
use domain::words::TargetStatus as T;
use forges::{Shows, Status, StatusState};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, Trouble, World, alone, named, ready};

const SRPM: &str = "srpm-build";
const F42: &str = "rpm-build:fedora-42-x86_64";

/// With one chroot and no tests.
async fn world(database: &TestDatabase) -> World {
    let world = World::with(database, |settings| settings.reports_per_minute = 6_000).await;
    world.forge.say(|says| {
        says.shows = Shows::Statuses;
        says.configuration = Ok(Some(alone()));
    });
    world
}

/// What was told under a name, oldest first.
fn told(world: &World, name: &str) -> Vec<Status> {
    let told = world.forge.statuses();
    told.into_iter().filter(|status| status.context == name).collect()
}

fn newest(world: &World, name: &str) -> Option<StatusState> {
    told(world, name).last().map(|status| status.state)
}

on_both_databases! {
    async fn each_target_has_a_status_under_the_name_of_its_check(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        ready("it is pending", || newest(&world, F42) == Some(StatusState::Pending)).await;
        world.copr.now("srpm", T::Running);
        ready("it runs", || newest(&world, SRPM) == Some(StatusState::Running)).await;
        world.copr.now("srpm", T::Succeeded);
        ready("it succeeded", || newest(&world, SRPM) == Some(StatusState::Success)).await;
        world.copr.now("fedora-42-x86_64", T::Failed);
        ready("it failed", || newest(&world, F42) == Some(StatusState::Failure)).await;
        let view = world.until_ended(event).await;
        tasks.stop().await;
        let status = told(&world, F42).pop().unwrap();
        let target = named(&view, "fedora-42-x86_64").id;
        assert_eq!(status.target_url, Some(format!("http://127.0.0.1:8080/targets/{target}")));
        assert_eq!(status.pull_request, Some(7), "some forges show it at the pull request's source");
        assert!(status.description.starts_with("Failed"), "{}", status.description);
        assert!(world.forge.checks().is_empty());
        let names: std::collections::BTreeSet<String> =
            world.forge.statuses().into_iter().map(|status| status.context).collect();
        assert_eq!(names.len(), 2, "none for the event as a whole: {names:?}");
    }

    async fn one_status_says_why_nothing_was_started(database: TestDatabase) {
        let world = world(&database).await;
        world.forge.say(|says| says.configuration = Ok(Some("jobs: 1".to_owned())));
        let tasks = world.start();
        world.event(&Told::opened("ogr", 7, 1)).await;
        ready("it is told", || world.forge.statuses().len() == 1).await;
        tasks.stop().await;
        let status = world.forge.statuses().pop().unwrap();
        assert_eq!((status.state, status.pull_request), (StatusState::Error, Some(7)));
        assert!(status.description.starts_with("nothing started"), "{}", status.description);
    }

    /// Pagure tells of one push that it rebased a pull request, and that it updated it.
    async fn a_push_that_is_told_of_twice_starts_once(database: TestDatabase) {
        let world = world(&database).await;
        let opened = world.event(&Told::opened("ogr", 7, 1)).await;
        assert!(!world.view(opened).await.targets.is_empty());
        let told = || Told { before: None, ..Told::pushed("ogr", 7, 1, 2) };
        let first = world.event(&told()).await;
        let second = world.event(&told()).await;
        assert!(!world.view(first).await.targets.is_empty());
        let view = world.view(second).await;
        assert!(view.targets.is_empty());
        assert!(view.omissions[0].reason.contains("told of already"), "{:?}", view.omissions);
        // What is pushed after that is new again.
        let third = world.event(&Told { before: None, ..Told::pushed("ogr", 7, 2, 1) }).await;
        assert!(!world.view(third).await.targets.is_empty());
    }

    /// Once, whatever is refused of it; and nothing more where comments are refused too.
    async fn where_no_status_is_taken_a_comment_says_how_it_ended(database: TestDatabase) {
        let world = world(&database).await;
        world.forge.say(|says| says.status = Err(Trouble::Refuses("403: insufficient scope")));
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.until_ended(event).await;
        let said = || world.forge.comments.lock().unwrap().clone();
        ready("it is said", || !said().is_empty()).await;
        ready("all was tried", || world.forge.asked("set_status") >= 4).await;
        world.forge.say(|says| says.reply = Err(Trouble::Refuses("403: no comments either")));
        let other = world.event(&Told::opened("ogr", 8, 2)).await;
        world.until_target(other, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Failed);
        world.until_ended(other).await;
        ready("it is tried", || world.forge.asked("comment") == 2).await;
        tasks.stop().await;
        let said = said();
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[0].0, "pull-request/7");
        assert!(said[0].1.contains("failed") && said[0].1.contains(&format!("/events/{event}")), "{}", said[0].1);
    }

    /// What was said first is not so any more.
    async fn how_a_rerun_ended_is_said_as_well(database: TestDatabase) {
        let world = world(&database).await;
        world.forge.say(|says| says.status = Err(Trouble::Refuses("403: insufficient scope")));
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 7, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Failed);
        world.until_ended(event).await;
        let said = || world.forge.comments.lock().unwrap().clone();
        ready("the failure is said", || said().len() == 1).await;
        for target in ["srpm", "fedora-42-x86_64"] {
            world.copr.now(target, T::Succeeded);
        }
        world.redo(event, Asked::Everything).await;
        ready("the success is said", || said().len() == 2).await;
        tasks.stop().await;
        let said = said();
        assert!(said[0].1.contains("failed: srpm") && said[1].1.contains("all succeeded"), "{said:?}");
    }
}

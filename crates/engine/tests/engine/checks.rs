//! A check for each target: made at once, changed in place, never of an older state after a newer.

use chrono::TimeDelta;
use domain::ids::EventId;
use domain::rerun::{Asked, Selection};
use domain::words::{RerunVia, TargetStatus as T};
use forges::{CheckStage, Conclusion, StatusState};
use store::reruns::{Answer, Request};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Told, Trouble, World, alone, close, named, open, ready};

const SRPM: &str = "srpm-build";
const F42: &str = "rpm-build:fedora-42-x86_64";
const TESTS: &str = "testing-farm:fedora-42-x86_64";

async fn world(database: &TestDatabase) -> World {
    let world = World::with(database, |settings| settings.reports_per_minute = 6_000).await;
    world.forge.say(|says| says.shows = forges::Shows::Checks);
    world
}

/// With one chroot and no tests.
async fn small(database: &TestDatabase) -> World {
    let world = world(database).await;
    world.forge.say(|says| says.configuration = Ok(Some(alone())));
    world
}

fn stage(world: &World, name: &str) -> Option<CheckStage> {
    world.forge.check(name).map(|shown| shown.check.stage)
}

fn concluded(world: &World, name: &str) -> Option<Conclusion> {
    match stage(world, name)? {
        CheckStage::Completed { conclusion, .. } => Some(conclusion),
        CheckStage::Queued | CheckStage::InProgress => None,
    }
}

fn titles(world: &World, name: &str) -> Vec<String> {
    let checks = world.forge.checks().into_iter();
    checks.filter(|shown| shown.check.name == name).flat_map(|shown| shown.titles).collect()
}

/// Redoes targets of an event, by name.
async fn redo(world: &World, event: EventId, name: &str, cancel_running: bool) {
    let target = domain::ids::TargetId(named(&world.view(event).await, name).id);
    let selection = Selection {
        cancel_running,
        ..Selection::of(Asked::NewestOf(std::collections::BTreeSet::from([target])))
    };
    let request = Request {
        event,
        selection: &selection,
        requested_by: "alice",
        via: RerunVia::Api,
        reason: None,
        idempotency_key: None,
        plan_hash: None,
    };
    let answer = engine::rerun(&world.engine, &request).await.unwrap();
    assert!(matches!(answer, Answer::CarriedOut(_)), "{answer:?}");
}

/// A pull request is opened, and nothing comes of it but a failed SRPM.
async fn its_srpm_fails(world: &World) {
    let event = world.event(&Told::opened("ogr", 1, 1)).await;
    world.until_target(event, "srpm", T::Submitted).await;
    world.copr.now("srpm", T::Failed);
    world.pass(TimeDelta::minutes(6));
    world.until_ended(event).await;
}

on_both_databases! {
    async fn each_target_has_a_check_from_the_beginning(database: TestDatabase) {
        let world = world(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("all checks are there", || world.forge.checks().len() == 4).await;
        let view = world.view(event).await;
        tasks.stop().await;
        for (name, target) in [(SRPM, "srpm"), (F42, "fedora-42-x86_64"), (TESTS, "tests")] {
            let check = world.forge.check(name).unwrap().check;
            let id = named(&view, target).id;
            assert_eq!((check.external_id, check.stage), (id.to_string(), CheckStage::Queued), "{name}");
            assert_eq!(check.details_url, format!("http://127.0.0.1:8080/targets/{id}"));
            assert_eq!((check.title.as_str(), check.actions.len()), ("Queued", 0));
        }
        assert_eq!(world.forge.asked("set_status"), 0, "no status beside the checks");
    }

    async fn a_check_is_changed_in_place_once_for_each_stage(database: TestDatabase) {
        let world = small(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        ready("it is queued", || stage(&world, F42) == Some(CheckStage::Queued)).await;
        world.copr.now("srpm", T::Running);
        world.pass(TimeDelta::minutes(6));
        ready("it runs", || stage(&world, SRPM) == Some(CheckStage::InProgress)).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.pass(TimeDelta::minutes(6));
        ready("it has failed", || concluded(&world, F42) == Some(Conclusion::Failure)).await;
        ready("it has succeeded", || concluded(&world, SRPM) == Some(Conclusion::Success)).await;
        tasks.stop().await;
        assert_eq!(world.forge.checks().len(), 2, "one check run per attempt");
        let titles = titles(&world, SRPM);
        assert_eq!((titles[0].as_str(), titles[1].as_str(), titles.len()), ("Queued", "Running", 3), "{titles:?}");
        let failed = world.forge.check(F42).unwrap().check;
        let buttons: Vec<&str> = failed.actions.iter().map(|action| action.identifier).collect();
        assert_eq!(buttons, ["redo-failed", "redo-everything"], "a step of one target is the forge's own button");
    }

    /// Not `skipped`, which a repository that requires the check would let pass.
    async fn what_could_not_start_has_not_passed(database: TestDatabase) {
        let world = small(&database).await;
        let tasks = world.start();
        its_srpm_fails(&world).await;
        ready("the build is told", || concluded(&world, F42).is_some()).await;
        tasks.stop().await;
        let build = world.forge.check(F42).unwrap().check;
        assert_eq!((concluded(&world, F42), build.title.as_str()), (Some(Conclusion::Failure), "Not started"));
        assert!(build.summary.contains("srpm\\_build srpm, failed"), "{}", build.summary);
    }

    async fn a_new_attempt_has_a_check_of_its_own_under_the_same_name(database: TestDatabase) {
        let world = small(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.pass(TimeDelta::minutes(6));
        ready("it has failed", || concluded(&world, F42) == Some(Conclusion::Failure)).await;
        ready("the SRPM is told", || concluded(&world, SRPM).is_some()).await;
        let before = world.forge.checks().len();
        world.copr.now("fedora-42-x86_64", T::Succeeded);
        redo(&world, event, "fedora-42-x86_64", false).await;
        ready("the new one is there", || world.forge.checks().len() == before + 1).await;
        // Looked at again only if it was submitted before the time passes.
        world.until("it is submitted again", event, |view| {
            view.targets.iter().any(|target| target.attempt == 2 && target.status == T::Submitted)
        }).await;
        world.pass(TimeDelta::minutes(6));
        ready("it has succeeded", || concluded(&world, F42) == Some(Conclusion::Success)).await;
        tasks.stop().await;
        let checks = world.forge.checks();
        assert_eq!(checks.len(), before + 1, "the SRPM is shared and keeps its check");
        let old = checks.iter().find(|shown| shown.check.name == F42).unwrap();
        assert!(old.check.title.starts_with("Failed"), "the first attempt's stays as it ended: {old:?}");
        let new = world.forge.check(F42).unwrap().check;
        assert!(new.summary.contains("attempt 2") && new.external_id != old.check.external_id, "{new:?}");
    }

    async fn a20_the_late_result_of_a_canceled_attempt_is_never_shown(database: TestDatabase) {
        let world = small(&database).await;
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        world.copr.now("srpm", T::Succeeded);
        world.copr.now("fedora-42-x86_64", T::Running);
        world.pass(TimeDelta::minutes(6));
        ready("it runs", || stage(&world, F42) == Some(CheckStage::InProgress)).await;
        // The forge is slow, so that the rerun comes while it is being told.
        close(&world.forge.writes);
        redo(&world, event, "fedora-42-x86_64", true).await;
        world.copr.now("fedora-42-x86_64", T::Failed);
        world.pass(TimeDelta::minutes(6));
        open(&world.forge.writes);
        let newest = |view: &store::reads::WorkflowView| {
            view.targets.iter().filter(|target| target.name == "fedora-42-x86_64").max_by_key(|target| target.attempt).cloned().unwrap()
        };
        let view = world.until("the first attempt has ended", event, |view| {
            view.targets.iter().all(|target| target.attempt > 1 || target.finished_at.is_some())
        }).await;
        let attempt = newest(&view);
        assert_eq!(attempt.attempt, 2);
        ready("the second attempt is shown", || {
            world.forge.check(F42).is_some_and(|shown| shown.check.external_id == attempt.id.to_string())
        }).await;
        world.copr.now("fedora-42-x86_64", T::Succeeded);
        for _ in 0..20 {
            world.pass(TimeDelta::minutes(6));
            tokio::time::sleep(world.engine.settings.look_interval).await;
        }
        let ended = newest(&world.until_ended(event).await);
        let wanted = if ended.status == T::Succeeded { Conclusion::Success } else { Conclusion::Failure };
        ready("its end is shown", || concluded(&world, F42) == Some(wanted)).await;
        tasks.stop().await;
        let shown = world.forge.check(F42).unwrap();
        assert_eq!(shown.check.external_id, attempt.id.to_string());
        let open: Vec<_> = world.forge.checks().into_iter().filter(|shown| !matches!(shown.check.stage, CheckStage::Completed { .. })).collect();
        assert!(open.is_empty(), "no check is left unfinished: {open:?}");
    }

    async fn a_lost_answer_makes_no_second_check(database: TestDatabase) {
        let world = small(&database).await;
        world.forge.say(|says| says.lost_checks = 2);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        world.until_target(event, "srpm", T::Submitted).await;
        ready("both were made", || world.forge.checks().len() == 2).await;
        world.copr.now("srpm", T::Failed);
        for _ in 0..4 {
            world.pass(TimeDelta::minutes(6));
            tokio::time::sleep(world.engine.settings.look_interval).await;
        }
        ready("both have ended", || concluded(&world, F42).is_some() && concluded(&world, SRPM).is_some()).await;
        tasks.stop().await;
        assert_eq!((world.forge.checks().len(), world.forge.asked("create_check")), (2, 2));
    }

    /// Somebody asks for what starts by hand only, at the same commit.
    async fn that_nothing_was_started_is_told_until_something_is(database: TestDatabase) {
        let world = world(&database).await;
        let manual = alone().replace("trigger: pull_request", "trigger: pull_request\n    manual_trigger: true");
        world.forge.say(|says| {
            says.configuration = Ok(Some(manual));
            says.head = Some(crate::support::hash(1));
        });
        let name = world.engine.settings.status_name.clone();
        let tasks = world.start();
        world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it says so", || titles(&world, &name) == ["Nothing was started"]).await;
        world.deliver(&Told::commented("ogr", 1, "/packit build")).await;
        ready("it says so no more", || titles(&world, &name) == ["Nothing was started", "Something was started"]).await;
        tasks.stop().await;
    }

    /// The process dies while the forge makes the checks; another one goes on.
    async fn a_restart_makes_no_second_check(database: TestDatabase) {
        let world = World::with(&database, |settings| {
            settings.reports_per_minute = 6_000;
            settings.lease = crate::support::SHORT_LEASE;
        }).await;
        world.forge.say(|says| {
            says.shows = forges::Shows::Checks;
            says.configuration = Ok(Some(alone()));
        });
        let tasks = world.start();
        close(&world.forge.writes);
        world.event(&Told::opened("ogr", 1, 1)).await;
        ready("both are being made", || world.forge.asked("create_check") == 2).await;
        drop(tasks);
        ready("what was cut off has ended", || world.forge.writing() == 0).await;
        world.pass(TimeDelta::minutes(3));
        open(&world.forge.writes);
        let tasks = world.start();
        ready("both are there", || world.forge.checks().len() == 2).await;
        for _ in 0..4 {
            world.pass(TimeDelta::minutes(3));
            tokio::time::sleep(world.engine.settings.look_interval * 2).await;
        }
        tasks.stop().await;
        assert_eq!(world.forge.checks().len(), 2);
        assert!(world.forge.asked("our_checks") >= 2, "they were looked for first");
    }

    /// An App may have no right to checks (`docs/contracts.md` 1.2).
    async fn where_no_check_is_taken_a_status_tells_the_same(database: TestDatabase) {
        let world = small(&database).await;
        world.forge.say(|says| says.check = Err(Trouble::Refuses("403: no right to checks")));
        let tasks = world.start();
        its_srpm_fails(&world).await;
        let last = |name: &str| world.forge.statuses().into_iter().rfind(|status| status.context == name);
        ready("its end is told", || last(SRPM).is_some_and(|status| status.state == StatusState::Failure)).await;
        tasks.stop().await;
        assert!(world.forge.checks().is_empty());
        assert!(world.forge.comments.lock().unwrap().is_empty(), "a status is taken, so nothing is said");
    }

    async fn a_forge_that_says_to_wait_is_not_told_of_anything_of_that_owner(database: TestDatabase) {
        let world = small(&database).await;
        let wait = std::time::Duration::from_secs(3600);
        world.forge.say(|says| says.check = Err(Trouble::IsAway(Some(wait))));
        let tasks = world.start();
        world.event(&Told::opened("ogr", 1, 1)).await;
        ready("it says to wait", || world.forge.asked("create_check") >= 1).await;
        tokio::time::sleep(world.engine.settings.look_interval * 4).await;
        // What was on its way when it said so may have been said the same.
        let asked = world.forge.asked("create_check");
        assert!(asked <= 2, "{asked}");
        world.event(&Told::opened("other", 2, 2)).await;
        world.forge.say(|says| says.check = Ok(()));
        for _ in 0..5 {
            world.pass(TimeDelta::minutes(10));
            tokio::time::sleep(world.engine.settings.look_interval * 2).await;
        }
        assert_eq!((world.forge.asked("create_check"), world.forge.checks().len()), (asked, 0));
        // The hour is over, and the tenth by which pauses are longer.
        for _ in 0..20 {
            world.pass(TimeDelta::minutes(2));
            tokio::time::sleep(world.engine.settings.look_interval).await;
        }
        ready("all is told", || world.forge.checks().len() == 4).await;
        tasks.stop().await;
    }

    /// Three may be told at once, and then one every six seconds.
    async fn what_changes_while_it_waits_for_its_turn_is_told_once(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.reports_per_minute = 10).await;
        world.forge.say(|says| says.shows = forges::Shows::Checks);
        let tasks = world.start();
        let event = world.event(&Told::opened("ogr", 1, 1)).await;
        ready("three are told", || world.forge.checks().len() == 3).await;
        world.until_target(event, "srpm", T::Submitted).await;
        tokio::time::sleep(world.engine.settings.look_interval * 4).await;
        assert_eq!(world.forge.checks().len(), 3, "the fourth waits for its turn");
        let waiting = [SRPM, F42, TESTS, "rpm-build:fedora-43-x86_64"];
        let waiting = waiting.into_iter().find(|name| world.forge.check(name).is_none()).unwrap();
        // All of it ends within the time of less than one turn.
        world.copr.now("srpm", T::Failed);
        world.engine.wake.workflow();
        cancel_all(&world, event).await;
        for _ in 0..12 {
            world.pass(TimeDelta::seconds(6));
            tokio::time::sleep(world.engine.settings.look_interval * 2).await;
        }
        world.pass(TimeDelta::minutes(6));
        world.until_ended(event).await;
        for _ in 0..12 {
            world.pass(TimeDelta::seconds(6));
            tokio::time::sleep(world.engine.settings.look_interval * 2).await;
        }
        ready("all have ended", || world.forge.checks().iter().all(|shown| matches!(shown.check.stage, CheckStage::Completed { .. }))).await;
        tasks.stop().await;
        assert!(titles(&world, waiting).len() <= 2, "{:?}", titles(&world, waiting));
        assert_eq!(world.forge.checks().len(), 4);
    }

    async fn what_started_nothing_is_explained_where_somebody_expects_it(database: TestDatabase) {
        let world = small(&database).await;
        let tasks = world.start();
        world.forge.say(|says| says.configuration = Ok(None));
        world.event(&Told::opened("ogr", 1, 1)).await;
        world.forge.say(|says| says.configuration = Ok(Some("jobs: [".to_owned())));
        let broken = world.event(&Told::opened("ogr", 2, 2)).await;
        ready("the broken one is told", || world.forge.checks().len() == 1).await;
        tokio::time::sleep(world.engine.settings.look_interval * 4).await;
        tasks.stop().await;
        let checks = world.forge.checks();
        assert_eq!(checks.len(), 1, "most repositories have no configuration, and want to hear nothing");
        let check = &checks[0].check;
        assert_eq!((check.name.as_str(), concluded(&world, "packflow")), ("packflow", Some(Conclusion::Neutral)));
        assert_eq!((check.external_id.clone(), check.actions.len()), (format!("event-{broken}"), 0));
        assert!(check.summary.starts_with("Nothing started, because: .packit.yaml"), "{}", check.summary);
    }

    async fn who_opens_a_pull_request_is_told_that_nothing_may_start(database: TestDatabase) {
        let world = World::with(&database, |settings| settings.access.allow.clear()).await;
        world.forge.say(|says| says.shows = forges::Shows::Checks);
        let tasks = world.start();
        world.event(&Told::opened("ogr", 1, 1)).await;
        world.event(&Told::released("ogr", "v1")).await;
        ready("the pull request is told", || world.forge.checks().len() == 1).await;
        tasks.stop().await;
        let check = world.forge.checks()[0].check.clone();
        assert!(check.summary.contains("no entry of access.allow covers"), "{}", check.summary);
    }
}

async fn cancel_all(world: &World, event: EventId) {
    world.cancel(event, &[]).await;
}

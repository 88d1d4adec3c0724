//! Reruns of what Bodhi has.

use std::time::Duration;

use domain::ids::TargetId;
use domain::rerun::{Asked, Selection};
use domain::words::{JobKind, RerunVia, TargetStatus};
use store::reruns::{Answer, Request};
use store::verify;
use test_support::{TestDatabase, on_both_databases};

use super::world::World;

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f43], allowed_committers: [ann]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f43]}\n";

on_both_databases! {
    /// R10: what was asked to be canceled first has ended first, however long that takes; else the new attempt would find it.
    async fn an_update_is_submitted_again_when_the_one_before_was_taken_back(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        let event = world.push("hello", "f43", 12).await;
        let tasks = world.start();
        let first = world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        world.koji.takes_its_time(true);
        let selection = Selection {
            cancel_running: true,
            ..Selection::of(Asked::Targets([TargetId(first.id)].into()))
        };
        let request = Request {
            event,
            selection: &selection,
            requested_by: "ann",
            via: RerunVia::Api,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        let answer = engine::rerun(&world.engine, &request).await.unwrap();
        assert!(matches!(answer, Answer::CarriedOut(_)), "{answer:?}");
        world.wait("Bodhi was asked to cancel", async || (world.koji.canceled() == 1).then_some(())).await;
        tasks.stop().await;
        // Another process goes on.
        let tasks = world.start();
        for _ in 0..5 {
            world.pass(chrono::TimeDelta::seconds(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let second = world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Ready).await;
        assert_eq!(second.attempt, 2);
        assert!(second.reason.unwrap_or_default().contains("attempt 1, which is being canceled"));
        assert_eq!(world.koji.submitted(), ["koji hello f43", "bodhi hello f43"]);
        world.koji.takes_its_time(false);
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        tasks.stop().await;
        let view = world.view(event).await;
        let old = view.targets.iter().find(|target| target.id == first.id).unwrap();
        assert_eq!(old.status, TargetStatus::Canceled);
        assert_eq!(world.koji.submitted(), ["koji hello f43", "bodhi hello f43", "bodhi hello f43"]);
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }

    /// It would wait for ever.
    async fn what_nothing_here_does_any_more_is_not_redone(database: TestDatabase) {
        let mut world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        world.koji.fails("hello", true);
        let event = world.push("hello", "f43", 12).await;
        let tasks = world.start();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Skipped).await;
        tasks.stop().await;
        let mut settings = (*world.engine.settings).clone();
        settings.rules.kinds.remove(&JobKind::BodhiUpdate);
        world.engine.settings = std::sync::Arc::new(settings);
        let planned = engine::preview_rerun(&world.engine, event, &Selection::of(Asked::Failed)).await.unwrap();
        let domain::rerun::Planned::Plan(plan) = planned else { panic!("{planned:?}") };
        assert_eq!(plan.redo.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [JobKind::KojiBuild]);
        let cannot: Vec<&str> = plan.cannot.iter().map(|entry| entry.why.as_str()).collect();
        assert_eq!(cannot, ["no bodhi is configured here, which would carry it out"]);
    }
}

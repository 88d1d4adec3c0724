//! A push on two branches, through troubles, to two stable updates.

use chrono::TimeDelta;
use domain::rerun::{Asked, Selection};
use domain::words::{JobKind, RerunVia, TargetStatus};
use store::reads::{self, Bounds, Viewer};
use store::{reruns::Request, verify};
use test_support::{TestDatabase, on_both_databases};

use super::world::World;
use crate::support::hash;

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [ann]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

/// Longer than a lease: what a worker held that is gone is anybody's.
const BEYOND_LEASES: TimeDelta = TimeDelta::minutes(5);

on_both_databases! {
    /// One build fails and is redone; the worker dies five times, wherever it is. Nothing is lost, and nothing done twice.
    async fn two_branches_become_stable_whatever_happens_to_the_worker(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        world.koji.fails("hello f43", true);
        let one = world.push("hello", "f42", 1).await;
        let other = world.push("hello", "f43", 2).await;
        let ends = [
            (one, JobKind::KojiBuild, "f42", TargetStatus::Succeeded),
            (other, JobKind::BodhiUpdate, "f43", TargetStatus::Skipped),
            (one, JobKind::BodhiUpdate, "f42", TargetStatus::Running),
        ];
        for (event, kind, name, status) in ends {
            let tasks = world.start();
            world.until(event, kind, name, status).await;
            drop(tasks);
            world.pass(BEYOND_LEASES);
        }
        world.koji.fails("hello f43", false);
        let request = Request {
            event: other,
            selection: &Selection::of(Asked::Failed),
            requested_by: "ann",
            via: RerunVia::Api,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        engine::rerun(&world.engine, &request).await.unwrap();
        for kind in [JobKind::KojiBuild, JobKind::BodhiUpdate] {
            let tasks = world.start();
            let wanted = if kind == JobKind::KojiBuild { TargetStatus::Succeeded } else { TargetStatus::Running };
            world.until(other, kind, "f43", wanted).await;
            drop(tasks);
            world.pass(BEYOND_LEASES);
        }
        world.koji.becomes_stable();
        let tasks = world.start();
        for (event, branch) in [(one, "f42"), (other, "f43")] {
            world.until(event, JobKind::BodhiUpdate, branch, TargetStatus::Succeeded).await;
        }
        tasks.stop().await;
        let mut submitted = world.koji.submitted();
        submitted.sort();
        assert_eq!(
            submitted,
            ["bodhi hello f42", "bodhi hello f43", "koji hello f42", "koji hello f43", "koji hello f43"]
        );
        let view = world.view(other).await;
        let attempts = view.targets.iter().filter(|target| target.kind == JobKind::KojiBuild).count();
        assert_eq!((view.pipelines.len(), attempts), (2, 2));
        let update = view.targets.iter().max_by_key(|target| (target.kind == JobKind::BodhiUpdate, target.attempt));
        let update = domain::ids::TargetId(update.unwrap().id);
        let bounds = Bounds { depth: 20, links: 100 };
        let came = reads::provenance(&world.engine.db, &Viewer::Everything, update, bounds).await;
        let nodes = came.unwrap().unwrap().nodes;
        assert!(nodes.iter().any(|node| node.commit == Some(hash(2))), "{nodes:?}");
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }
}

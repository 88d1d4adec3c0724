//! Packages that are built into one sidetag and become one update.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::ids::TargetId;
use domain::words::{JobKind, TargetStatus};
use store::reads::{self, Bounds, Viewer};
use store::{sidetags, verify};
use test_support::{TestDatabase, on_both_databases};

use super::world::World;
use crate::support::hash;

/// `a` comes first, `b` needs it, `c` needs both and makes the update of all three.
fn three(world: &World) {
    let group = "sidetag_group: g, dist_git_branches: f43";
    world.package(
        "a",
        100,
        &format!(
            "- {{job: koji_build, trigger: commit, {group}, dependents: [b], allowed_committers: [ann]}}\n"
        ),
    );
    world.package(
        "b",
        200,
        &format!("- {{job: koji_build, trigger: koji_build, {group}, dependencies: [a], dependents: [c]}}\n"),
    );
    world.package(
        "c",
        300,
        &format!(
            "- {{job: koji_build, trigger: koji_build, {group}, dependencies: [a, b]}}\n\
             - {{job: bodhi_update, trigger: koji_build, {group}, dependencies: [a, b]}}\n"
        ),
    );
}

/// A push to `f43` of `a`.
const HEAD: u64 = 77;

on_both_databases! {
    /// One sidetag, one update of all three, and from it back to the commits of all three; afterwards the sidetag is removed.
    async fn three_packages_become_one_update(database: TestDatabase) {
        let world = World::new(&database).await;
        three(&world);
        let pushed = world.push("a", "f43", HEAD).await;
        let tasks = world.start();
        let last = world.nth_event("c", 1).await;
        let update = world.until(last, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        assert_eq!(world.koji.made_sidetags(), 1);
        assert_eq!(
            world.koji.submitted(),
            ["koji a f43", "koji b f43", "koji c f43", "bodhi c f43"]
        );
        let nvrs: BTreeSet<String> = ["a-1-1.f43", "b-1-1.f43", "c-1-1.f43"].map(str::to_owned).into();
        assert_eq!(world.koji.updates()[0].nvrs, nvrs);
        assert_eq!(update.details.sidetag.as_deref(), Some("f43-build-side-1"));
        let bounds = Bounds { depth: 20, links: 100 };
        let came = reads::provenance(&world.engine.db, &Viewer::Everything, TargetId(update.id), bounds).await;
        let commits: BTreeSet<String> =
            came.unwrap().unwrap().nodes.into_iter().filter_map(|node| node.commit).collect();
        assert_eq!(commits, [HEAD, 202, 302].map(hash).into());
        world.koji.becomes_stable();
        world.until(last, JobKind::BodhiUpdate, "f43", TargetStatus::Succeeded).await;
        world.wait("the sidetag is removed", async || world.koji.sidetags().is_empty().then_some(())).await;
        tasks.stop().await;
        assert_eq!(world.events("a").await, [pushed]);
        assert_eq!((world.events("b").await.len(), world.events("c").await.len()), (1, 1));
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }

    /// What depends on a failed build starts when it was redone; the rest is not built again.
    async fn a_failed_package_is_redone_and_the_others_follow(database: TestDatabase) {
        let world = World::new(&database).await;
        three(&world);
        world.koji.fails("b", true);
        world.push("a", "f43", HEAD).await;
        let tasks = world.start();
        let second = world.nth_event("b", 1).await;
        world.until(second, JobKind::KojiBuild, "f43", TargetStatus::Failed).await;
        world.koji.fails("b", false);
        let request = store::reruns::Request {
            event: second,
            selection: &domain::rerun::Selection::of(domain::rerun::Asked::Failed),
            requested_by: "ann",
            via: domain::words::RerunVia::Api,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        engine::rerun(&world.engine, &request).await.unwrap();
        let last = world.nth_event("c", 1).await;
        world.until(last, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        assert_eq!(
            world.koji.submitted(),
            ["koji a f43", "koji b f43", "koji b f43", "koji c f43", "bodhi c f43"]
        );
        assert_eq!(world.koji.made_sidetags(), 1);
        tasks.stop().await;
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }

    /// Koji made it and nobody heard: it is found, and no second one is made.
    async fn a_sidetag_whose_answer_was_lost_is_found_again(database: TestDatabase) {
        let world = World::new(&database).await;
        three(&world);
        world.koji.loses_sidetags(1);
        let pushed = world.push("a", "f43", HEAD).await;
        let tasks = world.start();
        world.wait("the answer is lost", async || (world.koji.made_sidetags() == 1).then_some(())).await;
        world.wait("it is put off", async || {
            let known = sidetags::list(&world.engine.db).await.unwrap();
            known.iter().any(|one| one.problem.is_some()).then_some(())
        })
        .await;
        world.pass(TimeDelta::minutes(2));
        world.until(pushed, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        tasks.stop().await;
        assert_eq!(world.koji.made_sidetags(), 1);
    }

    /// A push whose dependencies are not in the sidetag is refused, with the reason.
    async fn a_build_without_its_dependencies_is_refused(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package(
            "b",
            200,
            "- {job: koji_build, trigger: commit, sidetag_group: g, dist_git_branches: f43, dependencies: [a], allowed_committers: [ann]}\n",
        );
        let pushed = world.push("b", "f43", HEAD).await;
        let tasks = world.start();
        let refused = world.until(pushed, JobKind::KojiBuild, "f43", TargetStatus::Errored).await;
        assert_eq!(
            refused.reason.unwrap().split(';').next(),
            Some("a must be in the sidetag f43-build-side-1 before (dependencies), and is not")
        );
        assert_eq!(world.koji.submitted(), [""; 0]);
        tasks.stop().await;
    }

    /// An update waits for all that it depends on, and people see for what.
    async fn an_update_waits_for_its_dependencies(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package(
            "b",
            200,
            "- {job: koji_build, trigger: commit, sidetag_group: g, dist_git_branches: f43, allowed_committers: [ann]}\n\
             - {job: bodhi_update, trigger: koji_build, sidetag_group: g, dist_git_branches: f43, dependencies: [a]}\n",
        );
        let pushed = world.push("b", "f43", HEAD).await;
        let tasks = world.start();
        world.wait("it says what it waits for", async || {
            let target = world.until(pushed, JobKind::BodhiUpdate, "f43", TargetStatus::Ready).await;
            (target.reason.as_deref() == Some("waits for a to be tagged into f43-build-side-1")).then_some(())
        })
        .await;
        assert_eq!(world.koji.updates().len(), 0);
        world.koji.tag("f43-build-side-1", "a", "a-9-1.f43");
        world.until(pushed, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        assert_eq!(world.koji.updates()[0].nvrs, ["a-9-1.f43", "b-1-1.f43"].map(str::to_owned).into());
        assert_eq!(world.koji.updates()[0].from_tag.as_deref(), Some("f43-build-side-1"));
        tasks.stop().await;
    }

    /// A sidetag that nothing was built into is not kept for ever.
    async fn an_unused_sidetag_is_removed(database: TestDatabase) {
        let world = World::new(&database).await;
        three(&world);
        world.koji.fails("a", true);
        let pushed = world.push("a", "f43", HEAD).await;
        let tasks = world.start();
        world.until(pushed, JobKind::KojiBuild, "f43", TargetStatus::Failed).await;
        assert_eq!(world.koji.sidetags().len(), 1);
        world.pass(TimeDelta::days(8));
        world.wait("the sidetag is removed", async || world.koji.sidetags().is_empty().then_some(())).await;
        tasks.stop().await;
    }
}

//! A push becomes a build and an update, if whoever pushed may.

use domain::words::{JobKind, TargetStatus};
use serde_json::json;
use store::verify;
use test_support::{TestDatabase, on_both_databases};

use super::world::World;
use crate::support::hash;

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [ann]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

on_both_databases! {
    /// The update is made of the build, and stands behind it in one workflow.
    async fn a_push_goes_through_koji_to_bodhi(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        let event = world.push("hello", "f43", 77).await;
        let tasks = world.start();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        world.koji.becomes_stable();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Succeeded).await;
        let build = world.until(event, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        assert_eq!(build.details.nvr.as_deref(), Some("hello-1-1.f43"));
        assert_eq!(world.koji.submitted(), ["koji hello f43", "bodhi hello f43"]);
        let updates = world.koji.updates();
        assert_eq!(updates[0].nvrs, ["hello-1-1.f43".to_owned()].into());
        tasks.stop().await;
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }

    /// A failed build leaves its update out; when it is redone, the update follows.
    async fn a_failed_build_is_redone_with_its_update(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        world.koji.fails("hello", true);
        let event = world.push("hello", "f43", 77).await;
        let tasks = world.start();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Skipped).await;
        world.koji.fails("hello", false);
        world.change("references.json", |all| all["rpms/hello"]["f43"] = json!(hash(77)));
        world.change("pull_requests.json", |all| {
            all["rpms/hello"] = json!({"5": {"hash": hash(5), "target_branch": "f43"}});
        });
        let told = json!({"package": "hello", "actor": "ann", "pull_request": 5, "comment": "/packit koji-build"});
        let settled = world.deliver(told).await;
        assert_eq!(settled.event, Some(event), "{settled:?}");
        let build = world.until(event, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        assert_eq!(build.attempt, 2);
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        tasks.stop().await;
        assert!(verify::verify(&world.engine.db).await.unwrap().is_empty());
    }

    /// The configuration of the default branch counts, and what it does not allow is a reason.
    async fn who_may_not_push_is_told_why(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, &CHAIN.replace("[ann]", "['@wizards', all_admins]"));
        let eve = json!({"package": "hello", "branch": "f43", "head": hash(1), "actor": "eve"});
        let refused = world.deliver(eve).await;
        assert_eq!(
            refused.reason,
            "eve pushed without a pull request, and allowed_committers names @wizards, all_admins"
        );
        let view = world.view(refused.event.unwrap()).await;
        assert_eq!(view.omissions.len(), 2);
        assert!(view.targets.is_empty());
        let bob = json!({"package": "hello", "branch": "f43", "head": hash(2), "actor": "bob"});
        assert_eq!(world.deliver(bob).await.reason, "planned 1 build and 0 tests and 1 other target");
        world.change("permissions.json", |all| all["rpms/hello"] = json!({"cid": "admin"}));
        let cid = json!({"package": "hello", "branch": "f43", "head": hash(3), "actor": "cid"});
        assert_eq!(world.deliver(cid).await.reason, "planned 1 build and 0 tests and 1 other target");
    }

    /// A merged pull request counts by who opened it.
    async fn a_merge_of_ours_is_built(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, CHAIN);
        world.change("pull_requests.json", |all| {
            let opened = |author: &str| json!({"hash": hash(5), "target_branch": "f43", "author": author});
            all["rpms/hello"] = json!({"5": opened("packit"), "6": opened("eve")});
        });
        let merged = |number: i64| {
            json!({"package": "hello", "branch": "f43", "head": hash(8), "actor": "pagure", "pull_request": number})
        };
        assert_eq!(world.deliver(merged(5)).await.reason, "planned 1 build and 0 tests and 1 other target");
        assert_eq!(
            world.deliver(merged(6)).await.reason,
            "eve opened the merged pull request 6, and allowed_pr_authors names packit"
        );
    }
}

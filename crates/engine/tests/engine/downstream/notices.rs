//! What the bus tells of Koji that nobody here asked for.

use std::sync::Arc;

use domain::words::{EventKind, JobKind, TargetStatus};
use serde_json::json;
use test_support::{TestDatabase, on_both_databases};

use super::world::{BUS, World};
use crate::support::hash;

const UPDATES: &str =
    "- {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43], allowed_builders: [ann]}\n";

on_both_databases! {
    /// A build of somebody who is allowed gets an update; its event is the build.
    async fn a_build_of_somebody_else_gets_an_update(database: TestDatabase) {
        let world = World::new(&database).await;
        world.package("hello", 10, UPDATES);
        let built = |owner: &str, target: &str| {
            json!({"package": "hello", "head": hash(77), "owner": owner, "target": target})
        };
        let event = world.deliver_from(BUS, built("ann", "f43-candidate")).await.event.unwrap();
        let tasks = world.start();
        world.until(event, JobKind::BodhiUpdate, "f43", TargetStatus::Running).await;
        let view = world.view(event).await;
        assert_eq!((view.event.kind, view.commit), (EventKind::KojiBuild, Some(hash(77))));
        assert_eq!(world.koji.updates()[0].nvrs, ["hello-1-9".to_owned()].into());
        let eve = world.deliver_from(BUS, built("eve", "f43-candidate")).await;
        assert!(eve.reason.ends_with("eve built it, and allowed_builders names ann"), "{}", eve.reason);
        let sidetag = world.deliver_from(BUS, built("ann", "f43-build-side-7")).await;
        assert_eq!(sidetag.event, None, "{}", sidetag.reason);
        tasks.stop().await;
        assert_eq!(world.koji.updates().len(), 1);
    }

    /// Somebody built with our own account, by hand: by default that is the only account whose builds get updates.
    async fn a_build_of_our_account_that_nobody_asked_for_here_gets_an_update(database: TestDatabase) {
        let mut world = World::new(&database).await;
        let settings = Arc::make_mut(&mut world.engine.settings);
        settings.interest.fedora_account = Some("packit".to_owned());
        settings.park = std::time::Duration::ZERO;
        world.package("hello", 10, "- {job: bodhi_update, trigger: koji_build, dist_git_branches: [f43]}\n");
        let built = json!({"package": "hello", "head": hash(77), "owner": "packit", "target": "f43-candidate"});
        let settled = world.deliver_from(BUS, built).await;
        let view = world.view(settled.event.unwrap_or_else(|| panic!("{settled:?}"))).await;
        let targets: Vec<_> = view.targets.iter().map(|target| (target.kind, target.name.as_str())).collect();
        assert_eq!(targets, [(JobKind::BodhiUpdate, "f43")]);
    }

    /// Whoever may start nothing starts nothing by a build either, or by having a pull request merged.
    async fn what_a_denied_account_does_starts_nothing(database: TestDatabase) {
        let mut world = World::new(&database).await;
        Arc::make_mut(&mut world.engine.settings).access.deny_users = vec!["ann".to_owned()];
        world.package("hello", 10, UPDATES);
        let built = json!({"package": "hello", "head": hash(77), "owner": "ann", "target": "f43-candidate"});
        let settled = world.deliver_from(BUS, built).await;
        assert!(settled.reason.ends_with("or its owner may start nothing"), "{}", settled.reason);
        world.package(
            "hello",
            10,
            "- {job: koji_build, trigger: commit, dist_git_branches: f43, allowed_pr_authors: [ann]}\n",
        );
        world.change("pull_requests.json", |all| {
            all["rpms/hello"] = json!({"5": {"hash": hash(5), "target_branch": "f43", "author": "ann"}});
        });
        let merged = json!({"package": "hello", "actor": "bob", "branch": "f43", "head": hash(13), "pull_request": 5});
        let settled = world.deliver(merged).await;
        assert!(settled.reason.contains("ann may start nothing here"), "{}", settled.reason);
    }

    /// A tag has a sidetag of ours looked into now; one of somebody else is nobody's here.
    async fn a_tag_has_a_sidetag_of_ours_looked_into(database: TestDatabase) {
        let world = World::new(&database).await;
        let tagged = |tag: &str| json!({"package": "hello", "tag": tag});
        let other = world.deliver_from(BUS, tagged("f43-build-side-1")).await;
        assert!(other.reason.ends_with("no sidetag of ours"), "{}", other.reason);
        world.package(
            "hello",
            10,
            "- {job: koji_build, trigger: commit, sidetag_group: g, dist_git_branches: f43, allowed_committers: [ann]}\n",
        );
        let pushed = world.push("hello", "f43", 77).await;
        let tasks = world.start();
        world.until(pushed, JobKind::KojiBuild, "f43", TargetStatus::Succeeded).await;
        tasks.stop().await;
        let ours = world.deliver_from(BUS, tagged("f43-build-side-1")).await;
        assert!(ours.reason.ends_with("the sidetag is looked into now"), "{}", ours.reason);
    }
}

//! From commits in dist-git to stable updates, with the simulated Koji and Bodhi.

use simulator::{Behaviour, BuildOutcome, KojiRule, Latencies};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Packages, Setup, World, a_while, hash, quick, status};

const CHAIN: &str = "- {job: koji_build, trigger: commit, dist_git_branches: [f42, f43], allowed_committers: [alice]}\n\
    - {job: bodhi_update, trigger: koji_build, dist_git_branches: [f42, f43]}\n";

/// Updates are stable soon, and the first build of the package for Fedora 43 fails.
fn behaviour(package: &str) -> Behaviour {
    let fails = KojiRule {
        target: "f43*".to_owned(),
        package: Some(package.to_owned()),
        scratch: None,
        outcome: BuildOutcome::FailedOnce,
    };
    let quick = quick();
    let latencies = Latencies { update_pending_ms: 50, update_testing_ms: 300, ..quick.latencies };
    Behaviour { koji_builds: vec![fails], latencies, ..quick }
}

async fn world(database: &TestDatabase, package: &str) -> World {
    let keys = [("access.allow", "[\"src.fedoraproject.org/rpms\"]")];
    Setup { database: database.url(), behaviour: behaviour(package), keys: &keys }.world().await
}

on_both_databases! {
    /// A push on two branches; one build fails and is redone; the server dies five times. Nothing is lost, nothing is done
    /// twice, and the page and the provenance of the updates show it.
    async fn two_branches_become_stable_updates_whatever_happens_to_the_server(database: TestDatabase) {
        let world = world(&database, "hello").await;
        let packages = Packages::of(&world, database.url()).await;
        packages.put("hello", 10, CHAIN);
        packages.push("hello", "f42", &hash(1)).await;
        packages.push("hello", "f43", &hash(2)).await;
        for _ in 0..3 {
            let mut server = world.serve().await;
            a_while().await;
            server.kill();
        }
        let mut server = world.serve().await;
        let (one, other) = (world.event_of(&hash(1)).await, world.event_of(&hash(2)).await);
        let failed = world.ended(other).await;
        assert_eq!((status(&failed, "koji_build f43"), status(&failed, "bodhi_update f43")), ("failed", "skipped"));
        world.said(&["rerun", &other.to_string(), "--failed"]);
        for _ in 0..2 {
            a_while().await;
            server.kill();
            server = world.serve().await;
        }
        for (event, branch) in [(one, "f42"), (other, "f43")] {
            let ended = world
                .workflow_when(event, "its update is stable", |workflow| workflow["status"] == "succeeded")
                .await;
            let came = world.provenance_of_update(&ended).await;
            assert!(came.contains(&hash(if branch == "f42" { 1 } else { 2 })), "{came}");
            let page = world.page(event).await;
            assert!(page.contains("Koji build") && page.contains("Bodhi update") && page.contains(branch), "{page}");
        }
        assert_eq!(world.sent().updates(), 2);
        assert_eq!(world.sent().koji_calls("build"), 3);
        drop(server);
        world.said(&["doctor", "--verify"]);
    }

    /// Three packages that need each other go into one sidetag; one of them is built twice, since it failed at first; one
    /// update holds all three and tells of the commits of all three.
    async fn a_sidetag_of_three_packages_becomes_one_update(database: TestDatabase) {
        let world = world(&database, "b").await;
        let packages = Packages::of(&world, database.url()).await;
        let group = "sidetag_group: g, dist_git_branches: f43";
        packages.put(
            "a",
            100,
            &format!("- {{job: koji_build, trigger: commit, {group}, dependents: [b], allowed_committers: [alice]}}\n"),
        );
        packages.put(
            "b",
            200,
            &format!("- {{job: koji_build, trigger: koji_build, {group}, dependencies: [a], dependents: [c]}}\n"),
        );
        packages.put(
            "c",
            300,
            &format!(
                "- {{job: koji_build, trigger: koji_build, {group}, dependencies: [a, b]}}\n\
                 - {{job: bodhi_update, trigger: koji_build, {group}, dependencies: [a, b]}}\n"
            ),
        );
        packages.push("a", "f43", &hash(1)).await;
        let _server = world.serve().await;
        let second = packages.event_of("b").await;
        let failed = world.ended(second).await;
        assert_eq!(status(&failed, "koji_build f43"), "failed");
        world.said(&["rerun", &second.to_string(), "--failed"]);
        let last = packages.event_of("c").await;
        let ended = world
            .workflow_when(last, "the update is stable", |workflow| workflow["status"] == "succeeded")
            .await;
        let came = world.provenance_of_update(&ended).await;
        for commit in [hash(1), hash(202), hash(302)] {
            assert!(came.contains(&commit), "{commit}: {came}");
        }
        assert_eq!(world.sent().updates(), 1);
        assert_eq!((world.sent().koji_calls("createSideTag"), world.sent().koji_calls("build")), (1, 4));
    }
}

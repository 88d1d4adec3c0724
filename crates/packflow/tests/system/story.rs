//! The story of `docs/design.md` section 3, as it is told there.

use std::collections::BTreeSet;

use simulator::{BuildOutcome, BuildRule, System};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, hash, quick, reason, status};

on_both_databases! {
    async fn a_pull_request_is_built_and_tested_and_its_forge_is_told(database: TestDatabase) {
        // fedora-43 does not build.
        let mut behaviour = quick();
        behaviour.builds = vec![BuildRule {
            chroot: "fedora-43-*".to_owned(),
            package: None,
            project: None,
            outcome: BuildOutcome::Failed,
        }];
        // epel-9 takes its time: tests do not wait for it.
        let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
        let server = world.serve().await;

        // A delivery becomes an event with its workflow.
        let head = hash(1);
        let event = world.opened(7, &head).await;
        let workflow = world.ended(event).await;
        let steps = workflow["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 3, "SRPM, builds, tests: {workflow:#}");

        // The SRPM and the chroots of the first Copr job are one Copr build, which makes the SRPM by itself.
        let sent = world.sent();
        let builds = sent.builds();
        assert_eq!(builds.len(), 1, "{builds:?}");
        let chroots: BTreeSet<&str> = builds[0].chroots.iter().map(String::as_str).collect();
        assert_eq!(chroots, BTreeSet::from(["epel-9-x86_64", "fedora-42-x86_64", "fedora-43-x86_64"]));
        assert_eq!(builds[0].project, "upstream-hello-7");
        assert!(builds[0].script.contains(&head) && builds[0].script.contains("# packflow-submission: "));

        // The tests of a chroot follow its build, and none follows the one that failed.
        let tests = sent.tests();
        assert_eq!(tests.len(), 1, "{tests:?}");
        assert_eq!(tests[0].compose, "Fedora-42");
        assert_eq!(tests[0].artifact, format!("{}:fedora-42-x86_64", builds[0].id));

        // Each target ends with its status, and says why it did not succeed.
        assert_eq!(workflow["status"], "failed");
        for (target, expected) in [
            ("srpm_build srpm", "succeeded"),
            ("copr_build fedora-42-x86_64", "succeeded"),
            ("copr_build fedora-43-x86_64", "failed"),
            ("copr_build epel-9-x86_64", "succeeded"),
            ("test_run fedora-42-x86_64", "succeeded"),
            ("test_run fedora-43-x86_64", "skipped"),
        ] {
            assert_eq!(status(&workflow, target), expected, "{target}");
        }
        assert_eq!(reason(&workflow, "copr_build fedora-43-x86_64"), "the build failed");
        assert_eq!(
            reason(&workflow, "test_run fedora-43-x86_64"),
            "its input, copr_build fedora-43-x86_64, failed"
        );

        // The forge is told of each target, from its beginning to its end.
        let checks = world
            .checks_when(&head, "the forge is told how all ended", |checks| {
                checks.len() == 6 && !checks.iter().any(|check| matches!(check.stands(), "queued" | "in_progress"))
            })
            .await;
        for (name, conclusion) in [
            ("srpm-build", "success"),
            ("rpm-build:fedora-42-x86_64", "success"),
            ("rpm-build:fedora-43-x86_64", "failure"),
            ("rpm-build:epel-9-x86_64", "success"),
            ("testing-farm:fedora-42-x86_64", "success"),
            // It was not started, since its build failed: it has not passed.
            ("testing-farm:fedora-43-x86_64", "failure"),
        ] {
            let check = checks.iter().find(|check| check.name == name).unwrap();
            assert_eq!(check.stands(), conclusion, "{check:?}");
            let distinct: BTreeSet<&String> = check.stages.iter().collect();
            assert!(distinct.len() == check.stages.len() && check.stages.len() <= 3, "told twice: {check:?}");
        }

        // Nothing was asked of GitHub that was not needed.
        assert!(server.stop().await.success());
        let sent = world.sent();
        let calls: Vec<String> = sent
            .0
            .iter()
            .filter(|entry| entry.system == System::GitHub)
            .map(|entry| format!("{} {}", entry.method, entry.path.replace(&head, "HEAD")))
            .filter(|call| !call.contains("/check-runs"))
            .collect();
        assert_eq!(
            calls,
            [
                "GET /app/hook/deliveries",
                "GET /repos/upstream/hello/installation",
                "POST /app/installations/1/access_tokens",
                "GET /repos/upstream/hello/contents/.packit.yaml",
                "GET /repos/upstream/hello/commits/main",
            ]
        );
        assert_eq!(sent.cancels(), [""; 0]);
        world.said(&["doctor", "--verify"]);
    }
}

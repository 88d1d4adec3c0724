//! Scratch builds in Koji, of the SRPM that Copr has made.

use std::collections::BTreeMap;

use simulator::{Behaviour, BuildOutcome, KojiRule, LostAnswers, Repository, System, Trouble};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, hash, quick, reason, status, targets};

const PACKAGE_CONFIGURATION: &str = "\
specfile_path: hello.spec
upstream_package_name: hello
downstream_package_name: hello
jobs:
  - job: copr_build
    trigger: pull_request
    targets: [fedora-43-x86_64]
  - job: upstream_koji_build
    trigger: pull_request
    scratch: true
    targets: [fedora-42, fedora-41]
";

on_both_databases! {
    async fn a9_a_scratch_build_that_failed_is_built_again_of_the_same_srpm(database: TestDatabase) {
        let fails = KojiRule {
            target: "f42".to_owned(),
            package: None,
            scratch: Some(true),
            outcome: BuildOutcome::FailedOnce,
        };
        let lost_answers = LostAnswers { next: 1, percent: 0 };
        let troubles = [(System::Koji, Trouble { lost_answers, ..Trouble::default() })].into();
        let behaviour = Behaviour { koji_builds: vec![fails], troubles, ..quick() };
        let world = Setup { database: database.url(), behaviour, keys: &[("worker.lease_seconds", "60")] }.world().await;
        let files = [(".packit.yaml", PACKAGE_CONFIGURATION), ("hello.spec", "Name: hello\n")];
        let repository = Repository {
            files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
            references: BTreeMap::from([("main".to_owned(), "0".repeat(39) + "1")]),
            permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
            ..Repository::default()
        };
        world.simulator.put_repository("upstream", "hello", repository);
        let _server = world.serve().await;
        let event = world.opened(1, &hash(1)).await;
        let ended = world.ended(event).await;
        assert_eq!((ended["status"].as_str(), status(&ended, "koji_build f41")), (Some("failed"), "succeeded"));
        assert_eq!(status(&ended, "koji_build f42"), "failed");
        assert!(reason(&ended, "koji_build f42").starts_with("error building package"), "{ended:#}");

        world.said(&["rerun", &event.to_string(), "--failed"]);
        let ended = world.workflow_when(event, "it is mended", |workflow| workflow["status"] == "succeeded").await;
        assert!(targets(&ended, "status").contains(&("koji_build f42".to_owned(), "succeeded")));
        let sent = world.sent();
        assert_eq!(sent.builds().len(), 1, "the SRPM is shared");
        let built: Vec<_> = sent.0.iter().filter(|entry| entry.body["method"] == "build").collect();
        // The answer to one of the first two was lost, and it was found instead of being asked for again.
        assert_eq!(built.len(), 3);
        assert_eq!(built.iter().filter(|entry| entry.status.is_none()).count(), 1);
    }
}

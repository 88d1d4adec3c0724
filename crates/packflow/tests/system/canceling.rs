//! Canceling: what it takes along is shown first.

use serde_json::Value;
use simulator::Behaviour;
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, hash, quick, reason, status};

/// Longer than any test waits.
const FOR_EVER_MS: u64 = 10 * 60 * 1000;

/// How a target is named on the command line.
fn id_of(workflow: &Value, kind: &str, name: &str) -> String {
    let targets = workflow["targets"].as_array().unwrap();
    let target = targets.iter().find(|target| target["kind"] == kind && target["name"] == name).unwrap();
    format!("target/{}", target["id"])
}

on_both_databases! {
    async fn a_build_goes_with_all_its_chroots_and_that_is_shown_first(database: TestDatabase) {
        let mut behaviour = quick();
        behaviour.latencies.build_ms = FOR_EVER_MS;
        let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
        let server = world.serve().await;
        let event = world.opened(1, &hash(1)).await;
        let workflow = world.begun(event, "copr_build fedora-42-x86_64").await;
        let event = event.to_string();
        let target = id_of(&workflow, "copr_build", "fedora-42-x86_64");

        let preview = world.said(&["cancel", &target, "--dry-run"]);
        let expected = [
            "asked of the build system: copr_build fedora-42-x86_64",
            "taken along, since a build system cancels a whole submission: copr_build fedora-43-x86_64",
            "taken along, since a build system cancels a whole submission: copr_build epel-9-x86_64",
            "is skipped then, since it waits for one of these: test_run fedora-42-x86_64",
            "is skipped then, since it waits for one of these: test_run fedora-43-x86_64",
        ];
        for line in expected {
            assert!(preview.contains(line), "{preview}");
        }
        assert_eq!(preview.lines().count(), expected.len(), "{preview}");
        assert_eq!(world.sent().cancels(), [""; 0], "a preview does nothing");

        let done = world.said(&["cancel", &target, "--yes"]);
        assert!(done.starts_with(&preview), "{done}");
        let workflow = world.ended(event.parse().unwrap()).await;
        assert_eq!(workflow["status"], "canceled");
        assert_eq!(status(&workflow, "srpm_build srpm"), "succeeded", "it had ended before");
        for chroot in ["fedora-42-x86_64", "fedora-43-x86_64", "epel-9-x86_64"] {
            assert_eq!(status(&workflow, &format!("copr_build {chroot}")), "canceled");
        }
        assert_eq!(status(&workflow, "test_run fedora-43-x86_64"), "skipped");
        assert_eq!(
            reason(&workflow, "test_run fedora-43-x86_64"),
            "its input, copr_build fedora-43-x86_64, was canceled"
        );
        let sent = world.sent();
        assert_eq!(sent.cancels(), [&sent.builds()[0].id], "once, and nothing else");
        assert!(sent.tests().is_empty());

        let nothing = world.said(&["cancel", &event, "--yes"]);
        assert!(nothing.contains("nothing to cancel: all of it has ended"), "{nothing}");
        drop(server);
        world.said(&["doctor", "--verify"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_start_as_their_builds_end_and_wait_for_no_other_chroot() {
    let database = TestDatabase::sqlite();
    let behaviour =
        Behaviour { chroot_build_ms: [("epel-9-x86_64".to_owned(), FOR_EVER_MS)].into(), ..quick() };
    let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
    let _server = world.serve().await;
    let event = world.opened(1, &hash(1)).await;
    let workflow = world
        .workflow_when(event, "both tests have passed", |workflow| {
            ["fedora-42", "fedora-43"]
                .iter()
                .all(|name| status(workflow, &format!("test_run {name}-x86_64")) == "succeeded")
        })
        .await;
    assert_eq!(status(&workflow, "copr_build epel-9-x86_64"), "running");
    assert_eq!(workflow["status"], "running");
    world.said(&["cancel", &event.to_string(), "--yes"]);
    let workflow = world.ended(event).await;
    assert_eq!(status(&workflow, "copr_build epel-9-x86_64"), "canceled");
    assert_eq!(status(&workflow, "copr_build fedora-42-x86_64"), "succeeded", "it had ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a13_a_test_that_hangs_is_canceled_alone() {
    let database = TestDatabase::sqlite();
    let mut behaviour = quick();
    behaviour.latencies.test_ms = FOR_EVER_MS;
    let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
    let _server = world.serve().await;
    let event = world.opened(1, &hash(1)).await;
    let workflow = world
        .workflow_when(event, "both tests run", |workflow| {
            ["fedora-42", "fedora-43"]
                .iter()
                .all(|name| status(workflow, &format!("test_run {name}-x86_64")) == "running")
        })
        .await;
    let target = id_of(&workflow, "test_run", "fedora-42-x86_64");
    let said = world.said(&["cancel", &target, "--yes"]);
    assert!(!said.contains("taken along"), "{said}");
    let workflow = world
        .workflow_when(event, "the test is canceled", |workflow| {
            status(workflow, "test_run fedora-42-x86_64") == "canceled"
        })
        .await;
    assert_eq!(status(&workflow, "test_run fedora-43-x86_64"), "running");
    let sent = world.sent();
    let canceled = sent.tests().into_iter().find(|test| test.compose == "Fedora-42").unwrap();
    assert_eq!(sent.cancels(), [&canceled.id]);
}

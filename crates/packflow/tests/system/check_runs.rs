//! The story of a red chroot: its own "Re-run" on GitHub, and nothing but what it asks for.

use simulator::PressedButton;
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Check, Setup, World, failing_once, hash, quick, status, until};

const RED: &str = "rpm-build:fedora-43-x86_64";

/// What is green in the end, among it what was red.
const GREEN: [&str; 4] =
    ["srpm-build", RED, "testing-farm:fedora-42-x86_64", "testing-farm:fedora-43-x86_64"];

/// A pull request whose fedora-43 fails the first time; the first Copr build's id.
async fn red(world: &World, head: &str) -> i64 {
    let event = world.opened(7, head).await;
    world.ended(event).await;
    // A check whose end we have not heard of would be handed on to the next attempt.
    let is_so = |checks: &[Check]| {
        checks.len() == 6 && all_ended(checks) && checks.iter().all(|check| check.is_known)
    };
    world.checks_when(head, "all checks have ended", is_so).await;
    event
}

fn all_ended(checks: &[Check]) -> bool {
    !checks.iter().any(|check| matches!(check.stands(), "queued" | "in_progress"))
}

/// The newest check of a name: what GitHub shows.
fn shown<'a>(checks: &'a [Check], name: &str) -> &'a str {
    checks.iter().rev().find(|check| check.name == name).unwrap().stands()
}

on_both_databases! {
    async fn a_red_chroot_is_redone_by_its_own_button_and_nothing_else_is(database: TestDatabase) {
        let world = Setup { database: database.url(), behaviour: failing_once(), keys: &[] }.world().await;
        let server = world.serve().await;
        let head = hash(1);
        let event = red(&world, &head).await;
        let before = world.sent();
        assert_eq!((before.builds().len(), before.tests().len(), before.checks(&head).len()), (1, 1, 6));
        assert_eq!(shown(&before.checks(&head), RED), "failure");

        world.press(PressedButton::Rerun { head: head.clone(), name: RED.to_owned() }).await;
        let checks = world
            .checks_when(&head, "the red ones have turned green", |checks| checks.len() == 8 && all_ended(checks))
            .await;
        let workflow = world.ended(event).await;
        assert_eq!(workflow["status"], "succeeded");
        assert!(server.stop().await.success());

        // One new Copr build, of the SRPM that is there, with that chroot alone; its tests and no others.
        let sent = world.sent();
        let [first, again] = &sent.builds()[..] else { panic!("{:?}", sent.builds()) };
        assert_eq!((again.chroots.as_slice(), again.script.as_str()), (&["fedora-43-x86_64".to_owned()][..], ""));
        assert_eq!(again.project, first.project);
        let creates: Vec<&str> = sent.0.iter().filter(|entry| entry.path.contains("/build/create/")).map(|entry| entry.path.as_str()).collect();
        assert_eq!(creates, ["/api_3/build/create/custom", "/api_3/build/create/url"]);
        let [_, test] = &sent.tests()[..] else { panic!("{:?}", sent.tests()) };
        assert_eq!((test.compose.as_str(), test.artifact.clone()), ("Fedora-43", format!("{}:fedora-43-x86_64", again.id)));
        assert_eq!(sent.cancels(), [""; 0]);

        // Two checks more, under the names that were red; all others are left alone.
        let new: Vec<&str> = checks[6..].iter().map(|check| check.name.as_str()).collect();
        assert!(new.contains(&RED) && new.contains(&"testing-farm:fedora-43-x86_64"), "{new:?}");
        assert_eq!(checks[..6], before.checks(&head)[..], "the first attempts stay as they ended");
        for name in GREEN {
            assert_eq!(shown(&checks, name), "success", "{name}");
        }

        // GitHub was asked whether Alice may, and told of the two; nothing else.
        let after: Vec<String> = sent.0[before.0.len()..]
            .iter()
            .filter(|entry| entry.system == simulator::System::GitHub && !entry.path.contains("/check-runs") && !entry.path.contains("/hook/"))
            .map(|entry| format!("{} {}", entry.method, entry.path))
            .collect();
        assert_eq!(after, ["GET /repos/upstream/hello/collaborators/alice/permission"]);
        let made = sent.0.iter().filter(|entry| entry.method == "POST" && entry.path.ends_with("/check-runs")).count();
        assert_eq!(made, 8);
        for check in &checks {
            assert!(check.stages.len() <= 3, "one write a stage: {check:?}");
        }
        let attempts = workflow["targets"].as_array().unwrap().iter().filter(|target| target["attempt"] == 2).count();
        assert_eq!(attempts, 2, "attempt 2 over 1 for the chroot and its test");
        assert_eq!(status(&workflow, "srpm_build srpm"), "succeeded");
        world.said(&["doctor", "--verify"]);
    }

    async fn answers_that_are_lost_and_limits_make_no_check_twice(database: TestDatabase) {
        let mut behaviour = failing_once();
        let trouble = behaviour.troubles.entry(simulator::System::GitHub).or_default();
        trouble.lost_answers.next = 3;
        trouble.limited = simulator::Limited { next: 2, retry_after_s: 1 };
        let world = Setup { database: database.url(), behaviour, keys: &[] }.world().await;
        let server = world.serve().await;
        let head = hash(1);
        red(&world, &head).await;
        world.press(PressedButton::Action { head: head.clone(), name: RED.to_owned(), identifier: "redo-failed".to_owned() }).await;
        let checks = world
            .checks_when(&head, "all have turned green", |checks| all_ended(checks) && GREEN.iter().all(|name| shown(checks, name) == "success"))
            .await;
        assert!(server.stop().await.success());
        assert_eq!(checks.len(), 8, "{checks:?}");
        let mut targets: Vec<&String> = checks.iter().map(|check| &check.external_id).collect();
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), checks.len(), "no attempt has two: {checks:?}");
    }

    /// Every recorded delivery about checks: another App's is left alone, and what claims to be ours but names nothing of
    /// ours is refused.
    async fn recorded_deliveries_about_checks_are_settled_with_the_reason(database: TestDatabase) {
        let Some(corpus) = test_support::corpus("recorded_deliveries_about_checks") else { return };
        let folder = corpus.join("webhooks/github");
        let world = Setup { database: database.url(), behaviour: quick(), keys: &[("access.allow", "[\"github.com\"]")] }.world().await;
        let server = world.serve().await;
        let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut settled = Vec::new();
        for file in files {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let event = name.split('.').next().unwrap().to_owned();
            if !matches!(event.as_str(), "check_run" | "check_suite") {
                continue;
            }
            let payload: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let mut ours = payload.clone();
            ours[&event]["app"] = serde_json::json!({"id": 1, "slug": "packflow"});
            for (whose, payload) in [("theirs", payload), ("ours", ours)] {
                let guid = format!("{name}-{whose}");
                assert_eq!(world.deliver_event(&event, payload, Some(&guid)).await, Some(202), "{guid}");
                let outcome = until("it is settled", async || {
                    let said = world.said(&["inbox", "list", "--limit", "100", "--json"]);
                    let mut all = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
                    let found = all.find(|delivery| delivery["delivery_id"] == *guid)?;
                    found["outcome"].as_str().map(|outcome| format!("{outcome}: {}", found["reason"].as_str().unwrap()))
                })
                .await;
                settled.push(format!("{name}, {whose}: {outcome}"));
            }
        }
        assert!(server.stop().await.success());
        assert_eq!(settled.len(), 28, "{settled:#?}");
        for line in &settled {
            let asks_nothing = !line.contains("rerequested") && !line.contains("requested_action");
            let expected = if asks_nothing {
                "ignored: "
            } else if line.contains(", theirs: ") {
                "ignored: it is a check of another App"
            } else if line.starts_with("check_suite") {
                "ignored: nothing of "
            } else {
                "refused: the check run's external id names no target of "
            };
            assert!(line.contains(expected), "{line}");
        }
        assert_eq!(world.sent().builds(), []);
    }
}

//! Every call to GitHub, checked against GitHub's own OpenAPI description.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

#[path = "system/harness/mod.rs"]
mod harness;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use simulator::{Limited, LogEntry, PressedButton, System};
use test_support::TestDatabase;

use harness::{Setup, failing_once, hash, pull_request};

/// What is wrong with the calls; what was said of them.
fn validate(scripts: &Path, calls: &[LogEntry]) -> (bool, String) {
    let mut validator = Command::new("node")
        .arg("validate.mjs")
        .current_dir(scripts)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for call in calls {
        let LogEntry { method, path, query, body, .. } = call;
        lines.push_str(&json!({"method": method, "path": path, "query": query, "body": body}).to_string());
        lines.push('\n');
    }
    validator.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = validator.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// A story that makes every call there is: a pull request, answers that are lost, limits, each button, a configuration that
/// is broken, one commit after another.
#[tokio::test(flavor = "multi_thread")]
async fn all_calls_are_as_github_describes_them() {
    let Some(scripts) = test_support::interop_github("all_calls_are_as_github_describes_them") else {
        return;
    };
    let mut behaviour = failing_once();
    let trouble = behaviour.troubles.entry(System::GitHub).or_default();
    trouble.lost_answers.next = 2;
    trouble.limited = Limited { next: 1, retry_after_s: 1 };
    let database = TestDatabase::sqlite();
    let keys = [("worker.cancel_superseded", "true")];
    let world = Setup { database: database.url(), behaviour, keys: &keys }.world().await;
    let server = world.serve().await;
    let (head, newer) = (hash(1), hash(2));
    let ended = |checks: &[harness::Check], count: usize| {
        checks.len() == count
            && !checks.iter().any(|check| matches!(check.stands(), "queued" | "in_progress"))
    };
    world.opened(7, &head).await;
    world.checks_when(&head, "all checks have ended", |checks| ended(checks, 6)).await;
    let name = "rpm-build:fedora-43-x86_64".to_owned();
    world.press(PressedButton::Rerun { head: head.clone(), name: name.clone() }).await;
    world.checks_when(&head, "the red ones are redone", |checks| ended(checks, 8)).await;
    let identifier = "redo-step".to_owned();
    world.press(PressedButton::Action { head: head.clone(), name, identifier }).await;
    world.checks_when(&head, "the step is redone", |checks| ended(checks, 13)).await;
    world.press(PressedButton::RerunAll { head: head.clone() }).await;
    world.checks_when(&head, "all is redone", |checks| ended(checks, 19)).await;
    assert_eq!(world.deliver(pull_request("synchronize", 7, &newer, Some(&head))).await, Some(202));
    world.checks_when(&newer, "the newer commit is done", |checks| ended(checks, 6)).await;
    assert!(server.stop().await.success());

    let calls: Vec<LogEntry> =
        world.sent().0.into_iter().filter(|entry| entry.system == System::GitHub).collect();
    let of =
        |method: &str, path: &str| calls.iter().any(|call| call.method == method && call.path.contains(path));
    for (method, path) in [
        ("POST", "/access_tokens"),
        ("POST", "/check-runs"),
        ("PATCH", "/check-runs/"),
        ("GET", "/check-runs"),
        ("GET", "/permission"),
        ("GET", "/contents/"),
    ] {
        assert!(of(method, path), "the story makes no {method} {path}");
    }
    let (good, said) = validate(&scripts, &calls);
    println!("{said}");
    assert!(good, "{said}");
    assert!(said.contains(&format!("{} calls checked, 0 problems", calls.len())), "{said}");

    // The validator itself finds what is wrong.
    let mut bad = calls
        .iter()
        .find(|call| call.method == "POST" && call.path.ends_with("/check-runs"))
        .unwrap()
        .clone();
    bad.body["actions"] = json!([{"label": "x".repeat(21), "description": "x", "identifier": "x"}]);
    assert!(!validate(&scripts, &[bad]).0);
}

//! The API is asked what its own document promises, by a foreign client that thinks of much that nobody did.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod demo;

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use demo::Demo;

/// Calls for each operation in each of the phases that make them up.
const EXAMPLES: &str = "40";
/// What schemathesis may take in all, in seconds; the phases that repeat end with it.
const LONGEST_SECONDS: &str = "60";
/// One seed, so that what is found is found again.
const SEED: &str = "4";
/// The streams never end. What they promise is tested in `crates/web/tests/http/live.rs`.
const STREAMS: &str = "/changes$";

/// An idempotency key belongs to one request: with another body it is answered by 422, however valid that is. A moment may lie in
/// the future, and a target be another event's: no schema knows.
const CONFIGURATION: &str = r#"
[[operations]]
include-path-regex = "/reruns$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
[[operations]]
include-path-regex = "/cancel$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
[[operations]]
include-path-regex = "/workflow$"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "429", "5xx"]
"#;

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn packflow(demo: &Demo, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_packflow"))
        .args(arguments)
        .args(["--database", &demo.database])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Waits until the demo's deliveries have become events, so that there is something to find.
fn wait_for_events(demo: &Demo) {
    let began = Instant::now();
    // The fifth event is the last.
    while !packflow(demo, &["show", "5"]).status.success() {
        assert!(began.elapsed() < Duration::from_secs(60), "the demo's events never came");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn schemathesis_finds_nothing() {
    let Some(python) = test_support::interop_python("schemathesis_finds_nothing") else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), CONFIGURATION).unwrap();
    let demo = Demo::start(folder.path());
    wait_for_events(&demo);
    let token =
        packflow(&demo, &["token", "create", "--name", "schemathesis", "--scope", "read,rerun,cancel"]);
    assert!(token.status.success(), "{}", told(&token));
    let token = String::from_utf8(token.stdout).unwrap();
    let found = Command::new(python.parent().unwrap().join("schemathesis"))
        .args(["run", &format!("{}/api/v1/openapi.json", demo.url)])
        .args(["--header", &format!("Authorization: Bearer {}", token.trim())])
        .args(["--exclude-path-regex", STREAMS, "--max-examples", EXAMPLES, "--max-time", LONGEST_SECONDS])
        .args(["--checks", "all", "--continue-on-failure", "--request-timeout", "30"])
        .args(["--seed", SEED, "--generation-database", "none", "--no-color"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    println!("{}", told(&found));
    assert!(found.status.success(), "{}", told(&found));
}

//! The simulated Testing Farm is driven by its released command line.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use simulator::{Accounts, Behaviour, Latencies, Simulator, TestOutcome, TestRule};

async fn testing_farm(programs: &Path, simulator: &Simulator, arguments: &[&str]) -> Output {
    let mut command = Command::new(programs.join("testing-farm"));
    command
        .args(arguments)
        .env("TESTING_FARM_API_URL", format!("{}/", simulator.url()))
        .env("TESTING_FARM_API_TOKEN", Accounts::default().testing_farm_key)
        .env("TESTING_FARM_WATCH_TICK", "1");
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn request<'a>(compose: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["request", "--git-url", "https://github.com/packit/hello-world"];
    arguments.extend(["--git-ref", "main", "--plan", "/plans/basic", "--compose", compose]);
    arguments.extend(more);
    arguments
}

fn newest_request(simulator: &Simulator) -> String {
    simulator.log().into_iter().rev().find_map(|entry| entry.began).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_released_command_line_requests_watches_lists_and_cancels() {
    let Some(programs) = common::peers("the released command line of Testing Farm") else { return };
    let fails = TestRule {
        compose: Some("Fedora-42".to_owned()),
        plan: None,
        url: None,
        variables: std::collections::BTreeMap::new(),
        outcome: TestOutcome::Failed,
    };
    let latencies = Latencies { test_queue_ms: 100, test_ms: 300, cancel_ms: 100, ..Latencies::ZERO };
    let behaviour = Behaviour { latencies, tests: vec![fails], ..Behaviour::default() };
    let simulator = common::simulator(behaviour.clone()).await;

    let passed = testing_farm(&programs, &simulator, &request("Fedora-43", &[])).await;
    assert!(passed.status.success() && told(&passed).contains("tests passed"), "{}", told(&passed));
    let failed = testing_farm(&programs, &simulator, &request("Fedora-42", &[])).await;
    assert_eq!(failed.status.code(), Some(1), "{}", told(&failed));
    assert!(told(&failed).contains("tests failed"), "{}", told(&failed));

    let slow = Latencies { test_ms: 600_000, ..latencies };
    simulator.behave(Behaviour { latencies: slow, ..behaviour });
    let running = testing_farm(&programs, &simulator, &request("Fedora-43", &["--no-wait"])).await;
    assert!(running.status.success(), "{}", told(&running));
    let id = newest_request(&simulator);
    let canceled = testing_farm(&programs, &simulator, &["cancel", &id]).await;
    assert!(told(&canceled).contains("cancellation requested"), "{}", told(&canceled));
    let again = testing_farm(&programs, &simulator, &["cancel", &id]).await;
    assert!(told(&again).contains("already canceled"), "{}", told(&again));
    let watched = testing_farm(&programs, &simulator, &["watch", "--id", &id]).await;
    assert_eq!(watched.status.code(), Some(3), "{}", told(&watched));

    let listed = testing_farm(&programs, &simulator, &["list", "--age", "1h", "--format", "json"]).await;
    assert!(listed.status.success() && told(&listed).contains(&id), "{}", told(&listed));
    let began = simulator.log().into_iter().filter(|entry| entry.began.is_some()).count();
    assert_eq!(began, 3);
}

//! The simulated Copr is driven by Copr's released client.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::process::Command;

use simulator::{Accounts, Behaviour, BuildOutcome, BuildRule, Latencies, SeedProject};

#[tokio::test(flavor = "multi_thread")]
async fn the_released_client_of_copr_creates_polls_lists_and_cancels() {
    let Some(programs) = common::peers("the released client of Copr") else { return };
    let latencies = Latencies {
        queue_ms: 50,
        source_ms: 100,
        import_ms: 50,
        build_ms: 200,
        spread_percent: 50,
        ..Latencies::ZERO
    };
    let fails = BuildRule {
        chroot: "fedora-42-*".to_owned(),
        package: Some("hello".to_owned()),
        project: None,
        outcome: BuildOutcome::Failed,
    };
    let simulator =
        common::simulator(Behaviour { latencies, builds: vec![fails], ..Behaviour::default() }).await;
    simulator.put_copr_project("@python", "tools", SeedProject::default());
    let accounts = Accounts::default();
    let mut script = Command::new(programs.join("python"));
    script
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop_copr.py"))
        .env("COPR_URL", simulator.copr_url())
        .env("COPR_LOGIN", accounts.copr_login)
        .env("COPR_TOKEN", accounts.copr_token)
        .env("COPR_USER", accounts.copr_user);
    let output = tokio::task::spawn_blocking(move || script.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("all of it holds"), "{told}");
    let began = simulator.log().into_iter().filter(|entry| entry.began.is_some()).count();
    assert_eq!(began, 2);
}

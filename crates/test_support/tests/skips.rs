//! A test that does not run says so on the terminal, though the harness hides what passing tests print; in CI a missing
//! program is a fault. Each test starts this program a second time, with variables of its own.

use std::process::{Command, Output};

use test_support::{interop_python, missing_peer, soak};

/// Set in the second run, in which the tests named `in_the_second_run_*` do their part.
const SECOND_RUN: &str = "PACKFLOW_TEST_SECOND_RUN";

#[test]
fn in_the_second_run_a_peer_is_missing() {
    if is_second_run() {
        missing_peer("a_peer_is_missing", "the peer");
    }
}

#[test]
fn in_the_second_run_long_runs_are_guarded() {
    if is_second_run() && soak("long_runs_are_guarded") {
        panic!("the long run");
    }
}

#[test]
fn in_the_second_run_foreign_clients_are_guarded() {
    if is_second_run() && interop_python("foreign_clients_are_guarded").is_some() {
        panic!("the foreign client");
    }
}

#[test]
fn a_missing_peer_is_a_named_skip() {
    let output = second_run("a_peer_is_missing", &[]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("skipped: a_peer_is_missing: the peer is not installed"));
}

#[test]
fn a_missing_peer_is_a_fault_in_ci() {
    let output = second_run("a_peer_is_missing", &[("CI", "true")]);
    assert!(!output.status.success());
    assert!(!stderr(&output).contains("skipped:"));
}

#[test]
fn long_runs_run_only_when_asked_for() {
    let output = second_run("long_runs_are_guarded", &[("CI", "true")]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("skipped: long_runs_are_guarded:"));
    assert!(!second_run("long_runs_are_guarded", &[("PACKFLOW_SOAK", "1")]).status.success());
}

#[test]
fn foreign_clients_run_only_when_asked_for() {
    let output = second_run("foreign_clients_are_guarded", &[("CI", "true")]);
    assert!(output.status.success());
    assert!(stderr(&output).contains("skipped: foreign_clients_are_guarded:"));
    // Asked for, they run or are missing; in CI both end the guarded test with a panic.
    let asked = [("CI", "true"), ("PACKFLOW_INTEROP", "1")];
    assert!(!second_run("foreign_clients_are_guarded", &asked).status.success());
}

fn is_second_run() -> bool {
    std::env::var_os(SECOND_RUN).is_some()
}

/// Runs one test of this program with these variables and none of the switches of the first run.
fn second_run(test: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().expect("a path of our own"))
        .args(["--exact", &format!("in_the_second_run_{test}")])
        .env(SECOND_RUN, "1")
        .env_remove("CI")
        .env_remove("PACKFLOW_INTEROP")
        .env_remove("PACKFLOW_SOAK")
        .envs(variables.iter().copied())
        .output()
        .expect("a second run")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

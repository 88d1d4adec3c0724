//! Which build a test consumes: `docs/design.md` section 4.

use super::support::*;
use crate::words::Needs;

/// Two build jobs, the first without and the second with the identifier `b`, and a test job.
fn two_builds(first: &str, second: &str, test: &str) -> Vec<String> {
    let text = format!(
        "jobs:\n- {{job: copr_build, trigger: pull_request, targets: [{first}]}}\n\
         - {{job: copr_build, trigger: pull_request, identifier: b, targets: [{second}]}}\n\
         - {{job: tests, trigger: pull_request, {test}}}\n"
    );
    pull_request().drawn(&text).split_off(3)
}

#[test]
fn the_build_with_the_same_identifier_wins() {
    assert_eq!(
        two_builds("fedora-42", "fedora-42", "identifier: b, targets: fedora-42"),
        ["3 test_run[b] < 2: fedora-42-x86_64"]
    );
    assert_eq!(
        two_builds("fedora-42", "fedora-42", "targets: fedora-42"),
        ["3 test_run < 1: fedora-42-x86_64"]
    );
}

#[test]
fn without_one_it_is_the_first_build_job_that_has_the_chroot() {
    assert_eq!(
        two_builds("fedora-42", "fedora-42", "identifier: other, targets: fedora-42"),
        ["3 test_run[other] < 1: fedora-42-x86_64"]
    );
    assert_eq!(
        two_builds("fedora-42", "fedora-43", "identifier: other, targets: fedora-43"),
        ["3 test_run[other] < 2: fedora-43-x86_64"]
    );
    assert_eq!(
        two_builds("fedora-42", "fedora-43", "identifier: b, targets: fedora-42"),
        ["3 test_run[b] < 1: fedora-42-x86_64"]
    );
}

#[test]
fn a_chroot_that_nobody_builds_is_not_tested() {
    assert_eq!(
        two_builds("fedora-42", "fedora-43", "targets: [fedora-42, fedora-rawhide, fedora-42-aarch64]"),
        [
            "3 test_run < 1: fedora-42-x86_64",
            "not tests fedora-rawhide-x86_64: no build is defined for this target",
            "not tests fedora-42-aarch64: no build is defined for this target",
        ]
    );
}

#[test]
fn tests_of_the_chroots_of_two_build_jobs_are_two_steps() {
    assert_eq!(
        two_builds(
            "fedora-42",
            "fedora-43, epel-9",
            "identifier: x, targets: [epel-9, fedora-42, fedora-43]"
        ),
        [
            "3 test_run[x] < 1: fedora-42-x86_64",
            "4 test_run[x] < 2: centos-stream-9-x86_64(epel-9-x86_64) fedora-43-x86_64",
        ]
    );
}

#[test]
fn tests_without_targets_follow_one_build_job() {
    assert_eq!(
        two_builds("fedora-42, epel-9", "fedora-43", "tmt_plan: /all"),
        ["3 test_run < 1: fedora-42-x86_64 centos-stream-9-x86_64(epel-9-x86_64)"]
    );
    assert_eq!(
        two_builds("fedora-42", "fedora-43", "identifier: b"),
        ["3 test_run[b] < 2: fedora-43-x86_64"]
    );
    assert_eq!(
        two_builds("fedora-42", "fedora-43", "identifier: x"),
        ["3 test_run[x] < 1: fedora-42-x86_64"]
    );
}

#[test]
fn only_builds_that_are_started_can_be_tested() {
    let reason = "it tests builds, but no copr_build job with the same trigger was started; set skip_build to test without";
    for build in [
        "trigger: commit",
        "trigger: pull_request, manual_trigger: true",
        "trigger: pull_request, branch: rhel",
    ] {
        let text = format!(
            "jobs:\n- {{job: copr_build, {build}}}\n- {{job: tests, trigger: pull_request, identifier: t}}\n"
        );
        let lines = pull_request().drawn(&text);
        assert_eq!(*lines.last().unwrap(), format!("not tests[t]: {reason}"), "{build}");
        assert!(lines.iter().all(|line| line.starts_with("not ")), "{build}");
    }
}

#[test]
fn a_test_of_another_package_has_no_builds() {
    let text = "packages: {front: {specfile_path: f.spec}, back: {specfile_path: b.spec}}\n\
        jobs:\n- {job: copr_build, trigger: commit, packages: [front], targets: fedora-42}\n\
        - {job: tests, trigger: commit, packages: [back], targets: fedora-42}\n";
    let lines = push("main").drawn(text);
    assert_eq!(
        lines[..3],
        ["package front", "0 srpm_build: srpm!", "1 copr_build[front] < 0: fedora-42-x86_64"]
    );
    assert!(lines[3].starts_with("not tests[back]: it tests builds"), "{lines:?}");
}

#[test]
fn a_test_needs_the_success_of_its_build() {
    let plan = pull_request().plan("{}");
    let steps = &plan.pipelines[0].steps;
    let inputs = steps.iter().flat_map(|step| &step.job.targets).flat_map(|target| &target.inputs);
    assert_eq!(inputs.map(|input| input.needs).collect::<Vec<_>>(), [Needs::Success; 4]);
}

//! Test distributions, tests without builds, and what a test is carried out with.

use super::support::*;
use crate::details::JobDetails;

/// A build for these targets and a test with these settings.
fn built_and_tested(targets: &str, test: &str) -> Vec<String> {
    let text = format!(
        "jobs:\n- {{job: copr_build, trigger: pull_request, targets: [{targets}]}}\n\
         - {{job: tests, trigger: pull_request, {test}}}\n"
    );
    pull_request().drawn(&text).split_off(2)
}

#[test]
fn a_chroot_is_tested_on_its_usual_distribution() {
    assert_eq!(
        built_and_tested("epel-9, epel-8-aarch64, fedora-42", "identifier: t"),
        [
            "2 test_run[t] < 1: centos-stream-9-x86_64(epel-9-x86_64) centos-stream-8-aarch64(epel-8-aarch64) fedora-42-x86_64"
        ]
    );
}

#[test]
fn one_chroot_may_be_tested_on_several_distributions() {
    assert_eq!(
        built_and_tested(
            "epel-9",
            "targets: {epel-9-x86_64: {distros: [rhel-9.4.0, centos-stream-9, rhel-9.4.0]}}"
        ),
        ["2 test_run < 1: rhel-9.4.0-x86_64(epel-9-x86_64) centos-stream-9-x86_64(epel-9-x86_64)"]
    );
}

#[test]
fn a_distribution_may_be_called_by_the_full_name_of_a_compose() {
    let distros = "targets: {epel-9-x86_64: {distros: ['AlmaLinux OS 9.7.20251118 x86_64']}}";
    assert_eq!(
        built_and_tested("epel-9", distros),
        ["2 test_run < 1: AlmaLinux OS 9.7.20251118 x86_64-x86_64(epel-9-x86_64)"]
    );
}

#[test]
fn of_two_chroots_with_one_distribution_the_first_in_the_file_is_tested() {
    let distros = "targets: {epel-9: {distros: [rhel-9, centos-stream-9]}, fedora-42: {distros: [rhel-9]}}";
    assert_eq!(
        built_and_tested("fedora-42, epel-9", distros),
        [
            "2 test_run < 1: rhel-9-x86_64(epel-9-x86_64) centos-stream-9-x86_64(epel-9-x86_64)",
            "not tests rhel-9-x86_64: the build of fedora-42-x86_64 would be tested there too, but the build of \
             epel-9-x86_64 comes first in the file",
        ]
    );
}

#[test]
fn the_same_distribution_of_two_build_jobs_is_tested_once() {
    let text = "jobs:\n- {job: copr_build, trigger: commit, targets: fedora-42}\n\
        - {job: copr_build, trigger: commit, identifier: b, targets: fedora-43}\n\
        - {job: tests, trigger: commit, targets: {fedora-43: {distros: [x]}, fedora-42: {distros: [x]}}}\n";
    assert_eq!(
        push("main").drawn(text)[3..],
        [
            "3 test_run < 2: x-x86_64(fedora-43-x86_64)",
            "not tests x-x86_64: the build of fedora-42-x86_64 would be tested there too, but the build of \
             fedora-43-x86_64 comes first in the file",
        ]
    );
}

#[test]
fn tests_without_build_stand_alone() {
    let text = "jobs:\n- {job: tests, trigger: release, skip_build: true}\n\
        - {job: tests, trigger: release, identifier: e, skip_build: true, targets: {epel-8: {distros: [a, b]}, epel-9: {distros: [b]}}}\n\
        - {job: copr_build, trigger: release, targets: fedora-42}\n";
    assert_eq!(
        release("1").drawn(text),
        [
            "0 srpm_build: srpm!",
            "1 copr_build < 0: fedora-42-x86_64",
            "2 test_run: fedora-42-x86_64! fedora-43-x86_64!",
            "3 test_run[e]: a-x86_64! b-x86_64!",
        ]
    );
}

#[test]
fn a_name_that_no_distribution_can_have_is_left_out() {
    for (skip_build, place) in [(true, "0 test_run"), (false, "2 test_run < 1")] {
        let text = format!(
            "jobs:\n- {{job: copr_build, trigger: commit, targets: fedora-42}}\n- {{job: tests, trigger: commit, \
             skip_build: {skip_build}, targets: {{fedora-42: {{distros: ['../x', ok, '-o']}}}}}}\n"
        );
        let lines = push("main").drawn(&text);
        let tested = lines.iter().find(|line| line.contains("test_run")).unwrap();
        assert!(tested.contains("ok-x86_64") && !tested.contains("../x"), "{place} {lines:?}");
        assert_eq!(
            lines[lines.len() - 2..],
            [
                "not tests ../x-x86_64: no distribution can have this name",
                "not tests -o-x86_64: no distribution can have this name",
            ]
        );
    }
    assert_eq!(
        push("main").drawn("jobs:\n- {job: tests, trigger: commit, skip_build: true, targets: ['/']}\n"),
        [
            "not tests /: no chroot, release or alias can have this name",
            "not tests: its targets stand for no distribution",
        ]
    );
}

#[test]
fn a_test_is_carried_out_with_its_settings() {
    let text = "jobs:\n- job: tests\n  trigger: pull_request\n  skip_build: true\n  targets: [fedora-42]\n  tmt_plan: /a\n  \
        fmf_url: https://example.org/t\n  fmf_ref: main\n  fmf_path: /x\n  tf_post_install_script: 'true'\n  \
        use_target_repo_for_fmf_url: true\n  labels: [l]\n  env: {A: b, N: 1, T: true}\n  \
        tf_extra_params: {settings: {pipeline: {type: tmt-multihost}}}\n";
    let plan = pull_request().plan(text);
    let JobDetails::TestRun(test) = &plan.pipelines[0].steps[0].job.details else { panic!("{plan:?}") };
    assert_eq!(test.fmf_url.as_deref(), Some("https://example.org/t"));
    assert_eq!((test.fmf_ref.as_deref(), test.fmf_path.as_deref()), (Some("main"), Some("/x")));
    assert_eq!((test.tmt_plan.as_deref(), test.post_install_script.as_deref()), (Some("/a"), Some("true")));
    assert!(test.use_target_repository && !test.internal);
    assert_eq!(test.configured.labels, ["l"]);
    let variables: Vec<_> = test.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["A=b", "N=1", "T=true"]);
    assert_eq!(test.extra, serde_json::json!({"settings": {"pipeline": {"type": "tmt-multihost"}}}));
    assert_eq!(test.source.pull_request.as_ref().map(|source| source.number), Some(7));
}

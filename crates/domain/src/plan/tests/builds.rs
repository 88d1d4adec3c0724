//! SRPMs, the builds behind them, packages and Copr projects.

use super::support::*;
use crate::details::{CoprBuild, JobDetails, SrpmBuild};
use crate::plan::Plan;
use crate::words::{JobKind, ProjectKey};

fn srpms(plan: &Plan) -> Vec<&SrpmBuild> {
    let steps = plan.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
    steps
        .filter_map(|step| match &step.job.details {
            JobDetails::SrpmBuild(details) => Some(details),
            _ => None,
        })
        .collect()
}

fn copr_builds(plan: &Plan) -> Vec<&CoprBuild> {
    let steps = plan.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
    steps
        .filter_map(|step| match &step.job.details {
            JobDetails::CoprBuild(details) => Some(details),
            _ => None,
        })
        .collect()
}

#[test]
fn builds_of_the_same_sources_share_one_srpm() {
    let text = "jobs:\n\
        - {job: copr_build, trigger: pull_request, targets: fedora-stable}\n\
        - {job: copr_build, trigger: pull_request, identifier: epel, targets: [epel-9, epel-8-aarch64], enable_net: false, project: other}\n";
    assert_eq!(
        pull_request().drawn(text),
        [
            "0 srpm_build: srpm!",
            "1 copr_build < 0: fedora-42-x86_64 fedora-43-x86_64",
            "2 copr_build[epel] < 0: epel-9-x86_64 epel-8-aarch64",
        ]
    );
}

#[test]
fn builds_with_other_srpm_settings_have_an_srpm_of_their_own() {
    for setting in [
        "release_suffix: mine",
        "enable_net: true",
        "srpm_build_deps: [make]",
        "actions: {post-upstream-clone: make}",
        "specfile_path: other.spec",
        "update_release: false",
        "merge_pr_in_ci: false",
        "version_suffix: beta",
    ] {
        let text = format!(
            "jobs:\n\
             - {{job: copr_build, trigger: pull_request, targets: fedora-42}}\n\
             - {{job: copr_build, trigger: pull_request, identifier: b, targets: fedora-42, {setting}}}\n\
             - {{job: copr_build, trigger: pull_request, identifier: c, targets: fedora-43}}\n"
        );
        assert_eq!(
            pull_request().drawn(&text),
            [
                "0 srpm_build: srpm!",
                "1 copr_build < 0: fedora-42-x86_64",
                "2 srpm_build: srpm!",
                "3 copr_build[b] < 2: fedora-42-x86_64",
                "4 copr_build[c] < 0: fedora-43-x86_64",
            ],
            "{setting}"
        );
    }
}

#[test]
fn an_srpm_is_made_as_its_job_says() {
    let text = "jobs:\n- {job: copr_build, trigger: pull_request | release, targets: fedora-42, release_suffix: a.b, srpm_build_deps: [make], enable_net: true}\n";
    let plan = pull_request().plan(text);
    let srpm = srpms(&plan)[0];
    assert_eq!(srpm.build_dependencies, ["make"]);
    assert_eq!(srpm.release_suffix.as_deref(), Some("a.b"));
    assert!(srpm.enable_net && !srpm.keep_release);
    assert_eq!(srpm.chroot, "fedora-43-x86_64", "the newest stable Fedora");
    assert_eq!(srpm.configured.index, Some(0));
    let source = srpm.source.pull_request.as_ref().unwrap();
    assert_eq!((source.number, source.target_branch.as_str(), source.merge), (7, "main", true));
    assert_eq!(source.source_url, "https://github.com/lbarcziova/hello");
    assert_eq!(srpm.source.url, "https://github.com/packit/hello");

    let plan = release("v1").plan(text);
    let srpm = srpms(&plan)[0];
    assert!(srpm.keep_release, "releases leave the release as it is");
    assert_eq!(srpm.source.tag.as_deref(), Some("v1"));
    assert_eq!((srpm.source.pull_request.as_ref(), srpm.configured.index), (None, Some(1)));
}

#[test]
fn each_package_of_a_monorepo_is_a_pipeline_of_its_own() {
    let text = "packages:\n  front: {specfile_path: front.spec, paths: [front]}\n  back: {specfile_path: back.spec, paths: [back]}\n\
        jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42}\n\
        - {job: tests, trigger: pull_request, packages: [back], targets: fedora-42}\n\
        - {job: tests, trigger: pull_request, packages: [front], manual_trigger: true}\n";
    let plan = pull_request().plan(text);
    let mut lines = drawn(&plan);
    lines.sort();
    let mut expected = [
        "package back",
        "0 srpm_build: srpm!",
        "1 copr_build[back] < 0: fedora-42-x86_64",
        "2 test_run[back] < 1: fedora-42-x86_64",
        "package front",
        "0 srpm_build: srpm!",
        "1 copr_build[front] < 0: fedora-42-x86_64",
        "not tests[front]: manual_trigger is set: it starts only when somebody asks for it",
    ];
    expected.sort();
    assert_eq!(lines, expected);
    // Both packages are built in one Copr project, as with Packit.
    assert!(copr_builds(&plan).iter().all(|build| build.project == "packit-hello-7"));
}

#[test]
fn where_there_is_one_package_a_job_that_names_it_belongs_with_those_that_do_not() {
    let text = "packages: {hello: {specfile_path: hello.spec}}\n\
        jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42, package: hello}\n\
        - {job: tests, trigger: pull_request}\n";
    assert_eq!(
        pull_request().drawn(text),
        [
            "0 srpm_build: srpm!",
            "1 copr_build[hello] < 0: fedora-42-x86_64",
            "2 test_run < 1: fedora-42-x86_64"
        ]
    );
}

#[test]
fn a_copr_project_that_nobody_named_is_named_as_packit_does() {
    let text = "jobs:\n- {job: copr_build, trigger: pull_request | commit | release, branch: .*}\n\
        - {job: copr_build, trigger: pull_request, identifier: el+x}\n";
    let gitlab = ProjectKey::new("gitlab.com", "redhat/rhel", "bash~5");
    for (project, case, expected) in [
        (None, pull_request(), &["packit-hello-7", "packit-hello-7-el-x"][..]),
        (None, push("fix/é_1.0"), &["packit-hello-fix--_1.0"]),
        (None, release("v1/2"), &["packit-hello-releases"]),
        (
            Some(&gitlab),
            pull_request(),
            &["gitlab.com-redhat-rhel-bash-5-7", "gitlab.com-redhat-rhel-bash-5-7-el-x"],
        ),
        (Some(&gitlab), release("1"), &["gitlab.com-redhat-rhel-bash-5-releases"]),
    ] {
        let case = Case { project: project.unwrap_or(&case.project).clone(), ..case };
        let plan = case.plan(text);
        let builds = copr_builds(&plan);
        assert_eq!(builds.iter().map(|build| build.project.as_str()).collect::<Vec<_>>(), expected);
        assert!(builds.iter().all(|build| build.owner.is_none() && !build.is_custom_project));
        assert!(builds.iter().all(|build| build.forge_project == case.project.to_string()));
    }
}

#[test]
fn a_named_copr_project_is_a_custom_one() {
    let text = "jobs:\n- {job: copr_build, trigger: release, owner: '@copr', project: dev}\n\
        - {job: copr_build, trigger: release, identifier: b, owner: me}\n\
        - {job: copr_build, trigger: release, identifier: c, project: mine}\n";
    let plan = release("1").plan(text);
    let named: Vec<_> = copr_builds(&plan)
        .iter()
        .map(|b| (b.owner.as_deref(), b.project.as_str(), b.is_custom_project))
        .collect();
    assert_eq!(
        named,
        [(Some("@copr"), "dev", true), (Some("me"), "packit-hello-releases-b", true), (None, "mine", true)]
    );
}

#[test]
fn a_copr_job_is_carried_out_with_its_settings() {
    let text = "jobs:\n- job: copr_build\n  trigger: commit\n  bootstrap: 'on'\n  timeout: 60\n  additional_repos: [copr://a/b]\n  \
        labels: [fast]\n  list_on_homepage: true\n  preserve_project: true\n  module_hotfixes: true\n  targets:\n    \
        fedora-42:\n      with_opts: [x]\n    epel-9: {additional_packages: [make], additional_repos: [r], without_opts: [y], additional_modules: 'a:1'}\n";
    let plan = push("main").plan(text);
    let builds = copr_builds(&plan);
    let build = builds[0];
    assert_eq!(build.bootstrap.as_deref(), Some("on"));
    assert_eq!(build.timeout_seconds, Some(60));
    assert_eq!(build.additional_repos, ["copr://a/b"]);
    assert_eq!(build.configured.labels, ["fast"]);
    assert_eq!(build.configured.package, "hello");
    assert!(build.list_on_homepage && build.preserve_project && build.module_hotfixes && !build.enable_net);
    let step = &plan.pipelines[0].steps[1];
    assert_eq!(step.job.kind, JobKind::CoprBuild);
    let (fedora, epel) = (&step.job.targets[0].details, &step.job.targets[1].details);
    assert_eq!((fedora.with_opts.as_slice(), fedora.additional_packages.len()), (&["x".to_owned()][..], 0));
    assert_eq!(
        (epel.additional_packages.join(" "), epel.additional_repos.join(" ")),
        ("make".into(), "r".into())
    );
    assert_eq!((epel.without_opts.join(" "), epel.additional_modules.as_deref()), ("y".into(), Some("a:1")));
}

#[test]
fn a_chroot_is_built_once_and_the_options_of_its_own_entry_hold() {
    let text = "jobs:\n- job: copr_build\n  trigger: commit\n  targets:\n    \
        fedora-all: {with_opts: [all]}\n    fedora-43-x86_64: {with_opts: [own]}\n    f42: {with_opts: [branch]}\n";
    let plan = push("main").plan(text);
    let targets = &plan.pipelines[0].steps[1].job.targets;
    let options: Vec<_> =
        targets.iter().map(|target| (target.name.as_str(), target.details.with_opts.join(" "))).collect();
    assert_eq!(
        options,
        [
            ("fedora-42-x86_64", "all".to_owned()),
            ("fedora-43-x86_64", "own".to_owned()),
            ("fedora-rawhide-x86_64", "all".to_owned())
        ]
    );
}

#[test]
fn a_build_without_targets_is_for_the_stable_releases_of_fedora() {
    assert_eq!(
        push("main").drawn("jobs:\n- {job: copr_build, trigger: commit}\n"),
        ["0 srpm_build: srpm!", "1 copr_build < 0: fedora-42-x86_64 fedora-43-x86_64"]
    );
}

#[test]
fn a_name_that_no_chroot_can_have_is_left_out_and_the_others_are_built() {
    let long = "x".repeat(101);
    for hostile in
        ["../../etc", "fedora 42", "-rf", ".hidden", "fedora-42;reboot", "fédora-42", "a\\nb", "", &long]
    {
        let text =
            format!("jobs:\n- {{job: copr_build, trigger: commit, targets: [\"{hostile}\", fedora-42]}}\n");
        let plan = push("main").plan(&text);
        let lines = drawn(&plan);
        assert_eq!(lines[..2], ["0 srpm_build: srpm!", "1 copr_build < 0: fedora-42-x86_64"], "{hostile}");
        assert_eq!(plan.omissions.len(), 1, "{hostile}");
        assert_eq!(plan.omissions[0].reason, "no chroot, release or alias can have this name");
        assert!(plan.omissions[0].name.as_ref().unwrap().chars().count() <= 101);
    }
}

#[test]
fn a_build_of_which_nothing_is_left_is_not_started_and_has_no_srpm() {
    assert_eq!(
        push("main").drawn("jobs:\n- {job: copr_build, trigger: commit, targets: ['a/b']}\n"),
        [
            "not copr_build a/b: no chroot, release or alias can have this name",
            "not copr_build: its targets stand for no chroot",
        ]
    );
}

#[test]
fn a_long_reason_is_cut() {
    let text = format!("jobs:\n- {{job: copr_build, trigger: commit, branch: '{}'}}\n", "é".repeat(3000));
    let plan = push("main").plan(&text);
    assert_eq!(plan.omissions[0].reason.chars().count(), 501);
}

/// The SRPM has the message of the job that it is made for; one that says nothing is none.
#[test]
fn what_is_to_be_said_is_planned_with_its_job() {
    let plan = |notifications: &str| {
        let job = "{job: copr_build, trigger: pull_request, targets: fedora-42, notifications: ";
        pull_request().plan(&format!("jobs:\n- {job}{{{notifications}}}}}\n"))
    };
    let said =
        plan("failure_comment: {message: \"see {logs_url}\\a\"}, pull_request: {successful_build: true}");
    assert_eq!(srpms(&said)[0].configured.failure_message.as_deref(), Some("see {logs_url}"));
    assert_eq!(copr_builds(&said)[0].configured.failure_message.as_deref(), Some("see {logs_url}"));
    assert!(copr_builds(&said)[0].tells_success);
    let nothing = plan("failure_comment: {message: \" \"}");
    assert_eq!(copr_builds(&nothing)[0].configured.failure_message, None);
    assert!(!copr_builds(&nothing)[0].tells_success);
}

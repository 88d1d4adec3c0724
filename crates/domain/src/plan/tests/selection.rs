//! Which jobs an event starts.

use super::support::*;
use crate::details::JobDetails;
use crate::package_config::Deployment;
use crate::plan::{Plan, Wanted};
use crate::words::JobKind;

const BUILD: &str = "0 srpm_build: srpm!";

/// One build job for Fedora 42, with these lines.
fn build(lines: &str) -> String {
    format!("jobs:\n- job: copr_build\n  targets: [fedora-42]\n  {}\n", lines.replace('\n', "\n  "))
}

#[test]
fn a_job_starts_on_its_own_trigger_only() {
    for (case, trigger) in
        [(pull_request(), "pull_request"), (push("main"), "commit"), (release("1.0"), "release")]
    {
        for written in ["pull_request", "commit", "release"] {
            let lines = case.drawn(&build(&format!("trigger: {written}")));
            if written == trigger {
                assert_eq!(lines, [BUILD, "1 copr_build < 0: fedora-42-x86_64"]);
            } else {
                let reason = format!("no job with the trigger {trigger}; its jobs start on {written}");
                assert_eq!(lines, [format!("not event: the configuration has {reason}")]);
            }
        }
    }
}

#[test]
fn where_nothing_is_selected_one_omission_names_the_triggers_there_are() {
    let text = "jobs:\n- {job: copr_build, trigger: commit}\n- {job: tests, trigger: commit}\n\
                - {job: propose_downstream, trigger: release}\n- {job: tests, trigger: ignore}\n";
    assert_eq!(
        pull_request().drawn(text),
        [
            "not event: the configuration has no job with the trigger pull_request; its jobs start on commit, release"
        ]
    );
    let ignored = "jobs:\n- {job: copr_build, trigger: ignore}\n";
    let nothing =
        "not event: the configuration has no job with the trigger release, nor any other that can start";
    assert_eq!(release("1").drawn(ignored), [nothing]);
    assert_eq!(release("1").drawn("jobs: []\n"), [nothing]);
}

#[test]
fn the_jobs_of_a_file_without_jobs_start_too() {
    assert_eq!(
        pull_request().drawn("{}"),
        [
            BUILD,
            "1 copr_build < 0: fedora-42-x86_64 fedora-43-x86_64",
            "2 test_run < 1: fedora-42-x86_64 fedora-43-x86_64",
        ]
    );
    assert_eq!(release("1").drawn("{}"), ["0 propose_downstream: f42! f43! rawhide!"]);
}

#[test]
fn branch_filters_a_pull_request_by_its_target_from_the_start_of_the_name() {
    for (pattern, target, starts) in [
        ("main", "main", true),
        ("main", "main-2", true),
        ("main$", "main-2", false),
        ("ain", "main", false),
        ("rhel-.*", "rhel-9", true),
        ("a|main", "main", true),
    ] {
        let mut case = pull_request();
        case.pull_request.target_branch = target.to_owned();
        let lines = case.drawn(&build(&format!("trigger: pull_request\nbranch: {pattern}")));
        if starts {
            assert_eq!(lines[0], BUILD, "{pattern} {target}");
        } else {
            let reason =
                format!("the pull request's target branch {target} does not match `branch: {pattern}`");
            assert_eq!(lines, [format!("not copr_build: {reason}")]);
        }
    }
}

#[test]
fn branch_filters_pushes_and_without_it_only_the_default_branch_counts() {
    let named = build("trigger: commit\nbranch: rhel-.*");
    assert_eq!(push("rhel-9").drawn(&named)[0], BUILD);
    assert_eq!(
        push("main").drawn(&named),
        ["not copr_build: the pushed branch main does not match `branch: rhel-.*`"]
    );
    let unnamed = build("trigger: commit");
    assert_eq!(push("main").drawn(&unnamed)[0], BUILD);
    for branch in ["main-2", "fix"] {
        assert_eq!(
            push(branch).drawn(&unnamed),
            [format!(
                "not copr_build: the job names no `branch`, so it follows the default branch main, not {branch}"
            )]
        );
    }
    let mut case = push("trunk");
    case.default_branch = Some("trunk");
    assert_eq!(case.drawn(&unnamed)[0], BUILD);
}

#[test]
fn a_release_has_no_branch_to_filter_by() {
    assert_eq!(release("1.0").drawn(&build("trigger: release\nbranch: rhel-9"))[0], BUILD);
}

#[test]
fn labels_are_required_and_forbidden_on_pull_requests() {
    let text = build("trigger: pull_request\nrequire: {label: {present: [ci, full], absent: [wip, draft]}}");
    for (labels, outcome) in [
        (&["ci"][..], Ok(())),
        (&["other", "full"], Ok(())),
        (&[], Err("the pull request has none of the labels it requires: ci, full")),
        (&["wip"], Err("the pull request has none of the labels it requires: ci, full")),
        (&["ci", "draft"], Err("the pull request has the label draft, which must be absent")),
    ] {
        let mut case = pull_request();
        case.pull_request.labels = labels.iter().map(|label| (*label).to_owned()).collect();
        match outcome {
            Ok(()) => assert_eq!(case.drawn(&text)[0], BUILD, "{labels:?}"),
            Err(reason) => assert_eq!(case.drawn(&text), [format!("not copr_build: {reason}")]),
        }
    }
    let absent_only = build("trigger: pull_request\nrequire: {label: {absent: [wip]}}");
    assert_eq!(pull_request().drawn(&absent_only)[0], BUILD);
    let pushed = build("trigger: commit\nrequire: {label: {present: [ci]}}");
    assert_eq!(push("main").drawn(&pushed)[0], BUILD);
}

#[test]
fn a_manual_job_starts_only_when_somebody_asks_for_it() {
    assert_eq!(
        pull_request().drawn(&build("trigger: pull_request\nmanual_trigger: true")),
        ["not copr_build: manual_trigger is set: it starts only when somebody asks for it"]
    );
}

#[test]
fn a_job_starts_in_the_deployments_it_names_and_in_production_unless_it_names_any() {
    let named = build("trigger: pull_request\npackit_instances: [stg, dev]");
    let unnamed = build("trigger: pull_request");
    let mut case = pull_request();
    assert_eq!(case.drawn(&named), ["not copr_build: packit_instances names stg, dev, and this is prod"]);
    assert_eq!(case.drawn(&unnamed)[0], BUILD);
    case.rules.instance = Deployment::Stg;
    assert_eq!(case.drawn(&named)[0], BUILD);
    assert_eq!(case.drawn(&unnamed), ["not copr_build: packit_instances names prod, and this is stg"]);
}

#[test]
fn what_starts_elsewhere_says_where() {
    let text = "jobs:\n\
        - {job: koji_build, trigger: commit, dist_git_branches: fedora-all}\n\
        - {job: bodhi_update, trigger: commit, dist_git_branches: fedora-all}\n\
        - {job: sync_from_downstream, trigger: commit}\n\
        - {job: pull_from_upstream, trigger: release}\n";
    assert_eq!(
        push("main").drawn(text),
        [
            "not koji_build: it starts on a commit in dist-git, or by a comment there",
            "not bodhi_update: it starts when a Koji build of dist-git is complete",
            "not sync_from_downstream: it starts on a commit in dist-git",
        ]
    );
    assert_eq!(
        release("1").drawn(text),
        [
            "not pull_from_upstream: it is of dist-git, where it starts when release monitoring files a bug of a new version"
        ]
    );
    let image = "jobs:\n- {job: vm_image_build, trigger: pull_request, copr_chroot: fedora-42-x86_64, \
                 image_request: {}, image_distribution: fedora-42}\n";
    assert_eq!(
        pull_request().drawn(image),
        [
            "not vm_image_build: virtual machine images are not supported yet: nothing here builds them, by a comment neither"
        ]
    );
}

#[test]
fn a_kind_that_nobody_carries_out_here_is_not_planned() {
    let mut case = pull_request();
    case.rules.kinds.remove(&JobKind::TestRun);
    assert_eq!(
        case.drawn("jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42}\n- {job: tests, trigger: pull_request}\n"),
        [
            BUILD,
            "1 copr_build < 0: fedora-42-x86_64",
            "not tests: no build system that does test_run is configured here",
        ]
    );
}

#[test]
fn the_internal_testing_farm_is_no_right_that_a_configuration_gives() {
    let text = "jobs:\n- {job: tests, trigger: pull_request, skip_build: true, use_internal_tf: true, targets: epel-8}\n";
    let mut case = pull_request();
    assert!(
        case.drawn(text)[0]
            .starts_with("not tests: use_internal_tf is not allowed for this project and person")
    );
    case.rules.internal_tests = true;
    assert_eq!(case.drawn(text), ["0 test_run: rhel-8-x86_64!"]);
}

#[test]
fn more_targets_than_are_allowed_start_nothing_at_all() {
    let text = "jobs:\n- {job: copr_build, trigger: pull_request, targets: [fedora-42, fedora-43]}\n\
                - {job: tests, trigger: pull_request}\n- {job: tests, trigger: pull_request, manual_trigger: true}\n";
    let mut case = pull_request();
    case.rules.max_targets = 5;
    assert_eq!(case.plan(text).pipelines[0].steps.len(), 3);
    case.rules.max_targets = 4;
    assert_eq!(
        case.drawn(text),
        [
            "not tests: manual_trigger is set: it starts only when somebody asks for it",
            "not event: the configuration asks for 5 targets at once; at most 4 are started",
        ]
    );
}

#[test]
fn an_event_that_starts_nothing_can_be_planned_by_hand() {
    assert_eq!(drawn(&Plan::nothing("no configuration")), ["not event: no configuration"]);
}

/// What somebody asked for, on top of a pull request.
fn wanted(wanted: Wanted) -> Case {
    Case { wanted: Some(wanted), ..pull_request() }
}

const MANUAL: &str = "\
jobs:
- {job: copr_build, trigger: pull_request, targets: [fedora-42, fedora-43]}
- {job: tests, trigger: pull_request, identifier: smoke, labels: [quick], targets: [fedora-43]}
- {job: tests, trigger: pull_request, identifier: full, manual_trigger: true, targets: [fedora-42]}
";

#[test]
fn tests_that_are_asked_for_bring_the_builds_that_they_need_and_no_others() {
    let full = Wanted { tests: true, identifier: Some("full".to_owned()), ..Wanted::default() };
    assert_eq!(
        wanted(full).drawn(MANUAL),
        [
            "0 srpm_build: srpm!",
            "1 copr_build < 0: fedora-42-x86_64",
            "2 test_run[full] < 1: fedora-42-x86_64"
        ]
    );
    let quick = Wanted { tests: true, labels: Some(vec!["quick".to_owned()]), ..Wanted::default() };
    assert_eq!(
        wanted(quick).drawn(MANUAL)[1..],
        ["1 copr_build < 0: fedora-43-x86_64", "2 test_run[smoke] < 1: fedora-43-x86_64"]
    );
    let unknown = Wanted { tests: true, identifier: Some("none".to_owned()), ..Wanted::default() };
    assert_eq!(wanted(unknown).plan(MANUAL).count(JobKind::CoprBuild), 0);
}

#[test]
fn builds_that_are_asked_for_bring_the_tests_that_always_follow_them() {
    let plan = wanted(Wanted::default()).plan(MANUAL);
    assert_eq!((plan.count(JobKind::CoprBuild), plan.count(JobKind::TestRun)), (2, 1));
    let manual =
        "jobs:\n- {job: copr_build, trigger: pull_request, manual_trigger: true, targets: fedora-42}\n";
    assert_eq!(wanted(Wanted::default()).plan(manual).count(JobKind::CoprBuild), 1);
    let other = Wanted { package: Some("other".to_owned()), ..Wanted::default() };
    assert_eq!(
        wanted(other).drawn(MANUAL),
        ["not event: no job of the configuration with the trigger pull_request is what was asked for"]
    );
}

#[test]
fn what_other_workflows_have_is_not_started_again_but_builds_that_tests_need_are() {
    let with_manual = format!(
        "{MANUAL}- {{job: copr_build, trigger: pull_request, identifier: slow, manual_trigger: true, targets: [fedora-rawhide]}}\n"
    );
    let build = Wanted { except: [0, 1].into(), ..Wanted::default() };
    assert_eq!(wanted(build).drawn(&with_manual), [BUILD, "1 copr_build[slow] < 0: fedora-rawhide-x86_64"]);
    let tests = Wanted { tests: true, except: [1].into(), ..Wanted::default() };
    assert_eq!(
        wanted(tests).drawn(MANUAL)[1..],
        ["1 copr_build < 0: fedora-42-x86_64", "2 test_run[full] < 1: fedora-42-x86_64"]
    );
    let nothing = Wanted { tests: true, except: [1, 2].into(), ..Wanted::default() };
    assert!(wanted(nothing).plan(MANUAL).pipelines.is_empty());
}

#[test]
fn each_test_job_says_which_tests_are_meant_where_the_command_does_not() {
    let text = "test_command: {default_labels: [quick]}\njobs:\n\
                - {job: tests, trigger: pull_request, identifier: a, labels: [quick, x], skip_build: true, targets: fedora-42}\n\
                - {job: tests, trigger: pull_request, identifier: b, labels: [slow], skip_build: true, targets: fedora-42}\n\
                - {job: tests, trigger: pull_request, identifier: c, skip_build: true, targets: fedora-42, \
                   test_command: {default_identifier: d}}\n";
    let started = |asked: Wanted| {
        let plan = wanted(Wanted { tests: true, ..asked }).plan(text);
        let steps = plan.pipelines.into_iter().flat_map(|pipeline| pipeline.steps);
        steps.filter_map(|step| step.job.identifier).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(started(Wanted::default()), "a");
    assert_eq!(started(Wanted { labels: Some(vec!["slow".to_owned()]), ..Wanted::default() }), "b");
    let c = Wanted { identifier: Some("c".to_owned()), ..Wanted::default() };
    assert_eq!(started(c), "c", "its own test_command has no labels");
}

#[test]
fn variables_that_are_asked_for_go_over_the_configured_ones() {
    let text = "jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42}\n\
                - {job: tests, trigger: pull_request, targets: fedora-42, env: {KEPT: a, GONE: b, NEW: c}}\n";
    let variables = [("GONE", ""), ("NEW", "d")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let asked = Wanted { tests: true, variables: variables.into(), ..Wanted::default() };
    let plan = wanted(asked).plan(text);
    let tests = plan.pipelines[0].steps.last().unwrap();
    let JobDetails::TestRun(run) = &tests.job.details else { panic!("{tests:?}") };
    let told: Vec<_> = run.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(told, ["KEPT=a", "NEW=d"]);
}

//! Scratch builds in Koji, and releases into dist-git.

use super::support::*;
use crate::details::JobDetails;
use crate::plan::Wanted;
use crate::words::JobKind;

#[test]
fn a_scratch_build_in_koji_stands_behind_the_srpm_that_copr_builds_too() {
    let text = "jobs:\n- {job: upstream_koji_build, trigger: pull_request, scratch: true, targets: [fedora-all, epel-9]}\n\
        - {job: copr_build, trigger: pull_request, targets: fedora-42}\n";
    let plan = pull_request().plan(text);
    assert_eq!(
        drawn(&plan),
        [
            "0 srpm_build: srpm!",
            "1 copr_build < 0: fedora-42-x86_64",
            "2 koji_build < 0: f42 f43 rawhide epel9",
        ]
    );
    let JobDetails::KojiBuild(details) = &plan.pipelines[0].steps[2].job.details else { panic!("{plan:?}") };
    assert!(details.scratch);
    assert_eq!(details.configured.index, Some(0));
}

#[test]
fn a_scratch_build_in_koji_alone_has_an_srpm_of_its_own() {
    let text = "jobs:\n- {job: upstream_koji_build, trigger: release, scratch: true}\n";
    assert_eq!(release("1").drawn(text), ["0 srpm_build: srpm!", "1 koji_build < 0: f42 f43"]);
}

/// With Koji and no Copr nobody would ever make the SRPM.
#[test]
fn a_scratch_build_in_koji_is_left_out_where_nothing_makes_srpms() {
    let text = "jobs:\n- {job: upstream_koji_build, trigger: release, scratch: true}\n";
    let mut case = release("1");
    case.rules.kinds = [JobKind::KojiBuild].into();
    assert_eq!(
        case.drawn(text),
        [
            "not upstream_koji_build: its SRPM is made by Copr, and no Copr is configured here: Koji alone cannot build it"
        ]
    );
}

#[test]
fn a_scratch_build_in_koji_is_made_from_the_srpm_that_is_made_as_it_says() {
    let text = "jobs:\n- {job: copr_build, trigger: commit, targets: fedora-42, release_suffix: a}\n\
        - {job: copr_build, trigger: commit, identifier: b, targets: fedora-42}\n\
        - {job: upstream_koji_build, trigger: commit, scratch: true, targets: f42}\n\
        - {job: upstream_koji_build, trigger: commit, identifier: c, scratch: true, targets: f42, release_suffix: c}\n";
    assert_eq!(
        push("main").drawn(text)[2..],
        [
            "2 srpm_build: srpm!",
            "3 copr_build[b] < 2: fedora-42-x86_64",
            "4 koji_build < 2: f42",
            "5 srpm_build: srpm!",
            "6 koji_build[c] < 5: f42",
        ]
    );
}

/// The tag says which version it is, as the configuration says.
#[test]
fn a_release_goes_into_dist_git_with_its_version() {
    for (template, tag, version) in [
        ("'{version}'", "v2.0", Some("2.0")),
        ("'{version}'", "vintage", Some("vintage")),
        ("'v{version}'", "v2.0", Some("2.0")),
        ("'hello-{version}'", "hello-2.0", Some("2.0")),
        ("'{upstream_package_name}-{version}-final'", "gnu-hello-2.0-final", Some("2.0")),
        ("'hello-{version}'", "other-2.0", None),
    ] {
        let text = format!(
            "upstream_package_name: gnu-hello\nupstream_tag_template: {template}\nupload_sources: false\n\
             jobs:\n- {{job: propose_downstream, trigger: release}}\n"
        );
        let plan = release(tag).plan(&text);
        let JobDetails::DistGitSync(sync) = &plan.pipelines[0].steps[0].job.details else {
            panic!("{plan:?}")
        };
        assert_eq!(sync.version.as_deref(), version, "{template} {tag}");
        assert!(sync.no_upload);
    }
}

/// Whoever can open a pull request or push could propose what they like to any package otherwise.
#[test]
fn nothing_but_a_release_is_proposed() {
    for (case, trigger) in [(pull_request(), "pull_request"), (push("main"), "commit")] {
        let text = format!("jobs:\n- {{job: propose_downstream, trigger: {trigger}}}\n");
        assert_eq!(
            case.drawn(&text),
            ["not propose_downstream: it starts on a release alone: nothing else is proposed to dist-git"]
        );
    }
}

#[test]
fn tags_that_the_configuration_leaves_out_are_not_proposed() {
    let text = "upstream_tag_include: '^v[0-9.]+'\nupstream_tag_exclude: '.*rc'\n\
        jobs:\n- {job: propose_downstream, trigger: release}\n\
        - {job: copr_build, trigger: release, targets: fedora-42}\n";
    assert_eq!(release("v2.0").drawn(text)[2], "2 propose_downstream: rawhide!");
    for (tag, reason) in [
        ("v2.0rc1", "the tag v2.0rc1 matches `upstream_tag_exclude: .*rc`"),
        ("junk-v2", "the tag junk-v2 does not match `upstream_tag_include: ^v[0-9.]+`"),
    ] {
        let drawn = release(tag).drawn(text);
        assert_eq!(drawn.last(), Some(&format!("not propose_downstream: {reason}")));
        assert_eq!(drawn[1], "1 copr_build < 0: fedora-42-x86_64", "only proposals follow tags");
    }
    let python = "upstream_tag_include: '^v(?!.*rc)'\njobs:\n- {job: propose_downstream, trigger: release}\n";
    assert_eq!(
        release("v2.0").drawn(python),
        [
            "not propose_downstream: `upstream_tag_include: ^v(?!.*rc)` cannot be read: look-around, including look-ahead and look-behind, is not supported"
        ]
    );
}

#[test]
fn what_is_no_scratch_build_is_not_made_from_upstream() {
    let text = "jobs:\n- {job: upstream_koji_build, trigger: release}\n";
    assert_eq!(
        release("1").drawn(text),
        ["not upstream_koji_build: only scratch builds can be made from upstream (scratch: true)"]
    );
}

#[test]
fn a_release_goes_into_each_branch_once() {
    let text = "jobs:\n- {job: propose_downstream, trigger: release, dist_git_branches: [fedora-stable, f43, rawhide, epel-9, stream]}\n";
    assert_eq!(release("1").drawn(text), ["0 propose_downstream: f42! f43! rawhide! epel9! stream!"]);
    let default = "jobs:\n- {job: propose_downstream, trigger: release}\n";
    assert_eq!(release("1").drawn(default), ["0 propose_downstream: rawhide!"]);
    let mapping = "jobs:\n- {job: propose_downstream, trigger: release, dist_git_branches: {rawhide: {fast_forward_merge_into: [f43]}}}\n";
    assert_eq!(release("1").drawn(mapping), ["0 propose_downstream: rawhide!"]);
    let plan = release("1").plan(mapping);
    assert_eq!(plan.pipelines[0].steps[0].job.targets[0].details.fast_forward, ["f43"]);
}

#[test]
fn names_that_cannot_be_branches_are_left_out() {
    let text = "jobs:\n- {job: propose_downstream, trigger: release, dist_git_branches: ['--help', 'a b']}\n\
        - {job: upstream_koji_build, trigger: release, scratch: true, targets: ['$(id)']}\n";
    assert_eq!(
        release("1").drawn(text),
        [
            "not propose_downstream --help: no branch, release or alias can have this name",
            "not propose_downstream a b: no branch, release or alias can have this name",
            "not propose_downstream: its dist_git_branches stand for no branch",
            "not upstream_koji_build $(id): no branch, release or alias can have this name",
            "not upstream_koji_build: its targets stand for no Koji target",
        ]
    );
}

#[test]
fn a_scan_that_a_configuration_describes_is_said_to_be_missing() {
    let text = "jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42, csmock_args: --all}\n";
    assert_eq!(
        pull_request().drawn(text)[2..],
        [
            "not openscanhub_scan: scans of builds with OpenScanHub are not supported yet: csmock_args says how, and nothing here does it"
        ]
    );
}

#[test]
fn a_command_can_ask_for_scratch_builds_alone() {
    let text = "jobs:\n- {job: upstream_koji_build, trigger: pull_request, scratch: true, targets: f42, manual_trigger: true}\n\
        - {job: copr_build, trigger: pull_request, targets: fedora-42}\n";
    let mut case = pull_request();
    case.wanted = Some(Wanted { scratch_builds: true, ..Wanted::default() });
    assert_eq!(case.drawn(text), ["0 srpm_build: srpm!", "1 koji_build < 0: f42"]);
}

//! New versions of a package's upstream, and pull requests at dist-git.

use super::support::*;
use crate::details::{DistGitSync, JobDetails};
use crate::plan::downstream::{NewVersion, plan_pull, upstream_of};
use crate::plan::{Plan, Rules};
use crate::words::ProjectKey;

const PULL: &str = "upstream_project_url: https://github.com/gnu/hello\nupstream_tag_template: v{version}\n\
    issue_repository: https://github.com/gnu/updates\njobs:\n\
    - {job: pull_from_upstream, trigger: release, dist_git_branches: {rawhide: {fast_forward_merge_into: [f43]}, f42: {}}}\n";

fn pulled(text: &str, is_command: bool) -> Plan {
    let package = ProjectKey::new("src.fedoraproject.org", "rpms", "hello");
    let bugs = vec!["rhbz#1".to_owned()];
    let new = NewVersion { package: &package, version: "2.0", bugs, is_command };
    plan_pull(&new, &configuration(text), &releases(), &Rules::default())
}

fn sync(plan: &Plan) -> &DistGitSync {
    match &plan.pipelines[0].steps[0].job.details {
        JobDetails::DistGitSync(sync) => sync,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_branch_is_a_target_that_knows_what_follows_it() {
    let plan = pulled(PULL, false);
    assert_eq!(drawn(&plan), ["0 pull_from_upstream: rawhide! f42!"]);
    let targets = &plan.pipelines[0].steps[0].job.targets;
    assert_eq!(targets[0].details.fast_forward, ["f43"]);
    assert!(targets[1].details.fast_forward.is_empty());
    let sync = sync(&plan);
    assert_eq!(
        (sync.source.url.as_str(), sync.source.tag.as_deref()),
        ("https://github.com/gnu/hello", Some("v2.0"))
    );
    assert_eq!((sync.version.as_deref(), sync.downstream_package.as_str()), (Some("2.0"), "hello"));
    assert_eq!(sync.bugs, ["rhbz#1"]);
    assert_eq!(sync.tells_failure, Some(ProjectKey::new("github.com", "gnu", "updates")));
}

#[test]
fn a_version_whose_tag_the_configuration_leaves_out_is_not_pulled() {
    let text = "upstream_tag_template: v{version}\nupstream_tag_exclude: v2\njobs:\n- {job: pull_from_upstream, trigger: release}\n";
    assert_eq!(
        drawn(&pulled(text, false)),
        ["not pull_from_upstream: the tag v2.0 matches `upstream_tag_exclude: v2`"]
    );
}

#[test]
fn what_stands_against_it_is_said() {
    let by_hand = "jobs:\n- {job: pull_from_upstream, trigger: release, manual_trigger: true}\n";
    assert_eq!(
        drawn(&pulled(by_hand, false)),
        ["not pull_from_upstream: manual_trigger is set: it starts only when somebody asks for it"]
    );
    assert_eq!(drawn(&pulled(by_hand, true)), ["0 pull_from_upstream: rawhide!"]);
    let none = "jobs:\n- {job: koji_build, trigger: commit}\n";
    assert_eq!(
        drawn(&pulled(none, true)),
        [
            "not event: the configuration has no job that starts on a new version of its upstream: pull_from_upstream"
        ]
    );
    let other = "downstream_package_name: other\njobs:\n- {job: pull_from_upstream, trigger: release}\n";
    assert_eq!(
        drawn(&pulled(other, true)),
        ["not pull_from_upstream: it is about the package other, and this is hello"]
    );
}

#[test]
fn an_issue_is_told_only_in_a_proper_project() {
    for address in ["http://127.0.0.1/a/b", "file:///etc/passwd", "https://me:secret@github.com/a/b", "x"] {
        let text = format!(
            "issue_repository: \"{address}\"\njobs:\n- {{job: pull_from_upstream, trigger: release}}\n"
        );
        assert_eq!(sync(&pulled(&text, false)).tells_failure, None, "{address}");
    }
}

#[test]
fn a_tag_is_of_a_version_and_a_version_has_a_tag() {
    let configuration = configuration(PULL);
    let upstream = upstream_of(&configuration).unwrap();
    assert_eq!(upstream.tag("2.0"), "v2.0");
    assert_eq!(upstream.version("v2.0").as_deref(), Some("2.0"));
    assert_eq!(upstream.version("release-2.0"), None);
    assert_eq!(upstream.version("v"), None);
}

#[test]
fn what_a_pull_request_proposes_to_a_package_is_built_for_its_branch_as_a_scratch_build() {
    let mut case = pull_request();
    case.project = ProjectKey::new("src.fedoraproject.org", "rpms", "hello");
    case.pull_request.target_branch = "f43".to_owned();
    case.pull_request.source = Some(ProjectKey::new("src.fedoraproject.org", "fork/bob/rpms", "hello"));
    let text = "jobs:\n- {job: koji_build, trigger: pull_request, scratch: true, dist_git_branches: fedora-all}\n\
        - {job: koji_build, trigger: pull_request, scratch: true}\n\
        - {job: koji_build, trigger: pull_request}\n";
    assert_eq!(
        case.drawn(text),
        [
            "0 koji_build: f43!",
            "not koji_build: a pull request is not merged yet: only a scratch build can be made of it (scratch: true)",
            "not koji_build f43: its dist_git_branches stand for main, rawhide",
        ]
    );
    let plan = case.plan(text);
    let JobDetails::KojiBuild(build) = &plan.pipelines[0].steps[0].job.details else { panic!() };
    assert!(build.scratch);
    assert_eq!(build.source.url, "https://src.fedoraproject.org/forks/bob/rpms/hello");
    let upstreams = "jobs:\n- {job: copr_build, trigger: pull_request, targets: fedora-42}\n\
        - {job: tests, trigger: pull_request, skip_build: true}\n- {job: koji_build, trigger: pull_request}\n";
    assert_eq!(
        case.drawn(upstreams),
        [
            "not koji_build: a pull request is not merged yet: only a scratch build can be made of it (scratch: true)",
            "not copr_build: it starts upstream, not at dist-git",
            "not tests: it starts upstream, not at dist-git",
        ],
        "the upstream's jobs last: they say nothing of this package"
    );
    // Upstream it is nothing that Koji could build.
    assert_eq!(
        pull_request().drawn("jobs:\n- {job: koji_build, trigger: pull_request, scratch: true}\n"),
        ["not koji_build: it starts on a commit in dist-git, or by a comment there"]
    );
}

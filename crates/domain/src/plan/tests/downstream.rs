//! What dist-git and Koji start: builds and updates, and who may.

use std::collections::BTreeSet;

use super::support::*;
use crate::details::JobDetails;
use crate::plan::downstream::{self, Branch, Cause, Downstream, Merged, Standing, UnderWay};
use crate::plan::{Plan, Rules};
use crate::words::ProjectKey;

const CHAIN: &str = "jobs:\n\
    - {job: koji_build, trigger: commit, dist_git_branches: fedora-all, allowed_committers: [ann, '@wizards', all_admins]}\n\
    - {job: bodhi_update, trigger: koji_build}\n";

/// A package of three: `a` is built first, then `b` in the same sidetag, then the update of both.
const GROUPED: &str = "jobs:\n\
    - {job: koji_build, trigger: koji_build, sidetag_group: g, dependencies: [a], dist_git_branches: f43}\n\
    - {job: bodhi_update, trigger: koji_build, sidetag_group: g, dependencies: [a, hello], dist_git_branches: f43}\n";

fn account(name: &str) -> Standing {
    Standing { account: Some(name.to_owned()), ..Standing::default() }
}

fn happened(cause: Cause<'_>, branches: &[&str], text: &str) -> Plan {
    happened_at(cause, branches.iter().map(|name| Branch::named(name)).collect(), text)
}

fn happened_at(cause: Cause<'_>, branches: Vec<Branch>, text: &str) -> Plan {
    let project = ProjectKey::new("src.fedoraproject.org", "rpms", "hello");
    let project_url = format!("https://{project}");
    let happened = Downstream { project: &project, project_url, branches, cause };
    downstream::plan(&happened, &configuration(text), &releases(), &Rules::default())
}

fn pushed(by: &Standing, branch: &str, text: &str) -> Vec<String> {
    drawn(&happened(Cause::Push { committer: by, merged: None }, &[branch], text))
}

fn merged(author: &str, labels: &[&str], text: &str) -> Vec<String> {
    let merged = Merged {
        number: 3,
        author: account(author),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let committer = account("pagure");
    drawn(&happened(Cause::Push { committer: &committer, merged: Some(&merged) }, &["f43"], text))
}

fn tagged(package: &str, present: &[&str], text: &str) -> Plan {
    tagged_while(UnderWay::default(), package, present, text)
}

fn tagged_while(under_way: UnderWay, package: &str, present: &[&str], text: &str) -> Plan {
    let present: BTreeSet<String> = present.iter().map(|name| (*name).to_owned()).collect();
    let cause = Cause::Tag { group: "g", sidetag: "f43-build-side-7", package, present: &present, under_way };
    happened(cause, &["f43"], text)
}

#[test]
fn a_push_builds_its_branch_and_then_makes_its_update() {
    assert_eq!(pushed(&account("ann"), "f43", CHAIN), ["0 koji_build: f43!", "1 bodhi_update < 0: f43"]);
}

#[test]
fn rawhide_gets_a_build_and_no_update() {
    let no_update = "not bodhi_update rawhide: Fedora makes the update of each build of this branch itself (create_automatic_updates)";
    assert_eq!(pushed(&account("ann"), "rawhide", CHAIN), ["0 koji_build: rawhide!", no_update]);
    let listed = "jobs:\n- {job: koji_build, trigger: commit, allowed_committers: [ann]}\n\
        - {job: bodhi_update, trigger: koji_build, dist_git_branches: [fedora-all]}\n";
    assert_eq!(pushed(&account("ann"), "rawhide", listed), ["0 koji_build: rawhide!", no_update]);
    assert_eq!(
        pushed(&account("ann"), "main", listed)[0],
        "0 koji_build: main!",
        "both of Rawhide's names are meant where none is named"
    );
}

#[test]
fn a_branch_that_no_job_names_starts_nothing_and_says_so() {
    assert_eq!(
        pushed(&account("ann"), "epel9", CHAIN),
        [
            "not koji_build epel9: its dist_git_branches stand for f42, f43, main, rawhide",
            "not bodhi_update epel9: its dist_git_branches stand for f42, f43",
        ]
    );
    let default = "jobs:\n- {job: koji_build, trigger: commit, allowed_committers: [ann]}\n";
    assert_eq!(
        pushed(&account("ann"), "f43", default),
        ["not koji_build f43: its dist_git_branches stand for main, rawhide"]
    );
}

#[test]
fn who_pushes_must_be_among_the_allowed_committers() {
    let wizard = Standing { groups: ["wizards".to_owned()].into(), ..account("bob") };
    let admin = Standing { is_admin: true, is_committer: true, ..account("cid") };
    for allowed in [&account("ann"), &wizard, &admin] {
        assert_eq!(pushed(allowed, "f43", CHAIN)[0], "0 koji_build: f43!", "{allowed:?}");
    }
    let committer = Standing { is_committer: true, ..account("dan") };
    let no_update = "not bodhi_update f43: it starts when a Koji build of this branch is complete, and none is started here";
    for refused in [&committer, &account("eve"), &Standing::default()] {
        let name = refused.account.as_deref().unwrap_or("somebody unknown");
        let reason = format!(
            "not koji_build: {name} pushed without a pull request, and allowed_committers names ann, @wizards, all_admins"
        );
        assert_eq!(pushed(refused, "f43", CHAIN), [reason.as_str(), no_update]);
    }
    let committers = CHAIN.replace("all_admins", "all_committers");
    assert_eq!(pushed(&committer, "f43", &committers)[0], "0 koji_build: f43!");
    assert_eq!(pushed(&admin, "f43", &committers)[0], "0 koji_build: f43!", "an administrator may push");
}

#[test]
fn a_merge_counts_by_who_opened_the_pull_request_and_by_its_labels() {
    assert_eq!(
        merged("packit", &[], CHAIN)[0],
        "0 koji_build: f43!",
        "ours are allowed unless it says otherwise"
    );
    assert_eq!(
        merged("ann", &[], CHAIN)[0],
        "not koji_build: ann opened the merged pull request 3, and allowed_pr_authors names packit"
    );
    let labeled =
        CHAIN.replace("fedora-all,", "fedora-all, require: {label: {present: [go], absent: [stop]}},");
    assert_eq!(merged("packit", &["go"], &labeled)[0], "0 koji_build: f43!");
    for labels in [&[][..], &["go", "stop"]] {
        assert!(merged("packit", labels, &labeled)[0].starts_with("not koji_build: the pull request has"));
    }
}

#[test]
fn packit_stands_for_the_account_that_is_ours() {
    let rules = Rules { fedora_account: "packflow-bot".to_owned(), ..Rules::default() };
    let allowed = ["packit".to_owned()];
    assert!(Standing::ours(&rules).is_among(&allowed, &rules));
    assert!(!account("packit").is_among(&allowed, &rules), "the name alone is somebody else's here");
}

#[test]
fn jobs_of_others_wait_for_a_person_or_another_event() {
    let text = "jobs:\n\
        - {job: koji_build, trigger: commit, manual_trigger: true, dist_git_branches: f43, allowed_committers: [ann]}\n\
        - {job: koji_build, trigger: commit, packit_instances: [stg], dist_git_branches: f43}\n\
        - {job: koji_build, trigger: koji_build, sidetag_group: g, dist_git_branches: f43}\n\
        - {job: koji_build, trigger: ignore}\n\
        - {job: copr_build, trigger: commit}\n\
        - {job: sync_from_downstream, trigger: commit}\n";
    assert_eq!(
        pushed(&account("ann"), "f43", text),
        [
            "not koji_build: manual_trigger is set: it starts only when somebody asks for it",
            "not koji_build: packit_instances names stg, and this is prod",
            "not koji_build: it starts when a package that it depends on is tagged into its sidetag",
            "not sync_from_downstream: bringing changes of dist-git back upstream is not supported yet",
            "not copr_build: it starts upstream, not at dist-git",
        ]
    );
    let asked = drawn(&happened(Cause::BuildCommand, &["f43"], text));
    assert_eq!(asked[..2], ["0 koji_build: f43!", "1 koji_build: f43!"]);
}

#[test]
fn a_command_builds_several_branches_each_with_its_update() {
    let plan = happened(Cause::BuildCommand, &["f42", "f43", "rawhide"], CHAIN);
    assert_eq!(drawn(&plan)[..2], ["0 koji_build: f42! f43! rawhide!", "1 bodhi_update < 0: f42 f43"]);
}

#[test]
fn a_scratch_build_has_no_update() {
    let text = "jobs:\n- {job: koji_build, trigger: commit, scratch: true, dist_git_branches: f43, allowed_committers: [ann]}\n\
        - {job: bodhi_update, trigger: koji_build}\n";
    assert_eq!(
        pushed(&account("ann"), "f43", text),
        [
            "0 koji_build: f43!",
            "not bodhi_update f43: it starts when a Koji build of this branch is complete, and none is started here",
        ]
    );
}

#[test]
fn a_build_of_somebody_else_gets_an_update_if_the_builder_is_allowed() {
    let text = "jobs:\n- {job: bodhi_update, trigger: koji_build, allowed_builders: [packit, ann]}\n";
    let f43 = Branch { nvr: Some("hello-1-1.fc43".to_owned()), ..Branch::named("f43") };
    let built = |by: &Standing| happened_at(Cause::Build { owner: by }, vec![f43.clone()], text);
    let plan = built(&account("ann"));
    assert_eq!(drawn(&plan), ["0 bodhi_update: f43!"]);
    assert_eq!(plan.pipelines[0].steps[0].job.targets[0].details.nvr.as_deref(), Some("hello-1-1.fc43"));
    assert_eq!(
        drawn(&built(&account("eve"))),
        ["not bodhi_update: eve built it, and allowed_builders names packit, ann"]
    );
}

#[test]
fn our_own_builds_get_no_update_where_only_others_may() {
    let text = CHAIN.replace("job: bodhi_update,", "job: bodhi_update, allowed_builders: [ann],");
    assert_eq!(
        pushed(&account("ann"), "f43", &text),
        ["not bodhi_update: packit builds it, and allowed_builders names ann", "0 koji_build: f43!"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_tag_builds_what_depends_on_it_and_then_makes_the_update_of_the_sidetag() {
    let plan = tagged("a", &["a"], GROUPED);
    assert_eq!(drawn(&plan), ["0 koji_build: f43!", "1 bodhi_update < 0: f43"]);
    let steps = &plan.pipelines[0].steps;
    let JobDetails::KojiBuild(build) = &steps[0].job.details else { panic!("{plan:?}") };
    assert_eq!((build.sidetag_group.as_deref(), &build.dependencies[..]), (Some("g"), &["a".to_owned()][..]));
    let JobDetails::BodhiUpdate(update) = &steps[1].job.details else { panic!("{plan:?}") };
    assert_eq!(update.dependencies, ["a", "hello"]);
    assert_eq!(steps[0].job.targets[0].details.sidetag.as_deref(), Some("f43-build-side-7"));
}

#[test]
fn a_tag_starts_nothing_whose_dependencies_are_not_there() {
    assert_eq!(
        drawn(&tagged("z", &["z"], GROUPED)),
        [
            "not koji_build: it waits for a: not in the sidetag f43-build-side-7 yet",
            "not bodhi_update f43: it waits for a, hello: not in the sidetag f43-build-side-7 yet",
        ]
    );
}

#[test]
fn what_is_under_way_in_a_sidetag_is_not_begun_twice() {
    let under_way = UnderWay { build: true, update: true };
    assert_eq!(
        drawn(&tagged_while(under_way, "a", &["a"], GROUPED)),
        [
            "not koji_build: the newest commit is being built for f43-build-side-7, or was",
            "not bodhi_update: an update of f43-build-side-7 is about to be made, of all that is in it then",
        ]
    );
    let built = UnderWay { build: true, update: false };
    assert_eq!(drawn(&tagged_while(built, "a", &["a", "hello"], GROUPED))[0], "0 bodhi_update: f43!");
}

#[test]
fn a_tag_of_its_own_build_never_builds_a_package_again() {
    assert_eq!(drawn(&tagged("hello", &["a", "hello"], GROUPED)), ["0 bodhi_update: f43!"]);
    let other_group = GROUPED.replace("sidetag_group: g", "sidetag_group: h");
    assert_eq!(
        drawn(&tagged("a", &["a"], &other_group)),
        ["not event: the configuration has no job that starts on a tag into this sidetag: koji_build or \
          bodhi_update with its sidetag_group and the trigger koji_build"]
    );
}

#[test]
fn builds_are_tagged_into_the_sidetag_of_each_group_once() {
    let plan = happened(Cause::TagCommand, &["f43"], GROUPED);
    assert_eq!(drawn(&plan), ["0 koji_tag_request: f43!"]);
    assert_eq!(drawn(&happened(Cause::TagCommand, &["f43"], CHAIN)).len(), 1);
}

#[test]
fn a_job_of_another_package_of_the_same_configuration_is_left_out() {
    let text = "packages:\n  hello: {downstream_package_name: hello}\n  other: {downstream_package_name: other}\n\
        jobs:\n- {job: koji_build, trigger: commit, dist_git_branches: f43, allowed_committers: [ann]}\n";
    assert_eq!(
        pushed(&account("ann"), "f43", text),
        [
            "0 koji_build[hello]: f43!",
            "not koji_build[other]: it is about the package other, and this is hello"
        ]
    );
}

//! Packages over jobs over the top of the file: which value counts.

use super::*;

const TWO_PACKAGES: &str = "
owner: top
packages:
  b: {specfile_path: b.spec, project: b}
  a: {downstream_package_name: lib-a, owner: of-a}
jobs:
";

fn with_jobs(written: &str) -> String {
    format!("{TWO_PACKAGES}{written}")
}

#[test]
fn each_job_becomes_one_view_per_package_in_the_order_of_the_packages() {
    let config = read(&with_jobs("- {job: copr_build, trigger: commit, project: of-job}")).unwrap();
    assert_eq!(config.packages, ["a", "b"]);
    let views: Vec<_> = config
        .jobs
        .iter()
        .map(|job| (job.package.as_deref(), job.identifier.as_deref(), job.owner.as_deref()))
        .collect();
    assert_eq!(views, [(Some("b"), Some("b"), Some("top")), (Some("a"), Some("a"), Some("of-a"))]);
    assert!(config.jobs.iter().all(|job| job.project.as_deref() == Some("of-job")));
    assert_eq!(config.jobs[1].specfile_path.as_deref(), Some("lib-a.spec"));
}

#[test]
fn a_list_of_packages_selects_and_keeps_the_order_of_the_packages() {
    let views = jobs(&with_jobs("- {job: tests, trigger: commit, packages: [a, b]}"));
    assert_eq!(views.iter().filter_map(|job| job.package.as_deref()).collect::<Vec<_>>(), ["b", "a"]);
    let only = jobs(&with_jobs("- {job: tests, trigger: commit, identifier: x, packages: [a]}"));
    assert_eq!(only.len(), 1);
    assert_eq!(only[0].identifier.as_deref(), Some("x"));
}

#[test]
fn a_mapping_of_packages_overrides_the_job() {
    let views = jobs(&with_jobs(
        "- {job: tests, trigger: commit, owner: of-job, packages: {a: {owner: last, targets: x}, b: {}}}",
    ));
    let seen: Vec<_> = views.iter().map(|job| (job.package.as_deref(), job.owner.as_deref())).collect();
    assert_eq!(seen, [(Some("a"), Some("last")), (Some("b"), Some("of-job"))]);
    assert_eq!(views[0].targets.names().collect::<Vec<_>>(), ["x"]);
}

#[test]
fn the_upstream_address_at_the_top_wins_over_a_packages_own() {
    let text = "upstream_project_url: T\npackages: {a: {upstream_project_url: P, specfile_path: a.spec}}";
    assert_eq!(jobs(text)[0].upstream_project_url.as_deref(), Some("T"));
}

#[test]
fn an_unknown_package_is_refused_with_the_nearest_one() {
    let text = "packages: {library: {specfile_path: a}}\njobs:\n- job: tests\n  trigger: commit\n  packages: [libary]";
    assert_eq!(schema_faults(text), ["5:14 jobs.0.packages.0 [library]"]);
}

#[test]
fn a_value_that_every_package_replaces_is_never_read() {
    let text = "targets: as-text\npackages: {a: {specfile_path: a, targets: [x]}}\njobs: []";
    assert!(read(text).is_ok());
    let text = "targets: as-text\npackages: {a: {specfile_path: a}}\njobs: []";
    assert_eq!(schema_faults(text), ["1:10 targets"]);
}

#[test]
fn one_trigger_after_another_makes_a_job_each_in_place() {
    let text =
        "specfile_path: a\njobs:\n- {job: tests, trigger: commit | release}\n- {job: tests, trigger: ignore}";
    let triggers: Vec<_> = jobs(text).iter().map(|job| job.trigger).collect();
    assert_eq!(triggers, [Trigger::Commit, Trigger::Release, Trigger::Ignore]);
}

#[test]
fn metadata_is_the_jobs_own_and_stands_alone() {
    let text =
        "specfile_path: a\njobs: [{job: tests, trigger: commit, metadata: {targets: x, dist-git-branch: y}}]";
    let job = &jobs(text)[0];
    assert_eq!(job.targets.names().collect::<Vec<_>>(), ["x"]);
    assert_eq!(job.dist_git_branches.names().collect::<Vec<_>>(), ["y"]);
    let text = "
specfile_path: a
jobs:
- job: tests
  trigger: commit
  owner: beside
  metadata:
    targets: x
    identifier: no-metadata
";
    assert_eq!(schema_faults(text), ["6:3 jobs.0.owner", "9:5 jobs.0.metadata.identifier"]);
}

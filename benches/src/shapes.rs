//! What is measured with: configurations and deliveries of the shape and size of real ones.

use std::fmt::Write;

use domain::package_config::{self, PackageConfig, Source};
use serde_json::{Value, json};

/// The namespace of the measured projects on github.com.
pub const NAMESPACE: &str = "measured";

/// Who opens the measured pull requests.
pub const AUTHOR: &str = "maria";

/// GitHub's deliveries of pull requests are about this long: most of it are addresses.
const DELIVERY_BYTES: usize = 25_000;

/// The name of a project.
pub fn project(number: usize) -> String {
    format!("package-{number:04}")
}

/// A pull request's workflow as most are: one source package, builds in five chroots, tests of three of them.
pub const WORKFLOW: &str = "\
specfile_path: package.spec
upstream_package_name: package
downstream_package_name: package
jobs:
  - job: copr_build
    trigger: pull_request
    targets: [fedora-42, fedora-43, fedora-rawhide, epel-9, epel-10]
  - job: tests
    trigger: pull_request
    targets: [fedora-42, fedora-43, fedora-rawhide]
";

/// The targets of [`WORKFLOW`].
pub const WORKFLOW_TARGETS: usize = 9;

/// A pull request's workflow of five tests without builds.
pub const TESTS_ALONE: &str = "\
specfile_path: package.spec
upstream_package_name: package
downstream_package_name: package
jobs:
  - job: tests
    trigger: pull_request
    skip_build: true
    targets: [fedora-42, fedora-43, fedora-rawhide, epel-9, epel-10]
";

/// A configuration with merge keys and many jobs; the largest real ones have about 30 KB.
pub fn large_configuration() -> String {
    let mut text = String::from(
        "specfile_path: packaging/package.spec\nupstream_package_name: package\ndownstream_package_name: package\n\
         actions:\n  get-current-version:\n    - bash -c \"grep Version packaging/package.spec | cut -d' ' -f2\"\n\
         jobs:\n  - &build\n    job: copr_build\n    trigger: pull_request\n    targets: [fedora-all, epel-9, epel-10]\n\
         \x20 - &tests\n    job: tests\n    trigger: pull_request\n    targets: [epel-9]\n    identifier: base\n\
         \x20   tmt_plan: /plans/base\n    tf_extra_params: &extra\n      test:\n        tmt:\n          name: /plans/base\n\
         \x20     environments:\n        - tmt: {context: {distro: rhel-9.4, arch: x86_64}}\n",
    );
    for number in 1..100 {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "  - <<: *tests\n    identifier: tier-{number}\n    labels: [tier-{number}, all]\n    manual_trigger: true\n\
             \x20   env: {{TIER: \"{number}\", SOURCE: \"centos-9\"}}\n    tmt_plan: /plans/tier{number}/upgrade\n\
             \x20   tf_extra_params:\n      <<: *extra\n      environments:\n\
             \x20       - tmt: {{context: {{distro: rhel-9.4, arch: x86_64, tier: \"{number}\"}}}}\n"
        );
    }
    text
}

/// A monorepo: 20 packages, each with an SRPM, five builds and three tests for a pull request.
pub fn monorepo_configuration() -> String {
    let mut text = String::from("packages:\n");
    let mut names = Vec::new();
    for number in 0..20 {
        let name = format!("part-{number}");
        let _ = write!(
            text,
            "  {name}:\n    paths: [{name}]\n    specfile_path: {name}/{name}.spec\n    downstream_package_name: {name}\n"
        );
        names.push(name);
    }
    let _ = write!(
        text,
        "jobs:\n  - job: copr_build\n    trigger: pull_request\n    packages: [{names}]\n\
         \x20   targets: [fedora-42, fedora-43, fedora-rawhide, epel-9, epel-10]\n\
         \x20 - job: tests\n    trigger: pull_request\n    packages: [{names}]\n\
         \x20   targets: [fedora-42, fedora-43, fedora-rawhide]\n",
        names = names.join(", ")
    );
    text
}

/// Understands a configuration of this module.
///
/// # Panics
/// If it is refused: the shapes are ours.
pub fn understood(text: &str) -> PackageConfig {
    package_config::load(text, &source()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Where the configurations of this module come from.
pub fn source() -> Source {
    Source { path: ".packit.yaml".to_owned(), repository: "package".to_owned(), spec_files: None }
}

/// A commit hash that only this number has.
pub fn commit(number: usize) -> String {
    format!("{number:040x}")
}

/// GitHub's delivery that this pull request was opened, as long as real ones.
///
/// # Panics
/// If the demo's delivery, which it is made from, is no JSON.
pub fn delivery(project_number: usize, pull_request: usize) -> Vec<u8> {
    let recorded = include_str!("../../crates/packflow/demo/deliveries/1-pull_request.json");
    let mut body: Value = serde_json::from_str(recorded).unwrap_or_else(|error| panic!("{error}"));
    let name = project(project_number);
    let repository = json!({
        "id": 1_000_000 + project_number, "name": name, "full_name": format!("{NAMESPACE}/{name}"), "private": false,
        "fork": false, "owner": {"login": NAMESPACE, "id": 1, "type": "Organization"}, "default_branch": "main",
        "html_url": format!("https://github.com/{NAMESPACE}/{name}"), "visibility": "public",
    });
    body["repository"] = repository.clone();
    body["pull_request"]["base"]["repo"] = repository;
    body["number"] = json!(pull_request);
    body["pull_request"]["number"] = json!(pull_request);
    body["pull_request"]["head"]["sha"] = json!(commit(pull_request));
    let missing = DELIVERY_BYTES.saturating_sub(body.to_string().len());
    body["pull_request"]["body"] = json!("What it is good for. ".repeat(missing / 21));
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_as_large_as_they_say() {
        assert_eq!(understood(&large_configuration()).jobs.len(), 101);
        assert!((25_000..60_000).contains(&large_configuration().len()), "{}", large_configuration().len());
        assert_eq!(understood(&monorepo_configuration()).packages.len(), 20);
        let body = delivery(3, 17);
        assert!((24_000..26_000).contains(&body.len()), "{}", body.len());
        let reading = forges::github::delivery::read("pull_request", &body, "github.com");
        let forges::Reading::Event(event) = reading else { panic!("{reading:?}") };
        assert_eq!(event.project.key.to_string(), "github.com/measured/package-0003");
        assert_eq!(event.hash(), Some(commit(17).as_str()));
    }
}

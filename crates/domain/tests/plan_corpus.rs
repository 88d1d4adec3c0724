//! Plans of the recorded configurations of other projects. `src/plan/tests` covers every rule without them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use std::path::PathBuf;

use domain::event::{PullRequest, PullRequestAction};
use domain::package_config::{PackageConfig, Source, load};
use domain::plan::{Occasion, Plan, Rules, Trigger, plan};
use domain::releases::Releases;
use domain::words::{JobKind, ProjectKey};

/// The valid recorded configurations with the project that each is of; none where they are not at hand.
fn configurations() -> Vec<(ProjectKey, PackageConfig)> {
    let Some(folder) = corpus::folder("packit-yaml") else { return Vec::new() };
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let (namespace, name) = path.file_stem()?.to_str()?.split_once("__")?;
        let source =
            Source { path: ".packit.yaml".to_owned(), repository: name.to_owned(), spec_files: None };
        let configuration = load(&std::fs::read_to_string(path).ok()?, &source).ok()?;
        Some((ProjectKey::new("github.com", namespace, name), configuration))
    };
    let configurations: Vec<_> = paths.iter().filter_map(read).collect();
    assert_eq!(configurations.len(), 46, "of 49 recorded configurations, 46 are valid");
    configurations
}

/// Plans for a pull request into `main`, a push to it, and a release.
fn plans(project: &ProjectKey, configuration: &PackageConfig) -> [Plan; 3] {
    let pull_request = PullRequest {
        action: PullRequestAction::Opened,
        number: 1,
        author: None,
        head: "c0ffee".to_owned(),
        before: None,
        target_branch: "main".to_owned(),
        source: None,
        labels: Vec::new(),
    };
    let triggers = [
        Trigger::PullRequest(&pull_request),
        Trigger::Push { branch: "main" },
        Trigger::Release { tag: "1.0" },
    ];
    triggers.map(|trigger| {
        let occasion = Occasion {
            project,
            default_branch: Some("main"),
            trigger,
            project_url: format!("https://{project}"),
            source_url: None,
            target_hash: None,
            wanted: None,
            is_dist_git: false,
        };
        let rules = Rules { internal_tests: true, ..Rules::default() };
        let planned = plan(&occasion, configuration, &Releases::shipped(), &rules);
        assert_eq!(planned, plan(&occasion, configuration, &Releases::shipped(), &rules));
        planned
    })
}

#[test]
fn every_recorded_configuration_starts_something_or_says_why_not() {
    for (project, configuration) in configurations() {
        for plan in plans(&project, &configuration) {
            assert!(!plan.pipelines.is_empty() || !plan.omissions.is_empty(), "{project}");
            let packages = configuration.packages.len();
            assert!(plan.pipelines.len() <= packages, "{project}: one pipeline per package");
            for omission in &plan.omissions {
                assert!(!omission.reason.contains("can have this name"), "{project}: {omission:?}");
                assert!(!omission.reason.contains("at once"), "{project}: {omission:?}");
            }
        }
    }
}

#[test]
fn every_automatic_build_of_a_recorded_configuration_is_planned() {
    for (project, configuration) in configurations() {
        let [pull_request, ..] = plans(&project, &configuration);
        let asked = configuration.jobs.iter().filter(|job| {
            job.job.as_str() == "copr_build"
                && job.trigger.as_str() == "pull_request"
                && !job.manual_trigger
                && job.require_label.present.is_empty()
                && job.branch.as_ref().is_none_or(|branch| branch.matches("main"))
                && job.packit_instances.iter().any(|instance| instance.as_str() == "prod")
        });
        let steps = pull_request.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
        let planned = steps.filter(|step| step.job.kind == JobKind::CoprBuild).count();
        assert_eq!(planned, asked.count(), "{project}: {pull_request:?}");
    }
}

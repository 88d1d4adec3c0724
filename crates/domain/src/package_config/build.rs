//! From checked settings to the typed job.
//!
//! Everything read here was checked before: what is missing or empty gets its default.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::layers::Layer;
use super::model::JobConfig;
use super::read;
use super::values::{
    BranchOptions, BranchPattern, DistGitBranches, LabelRequirements, Notifications, TargetOptions, Targets,
    TestCommand,
};
use super::words::{Bootstrap, Deployment, JobType, Trigger};
use super::yaml::Node;

/// What a job is besides its package's values.
pub(super) struct JobHead<'a> {
    pub(super) job: JobType,
    pub(super) trigger: Trigger,
    /// The settings that stand on jobs only.
    pub(super) own: &'a Layer,
    /// The package, if this is a view on one of several.
    pub(super) view_of: Option<&'a str>,
}

/// The job with the values of one package.
pub(super) fn job_config(head: &JobHead<'_>, values: &Layer) -> JobConfig {
    let own = head.own;
    JobConfig {
        actions: mapping(values, "actions").unwrap_or_default(),
        additional_repos: texts(values, "additional_repos").unwrap_or_default(),
        allowed_builders: texts(values, "allowed_builders").unwrap_or_else(packit_only),
        allowed_committers: texts(values, "allowed_committers").unwrap_or_default(),
        allowed_pr_authors: texts(values, "allowed_pr_authors").unwrap_or_else(packit_only),
        bodhi_extra_params: mapping(values, "bodhi_extra_params").unwrap_or_default(),
        bootstrap: text(values, "bootstrap").and_then(|word| word.parse().ok()).unwrap_or(Bootstrap::Default),
        branch: text(values, "branch").and_then(|pattern| BranchPattern::new(&pattern).ok()),
        copr_chroot: text(values, "copr_chroot"),
        csmock_args: text(values, "csmock_args"),
        dependencies: texts(own, "dependencies"),
        dependents: texts(own, "dependents"),
        dist_git_branches: dist_git_branches(values),
        downstream_package_name: text(values, "downstream_package_name"),
        enable_net: flag(values, "enable_net", false),
        env: mapping(values, "env").unwrap_or_default(),
        fmf_path: text(values, "fmf_path"),
        fmf_ref: text(values, "fmf_ref"),
        fmf_url: text(values, "fmf_url"),
        identifier: text(values, "identifier").or_else(|| head.view_of.map(str::to_owned)),
        image_customizations: mapping(values, "image_customizations"),
        image_distribution: text(values, "image_distribution"),
        image_request: mapping(values, "image_request"),
        issue_repository: text(values, "issue_repository"),
        job: head.job,
        labels: texts(own, "labels"),
        list_on_homepage: flag(values, "list_on_homepage", false),
        manual_trigger: flag(own, "manual_trigger", false),
        merge_pr_in_ci: flag(values, "merge_pr_in_ci", true),
        module_hotfixes: flag(values, "module_hotfixes", false),
        notifications: notifications(values),
        osh_diff_scan_after_copr_build: flag(values, "osh_diff_scan_after_copr_build", true),
        owner: text(values, "owner"),
        package: head.view_of.map(str::to_owned),
        packit_instances: deployments(values),
        paths: texts(values, "paths").filter(|paths| !paths.is_empty()).unwrap_or_else(whole_repository),
        pkg_tool: text(values, "pkg_tool"),
        preserve_project: flag(values, "preserve_project", false),
        project: text(values, "project"),
        release_suffix: text(values, "release_suffix"),
        require_label: label_requirements(values),
        scratch: flag(values, "scratch", false),
        sidetag_group: text(own, "sidetag_group"),
        skip_build: flag(own, "skip_build", false),
        skip_missing_branched_composes: flag(values, "skip_missing_branched_composes", false),
        specfile_path: text(values, "specfile_path"),
        srpm_build_deps: texts(values, "srpm_build_deps"),
        status_name_template: text(values, "status_name_template"),
        sync_test_job_statuses_with_builds: flag(values, "sync_test_job_statuses_with_builds", true),
        targets: targets(values),
        test_command: test_command(values),
        tf_extra_params: mapping(values, "tf_extra_params").unwrap_or_default(),
        tf_post_install_script: text(values, "tf_post_install_script"),
        timeout: values.node("timeout").and_then(|node| read::integer(node)).unwrap_or(7200),
        tmt_plan: text(values, "tmt_plan"),
        trigger: head.trigger,
        update_release: flag(values, "update_release", true),
        upload_sources: flag(values, "upload_sources", true),
        upstream_package_name: text(values, "upstream_package_name"),
        upstream_project_url: text(values, "upstream_project_url"),
        upstream_tag_exclude: text(values, "upstream_tag_exclude").unwrap_or_default(),
        upstream_tag_include: text(values, "upstream_tag_include").unwrap_or_default(),
        upstream_tag_template: text(values, "upstream_tag_template")
            .unwrap_or_else(|| "{version}".to_owned()),
        use_internal_tf: flag(values, "use_internal_tf", false),
        use_target_repo_for_fmf_url: flag(values, "use_target_repo_for_fmf_url", false),
        version_suffix: text(values, "version_suffix"),
    }
}

fn packit_only() -> Vec<String> {
    vec!["packit".to_owned()]
}

fn whole_repository() -> Vec<String> {
    vec!["./".to_owned()]
}

fn text(values: &Layer, key: &str) -> Option<String> {
    values.node(key).and_then(|node| node.as_text()).map(str::to_owned)
}

fn flag(values: &Layer, key: &str, default: bool) -> bool {
    values.node(key).and_then(|node| read::flag(node)).unwrap_or(default)
}

fn texts(values: &Layer, key: &str) -> Option<Vec<String>> {
    values.node(key).map(|node| text_items(node))
}

fn text_items(node: &Node) -> Vec<String> {
    let items = node.as_sequence().unwrap_or_default();
    items.iter().filter_map(|item| item.as_text()).map(str::to_owned).collect()
}

fn mapping(values: &Layer, key: &str) -> Option<BTreeMap<String, Json>> {
    let entries = values.node(key)?.as_mapping()?;
    Some(entries.iter().map(|entry| (entry.key.name.clone(), entry.value.to_json())).collect())
}

fn deployments(values: &Layer) -> Vec<Deployment> {
    match texts(values, "packit_instances") {
        Some(names) => names.iter().filter_map(|name| name.parse().ok()).collect(),
        None => vec![Deployment::Prod],
    }
}

/// The node at a path of keys, unless nothing is written there.
fn below<'a>(values: &'a Layer, key: &str, path: &[&str]) -> Option<&'a Rc<Node>> {
    path.iter().try_fold(values.node(key)?, |node, key| node.get(key)).filter(|node| !node.is_null())
}

fn notifications(values: &Layer) -> Notifications {
    let at = |path: &[&str]| below(values, "notifications", path);
    Notifications {
        failure_comment_message: at(&["failure_comment", "message"])
            .and_then(|node| node.as_text())
            .map(str::to_owned),
        failure_issue_create: at(&["failure_issue", "create"])
            .and_then(|node| read::flag(node))
            .unwrap_or(true),
        pull_request_successful_build: at(&["pull_request", "successful_build"])
            .and_then(|node| read::flag(node))
            .unwrap_or(false),
    }
}

fn label_requirements(values: &Layer) -> LabelRequirements {
    let labels = |side| below(values, "require", &["label", side]).map(|node| text_items(node));
    LabelRequirements {
        absent: labels("absent").unwrap_or_default(),
        present: labels("present").unwrap_or_default(),
    }
}

fn test_command(values: &Layer) -> TestCommand {
    let at = |key| below(values, "test_command", &[key]);
    TestCommand {
        default_identifier: at("default_identifier").and_then(|node| node.as_text()).map(str::to_owned),
        default_labels: at("default_labels").map(|node| text_items(node)),
    }
}

/// The names under a key with what is written below each, in any of the three forms.
fn names_with_options(node: &Node) -> Vec<(String, Map<String, Json>)> {
    if let Some(name) = node.as_text() {
        return vec![(name.to_owned(), Map::new())];
    }
    if let Some(entries) = node.as_mapping() {
        return entries
            .iter()
            .map(|entry| {
                let options = entry.value.as_mapping().unwrap_or_default();
                let options = options.iter().map(|option| (option.key.name.clone(), option.value.to_json()));
                (entry.key.name.clone(), options.collect())
            })
            .collect();
    }
    text_items(node).into_iter().map(|name| (name, Map::new())).collect()
}

fn targets(values: &Layer) -> Targets {
    let mut kept: Vec<(String, TargetOptions)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (name, options) in values.node("targets").map(|node| names_with_options(node)).unwrap_or_default() {
        if seen.insert(name.clone()) {
            kept.push((name, TargetOptions(options)));
        }
    }
    Targets(kept)
}

fn dist_git_branches(values: &Layer) -> DistGitBranches {
    let node = values.node("dist_git_branches").filter(|node| node.is_truthy() || node.as_text().is_some());
    let branches = node.map(|node| names_with_options(node)).unwrap_or_default();
    DistGitBranches {
        branches: branches.into_iter().map(|(name, options)| (name, BranchOptions(options))).collect(),
        is_list: node.is_none_or(|node| node.as_mapping().is_none()),
    }
}

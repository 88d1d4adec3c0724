//! The tables of the source: what their rows are told apart by, and why a row of them comes to nothing.

/// An expression for what tells the rows of a table apart.
pub(crate) fn key(table: &str) -> &'static str {
    match table {
        "alembic_version" => "version_num::text",
        "tf_copr_build_association_table" => "copr_id || ':' || tft_id",
        "tf_koji_build_association_table" => "koji_id || ':' || tft_id",
        "sync_release_pr_association" => "sync_release_target_id || ':' || sync_release_pr_id",
        table if is_known(table) => "id::text",
        // A table that Packit Service does not have; the row's place is all that is sure to be there.
        _ => "ctid::text",
    }
}

/// Why a row comes to nothing that nothing led to.
pub(crate) fn reason(table: &str) -> &'static str {
    match table {
        "allowlist" => {
            "who may is a matter of the configuration (access.allow); nothing is taken over by itself"
        }
        "github_installations" => "installations are told by the forge when Packflow's App is installed",
        "project_authentication_issue" => "Packflow opens no issues about accounts",
        "source_git_pr_dist_git_pr" => "Packflow keeps no pairs of pull requests",
        "sidetags" | "sidetag_groups" => {
            "Packflow keeps no sidetags; builds and updates name theirs in their details"
        }
        "pull_requests" | "git_branches" | "project_releases" | "project_issues" | "git_projects" => {
            "it could not be read"
        }
        "tf_copr_build_association_table" | "tf_koji_build_association_table" => {
            "the test or the build is not there, or the test's job follows another job of the event"
        }
        "sync_release_pr_association" => "the sync target or the pull request is not there",
        "sync_release_pull_request" => "no sync target leads to it",
        "copr_build_groups"
        | "koji_build_groups"
        | "tft_test_run_groups"
        | "bodhi_update_groups"
        | "koji_tag_request_groups"
        | "log_detective_run_groups"
        | "sync_release_runs" => "it has no targets, or no pipeline leads to it",
        "scans" => "the build that it is about is not there",
        "job_triggers" => "nothing ran for it yet; a later run imports it with what has",
        table if is_known(table) => "no pipeline leads to it",
        _ => "Packit Service has no such table",
    }
}

fn is_known(table: &str) -> bool {
    KNOWN.contains(&table)
}

/// The tables of both schemas that have a column `id`.
const KNOWN: &[&str] = &[
    "allowlist",
    "anitya_multiple_versions",
    "anitya_projects",
    "anitya_versions",
    "bodhi_update_groups",
    "bodhi_update_targets",
    "copr_build_groups",
    "copr_build_targets",
    "git_branches",
    "git_projects",
    "github_installations",
    "job_triggers",
    "koji_build_groups",
    "koji_build_tags",
    "koji_build_targets",
    "koji_tag_request_groups",
    "koji_tag_request_targets",
    "log_detective_run",
    "log_detective_run_groups",
    "pipelines",
    "project_authentication_issue",
    "project_events",
    "project_issues",
    "project_releases",
    "pull_requests",
    "scans",
    "sidetag_groups",
    "sidetags",
    "source_git_pr_dist_git_pr",
    "srpm_builds",
    "sync_release_pull_request",
    "sync_release_run_targets",
    "sync_release_runs",
    "tft_test_run_groups",
    "tft_test_run_targets",
    "vm_image_build_targets",
];

//! The key set of a package configuration: every key that is understood, with the values it takes
//! and where it may stand. Facts from the schema of packitos 1.17.0; `docs/package-configuration.md`
//! shows the same table to people.

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    /// Text that can be a file name.
    RepositoryName,
    /// Text with version specifiers as in PEP 440.
    VersionSpecifiers,
    /// A regular expression.
    BranchPattern,
    Flag,
    Integer,
    TextList,
    TextOrList,
    /// A mapping with any keys and values.
    Mapping,
    /// A mapping with text keys and any values.
    TextMapping,
    /// One word of a closed list.
    Word(&'static [&'static str]),
    /// A list of such words.
    Words(&'static [&'static str]),
    /// Words of a closed list joined by `|`.
    Trigger,
    /// A mapping whose keys are the names of actions.
    Actions,
    Targets,
    Branches,
    /// A mapping with exactly these keys.
    Group(&'static [Field]),
    /// A list of such mappings.
    GroupList(&'static [Field]),
    /// A list whose items are text or such mappings.
    TextOrGroupList(&'static [Field]),
    /// A scalar, or anything empty.
    SourceId,
    /// Read where packages are made: see `layers`.
    Packages,
    /// Read where a job's values are made: see `layers`.
    Metadata,
    /// Understood once, refused now.
    Removed,
}

/// Whether a key may be missing, or stand there without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    /// Optional, and an empty value means "not set".
    Nullable,
}

/// A key and what it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
}

/// Where a mapping with keys of the table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Top,
    /// An entry of the top-level `packages`.
    Package,
    Job,
    /// The deprecated `metadata` of a job.
    Metadata,
    /// An entry of a job's `packages` mapping.
    Override,
}

const fn field(name: &'static str, kind: Kind, presence: Presence) -> Field {
    Field { name, kind, presence }
}

use Kind::{
    Actions, BranchPattern, Branches, Flag, Group, GroupList, Integer, Mapping, Metadata, Packages, Removed,
    RepositoryName, SourceId, Targets, Text, TextList, TextMapping, TextOrGroupList, TextOrList, Trigger,
    VersionSpecifiers, Word, Words,
};
use Presence::{Nullable, Optional, Required};

pub(super) const JOB_TYPES: &[&str] = &[
    "propose_downstream",
    "pull_from_upstream",
    "sync_from_downstream",
    "copr_build",
    "upstream_koji_build",
    "koji_build",
    "tests",
    "bodhi_update",
    "vm_image_build",
    "koji_build_tag",
];
pub(super) const TRIGGERS: &[&str] = &["release", "pull_request", "commit", "koji_build", "ignore"];
pub(super) const BOOTSTRAPS: &[&str] = &["default", "on", "off", "image"];
pub(super) const DEPLOYMENTS: &[&str] = &["dev", "stg", "prod"];
pub(super) const PACKAGING_TOOLS: &[&str] = &["fedpkg", "fedpkg-stage", "centpkg", "centpkg-sig"];
pub(super) const ACTIONS: &[&str] = &[
    "run-condition",
    "post-upstream-clone",
    "pre-sync",
    "create-patches",
    "prepare-files",
    "create-archive",
    "get-current-version",
    "fix-spec-file",
    "post-modifications",
    "changelog-entry",
    "commit-message",
];
/// The options of one target; the second half says whether it is a list or text.
pub(super) const TARGET_OPTIONS: &[(&str, bool)] = &[
    ("distros", true),
    ("additional_packages", true),
    ("additional_repos", true),
    ("additional_modules", false),
    ("with_opts", true),
    ("without_opts", true),
];
pub(super) const FAST_FORWARD: &str = "fast_forward_merge_into";

const NOTIFICATIONS: &[Field] = &[
    field("pull_request", Group(&[field("successful_build", Flag, Optional)]), Optional),
    field("failure_comment", Group(&[field("message", Text, Nullable)]), Optional),
    field("failure_issue", Group(&[field("create", Flag, Optional)]), Optional),
];
const TEST_COMMAND: &[Field] =
    &[field("default_labels", TextList, Nullable), field("default_identifier", Text, Nullable)];
const LABELS: &[Field] = &[field("present", TextList, Optional), field("absent", TextList, Optional)];
const OSH_OPTIONS: &[Field] =
    &[field("analyzer", Text, Nullable), field("config", Text, Nullable), field("profile", Text, Nullable)];
const SOURCE: &[Field] = &[field("path", Text, Required), field("url", Text, Required)];
const FILE_TO_SYNC: &[Field] = &[
    field("src", TextOrList, Required),
    field("dest", Text, Required),
    field("mkpath", Flag, Optional),
    field("delete", Flag, Optional),
    field("filters", TextList, Nullable),
];

/// Keys of a package; they may also stand at the top, on a job and in a job's `packages`.
pub(super) const PACKAGE_KEYS: &[Field] = &[
    field("actions", Actions, Optional),
    field("additional_packages", TextList, Nullable),
    field("additional_repos", TextList, Nullable),
    field("allowed_builders", TextList, Nullable),
    field("allowed_committers", TextList, Nullable),
    field("allowed_gpg_keys", TextList, Nullable),
    field("allowed_pr_authors", TextList, Nullable),
    field("archive_root_dir_template", Text, Optional),
    field("bodhi_extra_params", Mapping, Nullable),
    field("bootstrap", Word(BOOTSTRAPS), Nullable),
    field("branch", BranchPattern, Nullable),
    field("clone_repos_before_run_condition", Flag, Optional),
    field("config_file_path", Text, Nullable),
    field("copr_chroot", Text, Nullable),
    field("copy_upstream_release_description", Flag, Optional),
    field("create_pr", Flag, Optional),
    field("create_sync_note", Flag, Optional),
    field("csmock_args", Text, Nullable),
    field("dist_git_base_url", Text, Nullable),
    field("dist_git_branches", Branches, Nullable),
    field("dist_git_namespace", Text, Nullable),
    field("dist_git_url", Removed, Optional),
    field("downstream_package_name", Text, Nullable),
    field("enable_net", Flag, Optional),
    field("env", TextMapping, Nullable),
    field("files_to_sync", TextOrGroupList(FILE_TO_SYNC), Optional),
    field("fmf_path", Text, Nullable),
    field("fmf_ref", Text, Nullable),
    field("fmf_url", Text, Nullable),
    field("identifier", Text, Nullable),
    field("image_customizations", Mapping, Nullable),
    field("image_distribution", Text, Nullable),
    field("image_request", Mapping, Nullable),
    field("issue_repository", Text, Nullable),
    field("list_on_homepage", Flag, Optional),
    field("merge_pr_in_ci", Flag, Optional),
    field("module_hotfixes", Flag, Optional),
    field("notifications", Group(NOTIFICATIONS), Optional),
    field("osh_diff_scan_after_copr_build", Flag, Optional),
    field("osh_options", Group(OSH_OPTIONS), Optional),
    field("owner", Text, Nullable),
    field("packit_instances", Words(DEPLOYMENTS), Optional),
    field("parse_time_macros", Mapping, Nullable),
    field("patch_generation_ignore_paths", TextList, Nullable),
    field("patch_generation_patch_id_digits", Integer, Optional),
    field("paths", TextList, Optional),
    field("pkg_tool", Text, Nullable),
    field("prerelease_suffix_macro", Text, Nullable),
    field("prerelease_suffix_pattern", Text, Optional),
    field("preserve_project", Flag, Optional),
    field("preserve_spec", Flag, Optional),
    field("project", Text, Nullable),
    field("release_suffix", Text, Nullable),
    field("require", Group(&[field("label", Group(LABELS), Nullable)]), Optional),
    field("scratch", Flag, Optional),
    field("sig", Text, Nullable),
    field("skip_missing_branched_composes", Flag, Optional),
    field("sources", GroupList(SOURCE), Nullable),
    field("spec_source_id", SourceId, Optional),
    field("specfile_path", Text, Nullable),
    field("srpm_build_deps", TextList, Nullable),
    field("status_name_template", Text, Nullable),
    field("sync_changelog", Flag, Optional),
    field("sync_test_job_statuses_with_builds", Flag, Optional),
    field("targets", Targets, Nullable),
    field("test_command", Group(TEST_COMMAND), Optional),
    field("tf_extra_params", Mapping, Nullable),
    field("tf_post_install_script", Text, Nullable),
    field("timeout", Integer, Optional),
    field("tmt_plan", Text, Nullable),
    field("update_release", Flag, Optional),
    field("upload_sources", Flag, Optional),
    field("upstream_package_name", RepositoryName, Nullable),
    field("upstream_project_url", Text, Nullable),
    field("upstream_ref", Text, Nullable),
    field("upstream_tag_exclude", Text, Optional),
    field("upstream_tag_include", Text, Optional),
    field("upstream_tag_template", Text, Optional),
    field("use_copr_dist_git_build", Flag, Optional),
    field("use_internal_tf", Flag, Optional),
    field("use_target_repo_for_fmf_url", Flag, Optional),
    field("version_suffix", Text, Nullable),
    field("version_update_mask", Text, Nullable),
    field("version_update_specifiers", VersionSpecifiers, Nullable),
];

/// Keys of a job alone. Without a value they are taken as not written.
pub(super) const JOB_KEYS: &[Field] = &[
    field("dependencies", TextList, Nullable),
    field("dependents", TextList, Nullable),
    field("job", Word(JOB_TYPES), Required),
    field("labels", TextList, Nullable),
    field("manual_trigger", Flag, Nullable),
    field("metadata", Metadata, Nullable),
    field("package", Text, Nullable),
    field("packages", Packages, Nullable),
    field("sidetag_group", Text, Nullable),
    field("skip_build", Flag, Nullable),
    field("skip_install", Flag, Nullable),
    field("trigger", Trigger, Required),
];

/// Keys of the deprecated `metadata` mapping; while a job has one, none of them but `targets` may
/// stand beside it.
pub(super) const METADATA_KEYS: &[&str] = &[
    "additional_packages",
    "additional_repos",
    "bootstrap",
    "branch",
    "dist_git_branches",
    "enable_net",
    "env",
    "fmf_path",
    "fmf_ref",
    "fmf_url",
    "list_on_homepage",
    "module_hotfixes",
    "owner",
    "preserve_project",
    "project",
    "scratch",
    "skip_build",
    "skip_install",
    "targets",
    "tf_extra_params",
    "tf_post_install_script",
    "timeout",
    "tmt_plan",
    "use_copr_dist_git_build",
    "use_internal_tf",
];

/// Keys of the file's top level alone.
pub(super) const TOP_KEYS: &[&str] = &["jobs", "packages"];

/// The key of that name wherever it may stand.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    PACKAGE_KEYS.iter().chain(JOB_KEYS).find(|key| key.name == name)
}

/// The key of that name if it may stand on this level.
pub(super) fn find_on(level: Level, name: &str) -> Option<&'static Field> {
    find(name).filter(|key| known_on(level).any(|known| known == key.name))
}

/// The names that may stand on a level.
pub(super) fn known_on(level: Level) -> Box<dyn Iterator<Item = &'static str>> {
    let names = |keys: &'static [Field]| keys.iter().map(|key| key.name);
    match level {
        Level::Top => Box::new(names(PACKAGE_KEYS).chain(TOP_KEYS.iter().copied())),
        Level::Package | Level::Override => Box::new(names(PACKAGE_KEYS)),
        Level::Job => Box::new(names(PACKAGE_KEYS).chain(names(JOB_KEYS))),
        Level::Metadata => Box::new(METADATA_KEYS.iter().copied()),
    }
}

//! The typed job: what the rest of Packflow reads of a package configuration.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::values::{BranchPattern, DistGitBranches, LabelRequirements, Notifications, Targets, TestCommand};
use super::words::{Bootstrap, Deployment, JobType, Trigger};

/// A package configuration that was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackageConfig {
    /// The names of the packages, sorted.
    pub packages: Vec<String>,
    /// The job views in the order of the file: a job of a configuration with several packages is
    /// one view per package, a job with several triggers one per trigger.
    pub jobs: Vec<JobConfig>,
}

/// One job for one package with every value filled in: the job's own, else its package's, else the
/// file's, else the default. The keys are those of the file; `docs/package-configuration.md` lists
/// them with their defaults.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobConfig {
    /// Commands run instead of Packit's own steps, by the step's name; a command or a list of them,
    /// as the file says.
    pub actions: BTreeMap<String, Json>,
    /// Repositories for the buildroot at Copr.
    pub additional_repos: Vec<String>,
    /// Fedora accounts whose Koji builds start a Bodhi update.
    pub allowed_builders: Vec<String>,
    /// Fedora accounts whose dist-git pushes start a Koji build.
    pub allowed_committers: Vec<String>,
    /// Fedora accounts whose dist-git pull requests start a Koji build when merged.
    pub allowed_pr_authors: Vec<String>,
    /// Further fields of a new Bodhi update.
    pub bodhi_extra_params: BTreeMap<String, Json>,
    /// How mock makes its buildroot.
    pub bootstrap: Bootstrap,
    /// Which branches count: the pushed one, or a pull request's target.
    pub branch: Option<BranchPattern>,
    /// The chroot at Copr whose packages go into a virtual machine image.
    pub copr_chroot: Option<String>,
    /// Arguments for the scan with csmock.
    pub csmock_args: Option<String>,
    /// Packages whose Koji builds must be in the sidetag before this one starts.
    pub dependencies: Option<Vec<String>>,
    /// Packages whose Koji builds follow this one in the sidetag.
    pub dependents: Option<Vec<String>>,
    /// The dist-git branches a job works on.
    pub dist_git_branches: DistGitBranches,
    /// The package's name in dist-git.
    pub downstream_package_name: Option<String>,
    /// Whether builds at Copr may use the network.
    pub enable_net: bool,
    /// Environment of the tests; any scalar is a value.
    pub env: BTreeMap<String, Json>,
    /// Path of the test metadata in its repository.
    pub fmf_path: Option<String>,
    /// Branch, tag or commit of the test metadata.
    pub fmf_ref: Option<String>,
    /// Repository with the test metadata, where it is another one.
    pub fmf_url: Option<String>,
    /// Tells jobs of one kind apart; of a view, the package's name where the file has none.
    pub identifier: Option<String>,
    /// Passed on to Image Builder as it is.
    pub image_customizations: Option<BTreeMap<String, Json>>,
    /// The distribution of a virtual machine image.
    pub image_distribution: Option<String>,
    /// Passed on to Image Builder as it is.
    pub image_request: Option<BTreeMap<String, Json>>,
    /// Repository where downstream failures are told.
    pub issue_repository: Option<String>,
    /// What the job does.
    pub job: JobType,
    /// Names by which comments pick jobs.
    pub labels: Option<Vec<String>>,
    /// Whether the project at Copr shows on its home page.
    pub list_on_homepage: bool,
    /// Whether the job waits for a person to start it.
    pub manual_trigger: bool,
    /// Whether a pull request is merged into its target before it is built.
    pub merge_pr_in_ci: bool,
    /// Whether Copr's repository files say `module_hotfixes=1`.
    pub module_hotfixes: bool,
    /// What is told to people.
    pub notifications: Notifications,
    /// Whether OpenScanHub compares scans after a build at Copr.
    pub osh_diff_scan_after_copr_build: bool,
    /// Owner of the project at Copr. Of a foreign pull request it gives no right by itself.
    pub owner: Option<String>,
    /// The package this view is for; only where the file has several, or names one on the job.
    pub package: Option<String>,
    /// Deployments that act on the job.
    pub packit_instances: Vec<Deployment>,
    /// Paths in the repository that belong to the package.
    pub paths: Vec<String>,
    /// Tool for dist-git and its lookaside cache.
    pub pkg_tool: Option<String>,
    /// Whether the project at Copr is kept for ever.
    pub preserve_project: bool,
    /// Project at Copr. Of a foreign pull request it gives no right by itself.
    pub project: Option<String>,
    /// Replaces the release suffix that would be made.
    pub release_suffix: Option<String>,
    /// Labels a pull request must have and must not have: `require.label` in the file.
    pub require_label: LabelRequirements,
    /// Whether a Koji build is a scratch build.
    pub scratch: bool,
    /// Group of jobs that share a sidetag.
    pub sidetag_group: Option<String>,
    /// Whether tests run without a build.
    pub skip_build: bool,
    /// Whether a missing compose of a freshly branched Fedora is passed over.
    pub skip_missing_branched_composes: bool,
    /// Path of the spec file in the repository; always there unless the job is `tests` with
    /// `skip_build`.
    pub specfile_path: Option<String>,
    /// Packages needed to make the SRPM.
    pub srpm_build_deps: Option<Vec<String>>,
    /// How the job's checks are called.
    pub status_name_template: Option<String>,
    /// Whether the checks of tests show the state of the build they wait for.
    pub sync_test_job_statuses_with_builds: bool,
    /// Chroots or distributions the job is for, as they are written: names and aliases, with or
    /// without an architecture.
    pub targets: Targets,
    /// What `/packit test` means without arguments.
    pub test_command: TestCommand,
    /// Further fields of the request to Testing Farm.
    pub tf_extra_params: BTreeMap<String, Json>,
    /// Script run on the test machine before the tests.
    pub tf_post_install_script: Option<String>,
    /// Seconds after which a build is given up.
    pub timeout: i64,
    /// Which test plans run.
    pub tmt_plan: Option<String>,
    /// What starts the job.
    pub trigger: Trigger,
    /// Whether the release in the spec file is changed for a build.
    pub update_release: bool,
    /// Whether archives are uploaded to the lookaside cache. It is not among what a job is shown with: Packit's answers that
    /// ours are compared with lack it.
    #[serde(skip)]
    pub upload_sources: bool,
    /// The package's name upstream.
    pub upstream_package_name: Option<String>,
    /// Address of the upstream project.
    pub upstream_project_url: Option<String>,
    /// Regular expression for tags that are no release; empty for none.
    pub upstream_tag_exclude: String,
    /// Regular expression for tags that are releases; empty for all.
    pub upstream_tag_include: String,
    /// How a version becomes a tag.
    pub upstream_tag_template: String,
    /// Whether tests run in the internal Testing Farm. Of a foreign pull request it gives no right
    /// by itself.
    pub use_internal_tf: bool,
    /// Whether test metadata come from the target's repository instead of the fork.
    pub use_target_repo_for_fmf_url: bool,
    /// Put to the version in the spec file.
    pub version_suffix: Option<String>,
}

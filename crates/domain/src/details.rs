//! What only one kind of job or target has: stored as JSON beside the row, typed here.
//!
//! The builders read these and nothing of the package configuration: a job is carried out as it was planned, whatever the
//! repository says later (`docs/acceptance.md` A10).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::ProjectKey;

/// What a job of one kind was planned with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum JobDetails {
    /// A source package.
    SrpmBuild(SrpmBuild),
    /// Builds in Copr.
    CoprBuild(CoprBuild),
    /// Tests in Testing Farm.
    TestRun(Box<TestRun>),
    /// Builds in Koji.
    KojiBuild(KojiBuild),
    /// Builds tagged into a sidetag.
    KojiTagRequest(KojiTagRequest),
    /// Bodhi updates.
    BodhiUpdate(BodhiUpdate),
    /// An upstream release carried into dist-git.
    DistGitSync(DistGitSync),
    /// Any kind whose details nobody reads yet.
    Other(Other),
    /// A job of any kind that another service carried out. It is history: how it would be carried out is not known.
    Imported(ImportedJob),
}

/// What every job that comes from a `.packit.yaml` shares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// The package's name in the configuration.
    pub package: String,
    /// The job's place in the configuration's list of job views, from 0; none for what no job names (an SRPM).
    pub index: Option<usize>,
    /// The labels that comment commands select it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// How its checks are to be named, where the repository says so (`docs/contracts.md` 1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_name_template: Option<String>,
    /// What is said when one of its targets fails, where the repository says so (`docs/contracts.md` 1.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
}

/// Where the sources come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The repository's web address, `https://github.com/packit/ogr`.
    pub url: String,
    /// For a pull request, what is needed to merge it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequestSource>,
    /// For a release, its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A pull request as a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestSource {
    /// Its number.
    pub number: i64,
    /// The branch it would be merged into.
    pub target_branch: String,
    /// The newest commit of that branch, if known: tests are run on the merge with it, as the builds are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_hash: Option<String>,
    /// The web address of the repository its commits come from.
    pub source_url: String,
    /// Whether the build is of the merge (`merge_pr_in_ci`) or of the commits as they are.
    pub merge: bool,
}

/// An SRPM, made in Copr by Packit's own command line (`docs/contracts.md` 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrpmBuild {
    /// Package, and which job it is made for.
    #[serde(flatten)]
    pub configured: Configured,
    /// Where the sources come from.
    pub source: Source,
    /// Packages to install before the SRPM is made.
    #[serde(default)]
    pub build_dependencies: Vec<String>,
    /// A suffix for the release, if configured.
    #[serde(default)]
    pub release_suffix: Option<String>,
    /// Whether the release is left as it is (releases do so).
    #[serde(default)]
    pub keep_release: bool,
    /// The chroot that the script runs in, `fedora-42-x86_64`; the newest stable Fedora.
    pub chroot: String,
    /// Whether the script may use the network.
    #[serde(default)]
    pub enable_net: bool,
}

/// One Copr job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoprBuild {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// The Copr project's owner; none means our own account.
    pub owner: Option<String>,
    /// The Copr project's name.
    pub project: String,
    /// Whether the repository named the project itself. Then Copr must list the repository as allowed, and is told which
    /// it is (`packit_forge_project`).
    pub is_custom_project: bool,
    /// `host/namespace/name` of the repository.
    pub forge_project: String,
    /// Further repositories for the build.
    #[serde(default)]
    pub additional_repos: Vec<String>,
    /// Copr's bootstrap setting, if configured.
    #[serde(default)]
    pub bootstrap: Option<String>,
    /// Whether builds may use the network.
    #[serde(default)]
    pub enable_net: bool,
    /// Whether the Copr project is listed on Copr's home page.
    #[serde(default)]
    pub list_on_homepage: bool,
    /// Whether the Copr project is kept for ever.
    #[serde(default)]
    pub preserve_project: bool,
    /// Copr's `module_hotfixes`.
    #[serde(default)]
    pub module_hotfixes: bool,
    /// Longest build time in seconds.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
    /// Whether a pull request is told of its first good builds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells_success: bool,
}

/// One Testing Farm job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// Where the sources come from.
    pub source: Source,
    /// Another repository to take the tests from.
    #[serde(default)]
    pub fmf_url: Option<String>,
    /// The revision there.
    #[serde(default)]
    pub fmf_ref: Option<String>,
    /// The folder of the fmf root.
    #[serde(default)]
    pub fmf_path: Option<String>,
    /// A regular expression of plan names.
    #[serde(default)]
    pub tmt_plan: Option<String>,
    /// A script that runs on the machine before the tests.
    #[serde(default)]
    pub post_install_script: Option<String>,
    /// Whether the tests run in the internal ranch.
    #[serde(default)]
    pub internal: bool,
    /// Whether the tests come from the target repository, although the commits come from a fork.
    #[serde(default)]
    pub use_target_repository: bool,
    /// Variables for the tests.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What the configuration adds to the request as it is.
    #[serde(default)]
    pub extra: serde_json::Value,
    /// Longest test time in minutes.
    #[serde(default)]
    pub timeout_minutes: Option<u64>,
}

impl TestRun {
    /// Sets variables; an empty value takes one away.
    pub fn change_variables(&mut self, variables: &BTreeMap<String, String>) {
        for (name, value) in variables {
            if value.is_empty() {
                self.variables.remove(name);
            } else {
                self.variables.insert(name.clone(), value.clone());
            }
        }
    }
}

/// One Koji job: real builds of dist-git commits, or scratch builds (of an SRPM, or of a commit).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KojiBuild {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// Where the sources come from: for a real build the dist-git repository.
    pub source: Source,
    /// Whether its NVR can be built again: a scratch build's can, a completed real one's never (`docs/contracts.md` 5).
    #[serde(default)]
    pub scratch: bool,
    /// The group of jobs that share one sidetag for each branch; none builds into the branch's candidate tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidetag_group: Option<String>,
    /// Packages that must be in the sidetag before this one is built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
}

/// Builds that exist, to be tagged into the sidetag of a group (`docs/contracts.md` 8.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KojiTagRequest {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// The group whose sidetags are meant.
    pub sidetag_group: String,
}

/// One Bodhi job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodhiUpdate {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// The group whose sidetag becomes the update; none makes it of the builds that the target consumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidetag_group: Option<String>,
    /// Packages that must be in the sidetag before the update is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
}

/// An upstream release carried into dist-git, one pull request for each branch (`docs/contracts.md` 8.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistGitSync {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// Where the sources come from: the upstream repository, with the release's tag.
    pub source: Source,
    /// The package's name in dist-git.
    pub downstream_package: String,
    /// The version that is carried over, where something else than a tag tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The bugs that the update resolves: `rhbz#2106196`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<String>,
    /// The project in which an issue tells of branches that failed; none where nobody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tells_failure: Option<ProjectKey>,
    /// Whether the repository forbids uploading archives to the lookaside cache (`upload_sources: false`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_upload: bool,
}

/// A job whose details nobody reads yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Package and place in the configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// Where the sources come from.
    #[serde(default)]
    pub source: Source,
}

/// A job that was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedJob {
    /// The package; it has no place in a configuration.
    #[serde(flatten)]
    pub configured: Configured,
    /// What the row of the job held beyond what a job has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, serde_json::Value>,
}

/// The row that a target was imported from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// Its table.
    pub table: String,
    /// Its id there.
    pub id: i64,
    /// What it held beyond what a target has, and what had to be changed to fit, as it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, serde_json::Value>,
    /// Times of the target that the row did not tell and that are nothing but the newest time known before
    /// (`docs/design.md` section 2: a state in the past is unknown there).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_times: Vec<String>,
}

impl ImportedRow {
    /// Whether it is a Koji build whose NVR can be built again.
    pub fn is_scratch(&self) -> bool {
        self.columns.get("scratch").and_then(serde_json::Value::as_bool) == Some(true)
    }
}

impl JobDetails {
    /// Package, place in the configuration and labels.
    pub fn configured(&self) -> &Configured {
        match self {
            Self::SrpmBuild(details) => &details.configured,
            Self::CoprBuild(details) => &details.configured,
            Self::TestRun(details) => &details.configured,
            Self::KojiBuild(details) => &details.configured,
            Self::KojiTagRequest(details) => &details.configured,
            Self::BodhiUpdate(details) => &details.configured,
            Self::DistGitSync(details) => &details.configured,
            Self::Other(details) => &details.configured,
            Self::Imported(details) => &details.configured,
        }
    }
}

/// What only one target has: what it was planned with, and what its build system made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetDetails {
    /// Chroot options of a Copr target: packages to add to its buildroot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_packages: Vec<String>,
    /// Repositories to add to its buildroot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_repos: Vec<String>,
    /// Modules to add to its buildroot, `name:stream`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_modules: Option<String>,
    /// Build conditions to switch on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_opts: Vec<String>,
    /// Build conditions to switch off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_opts: Vec<String>,
    /// What was made: NVRAs of built packages for a build.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Where the artifact is: the address of the SRPM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_url: Option<String>,
    /// The commit that is built, where it is not the event's: a comment can ask for builds of several branches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Name, version and release of what was built: `ogr-0.50.0-1.fc43`. Koji takes each of them once, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nvr: Option<String>,
    /// The sidetag that it was built into, or made from: `f43-build-side-12345`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidetag: Option<String>,
    /// Branches that are moved forward to the same commit when the pull request of this branch is merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fast_forward: Vec<String>,
    /// The pages of the pull requests of those branches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fast_forward_pull_requests: Vec<String>,
    /// The row it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<ImportedRow>>,
}

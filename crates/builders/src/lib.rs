//! Build systems: submit, look up, poll, cancel. One folder each; the rest of the system knows them by [`Builder`] alone.

pub mod bodhi;
pub mod copr;
pub mod dist_git;
#[cfg(feature = "gssapi")]
mod gssapi;
mod http;
pub mod koji;
pub mod testing_farm;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::words::{BuildSystem, JobKind, ProjectKey, Reference, TargetStatus};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// One submission with all that a build system must be told: the targets that ride on it and what they consume.
#[derive(Debug, Clone)]
pub struct Work {
    /// The id of this installation: others may use the same accounts, and count their submissions alike.
    pub installation: String,
    /// The submission; build systems that can carry it are told, so that a lost answer can be looked up.
    pub submission: SubmissionId,
    /// The event it belongs to.
    pub event: EventId,
    /// The project of that event.
    pub project: ProjectKey,
    /// The reference of that event.
    pub reference: Reference,
    /// The commit of that event.
    pub commit: String,
    /// The page to link to.
    pub page_url: String,
    /// The package configuration that the work was planned by, for programs that read it themselves.
    pub configuration: Option<ConfigurationFile>,
    /// The build system's id, once it is known.
    pub external_id: Option<String>,
    /// The build system's ids of the earlier attempts of these targets. Two attempts may look the same from outside (the
    /// same SRPM and chroots), so a look-up never takes one of these.
    pub earlier_external_ids: Vec<String>,
    /// Whether the build system was asked to cancel it already.
    pub canceled: bool,
    /// When the oldest of the targets was made; a look-up looks no further back.
    pub created_at: DateTime<Utc>,
    /// Where the build system may tell that something changed; only while it is submitted.
    pub callback: Option<Callback>,
    /// Names, versions and releases of all that is in the sidetag just now that an update is made of; none if it is not known.
    pub tagged: Vec<String>,
    /// The targets that ride on it, at least one; all of one job, or an SRPM and the first Copr job's chroots.
    pub targets: Vec<WorkTarget>,
}

impl Work {
    /// What a build system is told of the submission, to find it by again: `INSTALLATION/SUBMISSION`. It is no secret.
    pub fn mark(&self) -> String {
        format!("{}/{}", self.installation, self.submission)
    }
}

/// A `.packit.yaml` as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationFile {
    /// Its name in the repository.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// An address to be called back at. What is told there is a hint: the build system is always asked.
#[derive(Clone)]
pub struct Callback {
    /// Our address.
    pub url: String,
    /// What the caller must show; random, and kept here as a hash only.
    pub token: SecretString,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A target of a submission.
#[derive(Debug, Clone)]
pub struct WorkTarget {
    /// The target.
    pub id: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// Chroot, branch or distribution: `fedora-43-x86_64`; `srpm` for an SRPM.
    pub name: String,
    /// The job's identifier.
    pub identifier: Option<String>,
    /// Where it stands.
    pub status: TargetStatus,
    /// What its job was planned with.
    pub job: JobDetails,
    /// What it was planned with.
    pub details: TargetDetails,
    /// What it consumes.
    pub inputs: Vec<WorkInput>,
}

/// A finished target that another one consumes.
#[derive(Debug, Clone)]
pub struct WorkInput {
    /// The target.
    pub id: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// The build system's id of it: a Copr build id.
    pub external_id: Option<String>,
    /// What was made: packages, or the SRPM's address.
    pub details: TargetDetails,
}

/// What a build system answered to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Its id: a Copr build id, a Testing Farm request id.
    pub external_id: String,
    /// What it says of the targets right away. Targets that it will never do (a chroot that it does not know) are
    /// `errored` here, with the reason; the others need not be named.
    pub observations: Vec<Observation>,
}

/// What a build system says of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The target.
    pub target: TargetId,
    /// Where it stands there: `submitted`, `running`, or finished.
    pub status: TargetStatus,
    /// Why, if it did not succeed.
    pub reason: Option<String>,
    /// The page of the build or test.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// When the build system started it, by its own clock.
    pub peer_started_at: Option<DateTime<Utc>>,
    /// When the build system finished it, by its own clock.
    pub peer_finished_at: Option<DateTime<Utc>>,
    /// What was made; none if not known yet.
    pub details: Option<TargetDetails>,
}

/// Something that a build system made, and that a rerun would use as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The target.
    pub target: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// The build system's id.
    pub external_id: String,
}

/// Why a build system could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BuilderError {
    /// It will not; asking again is of no use. The targets are `errored` with this reason.
    #[error("{0}")]
    Refused(String),
    /// It could not just now, and has surely not begun: asking again is safe.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
    },
    /// The answer was lost: it may have begun. It must be looked up before it is asked again.
    #[error("{0}")]
    Unknown(String),
}

/// A build system, as the rest of the system needs it.
#[async_trait]
pub trait Builder: Send + Sync + fmt::Debug {
    /// Which one it is.
    fn system(&self) -> BuildSystem;

    /// Asks it to do the work. Called once per attempt, or again after [`Builder::look_up`] found nothing.
    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError>;

    /// Finds out whether the work was submitted already, by what [`Builder::submit`] left there.
    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError>;

    /// Asks how submitted work stands: at most one observation per target that has something to tell.
    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError>;

    /// Cancels the whole submission. What is finished stays; the rest shows up as `canceled` when polled. Canceling
    /// twice, or what has ended, is no error.
    async fn cancel(&self, work: &Work) -> Result<(), BuilderError>;

    /// Which of these are gone for certain. What it cannot tell of is not named: then their age decides.
    async fn gone(&self, made: &[Made]) -> Result<BTreeSet<TargetId>, BuilderError> {
        let _ = made;
        Ok(BTreeSet::new())
    }

    /// Checks that it can be reached and that the credentials are good; says what it found, in one line.
    async fn check(&self) -> Result<String, BuilderError>;

    /// How long one [`Builder::submit`] may take, if longer than a worker's usual lease: so long nobody else takes it.
    fn longest_submit(&self) -> Option<Duration> {
        None
    }

    /// The repository that people install from what a job built, as `dnf copr enable` takes it: `OWNER/PROJECT`.
    fn repository(&self, job: &JobDetails) -> Option<String> {
        let _ = job;
        None
    }

    /// Its sidetags, if it has such.
    fn sidetags(&self) -> Option<&dyn Sidetags> {
        None
    }
}

/// Where releases are read from, of which aliases are made.
#[async_trait]
pub trait ReleaseSource: Send + Sync + fmt::Debug {
    /// All releases that are current, pending or frozen: `{"releases": [...]}`, each as Bodhi tells it.
    async fn releases(&self) -> Result<serde_json::Value, BuilderError>;
}

/// Tags of Koji that belong to us for a while: several packages are built into one, and become one update
/// (`docs/contracts.md` 8.6).
#[async_trait]
pub trait Sidetags: Send + Sync {
    /// Makes one for a dist-git branch, off the build tag of the branch's target; its name. Not idempotent: who repeats it
    /// looks among [`Sidetags::ours`] first.
    async fn create(&self, branch: &str) -> Result<String, BuilderError>;

    /// The names of all of our account's that were made for a branch.
    async fn ours(&self, branch: &str) -> Result<Vec<String>, BuilderError>;

    /// The builds that are tagged into one right now, without inherited ones; none if it is gone.
    async fn tagged(&self, sidetag: &str) -> Result<Option<Vec<TaggedBuild>>, BuilderError>;

    /// Removes one. One that is gone already is no error.
    async fn remove(&self, sidetag: &str) -> Result<(), BuilderError>;
}

/// A build in a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedBuild {
    /// The package's name.
    pub package: String,
    /// Name, version and release.
    pub nvr: String,
}

/// A hash in lower-case hexadecimal.
fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

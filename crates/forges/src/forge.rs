//! What the rest of the system needs of a forge.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::event::CheckApp;
use domain::words::ProjectKey;

/// The names that a package configuration may have, in the order in which they are tried
/// (`docs/contracts.md` 8.1 leaves the order open).
pub const CONFIGURATION_NAMES: [&str; 4] = [".packit.yaml", ".packit.yml", "packit.yaml", "packit.yml"];

/// One commit of a project, as a place to read files at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitAt {
    /// The project.
    pub project: ProjectKey,
    /// The full commit hash.
    pub hash: String,
}

/// A file as a forge gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the repository.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What an account may do with a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing, or the account is unknown.
    None,
    /// Read.
    Read,
    /// Push and merge (GitHub's `write` and `maintain`).
    Write,
    /// Administer.
    Admin,
}

impl Permission {
    /// The permission that GitHub writes so: `admin`, `write`, `read`, `none`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "admin" => Some(Self::Admin),
            "write" => Some(Self::Write),
            "read" => Some(Self::Read),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// Whether the account can merge a pull request (`docs/contracts.md` 1.5).
    pub fn can_merge(self) -> bool {
        self >= Self::Write
    }
}

/// The state of a commit status; each forge has a set of its own, which this is mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusState {
    /// Something is planned or waits, and has not ended.
    Pending,
    /// It is worked on.
    Running,
    /// All is well, or there was nothing to do.
    Success,
    /// A build or test says no.
    Failure,
    /// The infrastructure, or the configuration, says no.
    Error,
    /// Somebody stopped it.
    Canceled,
}

impl StatusState {
    /// The state in our words; forges have their own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Canceled => "canceled",
        }
    }

    /// The state of the four that GitHub has.
    pub(crate) fn of_four(self) -> &'static str {
        match self {
            Self::Pending | Self::Running => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error | Self::Canceled => "error",
        }
    }
}

/// A commit status to be shown by the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name beside the commit; the same name replaces.
    pub context: String,
    /// Its state.
    pub state: StatusState,
    /// One line; longer ones are cut to what the forge takes.
    pub description: String,
    /// The page that tells more.
    pub target_url: Option<String>,
    /// The pull request that it is told of, if it is of one: some forges show it where its commits come from
    /// (`docs/contracts.md` 2.1), Pagure at the pull request itself.
    pub pull_request: Option<i64>,
}

/// What a forge shows beside a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// A check for each target, with a page and buttons.
    Checks,
    /// A status for each target.
    Statuses,
    /// A status for each event as a whole.
    Summary,
}

/// A check: what is shown beside a commit under a name of its own, with a page and buttons (`docs/contracts.md` 1.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Check {
    /// Its name beside the commit; of several with one name the newest is shown.
    pub name: String,
    /// What it is of, in our words; the forge hands it back when somebody presses a button.
    pub external_id: String,
    /// The page that tells more.
    pub details_url: String,
    /// How far it is.
    pub stage: CheckStage,
    /// When the work began.
    pub started_at: Option<DateTime<Utc>>,
    /// Its title, one line of plain text.
    pub title: String,
    /// What it says first, in Markdown.
    pub summary: String,
    /// What it says below that, in Markdown; may be empty.
    pub text: String,
    /// The buttons below it.
    pub actions: Vec<CheckAction>,
}

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckStage {
    /// Nothing has begun.
    Queued,
    /// It is worked on.
    InProgress,
    /// It has ended.
    Completed {
        /// How.
        conclusion: Conclusion,
        /// When.
        at: DateTime<Utc>,
    },
}

/// How a check has ended. Where a repository requires a check, `Neutral` and `Skipped` pass as `Success` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// All is well.
    Success,
    /// It is not.
    Failure,
    /// Neither.
    Neutral,
    /// Somebody stopped it.
    Cancelled,
    /// There was no need for it.
    Skipped,
}

impl Conclusion {
    /// The conclusion as GitHub writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }
}

/// A button below a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CheckAction {
    /// What stands on it.
    pub label: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What the forge hands back when it is pressed.
    pub identifier: &'static str,
}

/// A check as the forge has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCheck {
    /// The forge's id of it.
    pub id: String,
    /// What it is of, in our words.
    pub external_id: String,
}

/// What a forge says of a pull request that a delivery does not name in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestHead {
    /// Its newest commit.
    pub hash: String,
    /// The branch it would be merged into.
    pub target_branch: String,
    /// Who opened it.
    pub author: Option<String>,
    /// The repository its commits come from; none if that was deleted.
    pub source: Option<ProjectKey>,
    /// Its labels.
    pub labels: Vec<String>,
}

/// Where comments stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thread {
    /// On an issue, of this number.
    Issue(i64),
    /// On a pull request, of this number: some forges count them apart from issues.
    PullRequest(i64),
    /// On a commit, of this full hash.
    Commit(String),
}

/// Text that names no thread.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither `issue/NUMBER` nor `pull-request/NUMBER` nor `commit/HASH`")]
pub struct InvalidThread(String);

impl fmt::Display for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(number) => write!(f, "issue/{number}"),
            Self::PullRequest(number) => write!(f, "pull-request/{number}"),
            Self::Commit(hash) => write!(f, "commit/{hash}"),
        }
    }
}

impl std::str::FromStr for Thread {
    type Err = InvalidThread;

    fn from_str(text: &str) -> Result<Self, InvalidThread> {
        let invalid = || InvalidThread(text.to_owned());
        match text.split_once('/') {
            Some(("issue", number)) => number.parse().map(Self::Issue).map_err(|_| invalid()),
            Some(("pull-request", number)) => number.parse().map(Self::PullRequest).map_err(|_| invalid()),
            Some(("commit", hash)) => Ok(Self::Commit(hash.to_owned())),
            _ => Err(invalid()),
        }
    }
}

/// Why a forge could not answer.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// It will not: no such thing, no right, not installed. Asking again is of no use.
    #[error("{0}")]
    Refused(String),
    /// It could not just now: an outage, a limit. Ask again, not before `retry_after` if given.
    #[error("{reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long it asked us to wait.
        retry_after: Option<std::time::Duration>,
    },
}

/// A forge, as the rest of the system needs it. Every call is idempotent unless it says otherwise.
#[async_trait]
pub trait Forge: Send + Sync + fmt::Debug {
    /// The forge's host, in lower case: the `forge` of its projects.
    fn host(&self) -> &str;

    /// The package configuration at a commit (a dist-git's is that of its default branch, whatever the commit): the first of [`CONFIGURATION_NAMES`] that exists; none if none does.
    async fn configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError>;

    /// The same at the commit itself, also where that of the default branch counts: what a pull request would bring.
    async fn proposed_configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        self.configuration(at).await
    }

    /// The paths of all files at a commit whose name ends in `.spec`, in the order of their names. A forge that
    /// cannot list all of them refuses: of an incomplete list nobody can say that it holds the only one.
    async fn spec_files(&self, at: &CommitAt) -> Result<Vec<String>, ForgeError>;

    /// What an account may do with a project; an unknown account may do nothing.
    async fn permission(&self, project: &ProjectKey, account: &str) -> Result<Permission, ForgeError>;

    /// The text of an issue; none if there is no such issue, or if the forge has none.
    async fn issue_text(&self, _project: &ProjectKey, _number: i64) -> Result<Option<String>, ForgeError> {
        Ok(None)
    }

    /// The number of an open issue with exactly this title; none if there is none.
    async fn open_issue(&self, project: &ProjectKey, _title: &str) -> Result<Option<i64>, ForgeError> {
        Err(ForgeError::Refused(format!("issues of {} are not served", project.forge)))
    }

    /// Opens an issue, in Markdown; its number. Not idempotent: who repeats it looks with [`Forge::open_issue`] first.
    async fn create_issue(&self, project: &ProjectKey, _title: &str, _text: &str) -> Result<i64, ForgeError> {
        Err(ForgeError::Refused(format!("issues of {} are not served", project.forge)))
    }

    /// Whether its projects are packages of a distribution: what is pushed there is built in Koji.
    fn is_dist_git(&self) -> bool {
        false
    }

    /// Whether an account is a member of one of the forge's groups.
    async fn is_member(&self, group: &str, _account: &str) -> Result<bool, ForgeError> {
        Err(ForgeError::Refused(format!("{} tells nobody who is in the group {group}", self.host())))
    }

    /// The full hash of the commit that a tag, a branch or a hash stands for; none if there is no such. `refs/tags/NAME` is that
    /// tag and nothing else, `refs/heads/NAME` that branch.
    async fn resolve(&self, project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError>;

    /// The tag of the newest release; none if there is no release.
    async fn latest_release(&self, project: &ProjectKey) -> Result<Option<String>, ForgeError> {
        Err(ForgeError::Refused(format!("{} tells of no releases", project.forge)))
    }

    /// The newest commit of a pull request; none if there is no such.
    async fn pull_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError>;

    /// Shows a status at a commit. The same status again changes nothing.
    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError>;

    /// Shows at a comment that it was seen (eyes). Doing it again changes nothing.
    async fn react(&self, project: &ProjectKey, thread: &Thread, comment: u64) -> Result<(), ForgeError>;

    /// The id of a comment of this thread, not older than `since`, whose text holds `marker`; none if there is none.
    async fn find_comment(
        &self,
        project: &ProjectKey,
        thread: &Thread,
        marker: &str,
        since: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError>;

    /// Adds a comment, in Markdown. Not idempotent: who repeats it looks with [`Forge::find_comment`] first.
    async fn comment(&self, project: &ProjectKey, thread: &Thread, text: &str) -> Result<(), ForgeError>;

    /// What it shows of our work. Where it shows no checks, [`Forge::set_status`] is all there is to tell.
    fn shows(&self) -> Shows {
        Shows::Summary
    }

    /// Whether checks of this App are ours.
    fn is_our_app(&self, _app: &CheckApp) -> bool {
        false
    }

    /// Makes a check at a commit; its id there. Made again, there are two: what became of a call without an answer is found
    /// out by [`Forge::our_checks`].
    async fn create_check(&self, at: &CommitAt, _check: &Check) -> Result<String, ForgeError> {
        Err(ForgeError::Refused(format!("{} shows no checks", at.project.forge)))
    }

    /// Changes a check into this one. The same again changes nothing.
    async fn update_check(&self, project: &ProjectKey, _id: &str, _check: &Check) -> Result<(), ForgeError> {
        Err(ForgeError::Refused(format!("{} shows no checks", project.forge)))
    }

    /// The checks of ours that a commit has under a name, newest first.
    async fn our_checks(&self, at: &CommitAt, _name: &str) -> Result<Vec<KnownCheck>, ForgeError> {
        Err(ForgeError::Refused(format!("{} shows no checks", at.project.forge)))
    }

    /// Checks that it can be reached and that the credentials are good; says what it found, in one line.
    async fn check(&self) -> Result<String, ForgeError>;
}

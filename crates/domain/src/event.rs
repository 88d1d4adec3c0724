//! What a forge said, understood: the closed set of things that can ask for work.

use chrono::{DateTime, Utc};

use crate::words::{EventKind, ProjectKey, Reference, ReferenceKind, Visibility};

/// A delivery from a forge that is of interest, in the words of the design and of no forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeEvent {
    /// Where it happened.
    pub project: ProjectFacts,
    /// The account that acted, by the forge's login.
    pub actor: Option<String>,
    /// When it happened by the forge's clock (UTC), if the forge said so.
    pub occurred_at: Option<DateTime<Utc>>,
    /// What happened.
    pub happened: Happened,
}

/// What a delivery tells about its project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFacts {
    /// Its present name.
    pub key: ProjectKey,
    /// The forge's own id, which a rename keeps.
    pub forge_id: Option<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// The branch that jobs of pushed commits follow unless they name one.
    pub default_branch: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A pull request was opened, reopened, got commits or was closed.
    PullRequest(PullRequest),
    /// A branch or a tag was pushed.
    Push {
        /// The branch or tag.
        reference: Reference,
        /// The commit before, unless the reference is new.
        before: Option<String>,
        /// The commit now.
        after: String,
        /// The pull request whose merge this is, if the forge says so.
        pull_request: Option<i64>,
    },
    /// A release was published.
    Release {
        /// The tag's name.
        tag: String,
    },
    /// Somebody commented on an issue or a pull request.
    IssueComment {
        /// The forge's id of the comment.
        comment: u64,
        /// The issue, or the pull request.
        reference: Reference,
        /// The text.
        body: String,
        /// Who opened the issue or pull request.
        author: Option<String>,
    },
    /// Somebody commented on a commit.
    CommitComment {
        /// The forge's id of the comment.
        comment: u64,
        /// The commit.
        hash: String,
        /// The text.
        body: String,
    },
    /// Somebody asked for one check run again, or pressed one of its buttons.
    CheckRun {
        /// The commit that was checked.
        hash: String,
        /// The pull request, if the forge names one, else the branch.
        reference: Option<Reference>,
        /// What we gave the check run as its id: a target's.
        external_id: Option<String>,
        /// The pressed button's identifier; none for the forge's own "Re-run".
        requested_action: Option<String>,
        /// Whose check run it is.
        app: Option<CheckApp>,
    },
    /// Somebody asked for all check runs of a commit again.
    CheckSuite {
        /// The commit that was checked.
        hash: String,
        /// The pull request, if the forge names one, else the branch.
        reference: Option<Reference>,
        /// Whose check suite it is.
        app: Option<CheckApp>,
    },
}

/// The App that a check run or check suite belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckApp {
    /// The forge's number of it.
    pub id: u64,
    /// Its client id, which can stand for the number.
    pub client_id: Option<String>,
    /// Its name in addresses.
    pub slug: Option<String>,
}

/// What a delivery tells about a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// What was done with it.
    pub action: PullRequestAction,
    /// Its number.
    pub number: i64,
    /// Who opened it.
    pub author: Option<String>,
    /// Its newest commit.
    pub head: String,
    /// Its newest commit before this one, when commits were pushed to it.
    pub before: Option<String>,
    /// The branch it would be merged into.
    pub target_branch: String,
    /// The repository its commits come from; none if that was deleted.
    pub source: Option<ProjectKey>,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What was done with a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullRequestAction {
    /// Opened for the first time.
    Opened,
    /// Opened again.
    Reopened,
    /// New commits were pushed.
    Synchronized,
    /// Closed, merged or not. It starts nothing, but may cancel what runs.
    Closed,
}

impl ForgeEvent {
    /// The stored kind.
    pub fn kind(&self) -> EventKind {
        match &self.happened {
            Happened::PullRequest(_) => EventKind::PullRequest,
            Happened::Push { .. } => EventKind::Push,
            Happened::Release { .. } => EventKind::Release,
            Happened::IssueComment { .. } => EventKind::IssueComment,
            Happened::CommitComment { .. } => EventKind::CommitComment,
            Happened::CheckRun { .. } => EventKind::CheckRun,
            Happened::CheckSuite { .. } => EventKind::CheckSuite,
        }
    }

    /// The reference it happened at. What names only a commit belongs to the default branch, as Packit has it
    /// (`docs/contracts.md` 8.4).
    pub fn reference(&self) -> Reference {
        let default_branch = || {
            let branch = self.project.default_branch.as_deref().unwrap_or("HEAD");
            Reference::new(ReferenceKind::Branch, branch)
        };
        match &self.happened {
            Happened::PullRequest(pull_request) => {
                Reference::new(ReferenceKind::PullRequest, pull_request.number)
            }
            Happened::Push { reference, .. } | Happened::IssueComment { reference, .. } => reference.clone(),
            Happened::Release { tag } => Reference::new(ReferenceKind::Release, tag),
            Happened::CommitComment { .. } => default_branch(),
            Happened::CheckRun { reference, .. } | Happened::CheckSuite { reference, .. } => {
                reference.clone().unwrap_or_else(default_branch)
            }
        }
    }

    /// The commit, if the delivery names it. A release names a tag and a comment on a pull request nothing: the
    /// forge must be asked.
    pub fn hash(&self) -> Option<&str> {
        match &self.happened {
            Happened::PullRequest(pull_request) => Some(&pull_request.head),
            Happened::Push { after, .. } => Some(after),
            Happened::CommitComment { hash, .. }
            | Happened::CheckRun { hash, .. }
            | Happened::CheckSuite { hash, .. } => Some(hash),
            Happened::Release { .. } | Happened::IssueComment { .. } => None,
        }
    }
}

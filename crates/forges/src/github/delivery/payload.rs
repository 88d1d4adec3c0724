//! The parts of GitHub's payloads that an event is made of. Whatever else a payload holds is skipped.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::body::checked::{FullName, Hash, Login, ReferenceName, Text};

/// What every payload may say.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) action: Option<Text>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: FullName,
    pub(super) private: Option<bool>,
    pub(super) default_branch: Option<ReferenceName>,
    pub(super) pushed_at: Option<Moment>,
}

/// GitHub tells a push's time in seconds since 1970, all other times as text.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a time: seconds since 1970, or a text such as 2026-01-31T12:00:00Z")]
pub(super) enum Moment {
    Seconds(i64),
    Written(DateTime<Utc>),
}

impl Moment {
    pub(super) fn time(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(seconds) => DateTime::from_timestamp(*seconds, 0),
            Self::Written(time) => Some(*time),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) login: Login,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequestDelivery {
    pub(super) pull_request: PullRequest,
    pub(super) before: Option<Hash>,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) number: u32,
    pub(super) user: Option<Account>,
    pub(super) head: Head,
    pub(super) base: Base,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) sha: Hash,
    pub(super) repo: Option<SourceRepository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SourceRepository {
    pub(super) full_name: FullName,
}

#[derive(Debug, Deserialize)]
pub(super) struct Base {
    #[serde(rename = "ref")]
    pub(super) branch: ReferenceName,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) name: Text,
}

#[derive(Debug, Deserialize)]
pub(super) struct RepositoryDelivery {
    pub(super) repository: Repository,
}

#[derive(Debug, Deserialize)]
pub(super) struct PushDelivery {
    #[serde(rename = "ref")]
    pub(super) reference: ReferenceName,
    pub(super) before: Hash,
    pub(super) after: Hash,
    #[serde(default)]
    pub(super) deleted: bool,
    pub(super) head_commit: Option<HeadCommit>,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeadCommit {
    pub(super) id: Hash,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReleaseDelivery {
    pub(super) release: Release,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Release {
    pub(super) tag_name: ReferenceName,
    pub(super) published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IssueCommentDelivery {
    pub(super) issue: Issue,
    pub(super) comment: Comment,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: u32,
    pub(super) user: Option<Account>,
    pub(super) pull_request: Option<Present>,
}

/// An object that matters by being there.
#[derive(Debug, Deserialize)]
pub(super) struct Present {}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) body: Text,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitCommentDelivery {
    pub(super) comment: CommitComment,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitComment {
    pub(super) id: u64,
    pub(super) commit_id: Hash,
    pub(super) body: Text,
    pub(super) created_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRunDelivery {
    pub(super) check_run: CheckRun,
    pub(super) requested_action: Option<RequestedAction>,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRun {
    pub(super) head_sha: Hash,
    pub(super) external_id: Option<Text>,
    pub(super) check_suite: Option<SuiteOfRun>,
    pub(super) pull_requests: Option<Vec<LinkedPullRequest>>,
    pub(super) app: Option<App>,
}

/// The App that a check belongs to.
#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub(super) id: u64,
    pub(super) client_id: Option<Text>,
    pub(super) slug: Option<Text>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SuiteOfRun {
    pub(super) head_branch: Option<ReferenceName>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RequestedAction {
    pub(super) identifier: Text,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckSuiteDelivery {
    pub(super) check_suite: CheckSuite,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckSuite {
    pub(super) head_sha: Hash,
    pub(super) head_branch: Option<ReferenceName>,
    pub(super) pull_requests: Option<Vec<LinkedPullRequest>>,
    pub(super) app: Option<App>,
}

/// A pull request that a check belongs to. A fork's checks name those of the project that it was forked from, too.
#[derive(Debug, Deserialize)]
pub(super) struct LinkedPullRequest {
    pub(super) number: u32,
    pub(super) base: LinkedBase,
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkedBase {
    pub(super) repo: LinkedRepository,
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkedRepository {
    pub(super) id: u64,
}

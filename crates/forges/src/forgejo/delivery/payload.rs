//! The parts of Forgejo's payloads that an event is made of. Whatever else a payload holds is skipped.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::address::ProjectAddress;
use crate::body::checked::{Hash, Login, ReferenceName, Text};

/// What every payload may say.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) action: Option<Text>,
}

/// Where it is of.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    repository: Option<Repository>,
    run: Option<Run>,
}

#[derive(Debug, Deserialize)]
struct Run {
    repository: Option<Repository>,
}

impl Place {
    pub(super) fn host(self) -> Option<String> {
        let repository = self.repository.or_else(|| self.run?.repository)?;
        Some(repository.html_url.host)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) id: Option<u64>,
    pub(super) html_url: ProjectAddress,
    pub(super) private: Option<bool>,
    /// Whether only who is logged in sees it.
    #[serde(default)]
    pub(super) internal: bool,
    pub(super) default_branch: Option<ReferenceName>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) login: Login,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequestDelivery {
    pub(super) pull_request: PullRequest,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) number: u32,
    pub(super) user: Option<Account>,
    pub(super) head: Head,
    pub(super) base: Base,
    pub(super) labels: Option<Vec<Label>>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) sha: Hash,
    pub(super) repo: Option<Source>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) html_url: ProjectAddress,
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
pub(super) struct PushDelivery {
    #[serde(rename = "ref")]
    pub(super) reference: ReferenceName,
    pub(super) before: Hash,
    pub(super) after: Hash,
    pub(super) head_commit: Option<Commit>,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
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
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) published_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IssueCommentDelivery {
    pub(super) issue: Issue,
    pub(super) comment: Comment,
    pub(super) repository: Repository,
    pub(super) sender: Option<Account>,
    #[serde(default)]
    pub(super) is_pull: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub(super) number: u32,
    pub(super) user: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) body: Text,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

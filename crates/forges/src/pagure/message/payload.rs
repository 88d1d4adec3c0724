//! The parts of Pagure's messages that an event is made of. Whatever else a message holds is skipped.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::address::ProjectAddress;
use crate::body::checked::{Hash, Login, ReferenceName, Text};

/// Where a message is of; every message that is of interest says so in one of these places.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    repo: Option<Repository>,
    #[serde(rename = "pullrequest")]
    pull_request: Option<PlaceOfPullRequest>,
    project: Option<Repository>,
}

#[derive(Debug, Deserialize)]
struct PlaceOfPullRequest {
    project: Repository,
}

impl Place {
    pub(super) fn host(self) -> Result<String, String> {
        let of_pull_request = self.pull_request.map(|pull_request| pull_request.project);
        let repository = of_pull_request.or(self.repo).or(self.project);
        let repository = repository.ok_or("it names no project")?;
        repository.host()
    }
}

/// A repository. Its address tells its names, with those of a fork; a namespace is none's that has none.
#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub(super) id: Option<u64>,
    pub(super) full_url: Option<Text>,
}

impl Repository {
    /// Its address.
    pub(super) fn address(&self) -> Result<ProjectAddress, String> {
        let Text(url) = self.full_url.as_ref().ok_or("full_url: is missing, so its host is unknown")?;
        ProjectAddress::try_from(url.clone()).map_err(|error| format!("full_url: {error}"))
    }

    fn host(&self) -> Result<String, String> {
        let Text(url) = self.full_url.as_ref().ok_or("full_url: is missing, so its host is unknown")?;
        crate::address::parts(url).map(|(host, _)| host).map_err(|error| format!("full_url: {error}"))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) name: Login,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReceiveMessage {
    pub(super) agent: Option<Login>,
    /// `main` or `refs/heads/main`.
    pub(super) branch: ReferenceName,
    pub(super) old_commit: Option<Hash>,
    pub(super) end_commit: Hash,
    pub(super) repo: Repository,
    pub(super) pull_request_id: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequestMessage {
    pub(super) agent: Option<Login>,
    #[serde(rename = "pullrequest")]
    pub(super) pull_request: PullRequest,
}

#[derive(Debug, Deserialize)]
pub(super) struct PullRequest {
    pub(super) id: u32,
    pub(super) branch: ReferenceName,
    pub(super) commit_stop: Option<Hash>,
    pub(super) project: Repository,
    pub(super) repo_from: Option<Repository>,
    pub(super) user: Option<Account>,
    #[serde(default)]
    pub(super) tags: Vec<Text>,
    #[serde(default)]
    pub(super) comments: Vec<Comment>,
    pub(super) last_updated: Option<Moment>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) comment: Text,
    /// Whether Pagure wrote it, to tell of a change.
    #[serde(default)]
    pub(super) notification: bool,
    pub(super) user: Option<Account>,
    pub(super) date_created: Option<Moment>,
}

/// Pagure tells times in seconds since 1970, as text.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a time: seconds since 1970, or a text")]
pub(super) enum Moment {
    Seconds(i64),
    Written(Text),
}

impl Moment {
    pub(super) fn time(&self) -> Option<DateTime<Utc>> {
        let seconds = match self {
            Self::Seconds(seconds) => *seconds,
            Self::Written(Text(text)) => text.parse().ok()?,
        };
        DateTime::from_timestamp(seconds, 0)
    }
}

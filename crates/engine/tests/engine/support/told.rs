//! Deliveries of a forge whose wire format is this file's own.

use domain::event::{ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::Reading;
use serde::{Deserialize, Serialize};

/// The host of the tests' forge.
pub(crate) const HOST: &str = "forge.example";

/// A commit hash for each number.
pub(crate) fn hash(number: u64) -> String {
    format!("{number:040x}")
}

/// A delivery: who did what where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) repository: String,
    pub(crate) private: bool,
    pub(crate) actor: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) what: String,
    /// A pull request's number, a branch or a tag.
    pub(crate) name: String,
    pub(crate) head: String,
    pub(crate) before: Option<String>,
    /// Of a comment.
    pub(crate) body: String,
}

impl Told {
    /// Alice opened a pull request of her own in `packit/NAME`, with this commit.
    pub(crate) fn opened(repository: &str, number: i64, head: u64) -> Self {
        Self {
            repository: repository.to_owned(),
            private: false,
            actor: Some("alice".to_owned()),
            author: Some("alice".to_owned()),
            what: "opened".to_owned(),
            name: number.to_string(),
            head: hash(head),
            before: None,
            body: String::new(),
        }
    }

    /// Alice commented on a pull request of hers.
    pub(crate) fn commented(repository: &str, number: i64, body: &str) -> Self {
        let body = body.to_owned();
        Self { what: "comment".to_owned(), body, ..Self::opened(repository, number, 0) }
    }

    /// Alice pushed a further commit to a pull request of hers.
    pub(crate) fn pushed(repository: &str, number: i64, before: u64, head: u64) -> Self {
        let before = Some(hash(before));
        Self { what: "synchronized".to_owned(), before, ..Self::opened(repository, number, head) }
    }

    /// A pull request was closed.
    pub(crate) fn closed(repository: &str, number: i64, head: u64) -> Self {
        Self { what: "closed".to_owned(), ..Self::opened(repository, number, head) }
    }

    /// A release was published.
    pub(crate) fn released(repository: &str, tag: &str) -> Self {
        Self { what: "release".to_owned(), name: tag.to_owned(), ..Self::opened(repository, 0, 0) }
    }

    pub(crate) fn by(self, actor: &str) -> Self {
        Self { actor: Some(actor.to_owned()), ..self }
    }

    fn happened(&self) -> Happened {
        let action = match self.what.as_str() {
            "opened" => PullRequestAction::Opened,
            "synchronized" => PullRequestAction::Synchronized,
            "closed" => PullRequestAction::Closed,
            "release" => return Happened::Release { tag: self.name.clone() },
            "comment" => {
                return Happened::IssueComment {
                    comment: 77,
                    reference: Reference::new(ReferenceKind::PullRequest, &self.name),
                    body: self.body.clone(),
                    author: self.author.clone(),
                };
            }
            "issue comment" => {
                return Happened::IssueComment {
                    comment: 78,
                    reference: Reference::new(ReferenceKind::Issue, &self.name),
                    body: self.body.clone(),
                    author: self.author.clone(),
                };
            }
            "commit comment" => {
                return Happened::CommitComment {
                    comment: 79,
                    hash: self.head.clone(),
                    body: self.body.clone(),
                };
            }
            other => panic!("{other}?"),
        };
        Happened::PullRequest(PullRequest {
            action,
            number: self.name.parse().unwrap(),
            author: self.author.clone(),
            head: self.head.clone(),
            before: self.before.clone(),
            target_branch: "main".to_owned(),
            source: Some(ProjectKey::new(HOST, "alice", &self.repository)),
            labels: Vec::new(),
        })
    }
}

/// Reads a delivery: `ignored` and `refused` are just that, with the body as the reason.
pub(crate) fn read(kind: &str, body: &[u8], host: &str) -> Reading {
    let text = || String::from_utf8_lossy(body).into_owned();
    match kind {
        "ignored" => Reading::Ignored(text()),
        "refused" => Reading::Refused(text()),
        _ => {
            let told: Told = serde_json::from_slice(body).unwrap();
            Reading::Event(Box::new(ForgeEvent {
                project: ProjectFacts {
                    key: ProjectKey::new(host, "packit", &told.repository),
                    forge_id: None,
                    visibility: if told.private { Visibility::Private } else { Visibility::Public },
                    default_branch: Some("main".to_owned()),
                },
                actor: told.actor.clone(),
                occurred_at: None,
                happened: told.happened(),
            }))
        }
    }
}

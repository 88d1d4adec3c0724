//! Deliveries of a forge whose wire format is this file's own.

use std::fmt::Display;

use domain::event::{CheckApp, ForgeEvent, Happened, ProjectFacts, PullRequest, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::Reading;
use serde::{Deserialize, Serialize};

use super::forge::OUR_APP;

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
    /// Whose check it is, where it is about one.
    pub(crate) app: u64,
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
            app: OUR_APP,
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

    /// Somebody who may write pressed "Re-run" below the check of a target.
    pub(crate) fn rerequested(repository: &str, head: u64, external_id: impl Display) -> Self {
        let name = external_id.to_string();
        Self { what: "rerequested".to_owned(), name, ..Self::opened(repository, 0, head) }
    }

    /// The same with a button of ours.
    pub(crate) fn pressed(repository: &str, head: u64, external_id: impl Display, button: &str) -> Self {
        Self { what: format!("press {button}"), ..Self::rerequested(repository, head, external_id) }
    }

    /// Somebody asked for all checks of a commit again.
    pub(crate) fn rerequested_all(repository: &str, head: u64) -> Self {
        Self { what: "rerequested all".to_owned(), ..Self::opened(repository, 0, head) }
    }

    pub(crate) fn of_app(self, app: u64) -> Self {
        Self { app, ..self }
    }

    pub(crate) fn by(self, actor: &str) -> Self {
        Self { actor: Some(actor.to_owned()), ..self }
    }

    fn app(&self) -> Option<CheckApp> {
        Some(CheckApp { id: self.app, client_id: None, slug: Some("somebody".to_owned()) })
    }

    fn check_run(&self, requested_action: Option<String>) -> Happened {
        Happened::CheckRun {
            hash: self.head.clone(),
            reference: None,
            external_id: Some(self.name.clone()).filter(|id| !id.is_empty()),
            requested_action,
            app: self.app(),
        }
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
            "rerequested all" => {
                return Happened::CheckSuite { hash: self.head.clone(), reference: None, app: self.app() };
            }
            "rerequested" => return self.check_run(None),
            what => match what.strip_prefix("press ") {
                Some(button) => return self.check_run(Some(button.to_owned())),
                None => panic!("{what}?"),
            },
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

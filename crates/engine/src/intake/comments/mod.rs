//! Comments that are commands: what was asked for is redone or started, or a reply says why not.
//!
//! A command that is carried out gets a reaction and no words; every other one a single reply. Both are rows that are written
//! with the delivery's outcome, so they are said once however often it is begun.

mod command;
mod downstream;
mod issue;
mod known;
mod missing;
mod place;
mod redo;
mod releases;
mod replies;

use domain::comments::{Parsed, parse};
use domain::event::{ForgeEvent, Happened};
use domain::ids::EventId;
use domain::words::{DeliveryOutcome, ReferenceKind};
use forges::{Forge, Thread};
use store::inbox::Delivery;
use store::replies::{self as rows, NewReply};

use super::event::not_read;
use super::prepared::Prepared;
use super::{Settled, Unsettled};
use crate::Engine;
use crate::replies::MARKER;
use downstream::is_downstream;

use crate::who_may::{Demand, Permit, may_command};

/// A comment as it was delivered.
pub(super) struct Commented<'a> {
    event: &'a ForgeEvent,
    /// The forge's id of it.
    comment: u64,
    thread: Thread,
    body: &'a str,
    /// Who opened the pull request or issue.
    author: Option<&'a str>,
}

/// What comes of a comment.
enum Answer {
    /// Nothing: it is none of our business, for this reason.
    Ignored(String),
    /// It is carried out, or most of it.
    Done(Box<Done>),
    /// Words, and nothing else: for the records in one line, and for the person in Markdown.
    Said { reason: String, markdown: String },
    /// Words that were asked for.
    Helped(String),
}

/// What is carried out.
struct Done {
    /// The events of whose workflows parts are done again, and what is, in a line.
    redone: Vec<(EventId, String)>,
    /// A workflow that starts.
    started: Option<Prepared>,
    /// What could not be done of it, in Markdown; without it a reaction says that all is.
    says: Option<String>,
}

impl Answer {
    fn redone(event: EventId, reason: String) -> Self {
        Self::Done(Box::new(Done { redone: vec![(event, reason)], started: None, says: None }))
    }

    fn started(prepared: Prepared) -> Self {
        Self::Done(Box::new(Done { redone: Vec::new(), started: Some(prepared), says: None }))
    }

    /// What the person is told in words.
    fn words(self) -> Option<String> {
        match self {
            Self::Said { markdown, .. } | Self::Helped(markdown) => Some(markdown),
            Self::Ignored(_) | Self::Done(_) => None,
        }
    }
}

impl<'a> Commented<'a> {
    /// The comment of an event; none if it is something else.
    pub(super) fn of(event: &'a ForgeEvent) -> Option<Self> {
        match &event.happened {
            Happened::IssueComment { comment, reference, body, author } => {
                let number = reference.name.parse().ok()?;
                let thread = match reference.kind {
                    ReferenceKind::PullRequest => Thread::PullRequest(number),
                    _ => Thread::Issue(number),
                };
                Some(Self { event, comment: *comment, thread, body, author: author.as_deref() })
            }
            Happened::CommitComment { comment, hash, body } => {
                let thread = Thread::Commit(hash.clone());
                Some(Self { event, comment: *comment, thread, body, author: None })
            }
            _ => None,
        }
    }
}

impl Engine {
    /// Settles a delivery that tells of a comment.
    pub(super) async fn settle_comment(
        &self,
        delivery: &Delivery,
        worker: &str,
        commented: &Commented<'_>,
    ) -> Result<Settled, Unsettled> {
        let answer = self.answer(delivery, commented).await?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let (outcome, reason, event, says) = match answer {
            Answer::Ignored(reason) => (DeliveryOutcome::Ignored, reason, None, None),
            Answer::Helped(markdown) => {
                (DeliveryOutcome::Ignored, "help was asked for".to_owned(), None, Some(Some(markdown)))
            }
            Answer::Done(done) => {
                let mut reasons: Vec<String> = done.redone.iter().map(|(_, reason)| reason.clone()).collect();
                let mut event = done.redone.first().map(|(event, _)| *event);
                // What is only kept was not carried out.
                let is_kept = done.started.as_ref().is_some_and(Prepared::is_kept);
                if let Some(started) = &done.started {
                    event =
                        Some(started.record(&mut tx, delivery, commented.event, &self.settings, now).await?);
                    reasons.push(started.reason());
                }
                (DeliveryOutcome::Accepted, reasons.join("; "), event, (!is_kept).then_some(done.says))
            }
            Answer::Said { reason, markdown } => {
                let refused = Prepared::said(commented.event.hash(), &reason);
                let event = refused.record(&mut tx, delivery, commented.event, &self.settings, now).await?;
                (DeliveryOutcome::NothingPlanned, reason, Some(event), Some(Some(markdown)))
            }
        };
        if let Some(body) = says {
            let reply = NewReply {
                inbox: delivery.id,
                project: &commented.event.project,
                thread: &commented.thread.to_string(),
                comment: commented.comment,
                body: body.as_deref(),
            };
            rows::plan(&mut tx, &reply, now).await?;
        }
        super::settle(tx, delivery, worker, (outcome, reason, event)).await
    }

    async fn answer(&self, delivery: &Delivery, commented: &Commented<'_>) -> Result<Answer, Unsettled> {
        let event = commented.event;
        if commented.body.contains(MARKER) {
            return Ok(Answer::Ignored("the comment is a reply of ours, or holds one".to_owned()));
        }
        let prefix = &self.settings.comment_prefix;
        let parsed = parse(prefix, commented.body);
        if parsed == Parsed::NoCommand {
            return Ok(Answer::Ignored(format!(
                "the comment is no command: no line of it begins with {prefix} and a command"
            )));
        }
        let Some(forge) = self.forges.get(&event.project.key.forge) else {
            return Ok(Answer::started(Prepared::kept(event.hash(), &not_read(&event.project.key.forge))));
        };
        if let Parsed::Command { command, .. } = &parsed
            && forge.is_dist_git()
            && is_downstream(command.command)
        {
            let forge: &dyn Forge = forge.as_ref();
            return match self.refuses_at_dist_git(commented, forge, command.command).await? {
                Some(reason) => Ok(replies::refused(&reason)),
                None => self.obey_at_dist_git(delivery, commented, forge, command).await,
            };
        }
        let demand = Demand {
            project: &event.project.key,
            visibility: event.project.visibility,
            reference: &event.reference(),
            account: event.actor.as_deref(),
            author: commented.author,
        };
        if let Permit::Refused { reason, .. } = may_command(self, &demand).await? {
            return Ok(replies::refused(&reason));
        }
        match parsed {
            Parsed::NoCommand => Ok(Answer::Ignored("the comment is no command".to_owned())),
            Parsed::SyntaxError { reason, .. } => Ok(replies::not_understood(prefix, &reason)),
            Parsed::Command { command, .. } => {
                let forge: &dyn Forge = forge.as_ref();
                self.obey(delivery, commented, forge, &command).await
            }
        }
    }
}

//! One claimed submission: what it needs now, and what came of it.
//!
//! No transaction is open while a build system is called. Before a call that must not be repeated, `sent_at` is written; a
//! worker that finds it set and no external id looks the submission up before it sends it again. So a crash between any
//! two lines here costs a repeated look-up, never a second build.

mod callback;
mod context;
mod follow;
mod sidetag;
mod submit;

use builders::{Builder, BuilderError, Observation};
use chrono::{DateTime, Utc};
use domain::words::TargetStatus;
use domain::workflow::{Seen, Workflow};
use store::submissions::{self, Submission};
use tracing::warn;

pub use callback::callback;
pub(crate) use follow::pass_deadlines;

use crate::Engine;
use crate::intake::chain;

impl Engine {
    /// Does what a claimed submission needs now. What the database will never take ends it: it must not come back for ever.
    ///
    /// # Errors
    /// If the database cannot be asked; the submission comes back when its lease ends.
    pub(crate) async fn work_on(&self, submission: &Submission, worker: &str) -> store::Result<()> {
        let Some(builder) = self.builders.get(&submission.system) else {
            return self.put_off(submission, worker, "this build system is not configured here").await;
        };
        let turn = Turn { engine: self, builder: builder.as_ref(), submission, worker };
        let done = if submission.cancel_requested_at.is_some() && submission.canceled_at.is_none() {
            turn.cancel().await
        } else if submission.external_id.is_some() {
            turn.poll().await
        } else {
            turn.submit().await
        };
        match done {
            Err(error) if !error.is_passing() => {
                turn.refused(&format!("what came of it cannot be recorded: {}", chain(&error))).await
            }
            done => done,
        }
    }

    async fn put_off(&self, submission: &Submission, worker: &str, problem: &str) -> store::Result<()> {
        let now = self.clock.now();
        let until = now + self.settings.poll_at_most;
        submissions::step(&self.db, submission, worker, now, |held, _| {
            held.problem = Some(problem.to_owned());
            held.release(until);
        })
        .await?;
        Ok(())
    }
}

/// One worker's turn with one submission.
#[derive(Clone, Copy)]
struct Turn<'a> {
    engine: &'a Engine,
    builder: &'a dyn Builder,
    submission: &'a Submission,
    worker: &'a str,
}

impl Turn<'_> {
    /// Writes what came of the turn, behind the fence. A cancel that was asked for meanwhile is not kept waiting.
    async fn write<R>(
        &self,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Submission, &mut Workflow) -> R,
    ) -> store::Result<Option<R>> {
        submissions::step(&self.engine.db, self.submission, self.worker, now, |held, workflow| {
            let result = change(held, workflow);
            if held.leased_by.is_none() && held.cancel_requested_at != self.submission.cancel_requested_at {
                held.due_at = Some(now);
            }
            result
        })
        .await
    }

    /// The build system will never do it.
    async fn refused(&self, reason: &str) -> store::Result<()> {
        let now = self.engine.clock.now();
        warn!(submission = %self.submission.id, system = %self.submission.system, reason, "refused");
        self.write(now, |held, workflow| {
            held.problem = Some(reason.to_owned());
            held.release(now);
            workflow.end(held.id, TargetStatus::Errored, reason, now);
        })
        .await?;
        Ok(())
    }

    /// Cancels at the build system. What it still does is seen by polling.
    async fn cancel(&self) -> store::Result<()> {
        let now = self.engine.clock.now();
        if self.submission.sent_at.is_none() {
            let reason = self.cancel_reason();
            self.write(now, |held, workflow| {
                held.release(now);
                workflow.end(held.id, TargetStatus::Canceled, &reason, now);
            })
            .await?;
            return Ok(());
        }
        let work = self.work(None).await?;
        if self.submission.external_id.is_none() {
            return self.find_before_cancel(&work).await;
        }
        let asked = self.builder.cancel(&work).await;
        let now = self.engine.clock.now();
        match asked {
            Ok(()) => {
                self.write(now, |held, _| {
                    held.canceled_at = Some(now);
                    held.tries = 0;
                    held.release(now + self.engine.settings.poll_at_least);
                })
                .await?;
                Ok(())
            }
            Err(BuilderError::Refused(reason)) => {
                // It may have ended meanwhile: polling tells.
                self.write(now, |held, _| {
                    held.canceled_at = Some(now);
                    held.problem = Some(format!("the cancel was refused: {reason}"));
                    held.release(now);
                })
                .await?;
                Ok(())
            }
            Err(error) => self.try_later(&error).await,
        }
    }

    /// The call may have gone out: only what is found there can be canceled there.
    async fn find_before_cancel(&self, work: &builders::Work) -> store::Result<()> {
        match self.builder.look_up(work).await {
            Ok(Some(found)) => self.accept(&found).await,
            Ok(None) => {
                let now = self.engine.clock.now();
                let reason = self.cancel_reason();
                self.write(now, |held, workflow| {
                    held.release(now);
                    workflow.end(held.id, TargetStatus::Canceled, &reason, now);
                })
                .await?;
                Ok(())
            }
            Err(BuilderError::Refused(reason)) => self.refused(&reason).await,
            Err(error) => self.try_later(&error).await,
        }
    }

    /// For what does not have the reason of the request.
    fn cancel_reason(&self) -> String {
        format!("canceled by {}", self.submission.cancel_requested_by.as_deref().unwrap_or("somebody"))
    }

    /// Something that is never given up is tried again later: a poll, a cancel, a look-up.
    async fn try_later(&self, error: &BuilderError) -> store::Result<()> {
        let now = self.engine.clock.now();
        let tries = self.submission.tries + 1;
        let pause = self.engine.settings.outages.pause_for_ever(tries, retry_after(error));
        warn!(submission = %self.submission.id, system = %self.submission.system, %error, pause_s = pause.as_secs(), "trying again later");
        self.write(now, |held, _| {
            held.tries = tries;
            held.problem = Some(error.to_string());
            held.release(now + pause);
        })
        .await?;
        Ok(())
    }

    /// When a submitted submission is looked at next: after a tenth of its age, within bounds.
    fn next_poll(&self, held: &Submission, now: DateTime<Utc>) -> DateTime<Utc> {
        let settings = &self.engine.settings;
        let age = (now - held.sent_at.unwrap_or(now)).to_std().unwrap_or_default();
        // `clamp` would panic where the bounds are configured the wrong way round.
        now + (age / 10).min(settings.poll_at_most_of(held.system)).max(settings.poll_at_least)
    }
}

fn retry_after(error: &BuilderError) -> Option<std::time::Duration> {
    match error {
        BuilderError::Unavailable { retry_after, .. } => *retry_after,
        BuilderError::Refused(_) | BuilderError::Unknown(_) => None,
    }
}

fn seen(observation: Observation) -> Seen {
    Seen {
        target: observation.target,
        status: observation.status,
        reason: observation.reason,
        url: observation.url,
        logs_url: observation.logs_url,
        peer_started_at: observation.peer_started_at,
        peer_finished_at: observation.peer_finished_at,
        made: observation.details,
    }
}

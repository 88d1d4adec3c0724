use std::time::Duration;

use builders::{BuilderError, Callback, Submitted, Work};
use domain::words::BuildSystem;
use tracing::{info, warn};

use super::sidetag::{Open, Sidetag};
use super::{Turn, retry_after, seen};
use crate::Engine;

/// How often a submission is sent when its answers are lost and it is not found afterwards.
const MOST_SENDS: i64 = 5;

impl Engine {
    /// How long sending to a build system may last: a lease, or longer where the work itself is done meanwhile.
    pub(crate) fn longest_send(&self, system: BuildSystem) -> Duration {
        let longest = self.builders.get(&system).and_then(|builder| builder.longest_submit());
        self.settings.lease.max(longest.unwrap_or_default())
    }
}

impl Turn<'_> {
    /// Sends a submission that is not known to be at its build system.
    pub(super) async fn submit(&self) -> store::Result<()> {
        if self.submission.sent_at.is_some() {
            let work = self.work(None).await?;
            match self.builder.look_up(&work).await {
                Ok(Some(found)) => return self.accept(&found).await,
                Ok(None) if self.submission.tries >= MOST_SENDS => {
                    let reason = "it was sent several times, no answer came, and it is not there";
                    return self.refused(reason).await;
                }
                Ok(None) => {}
                Err(BuilderError::Refused(reason)) => return self.refused(&reason).await,
                Err(error) => return self.look_up_later(self.submission.tries + 1, &error).await,
            }
        }
        match self.paused().await? {
            Some(pause) => self.engine.put_off(self.submission, self.worker, &pause).await,
            None => match self.sidetag().await? {
                Sidetag::None => self.send(None).await,
                Sidetag::Ready(open) => self.send(Some(&open)).await,
                Sidetag::NotYet(reason) => self.wait_for_sidetag(&reason).await,
                Sidetag::Never(reason) => self.refused(&reason).await,
            },
        }
    }

    /// Why nothing new is submitted to this build system just now.
    async fn paused(&self) -> store::Result<Option<String>> {
        let pauses = store::pauses::list(&self.engine.db).await?;
        let pause = pauses.into_iter().find(|pause| pause.system == self.submission.system);
        Ok(pause.map(|pause| match pause.reason {
            Some(reason) => format!("{} is paused by {}: {reason}", pause.system, pause.paused_by),
            None => format!("{} is paused by {}", pause.system, pause.paused_by),
        }))
    }

    /// Marks it as sent, which counts as a try whatever becomes of this worker, and sends it.
    async fn send(&self, sidetag: Option<&Open>) -> store::Result<()> {
        let now = self.engine.clock.now();
        let callback = self.new_callback();
        let hash = callback.as_ref().map(|(_, hash)| hash.clone());
        let lease_end = now + self.engine.longest_send(self.submission.system);
        let marked = self
            .write(now, |held, workflow| {
                if workflow.open_on(held.id).is_empty() {
                    held.leased_by = None;
                    held.due_at = None;
                    return None;
                }
                if held.cancel_requested_at.is_some() {
                    held.release(now);
                    return None;
                }
                held.sent_at = Some(now);
                held.tries += 1;
                held.callback_hash = hash;
                held.called_at = None;
                held.due_at = Some(lease_end);
                workflow.submitting(held.id);
                if let Some(sidetag) = sidetag {
                    workflow.goes_into(held.id, &sidetag.name);
                }
                Some(held.clone())
            })
            .await?;
        let Some(submission) = marked.flatten() else { return Ok(()) };
        let waited = now - submission.created_at;
        metrics::histogram!("packflow_submit_wait_seconds", "system" => submission.system.as_str())
            .record(waited.as_seconds_f64());
        Turn { submission: &submission, ..*self }.call(callback.map(|(callback, _)| callback), sidetag).await
    }

    async fn call(&self, callback: Option<Callback>, sidetag: Option<&Open>) -> store::Result<()> {
        let tagged = sidetag.map(|open| open.newest.clone()).unwrap_or_default();
        let work = Work { tagged, ..self.work(callback).await? };
        match self.builder.submit(&work).await {
            Ok(submitted) => self.accept(&submitted).await,
            Err(BuilderError::Refused(reason)) => self.refused(&reason).await,
            Err(error @ BuilderError::Unavailable { .. }) => self.send_later(&error).await,
            Err(error @ BuilderError::Unknown(_)) => self.look_up_later(self.submission.tries, &error).await,
        }
    }

    /// The build system has it.
    pub(super) async fn accept(&self, submitted: &Submitted) -> store::Result<()> {
        let now = self.engine.clock.now();
        info!(submission = %self.submission.id, system = %self.submission.system, external_id = submitted.external_id, "submitted");
        self.write(now, |held, workflow| {
            held.external_id = Some(submitted.external_id.clone());
            held.tries = 0;
            held.problem = None;
            workflow.submitted(held.id, &submitted.external_id, now);
            for observation in &submitted.observations {
                workflow.observe(seen(observation.clone()), now);
            }
            let was_called = held.called_at.take().is_some();
            let is_now = was_called || held.cancel_requested_at.is_some();
            held.release(if is_now { now } else { self.next_poll(held, now) });
        })
        .await?;
        self.engine.look_at_parked(self.submission.system, &submitted.external_id).await
    }

    /// It has surely not begun: it is sent again later, until that is given up.
    async fn send_later(&self, error: &BuilderError) -> store::Result<()> {
        let now = self.engine.clock.now();
        let tries = self.submission.tries;
        let Some(pause) = self.engine.settings.outages.pause(tries, retry_after(error)) else {
            let reason = format!("given up after {tries} tries: {error}");
            return self.refused(&reason).await;
        };
        warn!(submission = %self.submission.id, system = %self.submission.system, %error, pause_s = pause.as_secs(), "sending again later");
        let problem = error.to_string();
        self.write(now, |held, workflow| {
            held.sent_at = None;
            held.problem = Some(problem.clone());
            held.release(now + pause);
            workflow.not_submitted(held.id, &format!("{} does not take it now: {problem}", held.system));
        })
        .await?;
        Ok(())
    }

    /// It may have begun: it is looked up later, before anything else. `tries` counts this one.
    async fn look_up_later(&self, tries: i64, error: &BuilderError) -> store::Result<()> {
        let now = self.engine.clock.now();
        let Some(pause) = self.engine.settings.outages.pause(tries, retry_after(error)) else {
            let reason = format!("whether it was submitted could not be found out in {tries} tries: {error}");
            return self.refused(&reason).await;
        };
        // The first look-up is soon: most lost answers are lost by a connection, not by an outage.
        let pause = if matches!(error, BuilderError::Unknown(_)) && tries == 1 {
            self.engine.settings.poll_at_least.min(pause)
        } else {
            pause
        };
        warn!(submission = %self.submission.id, system = %self.submission.system, %error, "the answer was lost; looking it up");
        let problem = error.to_string();
        self.write(now, |held, _| {
            held.tries = tries;
            held.problem = Some(problem);
            held.release(now + pause);
        })
        .await?;
        Ok(())
    }
}

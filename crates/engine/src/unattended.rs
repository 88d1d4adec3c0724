//! What is at build systems that this process does not have, and nobody looks after: it ends when it is to be canceled, and when
//! its deadline passes. A build system may be configured no more, and nothing that can be ended may be open for ever.

use chrono::{DateTime, TimeDelta, Utc};
use domain::words::{BuildSystem, TargetStatus};
use store::submissions::{self, Overdue, Submission};
use tracing::warn;

use crate::Engine;
use crate::worker::pass_deadlines;

/// How long what is due is left to other processes, which may have that build system. One that works takes it within seconds.
pub(crate) const LEFT_TO_OTHERS: TimeDelta = TimeDelta::minutes(10);
/// How often it is looked for.
pub(crate) const LOOK_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Submissions that are ended in a row.
const ENDED_AT_ONCE: i64 = 100;

impl Engine {
    /// Ends what nobody looks after, of all build systems that are not configured here. Says how many submissions.
    pub(crate) async fn end_unattended(&self) -> store::Result<usize> {
        let now = self.clock.now();
        let mut ended = 0;
        for system in BuildSystem::ALL.iter().filter(|system| !self.builders.contains_key(system)) {
            let overdue = self.overdue(*system, now);
            for submission in submissions::unattended(&self.db, *system, now, overdue, ENDED_AT_ONCE).await? {
                self.end_one(&submission, now).await?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    fn overdue(&self, system: BuildSystem, now: DateTime<Utc>) -> Overdue {
        let before = now - LEFT_TO_OTHERS;
        let since = |status| {
            let span = TimeDelta::from_std(self.settings.deadline(system, status)).ok();
            span.and_then(|span| before.checked_sub_signed(span)).unwrap_or(DateTime::UNIX_EPOCH)
        };
        Overdue {
            due: before,
            submitted: since(TargetStatus::Submitted),
            running: since(TargetStatus::Running),
        }
    }

    async fn end_one(&self, found: &Submission, now: DateTime<Utc>) -> store::Result<()> {
        let nobody = format!("{} is not configured here, so nobody could ask it", found.system);
        submissions::change_event(&self.db, found.event_id, now, |submissions, workflow| {
            // Who took it meanwhile looks after it.
            let is_left = |held: &&mut Submission| {
                held.id == found.id && held.due_at == found.due_at && held.leased_by == found.leased_by
            };
            let Some(held) = submissions.iter_mut().find(is_left) else { return };
            warn!(submission = %held.id, system = %held.system, "ended, since nobody looks after it");
            held.problem = Some(nobody.clone());
            held.leased_by = None;
            if held.cancel_requested_at.is_some() {
                // Why it was to be canceled stands there already, and stays.
                for id in workflow.open_on(held.id) {
                    let Some(target) = workflow.targets.get_mut(&id) else { continue };
                    let why = target.reason.take().unwrap_or_else(|| "canceled".to_owned());
                    target.reason = Some(format!("{why}; {nobody}"));
                }
                workflow.end(held.id, TargetStatus::Canceled, &nobody, now);
            } else {
                pass_deadlines(held, workflow, &self.settings, now);
            }
        })
        .await
    }
}

use chrono::{DateTime, Utc};

use super::{Held, Workflow};
use crate::details::TargetDetails;
use crate::ids::TargetId;
use crate::words::TargetStatus;

/// What a build system says of one target, by a message, a callback or a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The target.
    pub target: TargetId,
    /// `submitted`, `running`, or finished.
    pub status: TargetStatus,
    /// Why, if it did not succeed.
    pub reason: Option<String>,
    /// The page of the build or test.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// When it was started, by the build system's clock.
    pub peer_started_at: Option<DateTime<Utc>>,
    /// When it ended, by the build system's clock.
    pub peer_finished_at: Option<DateTime<Utc>>,
    /// What was made; none if not known yet.
    pub made: Option<TargetDetails>,
}

impl Seen {
    /// That a target stands so, and nothing more.
    pub fn new(target: TargetId, status: TargetStatus) -> Self {
        Self {
            target,
            status,
            reason: None,
            url: None,
            logs_url: None,
            peer_started_at: None,
            peer_finished_at: None,
            made: None,
        }
    }
}

impl Workflow {
    /// Takes note of what a build system says. What is late, repeated or about a finished target changes nothing (rule 6);
    /// what tells of an earlier state than the known one only adds links and times.
    pub fn observe(&mut self, seen: Seen, now: DateTime<Utc>) {
        let Some(target) = self.targets.get_mut(&seen.target) else { return };
        let is_canceling = target.submission.is_some_and(|submission| self.canceling.contains(&submission));
        if target.status.is_finished() {
            return;
        }
        let before = target.clone();
        target.url = seen.url.or_else(|| target.url.take());
        target.logs_url = seen.logs_url.or_else(|| target.logs_url.take());
        target.peer_started_at = seen.peer_started_at.or(target.peer_started_at);
        target.peer_finished_at = seen.peer_finished_at.or(target.peer_finished_at);
        if let Some(made) = seen.made {
            target.details.packages = made.packages;
            target.details.artifact_url = made.artifact_url.or_else(|| target.details.artifact_url.take());
            target.details.nvr = made.nvr.or_else(|| target.details.nvr.take());
            target.details.sidetag = made.sidetag.or_else(|| target.details.sidetag.take());
            target.details.fast_forward_pull_requests = made.fast_forward_pull_requests;
        }
        // A result is told by `settle`, once the inputs' are known; the first one stays, as it does for a target that is
        // finished. Whatever a build system says of a target, it has it.
        let reached = if seen.status.is_finished() {
            target.held.get_or_insert(Held { status: seen.status, reason: seen.reason });
            TargetStatus::Submitted
        } else {
            seen.status
        };
        if reached.progress() > target.status.progress() {
            target.status = reached;
            if !is_canceling {
                target.reason = None;
            }
        }
        target.submitted_at.get_or_insert(now);
        if reached == TargetStatus::Running {
            target.started_at.get_or_insert(now);
        }
        if *target != before {
            self.changed.insert(seen.target);
        }
        self.settle(now);
    }
}

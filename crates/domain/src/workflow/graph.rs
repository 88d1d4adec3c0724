use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::details::TargetDetails;
use crate::ids::{EventId, JobId, SubmissionId, TargetId};
use crate::words::{EventStatus, JobKind, Needs, TargetStatus};

/// All jobs and targets of one event, and the status of what they consume from other events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The event.
    pub event: EventId,
    /// Its jobs.
    pub jobs: BTreeMap<JobId, Job>,
    /// Its targets, all attempts.
    pub targets: BTreeMap<TargetId, Target>,
    /// The status of targets of other events that are inputs here.
    pub outside: BTreeMap<TargetId, TargetStatus>,
    /// The submissions whose cancel was asked for. Why, the targets on them have as their reason.
    pub canceling: BTreeSet<SubmissionId>,
    /// The targets that were changed since the workflow was loaded.
    pub changed: BTreeSet<TargetId>,
}

/// A job's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its kind.
    pub kind: JobKind,
    /// The job whose targets its own consume.
    pub previous: Option<JobId>,
}

/// A target and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its job.
    pub job: JobId,
    /// Its job's kind.
    pub kind: JobKind,
    /// Chroot, branch, release or compose.
    pub name: String,
    /// The first attempt of its chain.
    pub chain: TargetId,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// Where it stands.
    pub status: TargetStatus,
    /// What it consumes.
    pub inputs: Vec<Input>,
    /// The submission it rides on.
    pub submission: Option<SubmissionId>,
    /// The build system's id of it.
    pub external_id: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// Why it ended as it did, why its cancel was asked for, or what it waits for.
    pub reason: Option<String>,
    /// When it was submitted, by our clock.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When we learned that it runs, by our clock.
    pub started_at: Option<DateTime<Utc>>,
    /// When we learned that it ended, by our clock; set if and only if it is finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was started, by the build system's clock.
    pub peer_started_at: Option<DateTime<Utc>>,
    /// When it ended, by the build system's clock.
    pub peer_finished_at: Option<DateTime<Utc>>,
    /// A result that cannot be told before its input's is known.
    pub held: Option<Held>,
    /// What it was planned with and what was made.
    pub details: TargetDetails,
}

impl Target {
    /// The first attempt of a chain of its own: it waits, consumes nothing yet, and nothing is known of it.
    pub fn first_attempt(id: TargetId, job: JobId, kind: JobKind, name: &str) -> Self {
        Self {
            job,
            kind,
            name: name.to_owned(),
            chain: id,
            attempt: 1,
            status: TargetStatus::Waiting,
            inputs: Vec::new(),
            submission: None,
            external_id: None,
            url: None,
            logs_url: None,
            reason: None,
            submitted_at: None,
            started_at: None,
            finished_at: None,
            peer_started_at: None,
            peer_finished_at: None,
            held: None,
            details: TargetDetails::default(),
        }
    }
}

/// What a target consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The target that is consumed.
    pub target: TargetId,
    /// What is needed of it.
    pub needs: Needs,
}

/// A result of a target that rode along with its input, come before its input's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The finished status that the build system told.
    pub status: TargetStatus,
    /// Why, as the build system told.
    pub reason: Option<String>,
}

impl Workflow {
    /// An event without targets.
    pub fn empty(event: EventId) -> Self {
        Self {
            event,
            jobs: BTreeMap::new(),
            targets: BTreeMap::new(),
            outside: BTreeMap::new(),
            canceling: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    /// The newest attempt of each chain.
    pub fn newest(&self) -> impl Iterator<Item = (TargetId, &Target)> {
        let mut newest: BTreeMap<TargetId, (TargetId, &Target)> = BTreeMap::new();
        for (id, target) in &self.targets {
            let entry = newest.entry(target.chain).or_insert((*id, target));
            if entry.1.attempt < target.attempt {
                *entry = (*id, target);
            }
        }
        newest.into_values()
    }

    /// What became of the event as a whole.
    pub fn status(&self) -> EventStatus {
        let newest: BTreeMap<TargetId, TargetStatus> =
            self.newest().map(|(_, target)| (target.chain, target.status)).collect();
        let stands = |input: &Input| {
            let status = match self.targets.get(&input.target) {
                Some(target) => newest.get(&target.chain),
                None => self.outside.get(&input.target),
            };
            Some((input.needs, *status?))
        };
        EventStatus::of(
            self.newest().map(|(_, target)| {
                EventStatus::counted(target.status, target.inputs.iter().filter_map(stands))
            }),
        )
    }

    /// Whether the cancel of what a target rides on was asked for.
    pub(super) fn is_canceling(&self, target: &Target) -> bool {
        target.submission.is_some_and(|submission| self.canceling.contains(&submission))
    }

    /// The status of a target of this event, or of one outside that is an input here.
    pub(super) fn status_of(&self, target: TargetId) -> Option<TargetStatus> {
        self.targets.get(&target).map(|t| t.status).or_else(|| self.outside.get(&target).copied())
    }

    /// The target, to be changed; the change is remembered.
    pub(super) fn change(&mut self, target: TargetId) -> Option<&mut Target> {
        let found = self.targets.get_mut(&target)?;
        self.changed.insert(target);
        Some(found)
    }
}

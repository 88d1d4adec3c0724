use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Held, Target, Workflow};
use crate::ids::{JobId, SubmissionId, TargetId};
use crate::words::{BuildSystem, JobKind, TargetStatus};

/// Targets that go to a build system in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionGroup {
    /// The build system.
    pub system: BuildSystem,
    /// The targets, in the order of their ids.
    pub targets: Vec<TargetId>,
}

impl Workflow {
    /// The submissions to be made for the targets that are ready and ride on none yet.
    ///
    /// At Copr all ready targets of one job go together, and an SRPM takes the targets of the first Copr job that waits for
    /// it along. Every other build system takes one target per call: a Testing Farm request, a Koji task (`docs/design.md`
    /// sections 1 and 3, `docs/contracts.md` 4 and 5).
    ///
    /// What is done again while the attempt before it is being canceled stays `ready` without one, where both are the same
    /// thing at the build system (section 4, R10).
    pub fn to_submit(&self) -> Vec<SubmissionGroup> {
        let mut by_job: BTreeMap<JobId, Vec<TargetId>> = BTreeMap::new();
        for (id, target) in &self.targets {
            if target.status == TargetStatus::Ready
                && target.submission.is_none()
                && self.canceled_first(target).is_none()
            {
                by_job.entry(target.job).or_default().push(*id);
            }
        }
        let mut groups = Vec::new();
        for (job, mut targets) in by_job {
            let kind = self.jobs[&job].kind;
            let system = BuildSystem::of(kind);
            if system != BuildSystem::Copr {
                groups.extend(targets.into_iter().map(|id| SubmissionGroup { system, targets: vec![id] }));
                continue;
            }
            if kind == JobKind::SrpmBuild {
                targets.extend(self.riding_along(job));
            }
            groups.push(SubmissionGroup { system, targets });
        }
        groups
    }

    /// The earlier attempt that has to end before this one is submitted. A build is in one update of Bodhi, and Koji builds a
    /// version once: until the attempt before has been canceled there, that is what would be found there. Copr and Testing
    /// Farm tell attempts apart; a scratch build of Koji loses nothing by waiting. What rides on no submission was imported, and nobody follows it to its end.
    pub(super) fn canceled_first(&self, target: &Target) -> Option<&Target> {
        if !matches!(target.kind, JobKind::KojiBuild | JobKind::BodhiUpdate) {
            return None;
        }
        self.targets.values().find(|before| {
            before.chain == target.chain
                && before.attempt < target.attempt
                && before.submission.is_some()
                && !before.status.is_finished()
        })
    }

    /// The waiting targets of the first Copr job that follows an SRPM.
    fn riding_along(&self, srpm: JobId) -> Vec<TargetId> {
        let first = self
            .jobs
            .iter()
            .find(|(_, job)| job.previous == Some(srpm) && job.kind == JobKind::CoprBuild)
            .map(|(id, _)| *id);
        self.targets
            .iter()
            .filter(|(_, target)| Some(target.job) == first)
            .filter(|(_, target)| target.status == TargetStatus::Waiting && target.submission.is_none())
            .map(|(id, _)| *id)
            .collect()
    }

    /// Puts a group on its submission: what it waited for before, it waits for no more.
    pub fn ride(&mut self, group: &SubmissionGroup, submission: SubmissionId) {
        for id in &group.targets {
            if let Some(target) = self.change(*id) {
                target.submission = Some(submission);
                target.reason = None;
            }
        }
    }

    /// The unfinished targets on a submission.
    pub fn open_on(&self, submission: SubmissionId) -> Vec<TargetId> {
        self.targets
            .iter()
            .filter(|(_, target)| target.submission == Some(submission) && !target.status.is_finished())
            .map(|(id, _)| *id)
            .collect()
    }

    /// The call is about to be made: from here on it may have gone out. What rides along goes on waiting.
    pub fn submitting(&mut self, submission: SubmissionId) {
        self.step(submission, TargetStatus::Ready, TargetStatus::Submitting, None);
    }

    /// The call cannot be made yet, for this reason.
    pub fn waits(&mut self, submission: SubmissionId, reason: &str) {
        self.step(submission, TargetStatus::Ready, TargetStatus::Ready, Some(reason));
    }

    /// What rides on a submission is built into this sidetag, or made from it.
    pub fn goes_into(&mut self, submission: SubmissionId, sidetag: &str) {
        for id in self.open_on(submission) {
            if let Some(target) = self.change(id) {
                target.details.sidetag = Some(sidetag.to_owned());
            }
        }
    }

    /// The call was not made, or surely came to nothing: it will be made again.
    pub fn not_submitted(&mut self, submission: SubmissionId, reason: &str) {
        self.step(submission, TargetStatus::Submitting, TargetStatus::Ready, Some(reason));
    }

    fn step(&mut self, submission: SubmissionId, from: TargetStatus, to: TargetStatus, reason: Option<&str>) {
        for id in self.open_on(submission) {
            let stands = &self.targets[&id];
            let is_canceling = self.is_canceling(stands);
            let is_news = to != from || (!is_canceling && stands.reason.as_deref() != reason);
            if stands.status == from
                && is_news
                && let Some(target) = self.change(id)
            {
                target.status = to;
                if !is_canceling {
                    target.reason = reason.map(str::to_owned);
                }
            }
        }
    }

    /// The build system has the submission, under this id. A target whose end was told before this answer gets the id too.
    pub fn submitted(&mut self, submission: SubmissionId, external_id: &str, now: DateTime<Utc>) {
        let is_canceling = self.canceling.contains(&submission);
        for (id, target) in
            self.targets.iter_mut().filter(|(_, target)| target.submission == Some(submission))
        {
            self.changed.insert(*id);
            target.external_id = Some(external_id.to_owned());
            if target.status.is_finished() {
                continue;
            }
            target.submitted_at.get_or_insert(now);
            if target.status.progress() < TargetStatus::Submitted.progress() {
                target.status = TargetStatus::Submitted;
                if !is_canceling {
                    target.reason = None;
                }
            }
        }
        self.settle(now);
    }

    /// Ends what is unfinished on a submission, as if its build system had told so of each target: what rides along with
    /// its input is skipped if that did not succeed, or canceled with it.
    pub fn end(&mut self, submission: SubmissionId, status: TargetStatus, reason: &str, now: DateTime<Utc>) {
        for id in self.open_on(submission) {
            if let Some(target) = self.change(id) {
                target.held.get_or_insert_with(|| Held { status, reason: Some(reason.to_owned()) });
            }
        }
        self.settle(now);
    }
}

//! What is to be redone, found the slow way: by looking at every target again and again until nothing is missing.
//!
//! It shares no code with the plan, keeps no indexes, and knows no order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::ids::{JobId, TargetId};
use crate::rerun::{ArtifactLife, Asked, Basis, Selection};
use crate::words::{JobKind, TargetStatus};
use crate::workflow::Target;

pub(super) struct Oracle<'a> {
    basis: &'a Basis,
    life: &'a ArtifactLife,
    now: DateTime<Utc>,
    /// The newest attempt of the chain of each target.
    newest: BTreeMap<TargetId, TargetId>,
}

/// The job that a target stands in after the rerun.
#[derive(Debug, PartialEq)]
enum JobAfter {
    Old(JobId),
    New(JobId, Option<Box<JobAfter>>),
}

impl<'a> Oracle<'a> {
    pub(super) fn of(basis: &'a Basis, life: &'a ArtifactLife, now: DateTime<Utc>) -> Self {
        let targets = &basis.workflow.targets;
        let newest = |one: &Target| {
            let attempts = targets.iter().filter(|(_, other)| other.chain == one.chain);
            *attempts.max_by_key(|(_, other)| other.attempt).unwrap().0
        };
        let newest = targets.iter().map(|(id, target)| (*id, newest(target))).collect();
        Self { basis, life, now, newest }
    }

    fn target(&self, id: TargetId) -> &Target {
        &self.basis.workflow.targets[&id]
    }

    fn newest(&self, id: TargetId) -> TargetId {
        self.newest[&id]
    }

    fn all_newest(&self) -> BTreeSet<TargetId> {
        self.newest.values().copied().collect()
    }

    /// The newest attempts of what a target consumes.
    fn inputs(&self, id: TargetId) -> Vec<TargetId> {
        self.target(id).inputs.iter().map(|input| self.newest(input.target)).collect()
    }

    fn succeeded(&self, id: TargetId) -> bool {
        self.target(id).status == TargetStatus::Succeeded
    }

    fn failed(&self, id: TargetId) -> bool {
        match self.target(id).status {
            TargetStatus::Failed | TargetStatus::Errored | TargetStatus::Canceled => true,
            TargetStatus::Skipped => self.inputs(id).into_iter().all(|input| self.succeeded(input)),
            _ => false,
        }
    }

    /// What was asked for.
    fn roots(&self, selection: &Selection) -> BTreeSet<TargetId> {
        let newest = self.all_newest().into_iter();
        let builds = [JobKind::SrpmBuild, JobKind::CoprBuild];
        match &selection.asked {
            Asked::Everything => newest.collect(),
            Asked::Failed => newest.filter(|id| self.failed(*id)).collect(),
            Asked::FailedBuilds => {
                newest.filter(|id| self.failed(*id) && builds.contains(&self.target(*id).kind)).collect()
            }
            Asked::FailedTests => {
                newest.filter(|id| self.failed(*id) && self.target(*id).kind == JobKind::TestRun).collect()
            }
            Asked::Targets(ids) => ids.clone(),
            Asked::NewestOf(ids) => ids.iter().map(|id| self.newest(*id)).collect(),
            Asked::Steps(steps) => newest
                .filter(|id| {
                    steps.iter().any(|step| {
                        let job = self.basis.steps[step].job;
                        // Of one folded step: the first attempts stand in one job.
                        let first = self.target(self.target(*id).chain).job;
                        let in_step = self.basis.workflow.targets.values().filter(|target| target.job == job);
                        in_step.into_iter().any(|target| self.target(target.chain).job == first)
                    })
                })
                .collect(),
        }
    }

    /// All that is redone.
    pub(super) fn redo(&self, selection: &Selection) -> BTreeSet<TargetId> {
        let mut redo = self.roots(selection);
        if selection.follow_ups {
            while self.grow(&mut redo, |oracle, redo, id| {
                oracle.inputs(id).iter().any(|input| redo.contains(input)).then_some(vec![id])
            }) {}
        }
        while self.grow(&mut redo, Self::missing) {}
        redo
    }

    fn grow(
        &self,
        redo: &mut BTreeSet<TargetId>,
        more: impl Fn(&Self, &BTreeSet<TargetId>, TargetId) -> Option<Vec<TargetId>>,
    ) -> bool {
        let before = redo.len();
        for id in self.all_newest() {
            if let Some(found) = more(self, redo, id) {
                redo.extend(found);
            }
        }
        redo.len() > before
    }

    /// What a redone target needs that is not there.
    fn missing(&self, redo: &BTreeSet<TargetId>, id: TargetId) -> Option<Vec<TargetId>> {
        if !redo.contains(&id) {
            return None;
        }
        let inputs = self.inputs(id);
        let unfit = |input: &TargetId| {
            let target = self.target(*input);
            target.status.is_finished() && (!self.succeeded(*input) || self.is_gone(*input))
        };
        let mut missing: Vec<TargetId> = inputs.iter().copied().filter(unfit).collect();
        let mut together = inputs;
        // Upwards as long as what is consumed together would stand in several jobs.
        while together.iter().any(|one| self.job_after(redo, *one) != self.job_after(redo, together[0])) {
            missing.extend(&together);
            if !together.iter().all(|input| redo.contains(input)) {
                break;
            }
            together = together.iter().flat_map(|input| self.inputs(*input)).collect();
        }
        Some(missing)
    }

    fn job_after(&self, redo: &BTreeSet<TargetId>, id: TargetId) -> JobAfter {
        if !redo.contains(&id) {
            return JobAfter::Old(self.target(id).job);
        }
        let previous = self.inputs(id).first().map(|input| Box::new(self.job_after(redo, *input)));
        JobAfter::New(self.target(self.target(id).chain).job, previous)
    }

    fn is_gone(&self, id: TargetId) -> bool {
        if let Some(there) = self.life.seen.get(&id) {
            return !there;
        }
        // Two weeks for an SRPM; good builds stay.
        self.target(id).kind == JobKind::SrpmBuild
            && self.now - self.target(id).finished_at.unwrap() >= chrono::TimeDelta::days(14)
    }
}

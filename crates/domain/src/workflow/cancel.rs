use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Target, Workflow};
use crate::ids::{SubmissionId, TargetId};
use crate::words::{Fulfilment, TargetStatus};

/// What canceling some targets would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelPlan {
    /// Targets that no build system has yet: they end at once.
    pub ends_now: BTreeSet<TargetId>,
    /// Submissions that the build system is asked to cancel.
    pub submissions: BTreeSet<SubmissionId>,
    /// Targets that were asked for and end when the build system says so.
    pub asked: BTreeSet<TargetId>,
    /// Targets that were not asked for but ride on a submission that is canceled: a build system cancels the whole of it.
    pub taken_along: BTreeSet<TargetId>,
    /// Targets that wait for any of those, which cannot give any more what they need: they are skipped when it ends.
    pub skipped: BTreeSet<TargetId>,
    /// Targets that were asked for but have ended.
    pub ended: BTreeSet<TargetId>,
}

impl Workflow {
    /// What canceling these targets would do. Pure: the preview and the real thing call the same.
    pub fn plan_cancel(&self, selected: &BTreeSet<TargetId>) -> CancelPlan {
        let mut plan = CancelPlan::default();
        for id in selected {
            let Some(target) = self.targets.get(id) else { continue };
            match target.submission {
                _ if target.status.is_finished() => {
                    plan.ended.insert(*id);
                }
                Some(submission) if self.may_have_gone_out(submission) => {
                    plan.submissions.insert(submission);
                    plan.asked.insert(*id);
                }
                _ => {
                    plan.ends_now.insert(*id);
                }
            }
        }
        for submission in &plan.submissions {
            let others = self.open_on(*submission).into_iter().filter(|id| !selected.contains(id));
            plan.taken_along.extend(others);
        }
        let canceled = [&plan.ends_now, &plan.asked, &plan.taken_along].into_iter().flatten();
        plan.skipped = self.skipped_without(canceled.copied().collect());
        plan
    }

    /// What is skipped when these are canceled, directly or over others.
    fn skipped_without(&self, mut lost: BTreeSet<TargetId>) -> BTreeSet<TargetId> {
        let mut skipped = BTreeSet::new();
        loop {
            let needs_lost = |target: &Target| {
                target.inputs.iter().any(|input| {
                    let then = input.needs.fulfilled_by(TargetStatus::Canceled);
                    lost.contains(&input.target) && then == Fulfilment::Impossible
                })
            };
            let open = self.targets.iter().filter(|(id, target)| {
                !target.status.is_finished() && !lost.contains(id) && needs_lost(target)
            });
            let more: BTreeSet<TargetId> = open.map(|(id, _)| *id).collect();
            if more.is_empty() {
                return skipped;
            }
            lost.extend(&more);
            skipped.extend(more);
        }
    }

    /// Ends what no build system has; the submissions of the plan are the caller's to ask for. What rides on these keeps the
    /// reason until it ends; of two requests, that of the first.
    pub fn cancel_now(&mut self, plan: &CancelPlan, reason: &str, now: DateTime<Utc>) {
        for id in &plan.ends_now {
            self.finish(*id, TargetStatus::Canceled, Some(reason.to_owned()), now);
        }
        for submission in &plan.submissions {
            if self.canceling.insert(*submission) {
                for id in self.open_on(*submission) {
                    if let Some(target) = self.change(id) {
                        target.reason = Some(reason.to_owned());
                    }
                }
            }
        }
        self.settle(now);
    }

    /// Every target that has not ended.
    pub fn unfinished(&self) -> BTreeSet<TargetId> {
        let open = self.targets.iter().filter(|(_, target)| !target.status.is_finished());
        open.map(|(id, _)| *id).collect()
    }

    /// Whether the build system may have a submission: the call was made, or was about to be.
    fn may_have_gone_out(&self, submission: SubmissionId) -> bool {
        self.targets.values().filter(|target| target.submission == Some(submission)).any(|target| {
            target.submitted_at.is_some() || target.status.progress() >= TargetStatus::Submitting.progress()
        })
    }
}

//! A target's status: what a forge without checks shows beside the commit in the place of one.

use domain::words::{ReferenceKind, TargetStatus};
use forges::{Check, CheckStage, Conclusion, Status, StatusState};
use store::reads::WorkflowView;
use store::reports::TargetFacts;

/// The status of a target, under the name and with the page of its check.
pub(crate) fn status_of_target(target: &TargetFacts, check: &Check) -> Status {
    Status {
        context: check.name.clone(),
        state: state(target, check.stage),
        description: description(target, &check.title),
        target_url: Some(check.details_url.clone()),
        pull_request: target.pull_request,
    }
}

/// The pull request that an event is of, if it is of one.
pub(crate) fn pull_request(workflow: &WorkflowView) -> Option<i64> {
    let reference = &workflow.reference;
    (reference.kind == ReferenceKind::PullRequest).then(|| reference.name.parse().ok()).flatten()
}

fn state(target: &TargetFacts, stage: CheckStage) -> StatusState {
    match stage {
        CheckStage::Queued => StatusState::Pending,
        CheckStage::InProgress => StatusState::Running,
        CheckStage::Completed { conclusion, .. } => match conclusion {
            Conclusion::Success | Conclusion::Neutral | Conclusion::Skipped => StatusState::Success,
            Conclusion::Cancelled => StatusState::Canceled,
            Conclusion::Failure if target.status == TargetStatus::Errored => StatusState::Error,
            Conclusion::Failure => StatusState::Failure,
        },
    }
}

/// The check's title, and the reason where there is one: there is no room for more.
fn description(target: &TargetFacts, title: &str) -> String {
    match (&target.reason, target.status) {
        (Some(reason), TargetStatus::Errored | TargetStatus::Skipped | TargetStatus::Canceled) => {
            format!("{title}: {reason}")
        }
        _ => title.to_owned(),
    }
}

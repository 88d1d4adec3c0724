//! What canceling targets would do, and does.

use std::collections::BTreeSet;

use super::support::*;
use crate::ids::{SubmissionId, TargetId};
use crate::words::TargetStatus as T;
use crate::workflow::CancelPlan;

const ONE: SubmissionId = SubmissionId(1);

fn set(targets: &[TargetId]) -> BTreeSet<TargetId> {
    targets.iter().copied().collect()
}

#[test]
fn what_no_build_system_has_ends_at_once_and_what_waits_for_it_is_skipped() {
    let mut workflow = srpm_and_builds();
    let plan = workflow.plan_cancel(&set(&[F42]));
    assert_eq!(
        plan,
        CancelPlan { ends_now: set(&[F42]), skipped: set(&[TEST_F42]), ..CancelPlan::default() }
    );
    workflow.cancel_now(&plan, "canceled by lbarcziova", at(3));
    assert_eq!(statuses(&workflow), [T::Ready, T::Canceled, T::Waiting, T::Skipped, T::Waiting]);
    assert_eq!(reason(&workflow, F42), "canceled by lbarcziova");
    assert_eq!(reason(&workflow, TEST_F42), "its input, copr_build fedora-42-x86_64, was canceled");
    // What is left goes without it.
    assert_eq!(workflow.to_submit()[0].targets, [SRPM, F43]);
}

#[test]
fn a_submission_that_is_not_sent_yet_loses_only_what_was_asked_for() {
    let mut workflow = srpm_and_builds();
    let groups = workflow.to_submit();
    workflow.ride(&groups[0], ONE);
    let plan = workflow.plan_cancel(&set(&[F43]));
    assert_eq!(
        plan,
        CancelPlan { ends_now: set(&[F43]), skipped: set(&[TEST_F43]), ..CancelPlan::default() }
    );
    workflow.cancel_now(&plan, "no", at(3));
    assert_eq!(workflow.open_on(ONE), [SRPM, F42]);
}

#[test]
fn what_may_have_gone_out_is_asked_for_and_takes_the_whole_submission_along() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    let before = statuses(&workflow);
    let plan = workflow.plan_cancel(&set(&[F42, TEST_F43]));
    let expected = CancelPlan {
        ends_now: set(&[TEST_F43]),
        submissions: BTreeSet::from([ONE]),
        asked: set(&[F42]),
        taken_along: set(&[SRPM, F43]),
        skipped: set(&[TEST_F42]),
        ended: set(&[]),
    };
    assert_eq!(plan, expected);
    workflow.cancel_now(&plan, "no", at(3));
    assert_eq!(statuses(&workflow)[..4], before[..4], "the build system says when they end");
    assert_eq!(status(&workflow, TEST_F43), T::Canceled);
}

#[test]
fn what_has_ended_is_not_canceled() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    tell(&mut workflow, SRPM, T::Succeeded);
    tell(&mut workflow, F42, T::Succeeded);
    let all = workflow.targets.keys().copied().collect();
    let plan = workflow.plan_cancel(&all);
    assert_eq!(plan.ended, set(&[SRPM, F42]));
    assert_eq!(plan.asked, set(&[F43]));
    assert_eq!(plan.ends_now, set(&[TEST_F42, TEST_F43]));
    assert_eq!(plan.taken_along, set(&[]));
    assert_eq!(workflow.unfinished(), set(&[F43, TEST_F42, TEST_F43]));
    // A target that nobody knows is no reason to cancel anything.
    assert_eq!(workflow.plan_cancel(&set(&[TargetId(99)])), CancelPlan::default());
}

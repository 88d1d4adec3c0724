//! What canceling targets would do, and does.

use std::collections::BTreeSet;

use super::support::*;
use crate::ids::{SubmissionId, TargetId};
use crate::words::TargetStatus as T;
use crate::workflow::{CancelPlan, Seen, Workflow};

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

/// Asked to cancel one of its builds, which takes the SRPM and the other build along; nothing has ended.
fn asked_to_cancel() -> Workflow {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow.submitted(ONE, "42", at(1));
    let plan = workflow.plan_cancel(&set(&[F42]));
    workflow.cancel_now(&plan, "canceled by bob, to be done again", at(2));
    workflow
}

#[test]
fn what_rides_on_a_canceled_submission_is_canceled_with_its_input_in_whatever_order_that_is_told() {
    for order in [[SRPM, F42, F43], [F43, F42, SRPM], [F42, SRPM, F43]] {
        let mut workflow = asked_to_cancel();
        for target in order {
            workflow.observe(
                Seen { reason: Some("canceled in Copr".to_owned()), ..Seen::new(target, T::Canceled) },
                at(3),
            );
        }
        assert_eq!(statuses(&workflow), [T::Canceled, T::Canceled, T::Canceled, T::Skipped, T::Skipped]);
        for target in [SRPM, F42, F43] {
            assert_eq!(reason(&workflow, target), "canceled by bob, to be done again");
        }
    }
}

#[test]
fn what_ends_otherwise_although_its_cancel_was_asked_for_has_the_reason_of_its_end() {
    let mut workflow = asked_to_cancel();
    tell(&mut workflow, SRPM, T::Succeeded);
    tell(&mut workflow, F42, T::Running);
    assert_eq!(reason(&workflow, F42), "canceled by bob, to be done again", "it is seen while it still runs");
    workflow
        .observe(Seen { reason: Some("the build failed".to_owned()), ..Seen::new(F42, T::Failed) }, at(3));
    tell(&mut workflow, F43, T::Succeeded);
    assert_eq!([reason(&workflow, SRPM), reason(&workflow, F42)], ["", "the build failed"]);
    assert_eq!(reason(&workflow, F43), "");

    let mut failed = asked_to_cancel();
    tell(&mut failed, SRPM, T::Failed);
    assert_eq!(statuses(&failed)[..3], [T::Failed, T::Skipped, T::Skipped], "nothing was canceled");
}

#[test]
fn of_two_requests_to_cancel_the_reason_of_the_first_is_told() {
    let mut workflow = asked_to_cancel();
    let plan = workflow.plan_cancel(&workflow.unfinished());
    workflow.cancel_now(&plan, "the pull request was closed", at(3));
    workflow.not_submitted(ONE, "Copr is away");
    workflow.end(ONE, T::Canceled, "canceled by bob", at(4));
    assert_eq!(reason(&workflow, F43), "canceled by bob, to be done again");
    assert_eq!(reason(&workflow, TEST_F43), "the pull request was closed");
}

#[test]
fn what_somebody_else_cancels_at_the_build_system_has_the_reason_of_that() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow
        .observe(Seen { reason: Some("canceled in Copr".to_owned()), ..Seen::new(SRPM, T::Canceled) }, at(3));
    assert_eq!(statuses(&workflow)[..3], [T::Canceled, T::Skipped, T::Skipped]);
    assert_eq!(reason(&workflow, SRPM), "canceled in Copr");
}

//! What there is to tell when targets have ended.

use std::collections::BTreeSet;

use super::support::*;
use crate::ids::{JobId, SubmissionId, TargetId};
use crate::words::TargetStatus as T;
use crate::workflow::{NewsKind, Target, Workflow};

/// The SRPM was made; the builds in Fedora 42 and 43 ended so.
fn built(f42: T, f43: T) -> Workflow {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow.submitted(SubmissionId(1), "42", at(1));
    for (target, status) in [(SRPM, T::Succeeded), (F42, f42), (F43, f43)] {
        tell(&mut workflow, target, status);
    }
    workflow
}

/// Kind, job and target of all news of a workflow.
fn news(workflow: &Workflow, ended: &[TargetId]) -> Vec<(NewsKind, i64, TargetId)> {
    let ended: BTreeSet<TargetId> = ended.iter().copied().collect();
    workflow.news(&ended).into_iter().map(|news| (news.kind, news.job.0, news.target)).collect()
}

#[test]
fn a_job_fails_once_however_many_of_its_targets_do() {
    let workflow = built(T::Failed, T::Errored);
    assert_eq!(news(&workflow, &[F42, F43, TEST_F42, TEST_F43]), [(NewsKind::Failure, 2, F42)]);
    assert_eq!(news(&workflow, &[F43]), [(NewsKind::Failure, 2, F43)]);
}

#[test]
fn what_was_canceled_or_skipped_is_no_news() {
    let workflow = built(T::Canceled, T::Succeeded);
    assert_eq!(news(&workflow, &[F42, F43, TEST_F42]), []);
}

#[test]
fn builds_have_succeeded_when_all_of_their_job_have() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow.submitted(SubmissionId(1), "42", at(1));
    tell(&mut workflow, SRPM, T::Succeeded);
    tell(&mut workflow, F42, T::Succeeded);
    assert_eq!(news(&workflow, &[SRPM, F42]), []);
    tell(&mut workflow, F43, T::Succeeded);
    assert_eq!(news(&workflow, &[F43]), [(NewsKind::Success, 2, F43)]);
}

#[test]
fn what_succeeds_when_it_is_done_again_completes_its_step() {
    let mut workflow = built(T::Succeeded, T::Failed);
    let again = TargetId(9);
    let redone = Target {
        job: JobId(8),
        chain: F43,
        attempt: 2,
        status: T::Succeeded,
        ..workflow.targets[&F43].clone()
    };
    workflow.targets.insert(again, redone);
    assert_eq!(news(&workflow, &[again]), [(NewsKind::Success, 8, again)]);
}

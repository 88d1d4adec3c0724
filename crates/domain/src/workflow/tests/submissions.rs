//! Which targets go to a build system in one call, and what becomes of the call.

use super::support::*;
use crate::ids::{SubmissionId, TargetId};
use crate::words::{BuildSystem, JobKind, Needs, TargetStatus as T};
use crate::workflow::Workflow;

const ONE: SubmissionId = SubmissionId(1);

/// The targets of each group.
fn groups(workflow: &Workflow) -> Vec<(BuildSystem, Vec<i64>)> {
    let ids = |targets: Vec<TargetId>| targets.into_iter().map(|id| id.0).collect();
    workflow.to_submit().into_iter().map(|group| (group.system, ids(group.targets))).collect()
}

#[test]
fn an_srpm_takes_the_first_copr_job_along_and_later_ones_go_by_themselves() {
    let mut workflow = srpm_and_builds();
    add_job(&mut workflow, 4, JobKind::CoprBuild, Some(1));
    add_target(&mut workflow, 6, 4, "epel-9-x86_64", &[(SRPM, Needs::Success)]);
    add_target(&mut workflow, 7, 4, "epel-10-x86_64", &[(SRPM, Needs::Success)]);
    assert_eq!(groups(&workflow), [(BuildSystem::Copr, vec![1, 2, 3])]);
    send(&mut workflow, 1);
    assert_eq!(statuses(&workflow)[..3], [T::Submitting, T::Waiting, T::Waiting]);

    tell(&mut workflow, SRPM, T::Succeeded);
    assert_eq!(groups(&workflow), [(BuildSystem::Copr, vec![6, 7])]);
    send(&mut workflow, 2);
    assert_eq!(workflow.targets[&TargetId(6)].submission, Some(SubmissionId(2)));
    assert_eq!(workflow.targets[&F42].submission, Some(ONE));
}

#[test]
fn an_srpm_of_a_rerun_takes_the_build_that_is_redone_with_it() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    for target in [SRPM, F42, F43] {
        tell(&mut workflow, target, T::Failed);
    }
    add_job(&mut workflow, 11, JobKind::SrpmBuild, None);
    add_job(&mut workflow, 12, JobKind::CoprBuild, Some(11));
    add_target(&mut workflow, 11, 11, "srpm", &[]);
    add_target(&mut workflow, 13, 12, "fedora-43-x86_64", &[(TargetId(11), Needs::Success)]);
    workflow.settle(at(2));
    assert_eq!(groups(&workflow), [(BuildSystem::Copr, vec![11, 13])]);
}

#[test]
fn a_redone_build_of_a_shared_srpm_goes_alone() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    for (target, end) in [(SRPM, T::Succeeded), (F42, T::Succeeded), (F43, T::Failed)] {
        tell(&mut workflow, target, end);
    }
    send(&mut workflow, 2);
    add_job(&mut workflow, 12, JobKind::CoprBuild, Some(1));
    add_target(&mut workflow, 13, 12, "fedora-43-x86_64", &[(SRPM, Needs::Success)]);
    workflow.settle(at(2));
    assert_eq!(groups(&workflow), [(BuildSystem::Copr, vec![13])]);
}

#[test]
fn testing_farm_and_koji_take_one_target_per_call() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    add_job(&mut workflow, 4, JobKind::KojiBuild, Some(1));
    add_target(&mut workflow, 6, 4, "f42", &[(SRPM, Needs::Success)]);
    add_target(&mut workflow, 7, 4, "f43", &[(SRPM, Needs::Success)]);
    for target in [SRPM, F42, F43] {
        tell(&mut workflow, target, T::Succeeded);
    }
    assert_eq!(
        groups(&workflow),
        [
            (BuildSystem::TestingFarm, vec![4]),
            (BuildSystem::TestingFarm, vec![5]),
            (BuildSystem::Koji, vec![6]),
            (BuildSystem::Koji, vec![7]),
        ]
    );
}

#[test]
fn nothing_is_submitted_twice() {
    let mut workflow = srpm_and_builds();
    let mut sent: Vec<TargetId> = Vec::new();
    let mut next = 1;
    for told in [None, Some(SRPM), Some(F42), Some(F43), Some(F42)] {
        if let Some(target) = told {
            tell(&mut workflow, target, T::Succeeded);
        }
        let groups = send(&mut workflow, next);
        next += groups.len() as i64;
        sent.extend(groups.into_iter().flat_map(|group| group.targets));
        assert!(workflow.to_submit().is_empty());
    }
    assert_eq!(sent, [SRPM, F42, F43, TEST_F42, TEST_F43]);
}

#[test]
fn a_call_that_was_not_made_leaves_its_targets_ready_on_the_same_submission() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow.not_submitted(ONE, "Copr does not answer");
    assert_eq!(statuses(&workflow)[..3], [T::Ready, T::Waiting, T::Waiting]);
    assert_eq!(reason(&workflow, SRPM), "Copr does not answer");
    assert!(workflow.to_submit().is_empty(), "it is made again by its own submission");
    assert_eq!(workflow.open_on(ONE), [SRPM, F42, F43]);

    workflow.submitting(ONE);
    assert_eq!(status(&workflow, SRPM), T::Submitting);
    assert_eq!(reason(&workflow, SRPM), "");
    workflow.submitted(ONE, "42", at(4));
    assert_eq!(statuses(&workflow)[..3], [T::Submitted; 3]);
    for target in [SRPM, F42, F43] {
        let target = &workflow.targets[&target];
        assert_eq!((target.external_id.as_deref(), target.submitted_at), (Some("42"), Some(at(4))));
    }
}

#[test]
fn what_is_known_to_be_submitted_does_not_go_back() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    tell(&mut workflow, SRPM, T::Running);
    workflow.not_submitted(ONE, "no answer");
    workflow.submitting(ONE);
    workflow.submitted(ONE, "42", at(4));
    assert_eq!(status(&workflow, SRPM), T::Running);
}

#[test]
fn a_submission_that_ends_is_told_like_the_build_systems_own_word() {
    for end in [T::Errored, T::Canceled, T::Failed] {
        let mut by_us = srpm_and_builds();
        send(&mut by_us, 1);
        by_us.submitted(ONE, "42", at(1));
        let mut by_copr = by_us.clone();
        by_us.end(ONE, end, "said so", at(2));
        for target in [F43, SRPM, F42] {
            tell(&mut by_copr, target, end);
        }
        assert_eq!(statuses(&by_us), [end, T::Skipped, T::Skipped, T::Skipped, T::Skipped]);
        assert_eq!(statuses(&by_us), statuses(&by_copr));
        assert_eq!(reason(&by_us, SRPM), "said so");
    }
}

#[test]
fn a_submission_that_ends_leaves_what_had_ended_before() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    tell(&mut workflow, SRPM, T::Succeeded);
    tell(&mut workflow, F42, T::Succeeded);
    workflow.end(ONE, T::Canceled, "canceled by lachman", at(9));
    assert_eq!(statuses(&workflow), [T::Succeeded, T::Succeeded, T::Canceled, T::Ready, T::Skipped]);
    assert_eq!(workflow.targets[&F42].finished_at, Some(at(1)));
}

//! Short ways to write down a workflow and what happens to it.

use chrono::{DateTime, Utc};

use crate::ids::{EventId, JobId, SubmissionId, TargetId};
use crate::words::{JobKind, Needs, TargetStatus};
use crate::workflow::{Input, Job, Seen, SubmissionGroup, Target, Workflow};

/// The source package of [`srpm_and_builds`].
pub(super) const SRPM: TargetId = TargetId(1);
/// The build in Fedora 42 of [`srpm_and_builds`].
pub(super) const F42: TargetId = TargetId(2);
/// The build in Fedora 43 of [`srpm_and_builds`].
pub(super) const F43: TargetId = TargetId(3);
/// The test of [`F42`].
pub(super) const TEST_F42: TargetId = TargetId(4);
/// The test of [`F43`].
pub(super) const TEST_F43: TargetId = TargetId(5);

/// Some moment; `seconds` later ones are later.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

/// Adds a job.
pub(super) fn add_job(workflow: &mut Workflow, id: i64, kind: JobKind, previous: Option<i64>) {
    workflow.jobs.insert(JobId(id), Job { kind, previous: previous.map(JobId) });
}

/// Adds a waiting first attempt to a job that is there.
pub(super) fn add_target(
    workflow: &mut Workflow,
    id: i64,
    job: i64,
    name: &str,
    inputs: &[(TargetId, Needs)],
) {
    let target = Target {
        inputs: inputs.iter().map(|(target, needs)| Input { target: *target, needs: *needs }).collect(),
        ..Target::first_attempt(TargetId(id), JobId(job), workflow.jobs[&JobId(job)].kind, name)
    };
    workflow.targets.insert(TargetId(id), target);
}

/// An SRPM, its builds in Fedora 42 and 43, and a test of each; settled, nothing submitted.
pub(super) fn srpm_and_builds() -> Workflow {
    let mut workflow = Workflow::empty(EventId(1));
    add_job(&mut workflow, 1, JobKind::SrpmBuild, None);
    add_job(&mut workflow, 2, JobKind::CoprBuild, Some(1));
    add_job(&mut workflow, 3, JobKind::TestRun, Some(2));
    add_target(&mut workflow, 1, 1, "srpm", &[]);
    add_target(&mut workflow, 2, 2, "fedora-42-x86_64", &[(SRPM, Needs::Success)]);
    add_target(&mut workflow, 3, 2, "fedora-43-x86_64", &[(SRPM, Needs::Success)]);
    add_target(&mut workflow, 4, 3, "fedora-42-x86_64", &[(F42, Needs::Success)]);
    add_target(&mut workflow, 5, 3, "fedora-43-x86_64", &[(F43, Needs::Success)]);
    workflow.settle(at(0));
    workflow
}

/// Puts everything that can be submitted on submissions, numbered from `first`, and begins the calls.
pub(super) fn send(workflow: &mut Workflow, first: i64) -> Vec<SubmissionGroup> {
    let groups = workflow.to_submit();
    for (group, id) in groups.iter().zip(first..) {
        workflow.ride(group, SubmissionId(id));
        workflow.submitting(SubmissionId(id));
    }
    groups
}

/// Tells that a target stands so.
pub(super) fn tell(workflow: &mut Workflow, target: TargetId, status: TargetStatus) {
    workflow.observe(Seen::new(target, status), at(1));
}

/// The statuses in the order of the targets' ids.
pub(super) fn statuses(workflow: &Workflow) -> Vec<TargetStatus> {
    workflow.targets.values().map(|target| target.status).collect()
}

/// The status of one target.
pub(super) fn status(workflow: &Workflow, target: TargetId) -> TargetStatus {
    workflow.targets[&target].status
}

/// Why a target stands as it does.
pub(super) fn reason(workflow: &Workflow, target: TargetId) -> &str {
    workflow.targets[&target].reason.as_deref().unwrap_or_default()
}

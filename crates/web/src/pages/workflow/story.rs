//! Workflows for tests, told step by step. Ids count from 1 within each kind of thing.

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, SrpmBuild, TargetDetails};
use domain::words::{EventKind, EventStatus, JobKind, Needs, ReferenceKind, TargetStatus, Visibility};
use store::reads::{
    EventView, InputView, JobView, PipelineView, ReferenceView, StepView, TargetView, WorkflowView,
};

pub(in super::super) struct Story(pub(in super::super) WorkflowView);

pub(in super::super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_527_200 + seconds, 0).unwrap()
}

impl Story {
    pub(in super::super) fn new() -> Self {
        Self(WorkflowView {
            event: EventView {
                id: 1,
                kind: EventKind::Push,
                actor: None,
                occurred_at: at(0),
                received_at: at(0),
                version: 1,
                before: None,
                after: None,
                project_id: 1,
                reference_id: 1,
                commit_id: None,
                visibility: Visibility::Public,
            },
            project: "github.com/packit/ogr".to_owned(),
            reference: ReferenceView { kind: ReferenceKind::Branch, name: "main".to_owned() },
            commit: None,
            status: EventStatus::Running,
            omissions: Vec::new(),
            pipelines: Vec::new(),
            steps: Vec::new(),
            jobs: Vec::new(),
            targets: Vec::new(),
            submissions: Vec::new(),
        })
    }

    pub(in super::super) fn pipeline(&mut self, package: Option<&str>, origin_id: Option<i64>) -> i64 {
        let id = next(&self.0.pipelines);
        self.0.pipelines.push(PipelineView {
            id,
            package: package.map(str::to_owned),
            origin_id,
            rerun_id: origin_id.map(|_| id),
            created_at: at(id),
        });
        id
    }

    /// A job and the step that holds it.
    pub(in super::super) fn step(&mut self, pipeline: i64, kind: JobKind, previous: Option<i64>) -> Step {
        let job = next(&self.0.jobs);
        let previous_job_id =
            previous.map(|previous| self.0.steps.iter().find(|step| step.id == previous).unwrap().job_id);
        self.0.jobs.push(JobView {
            id: job,
            kind,
            identifier: None,
            package: "ogr".to_owned(),
            previous_job_id,
            created_at: at(0),
            details: JobDetails::SrpmBuild(SrpmBuild::default()),
        });
        self.shared(pipeline, job, previous)
    }

    /// A step that holds a job that another pipeline has too.
    pub(in super::super) fn shared(&mut self, pipeline_id: i64, job_id: i64, previous: Option<i64>) -> Step {
        let id = next(&self.0.steps);
        self.0.steps.push(StepView { id, pipeline_id, job_id, previous });
        Step { id, job: job_id }
    }

    /// The first attempt at a target.
    pub(in super::super) fn target(
        &mut self,
        step: Step,
        name: &str,
        status: TargetStatus,
        inputs: &[i64],
    ) -> i64 {
        let id = next(&self.0.targets);
        let inputs = inputs.iter().map(|input| self.input(*input)).collect();
        let kind = self.0.jobs.iter().find(|job| job.id == step.job).unwrap().kind;
        let finished = status.is_finished();
        self.0.targets.push(TargetView {
            id,
            job_id: step.job,
            kind,
            name: name.to_owned(),
            chain_id: id,
            attempt: 1,
            status,
            reason: None,
            submission_id: None,
            external_id: None,
            url: None,
            logs_url: None,
            created_at: at(0),
            submitted_at: finished.then(|| at(1)),
            started_at: finished.then(|| at(5)),
            finished_at: finished.then(|| at(65)),
            peer_started_at: None,
            peer_finished_at: None,
            inputs,
            details: TargetDetails::default(),
        });
        id
    }

    /// A further attempt at what `old` was one at.
    pub(in super::super) fn again(
        &mut self,
        step: Step,
        old: i64,
        status: TargetStatus,
        inputs: &[i64],
    ) -> i64 {
        let old = self.find(old).clone();
        let id = self.target(step, &old.name, status, inputs);
        let new = self.0.targets.last_mut().unwrap();
        (new.chain_id, new.attempt) = (old.chain_id, old.attempt + 1);
        id
    }

    pub(in super::super) fn find(&self, id: i64) -> &TargetView {
        self.0.targets.iter().find(|target| target.id == id).unwrap()
    }

    fn input(&self, id: i64) -> InputView {
        let target = self.find(id);
        InputView {
            target_id: id,
            needs: Needs::Success,
            event_id: None,
            kind: target.kind,
            identifier: None,
            name: target.name.clone(),
            status: target.status,
            times: store::reads::Times::default(),
        }
    }
}

/// A step of a story, and its job.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Step {
    pub(in super::super) id: i64,
    pub(in super::super) job: i64,
}

fn next<T>(told: &[T]) -> i64 {
    i64::try_from(told.len()).unwrap() + 1
}

/// An SRPM, builds for two chroots, tests of both; then a rerun of the failed build and what follows it.
pub(in super::super) fn rerun() -> Story {
    use JobKind::{CoprBuild, SrpmBuild, TestRun};
    use TargetStatus::{Failed, Running, Skipped, Succeeded, Waiting};
    let mut story = Story::new();
    let first = story.pipeline(None, None);
    let srpm = story.step(first, SrpmBuild, None);
    let copr = story.step(first, CoprBuild, Some(srpm.id));
    let tests = story.step(first, TestRun, Some(copr.id));
    let s1 = story.target(srpm, "srpm", Succeeded, &[]);
    let c42 = story.target(copr, "fedora-42-x86_64", Failed, &[s1]);
    let c43 = story.target(copr, "fedora-43-x86_64", Succeeded, &[s1]);
    let t42 = story.target(tests, "fedora-42-x86_64", Skipped, &[c42]);
    story.target(tests, "fedora-43-x86_64", Succeeded, &[c43]);
    let second = story.pipeline(None, Some(first));
    let shared = story.shared(second, srpm.job, None);
    let copr_again = story.step(second, CoprBuild, Some(shared.id));
    let tests_again = story.step(second, TestRun, Some(copr_again.id));
    let again = story.again(copr_again, c42, Running, &[s1]);
    story.again(tests_again, t42, Waiting, &[again]);
    story
}

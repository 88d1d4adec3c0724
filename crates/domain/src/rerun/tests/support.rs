//! Short ways to write down an event's workflow, what became of it, and what a plan says.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::details::{Configured, CoprBuild, JobDetails, KojiBuild, Other, SrpmBuild, TestRun};
use crate::ids::{EventId, JobId, PipelineId, RerunId, StepId, SubmissionId, TargetId};
use crate::rerun::{
    ArtifactLife, Asked, Basis, Conflict, Entry, JobFacts, NewIds, NothingToDo, Pipeline, Plan, Planned,
    Rows, Selection, Step, StepJob, plan,
};
use crate::words::{JobKind, Needs, TargetStatus};
use crate::workflow::{Input, Job, Seen, Target, Workflow};

/// So many days after the workflow ended.
pub(super) fn day(days: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + Duration::days(days)
}

/// An event that is written down step by step; what is asked of it is asked on day 1.
pub(super) struct Story {
    pub(super) basis: Basis,
    pub(super) life: ArtifactLife,
    pub(super) now: DateTime<Utc>,
    next: i64,
}

impl Story {
    pub(super) fn new() -> Self {
        let basis = Basis::of(Workflow::empty(EventId(1)));
        Self { basis, life: ArtifactLife::usual(), now: day(1), next: 1 }
    }

    fn id(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }

    /// A first pipeline.
    pub(super) fn pipeline(&mut self, package: Option<&str>) -> PipelineId {
        let id = PipelineId(self.id());
        let package = package.map(str::to_owned);
        self.basis.pipelines.insert(id, Pipeline { package, origin: None });
        id
    }

    /// A step of it behind the job `previous`: `TARGET<INPUT+INPUT`, inputs by name among the previous job's targets.
    pub(super) fn step(
        &mut self,
        pipeline: PipelineId,
        previous: Option<JobId>,
        job: &str,
        targets: &[&str],
    ) -> JobId {
        let (kind, identifier) = match job.split_once(':') {
            Some((kind, identifier)) => (kind, Some(identifier.to_owned())),
            None => (job, None),
        };
        let kind: JobKind = kind.parse().unwrap();
        let id = JobId(self.id());
        let step = StepId(self.id());
        self.basis.workflow.jobs.insert(id, Job { kind, previous });
        let package = self.basis.pipelines[&pipeline].package.clone().unwrap_or_default();
        let labels = identifier.iter().map(|identifier| format!("label-{identifier}")).collect();
        let facts = JobFacts { identifier, details: details(kind, package, labels) };
        self.basis.jobs.insert(id, facts);
        self.basis.steps.insert(step, Step { pipeline, job: id });
        for written in targets {
            let (name, inputs) = written.split_once('<').unwrap_or((written, ""));
            let inputs: Vec<Input> = inputs
                .split('+')
                .filter(|input| !input.is_empty())
                .map(|input| Input { target: self.first(previous.unwrap(), input), needs: Needs::Success })
                .collect();
            let target = TargetId(self.id());
            self.basis.workflow.targets.insert(target, new_target(target, id, kind, name, inputs));
        }
        id
    }

    fn first(&self, job: JobId, name: &str) -> TargetId {
        let mut targets = self.basis.workflow.targets.iter();
        *targets.find(|(_, target)| target.job == job && target.name == name).unwrap().0
    }

    /// The newest attempt of a target of a job's folded step.
    pub(super) fn at(&self, job: JobId, name: &str) -> TargetId {
        let chain = self.first(job, name);
        self.basis.workflow.newest().find(|(_, target)| target.chain == chain).unwrap().0
    }

    /// Puts each target on a submission, as the engine does, and has all of them end on day 0: the given ones so, the others
    /// well, and what cannot go on is skipped.
    pub(super) fn all_end(&mut self, otherwise: &[(TargetId, TargetStatus)]) {
        let now = day(0);
        loop {
            self.submit();
            let workflow = &mut self.basis.workflow;
            let open: Vec<TargetId> = workflow.unfinished().into_iter().collect();
            if open.is_empty() {
                return;
            }
            for id in open {
                let given = otherwise.iter().find(|(target, _)| *target == id);
                let status = given.map_or(TargetStatus::Succeeded, |(_, status)| *status);
                workflow.observe(Seen::new(id, status), now);
            }
        }
    }

    /// Submits what is ready.
    pub(super) fn submit(&mut self) {
        let workflow = &mut self.basis.workflow;
        workflow.settle(day(0));
        for group in workflow.to_submit() {
            let submission = SubmissionId(self.next);
            self.next += 1;
            workflow.ride(&group, submission);
            workflow.submitting(submission);
            workflow.submitted(submission, &submission.to_string(), day(0));
        }
    }

    /// Tells that a target stands so.
    pub(super) fn tell(&mut self, target: TargetId, status: TargetStatus) {
        self.basis.workflow.observe(Seen::new(target, status), day(0));
    }

    pub(super) fn ask(&self, selection: &Selection) -> Planned {
        plan(&self.basis, selection, &self.life, self.now)
    }

    pub(super) fn plan(&self, selection: &Selection) -> Plan {
        match self.ask(selection) {
            Planned::Plan(plan) => plan,
            other => panic!("no plan: {other:?}"),
        }
    }

    pub(super) fn nothing(&self, selection: &Selection) -> NothingToDo {
        match self.ask(selection) {
            Planned::NothingToDo(nothing) => nothing,
            other => panic!("something: {other:?}"),
        }
    }

    pub(super) fn conflict(&self, selection: &Selection) -> Conflict {
        match self.ask(selection) {
            Planned::Conflict(conflict) => conflict,
            other => panic!("no conflict: {other:?}"),
        }
    }

    /// Carries a plan out, as the store does with rows.
    pub(super) fn carry_out(&mut self, plan: &Plan) -> Rows {
        let (pipelines, jobs, steps, targets) = plan.wanted();
        let ids = NewIds {
            pipelines: (0..pipelines).map(|_| PipelineId(self.id())).collect(),
            jobs: (0..jobs).map(|_| JobId(self.id())).collect(),
            steps: (0..steps).map(|_| StepId(self.id())).collect(),
            targets: (0..targets).map(|_| TargetId(self.id())).collect(),
        };
        let rows = Rows::of(plan, &self.basis, RerunId(1), ids).expect("as many ids as are wanted");
        self.basis.add(&rows);
        self.basis.workflow.settle(self.now);
        rows
    }

    /// What a plan draws, a line a step: `copr_build 20 | copr_build [f43] <- 20`; shared jobs by id, new ones by targets.
    pub(super) fn drawn(&self, plan: &Plan) -> Vec<Vec<String>> {
        let pipelines = plan.pipelines.iter().map(|pipeline| {
            let label = |index: usize| match &pipeline.steps[index].job {
                StepJob::Shared { job_id } => format!("shared {job_id}"),
                StepJob::New { .. } => format!("new {index}"),
            };
            let steps = pipeline.steps.iter().enumerate().map(|(index, step)| {
                let what = match &step.job {
                    StepJob::Shared { .. } => label(index),
                    StepJob::New { targets, .. } => {
                        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
                        format!("{} {} [{}]", label(index), step.kind, names.join(" "))
                    }
                };
                match step.previous {
                    Some(previous) => format!("{what} <- {}", label(previous)),
                    None => what,
                }
            });
            steps.collect()
        });
        pipelines.collect()
    }
}

fn new_target(id: TargetId, job: JobId, kind: JobKind, name: &str, inputs: Vec<Input>) -> Target {
    Target { inputs, ..Target::first_attempt(id, job, kind, name) }
}

fn details(kind: JobKind, package: String, labels: Vec<String>) -> JobDetails {
    let configured = Configured { package, labels, ..Configured::default() };
    match kind {
        JobKind::SrpmBuild => JobDetails::SrpmBuild(SrpmBuild { configured, ..SrpmBuild::default() }),
        JobKind::CoprBuild => JobDetails::CoprBuild(CoprBuild { configured, ..CoprBuild::default() }),
        JobKind::TestRun => JobDetails::TestRun(Box::new(TestRun { configured, ..TestRun::default() })),
        JobKind::KojiBuild => JobDetails::KojiBuild(KojiBuild { configured, ..KojiBuild::default() }),
        _ => JobDetails::Other(Other { configured, ..Other::default() }),
    }
}

/// The ids of a list.
pub(super) fn ids(entries: &[Entry]) -> BTreeSet<TargetId> {
    entries.iter().map(|entry| entry.target_id).collect()
}

/// Some targets.
pub(super) fn set(targets: &[TargetId]) -> BTreeSet<TargetId> {
    targets.iter().copied().collect()
}

/// These targets, with all that follows.
pub(super) fn targets(targets: &[TargetId]) -> Selection {
    Selection::of(Asked::Targets(set(targets)))
}

/// This part, with all that follows.
pub(super) fn asked(asked: Asked) -> Selection {
    Selection::of(asked)
}

/// The event E of the design: SRPM, Copr in four chroots, tests in three; f43 failed to build, the test of rawhide failed.
pub(super) struct EventE {
    pub(super) story: Story,
    pub(super) srpm: JobId,
    pub(super) copr: JobId,
    pub(super) tests: JobId,
}

impl EventE {
    /// With the builds and tests of the given ends, the others good.
    pub(super) fn ended(builds: &[(&str, TargetStatus)], tests: &[(&str, TargetStatus)]) -> Self {
        let mut e = Self::begun();
        let ends = builds.iter().map(|(name, status)| (e.story.at(e.copr, name), *status));
        let ends = ends.chain(tests.iter().map(|(name, status)| (e.story.at(e.tests, name), *status)));
        e.story.all_end(&ends.collect::<Vec<_>>());
        e
    }

    /// As in the design.
    pub(super) fn of_the_design() -> Self {
        Self::ended(&[("f43", TargetStatus::Failed)], &[("rawhide", TargetStatus::Failed)])
    }

    /// Nothing was submitted yet.
    pub(super) fn begun() -> Self {
        let mut story = Story::new();
        let p = story.pipeline(None);
        let srpm = story.step(p, None, "srpm_build", &["srpm"]);
        let chroots = ["f42<srpm", "f43<srpm", "rawhide<srpm", "epel9<srpm"];
        let copr = story.step(p, Some(srpm), "copr_build", &chroots);
        let tests = story.step(p, Some(copr), "test_run", &["f42<f42", "f43<f43", "rawhide<rawhide"]);
        Self { story, srpm, copr, tests }
    }

    pub(super) fn build(&self, name: &str) -> TargetId {
        self.story.at(self.copr, name)
    }

    pub(super) fn test(&self, name: &str) -> TargetId {
        self.story.at(self.tests, name)
    }

    pub(super) fn source(&self) -> TargetId {
        self.story.at(self.srpm, "srpm")
    }

    /// The step that holds a job in the first pipeline.
    pub(super) fn step_of(&self, job: JobId) -> StepId {
        *self.story.basis.steps.iter().find(|(_, step)| step.job == job).unwrap().0
    }
}

use std::collections::BTreeMap;

use super::{Basis, JobFacts, Pipeline, Plan, Step, StepJob};
use crate::details::{JobDetails, TargetDetails};
use crate::ids::{JobId, PipelineId, RerunId, StepId, TargetId};
use crate::words::JobKind;
use crate::workflow::{Input, Job, Target};

/// Ids for what comes to be, in ascending order and greater than all that are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewIds {
    /// For pipelines.
    pub pipelines: Vec<PipelineId>,
    /// For jobs.
    pub jobs: Vec<JobId>,
    /// For steps.
    pub steps: Vec<StepId>,
    /// For targets.
    pub targets: Vec<TargetId>,
}

/// All that comes to be when a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The rerun.
    pub rerun: RerunId,
    /// Its pipelines.
    pub pipelines: Vec<PipelineRow>,
    /// Its new jobs; a job stands behind its previous one.
    pub jobs: Vec<JobRow>,
    /// The steps of its pipelines; a step stands behind its previous one.
    pub steps: Vec<StepRow>,
    /// Its targets, all waiting.
    pub targets: BTreeMap<TargetId, Target>,
    /// The new attempt of each redone target.
    pub created: BTreeMap<TargetId, TargetId>,
    /// Variables for its tests, over those they were planned with; an empty value takes one away.
    pub variables: BTreeMap<String, String>,
}

/// A pipeline that comes to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineRow {
    /// Its id.
    pub id: PipelineId,
    /// The first pipeline that it is a rerun of.
    pub origin: PipelineId,
    /// The package, where the configuration has several.
    pub package: Option<String>,
}

/// A job that comes to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// The job whose details it takes over.
    pub like: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// Its identifier.
    pub identifier: Option<String>,
    /// The job whose targets its own consume.
    pub previous: Option<JobId>,
}

/// A step that comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRow {
    /// Its id.
    pub id: StepId,
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// Its job, new or shared.
    pub job: JobId,
    /// The step before it.
    pub previous: Option<StepId>,
}

impl Plan {
    /// How many pipelines, jobs, steps and targets come to be.
    pub fn wanted(&self) -> (usize, usize, usize, usize) {
        let steps = || self.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
        let new = steps().filter(|step| matches!(step.job, StepJob::New { .. })).count();
        (self.pipelines.len(), new, steps().count(), self.redo.len())
    }
}

impl Rows {
    /// The rows of a plan that was made from this basis. None if there are fewer ids than [`Plan::wanted`] says.
    pub fn of(plan: &Plan, basis: &Basis, rerun: RerunId, ids: NewIds) -> Option<Self> {
        let mut rows = Self {
            rerun,
            pipelines: Vec::new(),
            jobs: Vec::new(),
            steps: Vec::new(),
            targets: BTreeMap::new(),
            created: BTreeMap::new(),
            variables: plan.variables.clone(),
        };
        let (mut pipelines, mut jobs) = (ids.pipelines.into_iter(), ids.jobs.into_iter());
        let (mut steps, mut targets) = (ids.steps.into_iter(), ids.targets.into_iter());
        for pipeline in &plan.pipelines {
            let id = pipelines.next()?;
            let row = PipelineRow { id, origin: pipeline.origin_id, package: pipeline.package.clone() };
            rows.pipelines.push(row);
            let first = rows.steps.len();
            for step in &pipeline.steps {
                let previous = match step.previous {
                    Some(index) => Some(*rows.steps.get(first + index)?),
                    None => None,
                };
                let job = match &step.job {
                    StepJob::Shared { job_id } => *job_id,
                    StepJob::New { like_job_id, targets: new } => {
                        let job = jobs.next()?;
                        rows.jobs.push(JobRow {
                            id: job,
                            like: *like_job_id,
                            kind: step.kind,
                            identifier: step.identifier.clone(),
                            previous: previous.map(|step| step.job),
                        });
                        for target in new {
                            rows.add_target(target, job, targets.next()?, basis)?;
                        }
                        job
                    }
                };
                let previous = previous.map(|step| step.id);
                rows.steps.push(StepRow { id: steps.next()?, pipeline: id, job, previous });
            }
        }
        Some(rows)
    }

    fn add_target(&mut self, new: &super::NewTarget, job: JobId, id: TargetId, basis: &Basis) -> Option<()> {
        let old = basis.workflow.targets.get(&new.old_target_id)?;
        let mut inputs = Vec::new();
        for input in &new.inputs {
            let target = if input.redone { *self.created.get(&input.target_id)? } else { input.target_id };
            inputs.push(Input { target, needs: input.needs });
        }
        self.created.insert(new.old_target_id, id);
        let target = Target {
            chain: old.chain,
            attempt: old.attempt + 1,
            inputs,
            // What it is planned with is taken over, what was made is not.
            details: TargetDetails {
                packages: Vec::new(),
                artifact_url: None,
                fast_forward_pull_requests: Vec::new(),
                // What a build made is its own; what an update is made of was planned.
                nvr: old.details.nvr.clone().filter(|_| old.kind != JobKind::KojiBuild),
                ..old.details.clone()
            },
            ..Target::first_attempt(id, job, old.kind, &old.name)
        };
        self.targets.insert(id, target);
        Some(())
    }
}

impl Basis {
    /// Takes the rows of a rerun in; its targets count as changed. What is ready is found by
    /// [`crate::workflow::Workflow::settle`].
    pub fn add(&mut self, rows: &Rows) {
        for row in &rows.pipelines {
            let pipeline = Pipeline { package: row.package.clone(), origin: Some(row.origin) };
            self.pipelines.insert(row.id, pipeline);
        }
        for row in &rows.jobs {
            self.workflow.jobs.insert(row.id, Job { kind: row.kind, previous: row.previous });
            if let Some(like) = self.jobs.get(&row.like) {
                let mut facts =
                    JobFacts { identifier: row.identifier.clone(), details: like.details.clone() };
                if let JobDetails::TestRun(details) = &mut facts.details {
                    details.change_variables(&rows.variables);
                }
                self.jobs.insert(row.id, facts);
            }
        }
        for row in &rows.steps {
            self.steps.insert(row.id, Step { pipeline: row.pipeline, job: row.job });
        }
        for (id, target) in &rows.targets {
            for input in &target.inputs {
                let other = self.elsewhere.values().find(|other| other.newest == input.target).cloned();
                if let Some(other) = other {
                    self.workflow.outside.insert(input.target, other.status);
                    self.elsewhere.insert(input.target, other);
                }
            }
            self.workflow.targets.insert(*id, target.clone());
            self.workflow.changed.insert(*id);
        }
    }
}

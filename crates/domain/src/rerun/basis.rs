use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::details::JobDetails;
use crate::ids::{EventId, JobId, PipelineId, StepId, TargetId};
use crate::words::{JobKind, Needs, TargetStatus};
use crate::workflow::{Input, Workflow};

/// All that a rerun is planned from: one event's workflow and its surroundings at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Jobs and targets of the event, all attempts.
    pub workflow: Workflow,
    /// Its pipelines.
    pub pipelines: BTreeMap<PipelineId, Pipeline>,
    /// The steps of all its pipelines.
    pub steps: BTreeMap<StepId, Step>,
    /// What its jobs were planned with; one for each job of the workflow.
    pub jobs: BTreeMap<JobId, JobFacts>,
    /// Targets of other events that are inputs here, in their newest attempts.
    pub elsewhere: BTreeMap<TargetId, Elsewhere>,
    /// Newest attempts of other events that consume targets of this one.
    pub consumers: Vec<Consumer>,
    /// Koji builds of this event whose name, version and release another target completed, be it of another event.
    pub completed_elsewhere: BTreeSet<TargetId>,
    /// What lately took how long in this project.
    pub durations: BTreeMap<DurationKey, TimeDelta>,
}

/// A pipeline's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// The package, where the configuration has several.
    pub package: Option<String>,
    /// The first pipeline, if this one is a rerun of it.
    pub origin: Option<PipelineId>,
}

/// A step's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// The job that stands there.
    pub job: JobId,
}

/// What a job was planned with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// The identifier of the configuration.
    pub identifier: Option<String>,
    /// Package, labels, and what its build system is told.
    pub details: JobDetails,
}

/// The newest attempt of a target of another event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its event.
    pub event: EventId,
    /// The newest attempt.
    pub newest: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: TargetStatus,
    /// When it ended, by the build system's clock, else by ours.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A target of another event that consumes one of this event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// The target of this event.
    pub input: TargetId,
    /// The consumer.
    pub target: TargetId,
    /// The consumer's event.
    pub event: EventId,
    /// The kind of the consumer's job.
    pub kind: JobKind,
    /// The consumer's name.
    pub name: String,
}

/// What a duration is known for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurationKey {
    /// The job's kind.
    pub kind: JobKind,
    /// The job's identifier.
    pub identifier: Option<String>,
    /// The target's name.
    pub name: String,
}

impl Basis {
    /// Has the tests consume builds of other events as well, if they are redone: each test those of the chroots whose builds of
    /// this event it consumes.
    pub fn consume_as_well(&mut self, builds: BTreeMap<TargetId, Elsewhere>) {
        let newest: Vec<TargetId> = self.workflow.newest().map(|(id, _)| id).collect();
        for id in newest {
            let Some(test) = self.workflow.targets.get(&id).filter(|target| target.kind.is_test()) else {
                continue;
            };
            let built = test.inputs.iter().filter_map(|input| self.workflow.targets.get(&input.target));
            let chroots: Vec<&str> = built.map(|build| build.name.as_str()).collect();
            let more: Vec<Input> = builds
                .iter()
                .filter(|(_, build)| chroots.contains(&build.name.as_str()))
                .map(|(build, _)| Input { target: *build, needs: Needs::Success })
                .filter(|input| !test.inputs.contains(input))
                .collect();
            if let Some(test) = self.workflow.targets.get_mut(&id) {
                test.inputs.extend(more);
            }
        }
        self.elsewhere.extend(builds);
    }

    /// The surroundings of a workflow that has none yet.
    pub fn of(workflow: Workflow) -> Self {
        Self {
            workflow,
            pipelines: BTreeMap::new(),
            steps: BTreeMap::new(),
            jobs: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            consumers: Vec::new(),
            completed_elsewhere: BTreeSet::new(),
            durations: BTreeMap::new(),
        }
    }
}

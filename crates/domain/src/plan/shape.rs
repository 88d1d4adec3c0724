use crate::details::{JobDetails, TargetDetails};
use crate::package_config::JobConfig;
use crate::words::{JobKind, Needs};

/// The most characters of a refused name that are shown.
const MAX_NAME: usize = 100;
/// The most characters of a reason that are shown.
const MAX_REASON: usize = 500;

/// What an event starts, and what it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// One pipeline per package, in the order of the configuration.
    pub pipelines: Vec<PlannedPipeline>,
    /// What is not started, and why.
    pub omissions: Vec<Omission>,
}

/// One workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPipeline {
    /// The package, where the configuration has several.
    pub package: Option<String>,
    /// Its steps; a step stands behind its previous one.
    pub steps: Vec<PlannedStep>,
}

/// A place in a pipeline and the job that stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// The index of the previous step in the pipeline.
    pub previous: Option<usize>,
    /// The job.
    pub job: PlannedJob,
}

/// One build or test request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedJob {
    /// Its kind.
    pub kind: JobKind,
    /// The identifier of the configuration.
    pub identifier: Option<String>,
    /// What it is carried out with.
    pub details: JobDetails,
    /// Its targets, at least one, names unique.
    pub targets: Vec<PlannedTarget>,
}

/// One chroot, branch or distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTarget {
    /// Its name.
    pub name: String,
    /// What it is carried out with.
    pub details: TargetDetails,
    /// What it consumes: targets of the previous step's job. Without inputs it is ready at once.
    pub inputs: Vec<PlannedInput>,
}

/// A target of the previous step's job that is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedInput {
    /// Its index among that job's targets.
    pub target: usize,
    /// What is needed of it.
    pub needs: Needs,
}

/// What an event did not start, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Omission {
    /// The job's name in the configuration (`copr_build`), or `event` for all of it.
    pub kind: String,
    /// The job's identifier.
    pub identifier: Option<String>,
    /// The target, if only that was left out.
    pub name: Option<String>,
    /// Why, in words for the person who asks why nothing happened.
    pub reason: String,
}

impl Omission {
    /// A job, or one target of it, is not started.
    pub fn of_job(job: &JobConfig, name: Option<&str>, reason: impl Into<String>) -> Self {
        Self {
            kind: job.job.as_str().to_owned(),
            identifier: job.identifier.clone(),
            name: name.map(|name| cut(name, MAX_NAME)),
            reason: cut(&reason.into(), MAX_REASON),
        }
    }

    /// The whole event starts nothing.
    pub fn of_event(reason: impl Into<String>) -> Self {
        Self { kind: "event".to_owned(), identifier: None, name: None, reason: reason.into() }
    }
}

/// Names and patterns in a configuration may be of any length, and be repeated in every job.
fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Plan {
    /// Nothing is started, for this reason.
    pub fn nothing(reason: impl Into<String>) -> Self {
        Self::omitted(Omission::of_event(reason))
    }

    /// Nothing is started, and this is why.
    pub fn omitted(omission: Omission) -> Self {
        Self { pipelines: Vec::new(), omissions: vec![omission] }
    }

    /// How many targets of this kind are planned.
    pub fn count(&self, kind: JobKind) -> usize {
        let steps = self.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
        steps.filter(|step| step.job.kind == kind).map(|step| step.job.targets.len()).sum()
    }
}

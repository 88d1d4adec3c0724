//! What the reads of one workflow answer with. As JSON these are the documents of the API.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::words::{
    BuildSystem, EventKind, EventStatus, JobKind, Needs, ReferenceKind, TargetStatus, Visibility,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// The whole workflow of one event: every pipeline, step, job and target with all attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkflowView {
    /// The event.
    pub event: EventView,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// What became of the event as a whole.
    #[schema(schema_with = words::event_status)]
    pub status: EventStatus,
    /// What was not started, and why.
    pub omissions: Vec<OmissionView>,
    /// The pipelines, oldest first.
    pub pipelines: Vec<PipelineView>,
    /// The steps of all pipelines; a step stands behind its previous one.
    pub steps: Vec<StepView>,
    /// The jobs that stand in the steps.
    pub jobs: Vec<JobView>,
    /// The targets of all jobs, all attempts.
    pub targets: Vec<TargetView>,
    /// The calls to build systems that the targets ride on.
    pub submissions: Vec<SubmissionView>,
}

impl WorkflowView {
    /// The newest attempt of each chain, in the order of the targets.
    pub fn newest(&self) -> impl Iterator<Item = &TargetView> {
        let mut newest: HashMap<i64, i64> = HashMap::new();
        for target in &self.targets {
            let attempt = newest.entry(target.chain_id).or_default();
            *attempt = target.attempt.max(*attempt);
        }
        self.targets.iter().filter(move |target| newest.get(&target.chain_id) == Some(&target.attempt))
    }
}

/// The event of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventView {
    /// Its id.
    pub id: i64,
    /// What happened.
    #[schema(schema_with = words::event_kind)]
    pub kind: EventKind,
    /// Who acted, by the forge's login.
    pub actor: Option<String>,
    /// When it happened, by the forge's clock.
    pub occurred_at: DateTime<Utc>,
    /// When we were told.
    pub received_at: DateTime<Utc>,
    /// Counted up with each change of the workflow.
    pub version: i64,
    /// The commit before, of a push.
    pub before: Option<String>,
    /// The commit after, of a push.
    pub after: Option<String>,
    /// The project's id.
    pub project_id: i64,
    /// The reference's id.
    pub reference_id: i64,
    /// The commit's id.
    pub commit_id: Option<i64>,
    /// Who may see the project.
    #[schema(schema_with = words::visibility)]
    pub visibility: Visibility,
}

/// The reference of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReferenceView {
    /// What it is.
    #[schema(schema_with = words::reference_kind)]
    pub kind: ReferenceKind,
    /// Its name; a number for pull requests and issues.
    pub name: String,
}

/// What an event did not start, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OmissionView {
    /// The job's name in the configuration, or `event` for all of it.
    pub kind: String,
    /// The job's identifier.
    pub identifier: Option<String>,
    /// The target, if only that was left out.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
}

/// One workflow that ran for the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PipelineView {
    /// Its id.
    pub id: i64,
    /// The package, where the configuration has several.
    pub package: Option<String>,
    /// The first pipeline, if this is a rerun of it.
    pub origin_id: Option<i64>,
    /// The rerun that made it.
    pub rerun_id: Option<i64>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
}

/// A place in a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepView {
    /// Its id.
    pub id: i64,
    /// Its pipeline.
    pub pipeline_id: i64,
    /// The job that stands there.
    pub job_id: i64,
    /// The step before it.
    pub previous: Option<i64>,
}

/// One build or test request with all its targets together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobView {
    /// Its id.
    pub id: i64,
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of the configuration.
    pub identifier: Option<String>,
    /// The package.
    pub package: String,
    /// The job whose targets its own consume.
    pub previous_job_id: Option<i64>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// What it is carried out with.
    #[schema(value_type = Object)]
    pub details: JobDetails,
}

/// One chroot, branch or distribution of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetView {
    /// Its id.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// Its job's kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// The first attempt of its chain.
    pub chain_id: i64,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// Where it stands.
    #[schema(schema_with = words::target_status)]
    pub status: TargetStatus,
    /// Why it ended so, why its cancel was asked for, or what it waits for.
    pub reason: Option<String>,
    /// The submission it rides on.
    pub submission_id: Option<i64>,
    /// The build system's id of it.
    pub external_id: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it was submitted, by our clock.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When we learned that it runs.
    pub started_at: Option<DateTime<Utc>>,
    /// When we learned that it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was started, by the build system's clock.
    pub peer_started_at: Option<DateTime<Utc>>,
    /// When it ended, by the build system's clock.
    pub peer_finished_at: Option<DateTime<Utc>>,
    /// What it consumes.
    pub inputs: Vec<InputView>,
    /// What was made.
    #[schema(value_type = Object)]
    pub details: TargetDetails,
}

/// What a target consumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InputView {
    /// The target that is consumed.
    pub target_id: i64,
    /// What is needed of it.
    #[schema(schema_with = words::needs)]
    pub needs: Needs,
    /// Its event, if that is another one.
    pub event_id: Option<i64>,
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    #[schema(schema_with = words::target_status)]
    pub status: TargetStatus,
    /// When it came where it stands.
    #[serde(skip)]
    pub times: Times,
}

/// When a target came where it stands, by our clock (`docs/design.md` section 2, "Times").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When we learned that it runs.
    pub started_at: Option<DateTime<Utc>>,
    /// When we learned that it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One call to a build system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubmissionView {
    /// Its id.
    pub id: i64,
    /// The build system.
    #[schema(schema_with = words::build_system)]
    pub system: BuildSystem,
    /// The build system's id, once it is known.
    pub external_id: Option<String>,
    /// How often it was tried without success.
    pub tries: i64,
    /// What went wrong the last time.
    pub problem: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When the call went out, or was about to.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it is looked at next; none if there is nothing left to do.
    pub due_at: Option<DateTime<Utc>>,
    /// When its cancel was asked for.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// Who asked for its cancel.
    pub cancel_requested_by: Option<String>,
    /// Since when the build system is paused.
    pub paused_since: Option<DateTime<Utc>>,
    /// Who paused it.
    pub paused_by: Option<String>,
}

/// Somebody who consumes a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsumerView {
    /// The target that consumes.
    pub target_id: i64,
    /// The attempt that is consumed.
    pub input_target_id: i64,
    /// Which attempt of its chain it is, from 1.
    pub attempt: i64,
    /// What it needs of it.
    #[schema(schema_with = words::needs)]
    pub needs: Needs,
    /// Its event, if that is another one.
    pub event_id: Option<i64>,
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    #[schema(schema_with = words::target_status)]
    pub status: TargetStatus,
}

//! Use case 1: the whole workflow of an event, in one statement.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::ids::{EventId, PipelineId};
use domain::words::{
    BuildSystem, EventKind, EventStatus, JobKind, Needs, ProjectKey, ReferenceKind, TargetStatus, Visibility,
};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Error, Result};

/// The whole workflow of one event: every pipeline, step, job and target with all attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// The event of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// Its id.
    pub id: i64,
    /// What happened.
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
    pub visibility: Visibility,
}

/// The reference of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferenceView {
    /// What it is.
    pub kind: ReferenceKind,
    /// Its name; a number for pull requests and issues.
    pub name: String,
}

/// What an event did not start, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// Its id.
    pub id: i64,
    /// Its kind.
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
    pub details: JobDetails,
}

/// One chroot, branch or distribution of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// Its id.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// Its job's kind.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// The first attempt of its chain.
    pub chain_id: i64,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// Where it stands.
    pub status: TargetStatus,
    /// Why it ended so, or what it waits for.
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
    pub details: TargetDetails,
}

/// What a target consumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputView {
    /// The target that is consumed.
    pub target_id: i64,
    /// What is needed of it.
    pub needs: Needs,
    /// Its event, if that is another one.
    pub event_id: Option<i64>,
    /// Its kind.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: TargetStatus,
}

/// One call to a build system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubmissionView {
    /// Its id.
    pub id: i64,
    /// The build system.
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

#[derive(FromRow)]
struct Row {
    section: String,
    id: i64,
    first_id: Option<i64>,
    second_id: Option<i64>,
    third_id: Option<i64>,
    number: Option<i64>,
    kind: Option<String>,
    name: Option<String>,
    identifier: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    external_id: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    extra: Option<String>,
    visibility: Option<String>,
    before: Option<String>,
    after: Option<String>,
    created_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    peer_started_at: Option<DateTime<Utc>>,
    peer_finished_at: Option<DateTime<Utc>>,
    details: Option<Json<serde_json::Value>>,
}

/// The whole workflow of an event; none if there is no such event.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow(db: &Db, event: EventId) -> Result<Option<WorkflowView>> {
    read(db, Some(event.0), None).await
}

/// The whole workflow that a pipeline belongs to; none if there is no such pipeline.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow_of_pipeline(db: &Db, pipeline: PipelineId) -> Result<Option<WorkflowView>> {
    read(db, None, Some(pipeline.0)).await
}

async fn read(db: &Db, event: Option<i64>, pipeline: Option<i64>) -> Result<Option<WorkflowView>> {
    let rows: Vec<Row> = on!(db, sql!("reads/workflow.sql"), |query, pool| sqlx::query_as(query)
        .bind(event)
        .bind(pipeline)
        .fetch_all(pool)
        .await)?;
    fold(rows)
}

fn fold(rows: Vec<Row>) -> Result<Option<WorkflowView>> {
    let mut head = None;
    let mut inputs: BTreeMap<i64, Vec<InputView>> = BTreeMap::new();
    let (mut omissions, mut pipelines, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut jobs, mut targets, mut submissions) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match row.section.as_str() {
            "event" => head = Some(row),
            "omission" => omissions.push(row.omission()?),
            "pipeline" => pipelines.push(row.pipeline()?),
            "step" => steps.push(row.step()?),
            "job" => jobs.push(row.job()?),
            "target" => targets.push(row.target()?),
            "submission" => submissions.push(row.submission()?),
            "input" => inputs.entry(row.id).or_default().push(row.input()?),
            other => return Err(Error::Unreadable(format!("section {other} of a workflow"))),
        }
    }
    let Some(head) = head else { return Ok(None) };
    for target in &mut targets {
        target.inputs = inputs.remove(&target.id).unwrap_or_default();
    }
    let status = word(&head.status)?;
    let project = ProjectKey::new(text(&head.url)?, text(&head.name)?, text(&head.reason)?).to_string();
    let reference = ReferenceView { kind: word(&head.extra)?, name: text(&head.logs_url)?.to_owned() };
    Ok(Some(WorkflowView {
        project,
        reference,
        commit: head.external_id.clone(),
        status,
        event: head.event()?,
        omissions,
        pipelines,
        steps,
        jobs,
        targets,
        submissions,
    }))
}

impl Row {
    fn event(self) -> Result<EventView> {
        Ok(EventView {
            id: self.id,
            kind: word(&self.kind)?,
            actor: self.identifier,
            occurred_at: some(self.created_at)?,
            received_at: some(self.submitted_at)?,
            version: some(self.number)?,
            before: self.before,
            after: self.after,
            project_id: some(self.first_id)?,
            reference_id: some(self.second_id)?,
            commit_id: self.third_id,
            visibility: word(&self.visibility)?,
        })
    }

    fn omission(self) -> Result<OmissionView> {
        Ok(OmissionView {
            kind: some(self.kind)?,
            identifier: self.identifier,
            name: self.name,
            reason: some(self.reason)?,
        })
    }

    fn pipeline(self) -> Result<PipelineView> {
        Ok(PipelineView {
            id: self.id,
            package: self.name,
            origin_id: self.first_id,
            rerun_id: self.second_id,
            created_at: some(self.created_at)?,
        })
    }

    fn step(self) -> Result<StepView> {
        Ok(StepView {
            id: self.id,
            pipeline_id: some(self.first_id)?,
            job_id: some(self.second_id)?,
            previous: self.third_id,
        })
    }

    fn job(self) -> Result<JobView> {
        let details: JobDetails = json(self.details)?;
        Ok(JobView {
            id: self.id,
            kind: word(&self.kind)?,
            identifier: self.identifier,
            package: details.configured().package.clone(),
            previous_job_id: self.first_id,
            created_at: some(self.created_at)?,
            details,
        })
    }

    fn target(self) -> Result<TargetView> {
        Ok(TargetView {
            id: self.id,
            job_id: some(self.first_id)?,
            kind: word(&self.kind)?,
            name: some(self.name)?,
            chain_id: some(self.second_id)?,
            attempt: some(self.number)?,
            status: word(&self.status)?,
            reason: self.reason,
            submission_id: self.third_id,
            external_id: self.external_id,
            url: self.url,
            logs_url: self.logs_url,
            created_at: some(self.created_at)?,
            submitted_at: self.submitted_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            peer_started_at: self.peer_started_at,
            peer_finished_at: self.peer_finished_at,
            inputs: Vec::new(),
            details: json(self.details)?,
        })
    }

    fn input(self) -> Result<InputView> {
        Ok(InputView {
            target_id: some(self.first_id)?,
            needs: word(&self.reason)?,
            event_id: self.second_id,
            kind: word(&self.kind)?,
            name: some(self.name)?,
            status: word(&self.status)?,
        })
    }

    fn submission(self) -> Result<SubmissionView> {
        Ok(SubmissionView {
            id: self.id,
            system: word(&self.kind)?,
            external_id: self.external_id,
            tries: some(self.number)?,
            problem: self.reason,
            created_at: some(self.created_at)?,
            sent_at: self.submitted_at,
            due_at: self.started_at,
            cancel_requested_at: self.finished_at,
            cancel_requested_by: self.identifier,
            paused_since: self.peer_started_at,
            paused_by: self.extra,
        })
    }
}

fn some<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Unreadable("an empty column that is never empty".to_owned()))
}

fn text(value: &Option<String>) -> Result<&str> {
    some(value.as_deref())
}

fn word<T: std::str::FromStr<Err = domain::UnknownWord>>(value: &Option<String>) -> Result<T> {
    Ok(text(value)?.parse()?)
}

fn json<T: serde::de::DeserializeOwned>(value: Option<Json<serde_json::Value>>) -> Result<T> {
    serde_json::from_value(some(value)?.0).map_err(|error| Error::Unreadable(error.to_string()))
}

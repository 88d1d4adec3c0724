//! One pipeline as it ran; and use cases 2, 10 and 11: one step, what is before, after and beside it, its event and project.

use domain::ids::{PipelineId, StepId};
use domain::words::EventStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::sections::{self, Sections};
use super::viewer::Viewer;
use super::views::{EventView, JobView, PipelineView, ReferenceView, StepView, SubmissionView, TargetView};
use super::words;
use crate::sql::sql;
use crate::{Db, Error, Result};

/// A pipeline as it ran: its steps, the jobs that stand there (shared ones too), and the attempts that these jobs hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PipelineRun {
    /// The pipeline.
    pub pipeline: PipelineView,
    /// The event that it ran for.
    pub event: EventView,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// What became of the event as a whole.
    #[schema(schema_with = words::event_status)]
    pub event_status: EventStatus,
    /// Its steps; a step stands behind its previous one.
    pub steps: Vec<StepView>,
    /// The jobs that stand in the steps.
    pub jobs: Vec<JobView>,
    /// The targets of these jobs.
    pub targets: Vec<TargetView>,
    /// The calls to build systems that the targets ride on.
    pub submissions: Vec<SubmissionView>,
}

/// One step among the others of its pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepDetails {
    /// The step.
    pub step: StepView,
    /// The step before it.
    pub previous: Option<i64>,
    /// The steps behind it.
    pub next: Vec<i64>,
    /// All other steps of its pipeline.
    pub others: Vec<i64>,
    /// The pipeline, with all its steps.
    pub run: PipelineRun,
}

/// A pipeline as it ran; none if there is no such pipeline for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn pipeline(db: &Db, viewer: &Viewer, id: PipelineId) -> Result<Option<PipelineRun>> {
    read(db, question(viewer, Some(id.0), None)).await
}

/// A step with its surroundings; none if there is no such step for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn step(db: &Db, viewer: &Viewer, id: StepId) -> Result<Option<StepDetails>> {
    let Some(run) = read(db, question(viewer, None, Some(id.0))).await? else { return Ok(None) };
    let of =
        |wanted: &dyn Fn(&&StepView) -> bool| run.steps.iter().filter(wanted).map(|step| step.id).collect();
    let found = run.steps.iter().find(|step| step.id == id.0).cloned();
    let step = found.ok_or_else(|| Error::Unreadable(format!("a pipeline without its step {id}")))?;
    let next = of(&|other| other.previous == Some(id.0));
    let others = of(&|other| other.id != id.0);
    Ok(Some(StepDetails { previous: step.previous, next, others, step, run }))
}

pub(super) fn question(viewer: &Viewer, pipeline: Option<i64>, step: Option<i64>) -> Question {
    Question::of(sql!("reads/pipeline.sql"))
        .bind(Value::Number(pipeline))
        .bind(Value::Number(step))
        .bind(viewer.value())
}

async fn read(db: &Db, question: Question) -> Result<Option<PipelineRun>> {
    let Some(Sections { head, pipelines, steps, jobs, targets, submissions, .. }) =
        sections::read(db, question).await?
    else {
        return Ok(None);
    };
    let pipeline = pipelines.into_iter().next();
    Ok(Some(PipelineRun {
        pipeline: pipeline.ok_or_else(|| Error::Unreadable("steps without their pipeline".to_owned()))?,
        event: head.event,
        project: head.project,
        reference: head.reference,
        commit: head.commit,
        event_status: head.status,
        steps,
        jobs,
        targets,
        submissions,
    }))
}

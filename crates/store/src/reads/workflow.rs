//! Use case 1: the whole workflow of an event, in one statement.

use domain::ids::{EventId, PipelineId};

use super::question::{Question, Value};
use super::sections::{self, Sections};
use super::viewer::Viewer;
use super::views::WorkflowView;
use crate::sql::sql;
use crate::{Db, Result};

/// The whole workflow of an event, for those who may see everything; none if there is no such event.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow(db: &Db, event: EventId) -> Result<Option<WorkflowView>> {
    workflow_seen_by(db, &Viewer::Everything, event).await
}

/// The whole workflow of an event as this viewer may see it; none if there is no such event for them.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow_seen_by(db: &Db, viewer: &Viewer, event: EventId) -> Result<Option<WorkflowView>> {
    read(db, question(viewer, Some(event), None)).await
}

/// The whole workflow that a pipeline belongs to, for those who may see everything; none if there is no such pipeline.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow_of_pipeline(db: &Db, pipeline: PipelineId) -> Result<Option<WorkflowView>> {
    workflow_of_pipeline_seen_by(db, &Viewer::Everything, pipeline).await
}

/// The same as this viewer may see it.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflow_of_pipeline_seen_by(
    db: &Db,
    viewer: &Viewer,
    pipeline: PipelineId,
) -> Result<Option<WorkflowView>> {
    read(db, question(viewer, None, Some(pipeline))).await
}

pub(super) fn question(viewer: &Viewer, event: Option<EventId>, pipeline: Option<PipelineId>) -> Question {
    Question::of(sql!("reads/workflow.sql"))
        .bind(Value::Number(event.map(|event| event.0)))
        .bind(Value::Number(pipeline.map(|pipeline| pipeline.0)))
        .bind(viewer.value())
}

async fn read(db: &Db, question: Question) -> Result<Option<WorkflowView>> {
    Ok(sections::read(db, question).await?.map(WorkflowView::from))
}

impl From<Sections> for WorkflowView {
    fn from(found: Sections) -> Self {
        Self {
            event: found.head.event,
            project: found.head.project,
            reference: found.head.reference,
            commit: found.head.commit,
            status: found.head.status,
            omissions: found.omissions,
            pipelines: found.pipelines,
            steps: found.steps,
            jobs: found.jobs,
            targets: found.targets,
            submissions: found.submissions,
        }
    }
}

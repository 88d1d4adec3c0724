//! One target: its attempts, what they consume, and what consumes them.

use domain::ids::TargetId;
use serde::Serialize;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::sections;
use super::viewer::Viewer;
use super::views::{
    ConsumerView, EventView, JobView, PipelineView, ReferenceView, StepView, SubmissionView, TargetView,
};
use crate::sql::sql;
use crate::{Db, Error, Result};

/// A target with its chain of attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetDetailsView {
    /// The target that was asked for.
    pub target: TargetView,
    /// All attempts of its chain, oldest first; it is one of them.
    pub attempts: Vec<TargetView>,
    /// What consumes any of the attempts.
    pub consumers: Vec<ConsumerView>,
    /// Its event.
    pub event: EventView,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// The pipelines in which an attempt stands.
    pub pipelines: Vec<PipelineView>,
    /// The steps in which an attempt stands.
    pub steps: Vec<StepView>,
    /// The attempts' jobs.
    pub jobs: Vec<JobView>,
    /// The calls to build systems that the attempts ride on.
    pub submissions: Vec<SubmissionView>,
}

/// A target; none if there is no such target for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn target(db: &Db, viewer: &Viewer, id: TargetId) -> Result<Option<TargetDetailsView>> {
    let Some(mut found) = sections::read(db, question(viewer, id)).await? else { return Ok(None) };
    found.targets.sort_by_key(|target| target.attempt);
    // Attempts of one submission name it once each.
    found.submissions.dedup_by_key(|submission| submission.id);
    let target = found.targets.iter().find(|target| target.id == id.0).cloned();
    Ok(Some(TargetDetailsView {
        target: target.ok_or_else(|| Error::Unreadable(format!("a chain without its target {id}")))?,
        attempts: found.targets,
        consumers: found.consumers,
        event: found.head.event,
        project: found.head.project,
        reference: found.head.reference,
        commit: found.head.commit,
        pipelines: found.pipelines,
        steps: found.steps,
        jobs: found.jobs,
        submissions: found.submissions,
    }))
}

pub(super) fn question(viewer: &Viewer, id: TargetId) -> Question {
    Question::of(sql!("reads/target.sql")).bind(Value::Number(Some(id.0))).bind(viewer.value())
}

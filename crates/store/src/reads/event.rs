//! Use cases 8 and 9: one event, its project, reference and commit, its pipelines, and what it did not start and why.

use domain::ids::EventId;
use domain::words::EventStatus;
use serde::Serialize;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::sections;
use super::viewer::Viewer;
use super::views::{EventView, OmissionView, PipelineView, ReferenceView};
use super::words;
use crate::sql::sql;
use crate::{Db, Result};

/// An event and what it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventDetails {
    /// The event.
    pub event: EventView,
    /// The project, `host/namespace/name`.
    pub project: String,
    /// The reference.
    pub reference: ReferenceView,
    /// The full commit hash, if it is known.
    pub commit: Option<String>,
    /// What became of it.
    #[schema(schema_with = words::event_status)]
    pub status: EventStatus,
    /// What was not started, and why.
    pub omissions: Vec<OmissionView>,
    /// The pipelines, oldest first.
    pub pipelines: Vec<PipelineView>,
}

/// An event; none if there is no such event for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn event(db: &Db, viewer: &Viewer, id: EventId) -> Result<Option<EventDetails>> {
    Ok(sections::read(db, question(viewer, id)).await?.map(|found| EventDetails {
        event: found.head.event,
        project: found.head.project,
        reference: found.head.reference,
        commit: found.head.commit,
        status: found.head.status,
        omissions: found.omissions,
        pipelines: found.pipelines,
    }))
}

pub(super) fn question(viewer: &Viewer, id: EventId) -> Question {
    Question::of(sql!("reads/event.sql")).bind(Value::Number(Some(id.0))).bind(viewer.value())
}

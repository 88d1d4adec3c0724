//! `/events/{id}` and `/pipelines/{id}`: the whole workflow of an event.

pub(super) mod attempt;
pub(super) mod fold;
#[cfg(test)]
pub(super) mod story;
mod table;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{EventId, PipelineId};
use domain::words::{EventStatus, ProjectKey};
use store::reads::{OmissionView, WorkflowView};

use self::table::Pipeline;
use super::graph::Drawing;
use super::recent::short;
use super::text::{Href, Moment, Text};
use super::{ErrorPage, Frame, forge_links, show, titles};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

#[derive(Template)]
#[template(path = "workflow.html")]
struct WorkflowPage {
    frame: Frame,
    id: i64,
    project: Text,
    project_link: Option<Href>,
    reference: Text,
    reference_link: Option<Href>,
    commit: Option<Commit>,
    kind: &'static str,
    actor: Option<Text>,
    occurred_at: Moment,
    received_at: Moment,
    status: EventStatus,
    status_title: &'static str,
    /// Whether something is still to come.
    is_open: bool,
    drawing: Option<Drawing>,
    pipelines: Vec<Pipeline>,
    omissions: Vec<Omission>,
}

struct Commit {
    hash: Text,
    short: Text,
    link: Option<Href>,
}

/// What was not started.
struct Omission {
    what: Text,
    reason: Text,
}

/// The page of an event.
pub(crate) async fn event(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let unknown = || Problem::not_found("such event");
    let event: EventId = id.parse().map_err(|_| unknown())?;
    let view = store::reads::workflow_seen_by(&web.db, &viewer, event).await?.ok_or_else(unknown)?;
    Ok(show(&WorkflowPage::new(frame, &view)))
}

/// The page of a pipeline is its event's, at the pipeline.
pub(crate) async fn pipeline(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Path(id): Path<String>,
) -> Result<Response, ErrorPage> {
    let unknown = || Problem::not_found("such pipeline");
    let pipeline: PipelineId = id.parse().map_err(|_| unknown())?;
    let view = store::reads::workflow_of_pipeline_seen_by(&web.db, &viewer, pipeline).await?;
    let view = view.ok_or_else(unknown)?;
    Ok(Redirect::temporary(&format!("/events/{}#pipeline-{pipeline}", view.event.id)).into_response())
}

impl WorkflowPage {
    fn new(frame: Frame, view: &WorkflowView) -> Self {
        let key: Option<ProjectKey> = view.project.parse().ok();
        let project =
            key.as_ref().map_or(view.project.clone(), |key| format!("{}/{}", key.namespace, key.name));
        let reference = &view.reference;
        let folded = fold::pipelines(view);
        Self {
            frame,
            id: view.event.id,
            project: Text::new(project),
            project_link: key.as_ref().and_then(forge_links::project),
            reference: Text::new(titles::reference(reference.kind, &reference.name)),
            reference_link: key
                .as_ref()
                .and_then(|key| forge_links::reference(key, reference.kind, &reference.name)),
            commit: view.commit.as_ref().map(|hash| Commit {
                hash: Text::new(hash),
                short: Text::new(short(hash)),
                link: key.as_ref().and_then(|key| forge_links::commit(key, hash)),
            }),
            kind: titles::event_kind(view.event.kind),
            actor: Text::opt(view.event.actor.as_ref()),
            occurred_at: Moment(view.event.occurred_at),
            received_at: Moment(view.event.received_at),
            status: view.status,
            status_title: titles::event_status(view.status),
            is_open: view.targets.iter().any(|target| !target.status.is_finished()),
            drawing: Drawing::new(&folded, &fold::edges(view, &folded)),
            pipelines: table::pipelines(view, &folded),
            omissions: view.omissions.iter().map(Omission::from).collect(),
        }
    }
}

impl From<&OmissionView> for Omission {
    fn from(omission: &OmissionView) -> Self {
        let what = match (omission.kind.as_str(), &omission.identifier) {
            ("event", _) => "The whole event".to_owned(),
            (kind, Some(identifier)) => format!("{kind} {identifier}"),
            (kind, None) => kind.to_owned(),
        };
        let what = omission.name.as_ref().map_or(what.clone(), |name| format!("{what}, {name}"));
        Self { what: Text::new(what), reason: Text::new(&omission.reason) }
    }
}

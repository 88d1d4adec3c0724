//! One event, and its whole workflow: use cases 1, 8 and 9.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::ids::EventId;
use serde::Deserialize;
use store::reads::{self, EventDetails, PastWorkflow, WorkflowView};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Usual, answer};
use super::parameters::{self, Id, Parameters};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// When a workflow is looked at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct When {
    /// A moment in the past, RFC 3339; now if it is not told. One in the future is refused.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<String>,
}

/// The workflow now, or as it was.
#[derive(ToSchema)]
#[schema(description = "The workflow as it is; with `at`, as it was at that moment.")]
#[serde(untagged)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) enum WorkflowThen {
    Now(WorkflowView),
    Past(PastWorkflow),
}

/// An event, its project, reference and commit, its pipelines, and what it did not start and why.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events", params(("id" = i64, Path)),
    responses((status = 200, body = EventDetails), Usual))]
pub(crate) async fn event(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::event(&web.db, &viewer, EventId(id)).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("event {id}")))?)
}

/// The whole workflow of an event: every pipeline, step, job and target with all attempts; now, or at a moment in the past.
#[utoipa::path(get, path = "/api/v1/events/{id}/workflow", tag = "events", params(("id" = i64, Path), When),
    responses((status = 200, body = WorkflowThen), Usual))]
pub(crate) async fn workflow(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(when): Parameters<When>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at =
        parameters::moment("at", when.at.as_deref())?.map(|at| parameters::past("at", at)).transpose()?;
    let found = reads::workflow_seen_by(&web.db, &viewer, EventId(id)).await?;
    let view = found.ok_or_else(|| Problem::not_found(&format!("event {id}")))?;
    match at {
        None => answer(&headers, &view),
        Some(at) => {
            let past = view.at(at).ok_or_else(|| {
                Problem::new(
                    axum::http::StatusCode::NOT_FOUND,
                    format!("Nobody had told of event {id} by then."),
                )
                .at("at")
            })?;
            answer(&headers, &past)
        }
    }
}

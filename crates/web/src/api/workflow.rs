//! `GET /api/v1/events/{id}/workflow`: use case 1.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::EventId;
use domain::words::Visibility;

use crate::assets::short_hash;
use crate::problem::Problem;
use crate::server::Shared;
use crate::tag::matches;

/// The whole workflow of an event, as the document of `store::reads::WorkflowView`.
///
/// Its tag is the event's version and a hash of the answer: a paused build system, or an input in another event, shows
/// here without being a change of this event.
pub(crate) async fn workflow(
    State(web): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let event: EventId =
        id.parse().map_err(|_| Problem::bad_parameter("id", "The id of an event is a number."))?;
    let view = store::reads::workflow(&web.db, event).await?;
    let view = view
        .filter(|view| view.event.visibility == Visibility::Public)
        .ok_or_else(|| Problem::not_found(&format!("event {event}")))?;
    let body = serde_json::to_vec(&view).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a workflow could not be written as JSON");
        Problem::internal()
    })?;
    let tag = format!("\"{}-{}\"", view.event.version, short_hash(&body));
    let unchanged = matches(&headers, &tag);
    let about = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_owned())];
    Ok(if unchanged {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, [(CONTENT_TYPE, "application/json")], body).into_response()
    })
}

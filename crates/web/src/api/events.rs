//! `GET /api/v1/events`: use case 7 across all projects.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::words::{EventKind, EventStatus, ProjectKey, Reference};
use serde::{Deserialize, Serialize};
use store::origins::{InvalidSourceRow, SourceRow};
use store::reads::EventRow;

use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::server::Shared;

const DEFAULT_LIMIT: i64 = 30;
const LARGEST_LIMIT: i64 = 100;

/// What may be asked for; both are text here, so that what is wrong with them can be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    cursor: Option<String>,
    limit: Option<String>,
    /// An imported row, `table:id`: only the events that it is in. There are few, so there is no cursor.
    origin: Option<String>,
}

/// A page of events.
#[derive(Debug, Serialize)]
struct Events {
    /// Newest first.
    events: Vec<Event>,
    /// What to ask for as `cursor` to get the next page; none on the last one.
    next_cursor: Option<String>,
}

/// One event of a list.
#[derive(Debug, Serialize)]
struct Event {
    id: i64,
    kind: EventKind,
    project: String,
    reference: Reference,
    commit: Option<String>,
    actor: Option<String>,
    status: EventStatus,
    occurred_at: DateTime<Utc>,
    /// The first reason for something that was not started.
    reason: Option<String>,
}

/// Events of public projects, newest first.
pub(crate) async fn events(
    State(web): State<Shared>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(parameters) =
        parameters.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let limit = limit(parameters.limit.as_deref())?;
    if let Some(origin) = &parameters.origin {
        let origin: SourceRow = origin
            .parse()
            .map_err(|error: InvalidSourceRow| Problem::bad_parameter("origin", error.to_string()))?;
        let rows = store::origins::events(&web.db, &origin, limit).await?;
        let events = rows.into_iter().map(Event::from).collect();
        return Ok(Json(Events { events, next_cursor: None }).into_response());
    }
    let cursor = parameters.cursor.as_deref().map(read_cursor).transpose()?;
    let page = store::reads::recent_events(&web.db, cursor.map(|Cursor(at, id)| (at, id)), limit).await?;
    let next_cursor = page.next.map(|(at, id)| Cursor(at, id).encode());
    let link = next_cursor.as_ref().map(|cursor| {
        [(LINK, format!("<{}/api/v1/events?limit={limit}&cursor={cursor}>; rel=\"next\"", web.public_url))]
    });
    let events = page.rows.into_iter().map(Event::from).collect();
    let body = Json(Events { events, next_cursor });
    Ok(match link {
        Some(link) => (link, body).into_response(),
        None => body.into_response(),
    })
}

/// Reads a cursor that a page gave.
pub(crate) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    Cursor::decode(text)
        .ok_or_else(|| Problem::bad_parameter("cursor", "This cursor was not given by a page of this list."))
}

fn limit(text: Option<&str>) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit)).ok_or_else(|| {
        Problem::bad_parameter("limit", format!("The limit is a number from 1 to {LARGEST_LIMIT}."))
    })
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            project: ProjectKey::new(&row.forge, &row.namespace, &row.project_name).to_string(),
            reference: Reference::new(row.reference_kind, row.reference_name),
            commit: row.hash,
            actor: row.actor,
            status: row.status,
            occurred_at: row.occurred_at,
            reason: row.reason,
        }
    }
}

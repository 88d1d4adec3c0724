//! `/`: recent events of all public projects.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::words::{EventStatus, ProjectKey};
use serde::Deserialize;
use store::reads::{EventFilter, EventRow};

use super::text::{Moment, Text};
use super::{ErrorPage, Frame, show, titles};
use crate::api::read_cursor;
use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

const EVENTS_PER_PAGE: i64 = 50;
/// How much of a commit's hash tells it apart for people.
pub(super) const SHORT_HASH: usize = 8;

#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "recent.html")]
struct RecentPage {
    frame: Frame,
    events: Vec<Event>,
    /// Where the next page begins.
    older: Option<String>,
    /// Whether this is not the first page.
    is_further: bool,
    /// Whether some of them may change at any time.
    is_open: bool,
    webhook_url: Text,
}

struct Event {
    id: i64,
    project: Text,
    forge: Text,
    reference: Text,
    kind: &'static str,
    commit: Option<Text>,
    actor: Option<Text>,
    occurred_at: Moment,
    status: EventStatus,
    status_title: &'static str,
    /// Why it started nothing, if it did not.
    reason: Option<Text>,
}

/// The page.
pub(crate) async fn recent(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, ErrorPage> {
    let Query(parameters) =
        parameters.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let cursor = parameters.cursor.as_deref().map(read_cursor).transpose()?;
    let before = cursor.map(|Cursor(at, id)| (at, id));
    let page =
        store::reads::events(&web.db, &viewer, &EventFilter::default(), before, EVENTS_PER_PAGE).await?;
    Ok(show(&RecentPage {
        frame,
        is_open: page
            .rows
            .iter()
            .any(|row| matches!(row.status, EventStatus::Running | EventStatus::Waiting)),
        events: page.rows.into_iter().map(Event::from).collect(),
        older: page.next.map(|(at, id)| Cursor(at, id).encode()),
        is_further: cursor.is_some(),
        webhook_url: Text::new(format!("{}/webhooks/github", web.public_url)),
    }))
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        let project = ProjectKey::new(&row.forge, &row.namespace, &row.project_name);
        Self {
            id: row.id,
            project: Text::new(format!("{}/{}", project.namespace, project.name)),
            forge: Text::new(project.forge),
            reference: Text::new(titles::reference(row.reference_kind, &row.reference_name)),
            kind: titles::event_kind(row.kind),
            commit: Text::opt(row.hash.as_deref().map(short)),
            actor: Text::opt(row.actor),
            occurred_at: Moment(row.occurred_at),
            status: row.status,
            status_title: titles::event_status(row.status),
            reason: if row.status == EventStatus::Nothing { Text::opt(row.reason) } else { None },
        }
    }
}

/// The first characters of a hash.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(SHORT_HASH).collect()
}

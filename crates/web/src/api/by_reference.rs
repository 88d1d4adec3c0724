//! What happened at a reference (a pull request's history), and at a commit in all projects.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::ids::ReferenceId;
use store::reads::{self, EventFilter};

use super::answer::{Usual, page};
use super::event_lists::{Events, ListParameters, next_page};
use super::parameters::{self, Id, Parameters};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// What happened at a reference, newest first.
#[utoipa::path(get, path = "/api/v1/references/{id}", tag = "projects", params(("id" = i64, Path), ListParameters),
    responses((status = 200, body = Events), Usual))]
pub(crate) async fn reference(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut asked = parameters.read(None)?;
    if asked.filter.reference.take().is_some_and(|other| other != ReferenceId(id)) {
        return Err(Problem::bad_parameter("reference", "The address names another reference."));
    }
    let is_whole = asked.is_whole();
    let filter = EventFilter { reference: Some(ReferenceId(id)), ..asked.filter };
    let document = Events::from(reads::events(&web.db, &viewer, &filter, asked.before, asked.limit).await?);
    if is_whole && document.events.is_empty() {
        return Err(Problem::not_found(&format!("reference {id}")));
    }
    page(&headers, &document, next_page(&web, &uri, document.next_cursor.as_deref()))
}

/// What happened at a commit, by its full hash, at any reference of any project, newest first.
#[utoipa::path(get, path = "/api/v1/commits/{hash}", tag = "projects", params(("hash" = String, Path), ListParameters),
    responses((status = 200, body = Events), Usual))]
pub(crate) async fn commit(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Path(hash): Path<String>,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut asked = parameters.read(None)?;
    let hash = parameters::text("hash", Some(hash))?.map(|hash| hash.to_ascii_lowercase());
    if asked.filter.commit.take().is_some_and(|other| hash.as_ref() != Some(&other)) {
        return Err(Problem::bad_parameter("commit", "The address names another commit."));
    }
    let is_whole = asked.is_whole();
    let filter = EventFilter { commit: hash, ..asked.filter };
    let document = Events::from(reads::events(&web.db, &viewer, &filter, asked.before, asked.limit).await?);
    if is_whole && document.events.is_empty() {
        return Err(Problem::not_found("such commit"));
    }
    page(&headers, &document, next_page(&web, &uri, document.next_cursor.as_deref()))
}

//! `/targets/{id}/log`: what a program of ours told, as plain text. No browser may take it for anything else.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ids::TargetId;
use store::{logs, reads};

use super::ErrorPage;
use super::id::Id;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// The log.
pub(super) async fn log(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let target = TargetId(id);
    let is_visible = reads::target(&web.db, &viewer, target).await?.is_some();
    let found = if is_visible { logs::read(&web.db, target).await? } else { None };
    let text = found.ok_or_else(|| Problem::not_found("log of such a target"))?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, text).into_response())
}

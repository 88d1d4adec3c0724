//! `GET /api/v1/search`: what a person pasted.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use store::reads::{self, Hit};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Usual, answer};
use super::parameters::{self, Parameters};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Words {
    /// The address of a pull request, commit, project or build; a project's name; a hash or its beginning; what a build
    /// system calls a build, request or task.
    #[param(min_length = 1, max_length = 1000)]
    q: String,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hits {
    hits: Vec<Hit>,
}

/// Finds what was pasted: a pull request's address, a commit, a project, a Copr build's id, a Testing Farm request.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(Words),
    responses((status = 200, body = Hits), Usual))]
pub(crate) async fn search(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Parameters(words): Parameters<Words>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = parameters::text("q", Some(words.q))?.unwrap_or_default();
    let hits = reads::search(&web.db, &viewer, &crate::search::read(&text)).await?;
    answer(&headers, &Hits { hits })
}

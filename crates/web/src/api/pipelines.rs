//! One pipeline as it ran, and one step of it: use cases 2, 10 and 11.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::ids::{PipelineId, StepId};
use store::reads::{self, PipelineRun, StepDetails};

use super::answer::{Usual, answer};
use super::parameters::Id;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// A pipeline as it ran, with the jobs that it shares with its origin.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}", tag = "pipelines", params(("id" = i64, Path)),
    responses((status = 200, body = PipelineRun), Usual))]
pub(crate) async fn pipeline(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::pipeline(&web.db, &viewer, PipelineId(id)).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("pipeline {id}")))?)
}

/// A step: the ones before, behind and beside it, its event and its project.
#[utoipa::path(get, path = "/api/v1/steps/{id}", tag = "pipelines", params(("id" = i64, Path)),
    responses((status = 200, body = StepDetails), Usual))]
pub(crate) async fn step(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::step(&web.db, &viewer, StepId(id)).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("step {id}")))?)
}

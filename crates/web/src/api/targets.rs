//! One target, and where it came from.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::ids::TargetId;
use serde::Deserialize;
use store::reads::{self, Bounds, Provenance, TargetDetailsView};
use utoipa::IntoParams;

use super::answer::{Usual, answer};
use super::parameters::{Id, Parameters, number};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// How far provenance is followed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowFar {
    /// Links from the target in each direction, at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 32, default = 16)]
    depth: Option<String>,
    /// Links in all, at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 2000, default = 500)]
    limit: Option<String>,
}

impl HowFar {
    pub(crate) fn read(&self) -> Result<Bounds, Problem> {
        Ok(Bounds {
            depth: number("depth", self.depth.as_deref(), 16, 1, 32)?,
            links: number("limit", self.limit.as_deref(), 500, 1, 2000)?,
        })
    }
}

/// A target: its attempts, what they consume, and what consumes them.
#[utoipa::path(get, path = "/api/v1/targets/{id}", tag = "targets", params(("id" = i64, Path)),
    responses((status = 200, body = TargetDetailsView), Usual))]
pub(crate) async fn target(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::target(&web.db, &viewer, TargetId(id)).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("target {id}")))?)
}

/// Where a target came from and what came of it, across pipelines, events and projects.
#[utoipa::path(get, path = "/api/v1/targets/{id}/provenance", tag = "targets", params(("id" = i64, Path), HowFar),
    responses((status = 200, body = Provenance), Usual))]
pub(crate) async fn provenance(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(how_far): Parameters<HowFar>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::provenance(&web.db, &viewer, TargetId(id), how_far.read()?).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("target {id}")))?)
}

//! Projects: the list, one, its references, and how reliable its targets are.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::ProjectId;
use serde::{Deserialize, Serialize};
use store::reads::{self, FlakinessRow, ProjectRow, ReferenceRow};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Usual, answer, page};
use super::event_lists::next_page;
use super::parameters::{DEFAULT_LIMIT, Id, LARGEST_LIMIT, Parameters, number, wrong_cursor};
use crate::cursor::{decode_key, encode_key};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// A page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParameters {
    /// Where the page begins: `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
    /// Rows of a page.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 30)]
    limit: Option<String>,
}

impl PageParameters {
    /// Rows of the page.
    pub(crate) fn limit(&self, unless_told: i64) -> Result<i64, Problem> {
        number("limit", self.limit.as_deref(), unless_told, 1, LARGEST_LIMIT)
    }
}

/// A page of projects, by forge, namespace and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Projects {
    projects: Vec<ProjectRow>,
    /// What to ask for as `cursor` to get the next page; none on the last one.
    next_cursor: Option<String>,
}

/// A page of a project's references, by kind and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct References {
    references: Vec<ReferenceRow>,
    /// What to ask for as `cursor` to get the next page; none on the last one.
    next_cursor: Option<String>,
}

/// Which time flakiness is told of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// The last so many days.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 365, default = 90)]
    days: Option<String>,
}

impl Days {
    /// How many days, and when they began: at the beginning of a day, so that the answer stays the same for as long.
    pub(crate) fn read(&self) -> Result<(i64, DateTime<Utc>), Problem> {
        let days = number("days", self.days.as_deref(), 90, 1, 365)?;
        let today = Utc::now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        Ok((days, today - TimeDelta::days(days)))
    }
}

/// How reliable a project's targets are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Flakiness {
    /// Of events from here on.
    since: DateTime<Utc>,
    /// By kind and name, those whose outcome changed most often without a change of input first.
    targets: Vec<FlakinessRow>,
}

/// Projects, by forge, namespace and name.
#[utoipa::path(get, path = "/api/v1/projects", tag = "projects", params(PageParameters),
    responses((status = 200, body = Projects), Usual))]
pub(crate) async fn projects(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Parameters(asked): Parameters<PageParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match &asked.cursor {
        Some(cursor) => Some(decode_key::<3>(cursor).ok_or_else(wrong_cursor)?.into()),
        None => None,
    };
    let found = reads::projects(&web.db, &viewer, after, asked.limit(DEFAULT_LIMIT)?).await?;
    let next_cursor =
        found.next.as_ref().map(|(forge, namespace, name)| encode_key(&[forge, namespace, name]));
    let document = Projects { projects: found.rows, next_cursor };
    page(&headers, &document, next_page(&web, &uri, document.next_cursor.as_deref()))
}

/// One project.
#[utoipa::path(get, path = "/api/v1/projects/{id}", tag = "projects", params(("id" = i64, Path)),
    responses((status = 200, body = ProjectRow), Usual))]
pub(crate) async fn project(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::project(&web.db, &viewer, ProjectId(id)).await?;
    answer(&headers, &found.ok_or_else(|| Problem::not_found(&format!("project {id}")))?)
}

/// The references of a project, by kind and name.
#[utoipa::path(get, path = "/api/v1/projects/{id}/references", tag = "projects",
    params(("id" = i64, Path), PageParameters), responses((status = 200, body = References), Usual))]
pub(crate) async fn references(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(asked): Parameters<PageParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match &asked.cursor {
        Some(cursor) => Some(decode_key::<2>(cursor).ok_or_else(wrong_cursor)?.into()),
        None => None,
    };
    let limit = asked.limit(DEFAULT_LIMIT)?;
    let found = reads::references(&web.db, &viewer, ProjectId(id), after, limit).await?;
    let (_, found) = found.ok_or_else(|| Problem::not_found(&format!("project {id}")))?;
    let next_cursor = found.next.as_ref().map(|(kind, name)| encode_key(&[kind, name]));
    let document = References { references: found.rows, next_cursor };
    page(&headers, &document, next_page(&web, &uri, document.next_cursor.as_deref()))
}

/// How reliable a project's targets are: attempts, outcomes, and how often these changed without a change of input.
#[utoipa::path(get, path = "/api/v1/projects/{id}/flakiness", tag = "projects", params(("id" = i64, Path), Days),
    responses((status = 200, body = Flakiness), Usual))]
pub(crate) async fn flakiness(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(asked): Parameters<Days>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, since) = asked.read()?;
    let found = reads::flakiness(&web.db, &viewer, ProjectId(id), since).await?;
    let (_, mut targets) = found.ok_or_else(|| Problem::not_found(&format!("project {id}")))?;
    for target in &mut targets {
        // Clocks tell no more than milliseconds; what is behind them comes of how a database counts.
        target.median_seconds = target.median_seconds.map(|seconds| (seconds * 1000.0).round() / 1000.0);
    }
    answer(&headers, &Flakiness { since, targets })
}

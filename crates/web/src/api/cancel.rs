//! `POST /api/v1/events/{id}/cancel`: cancels what has not ended, or tells what that would do.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::workflow::CancelPlan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Usual;
use crate::problem::Problem;
use crate::server::Shared;

/// What is to be canceled.
#[derive(Deserialize, ToSchema)]
#[schema(as = CancelRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The targets; all that have not ended if there are none.
    #[schema(value_type = Option<Vec<i64>>)]
    targets: Option<BTreeSet<TargetId>>,
    /// Whether only to tell what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// What was, or would be, canceled: the ids of targets, and of the submissions that build systems are asked to cancel.
#[derive(Serialize, ToSchema)]
struct Canceled {
    #[schema(value_type = i64)]
    event_id: EventId,
    dry_run: bool,
    #[schema(value_type = Vec<i64>)]
    ends_now: BTreeSet<TargetId>,
    #[schema(value_type = Vec<i64>)]
    asked: BTreeSet<TargetId>,
    #[schema(value_type = Vec<i64>)]
    taken_along: BTreeSet<TargetId>,
    #[schema(value_type = Vec<i64>)]
    ended: BTreeSet<TargetId>,
    #[schema(value_type = Vec<i64>)]
    submissions: BTreeSet<SubmissionId>,
}

/// Cancels what has not ended, or tells what that would do; for whom the bearer token belongs to.
#[utoipa::path(post, path = "/api/v1/events/{id}/cancel", tag = "events", params(("id" = i64, Path)),
    request_body = Asked,
    responses(
        (status = 200, body = Canceled),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "No valid bearer token."),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "No token is configured."),
        Usual,
    ))]
pub(crate) async fn cancel(
    State(web): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Response, Response> {
    let Some(operator) = &web.operator else {
        let detail = "Nothing can be changed by the API here: no server.operator_token_file is configured.";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail).into_response());
    };
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(by) = token.and_then(|token| operator.recognise(token)) else {
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED, "A valid bearer token is needed.").at("Authorization");
        return Err(([(WWW_AUTHENTICATE, "Bearer")], problem).into_response());
    };
    let event: EventId = id
        .parse()
        .map_err(|_| Problem::bad_parameter("id", "The id of an event is a number.").into_response())?;
    let Json(asked) = asked.map_err(|rejection| {
        Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()).at("body").into_response()
    })?;
    let plan =
        operator.cancel(event, asked.targets, &by, asked.dry_run).await.map_err(|error| match error {
            store::Error::NotFound(what) => Problem::not_found(&what).into_response(),
            error => Problem::from(error).into_response(),
        })?;
    Ok(Json(Canceled::of(event, asked.dry_run, plan)).into_response())
}

impl Canceled {
    fn of(event_id: EventId, dry_run: bool, plan: CancelPlan) -> Self {
        let CancelPlan { ends_now, submissions, asked, taken_along, ended } = plan;
        Self { event_id, dry_run, ends_now, asked, taken_along, ended, submissions }
    }
}

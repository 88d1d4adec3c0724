//! `POST /api/v1/events/{id}/cancel`: cancels what has not ended, or tells what that would do.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::words::Scope;
use domain::workflow::CancelPlan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Changing, Usual};
use super::parameters::Id;
use super::whole;
use crate::identity::{Caller, require};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// What is to be canceled.
#[derive(Deserialize, ToSchema)]
#[schema(as = CancelRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The targets; all that have not ended if there are none.
    #[schema(value_type = Option<Vec<i64>>)]
    #[serde(default, deserialize_with = "whole::maybe_ids")]
    targets: Option<BTreeSet<TargetId>>,
    /// Whether only to tell what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// What was, or would be, canceled: the ids of targets, and of the submissions that build systems are asked to cancel.
#[derive(Serialize, ToSchema)]
pub(crate) struct Canceled {
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

/// Cancels what has not ended, or tells what that would do; for a token with the scope `cancel`.
#[utoipa::path(post, path = "/api/v1/events/{id}/cancel", tag = "events", params(("id" = i64, Path)),
    request_body = Asked, responses((status = 200, body = Canceled), Changing, Usual))]
pub(crate) async fn cancel(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    Id(id): Id,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Canceled>, Problem> {
    require(&caller, Scope::Cancel)?;
    let event = EventId(id);
    let Json(asked) =
        asked.map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()).at("body"))?;
    let unknown = || Problem::not_found(&format!("event {id}"));
    store::reads::event(&web.db, &viewer, event).await?.ok_or_else(unknown)?;
    let plan = web.actions.cancel(event, asked.targets, &caller.name(), asked.dry_run).await;
    let plan = plan.map_err(|error| match error {
        store::Error::NotFound(what) => Problem::not_found(&what),
        error => Problem::from(error),
    })?;
    Ok(Json(Canceled::of(event, asked.dry_run, plan)))
}

impl Canceled {
    fn of(event_id: EventId, dry_run: bool, plan: CancelPlan) -> Self {
        let CancelPlan { ends_now, submissions, asked, taken_along, ended } = plan;
        Self { event_id, dry_run, ends_now, asked, taken_along, ended, submissions }
    }
}

//! `POST /api/v1/events/{id}/cancel`: cancels what has not ended, or tells what that would do.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::rerun::Conflict;
use domain::words::Scope;
use domain::workflow::CancelPlan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Changing, Refusals};
use super::body::Body;
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
    /// The targets, at least one of them; all that have not ended if it is left out or null.
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
    /// The event.
    #[schema(value_type = i64)]
    event_id: EventId,
    /// Whether it was only told, and nothing was done.
    dry_run: bool,
    /// Targets that no build system has yet: they end at once.
    #[schema(value_type = Vec<i64>)]
    ends_now: BTreeSet<TargetId>,
    /// Targets whose build system is asked to cancel them: they end when it has.
    #[schema(value_type = Vec<i64>)]
    asked: BTreeSet<TargetId>,
    /// Targets that nobody named and that are canceled all the same: they ride on the same submission.
    #[schema(value_type = Vec<i64>)]
    taken_along: BTreeSet<TargetId>,
    /// Targets that wait for any of those: they are skipped when it ends.
    #[schema(value_type = Vec<i64>)]
    skipped: BTreeSet<TargetId>,
    /// Targets that were named and had ended already: they stay as they are.
    #[schema(value_type = Vec<i64>)]
    ended: BTreeSet<TargetId>,
    /// The submissions that build systems are asked to cancel.
    #[schema(value_type = Vec<i64>)]
    submissions: BTreeSet<SubmissionId>,
}

/// Cancels what has not ended, or tells what that would do; for a token with the scope `cancel`.
#[utoipa::path(post, path = "/api/v1/events/{id}/cancel", tag = "events", params(("id" = i64, Path)),
    request_body = Asked, responses(
        (status = 200, body = Canceled),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The event has no such target, and nothing was canceled."),
        Changing, Refusals))]
pub(crate) async fn cancel(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    Id(id): Id,
    asked: Result<Body<Asked>, Problem>,
) -> Result<Json<Canceled>, Problem> {
    require(&caller, Scope::Cancel)?;
    let event = EventId(id);
    let Body(asked) = asked?;
    let unknown = || Problem::not_found(&format!("event {id}"));
    match &asked.targets {
        None => {
            store::reads::event(&web.db, &viewer, event).await?.ok_or_else(unknown)?;
        }
        // Who means all leaves them out; a program that found none to cancel does not mean all.
        Some(none) if none.is_empty() => {
            return Err(Problem::bad_parameter("targets", "`targets` names no target."));
        }
        Some(targets) => {
            let view = store::reads::workflow_seen_by(&web.db, &viewer, event).await?.ok_or_else(unknown)?;
            let own: BTreeSet<TargetId> = view.targets.iter().map(|target| TargetId(target.id)).collect();
            let foreign: BTreeSet<TargetId> = targets.difference(&own).copied().collect();
            if !foreign.is_empty() {
                // In the words in which a rerun of them is refused. A target never leaves its event.
                let detail = Conflict::NoSuchTarget(foreign).to_string();
                return Err(Problem::new(StatusCode::CONFLICT, detail).at("targets"));
            }
        }
    }
    let plan = web.actions.cancel(event, asked.targets, &caller.name(), asked.dry_run).await;
    let plan = plan.map_err(|error| match error {
        store::Error::NotFound(what) => Problem::not_found(&what),
        error => Problem::from(error),
    })?;
    Ok(Json(Canceled::of(event, asked.dry_run, plan)))
}

impl Canceled {
    fn of(event_id: EventId, dry_run: bool, plan: CancelPlan) -> Self {
        let CancelPlan { ends_now, submissions, asked, taken_along, skipped, ended } = plan;
        Self { event_id, dry_run, ends_now, asked, taken_along, skipped, ended, submissions }
    }
}

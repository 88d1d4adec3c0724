//! Reruns: planned, shown, carried out as shown, remembered (`docs/design.md` section 4).

mod request;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::{EventId, RerunId};
use domain::rerun::Planned;
use domain::words::{RerunVia, Scope};
use serde::Serialize;
use store::reads::Viewer;
use store::reruns::{self, Answer, Done, Request, Told};
use utoipa::ToSchema;

use super::answer::{Changing, Refusals, Usual, answer};
use super::body::Body;
use super::parameters::Id;
use crate::Denied;
use crate::identity::{Caller, require};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;
pub(super) use request::{LONGEST_KEY, LONGEST_REASON};
use request::{Wanted, idempotency_key};

/// Why a rerun is refused, with what it would be.
#[derive(Serialize, ToSchema)]
#[schema(as = RerunRefused)]
struct Refused {
    /// No problem has a document of its own, so the status says which kind it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status as a number.
    status: u16,
    /// Why.
    detail: String,
    /// The header that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// What stands against it, and for `changed` the plan as it is now.
    rerun: Told,
}

/// The reruns of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = EventReruns)]
pub(crate) struct OfEvent {
    /// Oldest first.
    reruns: Vec<Done>,
}

/// Asks for a rerun: with `dry_run` its plan, with `hash` exactly that plan, else whatever it comes to. For a token with the scope
/// `rerun` (with `cancel_running` also `cancel`), or somebody who may write to the project; where work may start at all.
#[utoipa::path(post, path = "/api/v1/reruns", tag = "reruns", request_body = Wanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request among the caller's: sent again, it is answered as it was.")),
    responses(
        (status = 200, body = Told, description = "The plan of a dry run; or nothing to do, and `reason` says why."),
        (status = 201, body = Told, description = "It was carried out, now or by the first request with this key."),
        (status = 409, body = Refused, content_type = "application/problem+json",
            description = "It is not any more what was shown, or cannot be done as asked."),
        (status = 422, body = Refused, content_type = "application/problem+json",
            description = "The caller used this idempotency key for another request."),
        Changing, Refusals))]
pub(crate) async fn ask(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    headers: HeaderMap,
    asked: Result<Body<Wanted>, Problem>,
) -> Result<Response, Problem> {
    let Body(wanted) = asked?;
    let event =
        wanted.event.ok_or_else(|| Problem::bad_parameter("event", "Say of which event: `event`."))?;
    carry_out(&web, &caller, &viewer, &headers, EventId(event), wanted).await
}

/// Asks for a rerun of the event in the address: with `dry_run` its plan, with `hash` exactly that plan, else whatever it comes to.
/// Who may is told at `POST /api/v1/reruns`, whose request names the event itself.
#[utoipa::path(post, path = "/api/v1/events/{id}/reruns", tag = "reruns", request_body = Wanted,
    params(("id" = i64, Path), ("Idempotency-Key" = Option<String>, Header, description = "As for /api/v1/reruns.")),
    responses(
        (status = 200, body = Told, description = "The plan of a dry run; or nothing to do, and `reason` says why."),
        (status = 201, body = Told, description = "It was carried out, now or by the first request with this key."),
        (status = 409, body = Refused, content_type = "application/problem+json",
            description = "It is not any more what was shown, or cannot be done as asked."),
        (status = 422, body = Refused, content_type = "application/problem+json",
            description = "The caller used this idempotency key for another request."),
        Changing, Refusals))]
pub(crate) async fn ask_of_event(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
    asked: Result<Body<Wanted>, Problem>,
) -> Result<Response, Problem> {
    let Body(wanted) = asked?;
    if wanted.event.is_some_and(|event| event != id) {
        return Err(Problem::bad_parameter("event", "The address names another event."));
    }
    carry_out(&web, &caller, &viewer, &headers, EventId(id), wanted).await
}

/// A rerun that was carried out.
#[utoipa::path(get, path = "/api/v1/reruns/{id}", tag = "reruns", params(("id" = i64, Path)),
    responses((status = 200, body = Done), Usual))]
pub(crate) async fn rerun(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found(&format!("rerun {id}"));
    let mut done = reruns::get(&web.db, RerunId(id)).await?.ok_or_else(unknown)?;
    store::reads::event(&web.db, &viewer, done.event).await?.ok_or_else(unknown)?;
    store::reads::only_seen(&web.db, &viewer, [&mut done.plan]).await?;
    answer(&headers, &Done::of(&done))
}

/// The reruns of an event, oldest first.
#[utoipa::path(get, path = "/api/v1/events/{id}/reruns", tag = "reruns", params(("id" = i64, Path)),
    responses((status = 200, body = OfEvent), Usual))]
pub(crate) async fn of_event(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    is_visible(&web, &viewer, EventId(id)).await?;
    let mut done = reruns::of_event(&web.db, EventId(id)).await?;
    store::reads::only_seen(&web.db, &viewer, done.iter_mut().map(|done| &mut done.plan)).await?;
    answer(&headers, &OfEvent { reruns: done.iter().map(Done::of).collect() })
}

async fn is_visible(web: &Shared, viewer: &Viewer, event: EventId) -> Result<(), Problem> {
    let unknown = || Problem::not_found(&format!("event {event}"));
    store::reads::event(&web.db, viewer, event).await?.ok_or_else(unknown)?;
    Ok(())
}

/// Why somebody may not ask for reruns of an event.
pub(crate) struct NotLet {
    pub(crate) problem: Problem,
    /// Whether somebody else may, who may write to the project.
    pub(crate) writers_may: bool,
}

impl From<Problem> for NotLet {
    fn from(problem: Problem) -> Self {
        Self { problem, writers_may: false }
    }
}

/// A token needs the scope, that of a cancel too if what runs is canceled, and that work may start there at all; a person must
/// be let by the project.
pub(crate) async fn may_ask(
    web: &Shared,
    caller: &Caller,
    event: EventId,
    cancel_running: bool,
) -> Result<(), NotLet> {
    let asked = match caller {
        Caller::User(account) => web.actions.may_rerun(event, account).await,
        Caller::Token { .. } | Caller::Anonymous => {
            require(caller, Scope::Rerun)?;
            if cancel_running {
                may_cancel(caller)?;
            }
            web.actions.may_start(event).await
        }
    };
    asked.map_err(|denied| {
        let writers_may = matches!(denied, Denied::Refused(_));
        let problem = match denied {
            Denied::Refused(reason) | Denied::ByRules(reason) => Problem::new(StatusCode::FORBIDDEN, reason),
            Denied::Unavailable(reason) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason),
        };
        NotLet { problem, writers_may }
    })
}

/// A rerun that cancels what runs is a cancel as well.
fn may_cancel(caller: &Caller) -> Result<(), Problem> {
    require(caller, Scope::Cancel).map_err(|problem| {
        let detail = format!("`cancel_running` cancels what runs. {}", problem.detail);
        Problem::new(problem.status, detail).at("cancel_running")
    })
}

async fn carry_out(
    web: &Shared,
    caller: &Caller,
    viewer: &Viewer,
    headers: &HeaderMap,
    event: EventId,
    wanted: Wanted,
) -> Result<Response, Problem> {
    if *caller == Caller::Anonymous {
        // Who is not known learns nothing about what there is.
        require(caller, Scope::Rerun)?;
    }
    is_visible(web, viewer, event).await?;
    may_ask(web, caller, event, wanted.cancel_running).await.map_err(|refused| refused.problem)?;
    let key = idempotency_key(headers)?;
    let selection = wanted.selection()?;
    if wanted.dry_run {
        let mut planned = web.actions.preview_rerun(event, &selection).await?;
        store::reads::only_seen(&web.db, viewer, planned.plan_mut()).await?;
        return Ok(match planned {
            Planned::Plan(plan) if wanted.hash.as_ref().is_some_and(|hash| *hash != plan.hash) => {
                refused(StatusCode::CONFLICT, Told::changed(&plan))
            }
            Planned::Plan(plan) => Json(Told::plan(&plan)).into_response(),
            Planned::NothingToDo(nothing) => Json(Told::nothing(&nothing)).into_response(),
            Planned::Conflict(conflict) => refused(StatusCode::CONFLICT, Told::conflict(&conflict)),
        });
    }
    let name = caller.name();
    let request = Request {
        event,
        selection: &selection,
        requested_by: &name,
        via: RerunVia::Api,
        reason: wanted.reason.as_deref(),
        idempotency_key: key.as_deref(),
        plan_hash: wanted.hash.as_deref(),
    };
    let mut answer = web.actions.rerun(&request).await?;
    store::reads::only_seen(&web.db, viewer, answer.plan_mut()).await?;
    Ok(match answer {
        Answer::CarriedOut(done) => {
            let place = format!("/api/v1/reruns/{}", done.id);
            (StatusCode::CREATED, [(LOCATION, place)], Json(Told::done(&done))).into_response()
        }
        Answer::NothingToDo(nothing) => Json(Told::nothing(&nothing)).into_response(),
        Answer::Conflict(conflict) => refused(StatusCode::CONFLICT, Told::conflict(&conflict)),
        Answer::Changed(plan) => refused(StatusCode::CONFLICT, Told::changed(&plan)),
        Answer::KeyOfAnother(rerun) => refused(StatusCode::UNPROCESSABLE_ENTITY, Told::key_of_another(rerun)),
    })
}

/// A refusal with what it would be, as problem details.
fn refused(status: StatusCode, rerun: Told) -> Response {
    let refused = Refused {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: rerun.reason.clone().unwrap_or_default(),
        field: (status == StatusCode::UNPROCESSABLE_ENTITY).then_some("Idempotency-Key"),
        rerun,
    };
    let about = [(CONTENT_TYPE, "application/problem+json"), (CACHE_CONTROL, "no-store")];
    let body = serde_json::to_vec(&refused).unwrap_or_default();
    (status, about, body).into_response()
}

//! Server-sent events: what changes, as it changes. A client that was away says with `Last-Event-ID` what it saw last, and
//! is told what it missed, by whichever server it reaches now.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::ids::EventId;
use domain::words::EventStatus;
use futures_util::stream::{iter, unfold};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use store::changes::{Change, Place, newest, remembers};
use utoipa::ToSchema;

use super::answer::Refusals;
use super::parameters::Id;
use crate::identity::Caller;
use crate::live::{Live, Wanted};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::{Asker, Decision};

/// Who is known is cut off after so long, and their client comes again from where it was: what they may see since then is
/// told, too. What they may not see any more is not told from much sooner on, see [`Decision`].
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Shorter than what proxies take for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The data of a server-sent event `change`.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeData {
    /// The event that changed.
    event_id: i64,
    /// Its project.
    project_id: i64,
    /// The event's version since then.
    version: i64,
    /// Where the event stands now: changes that are told again under the same id tell what is so now, not what was then.
    #[schema(schema_with = store::reads::words::event_status)]
    status: EventStatus,
}

/// Changes of one event, as server-sent events: `begin` once, with where the feed stands; `change` for each; `reset` if the
/// client was away for so long that it has to look at everything anew. The data of a `change` is `ChangeData`: its `status` is
/// the event's status now, and changes that are told again under the same id tell what is so now. A stream ends when it has to
/// be found out anew what the caller may see: come again with `Last-Event-ID`.
#[utoipa::path(get, path = "/api/v1/events/{id}/changes", tag = "events",
    params(("id" = i64, Path), ("Last-Event-ID" = Option<String>, Header, description = "What the client saw last.")),
    responses((status = 200, content_type = "text/event-stream", body = String), Refusals))]
pub(crate) async fn of_event(
    State(web): State<Shared>,
    Extension(live): Extension<Arc<Live>>,
    caller: Caller,
    Asker(viewer): Asker,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = store::reads::event(&web.db, &viewer, EventId(id)).await?;
    found.ok_or_else(|| Problem::not_found(&format!("event {id}")))?;
    stream(web, live, caller, Wanted { viewer, event: Some(id) }, headers).await
}

/// Changes of all events, as server-sent events: see the changes of one. The data of a `change` is `ChangeData`.
#[utoipa::path(get, path = "/api/v1/changes", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "What the client saw last.")),
    responses((status = 200, content_type = "text/event-stream", body = String), Refusals))]
pub(crate) async fn of_all(
    State(web): State<Shared>,
    Extension(live): Extension<Arc<Live>>,
    caller: Caller,
    Asker(viewer): Asker,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    stream(web, live, caller, Wanted { viewer, event: None }, headers).await
}

async fn stream(
    web: Shared,
    live: Arc<Live>,
    caller: Caller,
    wanted: Wanted,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (place, begin) = match headers.get("Last-Event-ID") {
        Some(seen) => {
            let wrong = || Problem::bad_parameter("Last-Event-ID", "This id was not given by this feed.");
            let seen: Place = seen.to_str().ok().and_then(|seen| seen.parse().ok()).ok_or_else(wrong)?;
            if remembers(&web.db, seen).await? {
                (seen, None)
            } else {
                (newest(&web.db).await?, Some("reset"))
            }
        }
        None => (newest(&web.db).await?, Some("begin")),
    };
    // The data is never empty: browsers drop an event without any.
    let begin = begin.map(|name| Event::default().event(name).id(place.to_string()).data("{}"));
    let is_known = caller != Caller::Anonymous;
    let decision = Decision::new(web, headers, caller, wanted.viewer.clone());
    let told = while_it_holds(live.listen(wanted, place), decision).map(|change| told(&change));
    let long_enough = async move {
        if is_known { tokio::time::sleep(LONGEST).await } else { std::future::pending().await }
    };
    let events = iter(begin).chain(told).map(Ok::<_, Infallible>).take_until(long_enough);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // nginx would keep back what it takes for a slow answer.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Changes until what somebody may see is not any more what was decided. The change that finds that out is not told: their
/// client comes again, and is told of it if it may be.
fn while_it_holds(changes: impl Stream<Item = Change>, decision: Decision) -> impl Stream<Item = Change> {
    unfold((Box::pin(changes), decision), |(mut changes, mut decision)| async move {
        let change = changes.next().await?;
        decision.holds().await.then_some((change, (changes, decision)))
    })
}

fn told(change: &Change) -> Event {
    let data = ChangeData {
        event_id: change.event_id,
        project_id: change.project_id,
        version: change.version,
        status: change.status,
    };
    let event = Event::default().event("change").id(change.place().to_string());
    // Numbers and a word are always JSON.
    event.data(serde_json::to_string(&data).unwrap_or_default())
}

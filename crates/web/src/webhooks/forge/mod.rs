//! `POST /webhooks/{github,gitlab,forgejo}` (`docs/design.md` section 6, `docs/contracts.md` 1.4, 2.1, 2.2).
//!
//! The order matters: what has no signature is refused before its body is taken in, nothing looks into a body before its
//! signature is proven, and nothing is answered as taken before it is stored. Neither bodies nor signatures are logged.

mod headers;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::words::DeliveryOutcome;
use serde::Serialize;
use store::inbox::{self, NewDelivery, Received};

use self::headers::{Headers, Sender, TurnedAway};
use crate::health::LastStored;
use crate::metrics::WEBHOOKS;
use crate::problem::Problem;
use crate::server::Shared;
use crate::webhooks::room::{Held, NotRead, Room};
use crate::{Door, Look};

/// GitHub sends no body over 25 MB, GitLab and Forgejo none near that.
pub const BODY_BYTES: usize = 25 * 1024 * 1024;

/// From here on, checking and reading a body takes longer than others should wait for: milliseconds.
const LARGE_BODY_BYTES: usize = 256 * 1024;

/// What a sender is told of a delivery that was taken.
#[derive(Debug, Serialize)]
struct Taken<'a> {
    /// The sender's key of it.
    delivery_id: &'a str,
    /// Our id of it, as `packflow inbox show` takes it.
    inbox_id: i64,
    /// Whether it had been received before; then nothing was changed.
    repeated: bool,
    /// What became of it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<DeliveryOutcome>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Takes a delivery of GitHub's.
pub(crate) async fn github(
    State(web): State<Shared>,
    Extension(room): Extension<Room>,
    Extension(stored): Extension<LastStored>,
    request: Request,
) -> Response {
    answer(&web, web.github.as_slice(), Sender::Github, (request, room, stored)).await
}

/// Takes a delivery of a GitLab's.
pub(crate) async fn gitlab(
    State(web): State<Shared>,
    Extension(room): Extension<Room>,
    Extension(stored): Extension<LastStored>,
    request: Request,
) -> Response {
    answer(&web, &web.gitlab, Sender::Gitlab, (request, room, stored)).await
}

/// Takes a delivery of a Forgejo's.
pub(crate) async fn forgejo(
    State(web): State<Shared>,
    Extension(room): Extension<Room>,
    Extension(stored): Extension<LastStored>,
    request: Request,
) -> Response {
    answer(&web, &web.forgejo, Sender::Forgejo, (request, room, stored)).await
}

async fn answer(
    web: &Shared,
    doors: &[Arc<dyn Door>],
    sender: Sender,
    request: (Request, Room, LastStored),
) -> Response {
    let [first, ..] = doors else {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "No webhook secret is configured, so no deliveries are taken here.",
        )
        .into_response();
    };
    // What is turned away is of nobody in particular where there are several.
    let mut source = if doors.len() == 1 { first.source().to_owned() } else { sender.name().to_lowercase() };
    let (outcome, response) = match take(web, doors, sender, request, &mut source).await {
        Ok(taken) => taken,
        Err(TurnedAway(outcome, problem)) => {
            tracing::info!(outcome, detail = problem.detail, "a delivery was turned away");
            (outcome, problem.into_response())
        }
    };
    metrics::counter!(WEBHOOKS, "source" => source, "outcome" => outcome).increment(1);
    response
}

async fn take(
    web: &Shared,
    doors: &[Arc<dyn Door>],
    sender: Sender,
    (request, room, stored): (Request, Room, LastStored),
    source: &mut String,
) -> Result<(&'static str, Response), TurnedAway> {
    let mut headers = Headers::read(sender, request.headers())?;
    // It keeps its room until the delivery is stored.
    let held = read(request, &room, sender).await?;
    let body = &held.body;
    headers.key_by_content(body);
    let unsigned = |reason| TurnedAway::unsigned(sender, reason);
    let (door, look) = judge(doors, &headers, body).await.map_err(unsigned)?;
    door.source().clone_into(source);
    let Headers { delivery_id, kind, .. } = &headers;
    let settled = match &look {
        Look::Work => None,
        Look::Settled(outcome, reason) => Some((*outcome, reason.as_str())),
        Look::Refused(reason) => Some((DeliveryOutcome::Refused, reason.as_str())),
    };
    let turn = room.to_store(body).await.map_err(|why| not_read(&why, sender))?;
    let (inbox_id, repeated) = store(web, door.source(), &headers, body, settled).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            delivery_id,
            "a delivery could not be stored"
        );
        stored.failed();
        TurnedAway("unavailable", Problem::unavailable())
    })?;
    drop(turn);
    if !repeated {
        stored.succeeded();
    }
    if settled.is_none() && !repeated {
        web.wake.notify_one();
    }
    tracing::info!(delivery_id, kind, inbox_id, repeated, "a delivery was taken");

    let counted = match &look {
        _ if repeated => "repeated",
        Look::Work => "stored",
        Look::Settled(..) => "settled",
        Look::Refused(_) => "refused",
    };
    let response = match &look {
        Look::Refused(reason) => {
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, reason);
            problem.of_delivery(inbox_id).into_response()
        }
        Look::Work | Look::Settled(..) => {
            // A ping only asks whether anybody is there.
            let status = if kind.as_str() == "ping" { StatusCode::OK } else { StatusCode::ACCEPTED };
            let (outcome, reason) = settled.unzip();
            (status, Json(Taken { delivery_id, inbox_id, repeated, outcome, reason })).into_response()
        }
    };
    Ok((counted, response))
}

/// Proves the signature, then looks into the body; a large one where it keeps nobody else waiting. Of several doors it is that
/// of the host that the body names, among those whose secret proves it; if the body names none of them, any of those.
async fn judge(
    doors: &[Arc<dyn Door>],
    headers: &Headers,
    body: &Bytes,
) -> Result<(Arc<dyn Door>, Look), String> {
    let (doors, headers, body) = (doors.to_vec(), headers.clone(), body.clone());
    let is_large = body.len() > LARGE_BODY_BYTES;
    let judge = move || {
        let mut refusal = String::new();
        let mut proven = Vec::new();
        for door in doors {
            match door.verify(&headers.signature, &body) {
                Ok(()) => proven.push(door),
                Err(reason) => refusal = reason,
            }
        }
        let named = (proven.len() > 1).then(|| proven.iter().position(|door| door.is_of(&body))).flatten();
        let door = proven.into_iter().nth(named.unwrap_or(0)).ok_or(refusal)?;
        if headers.is_form && body.starts_with(b"payload=") {
            let what_to_do = "the body is a form; set the webhook's content type to application/json";
            return Ok((door, Look::Refused(what_to_do.to_owned())));
        }
        let look = door.look(&headers.kind, &body);
        Ok((door, look))
    };
    if !is_large {
        return judge();
    }
    match tokio::task::spawn_blocking(judge).await {
        Ok(judged) => judged,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Stores a delivery, or finds it stored. Says its id and whether it had been there.
async fn store(
    web: &Shared,
    source: &str,
    headers: &Headers,
    body: &[u8],
    settled: Option<(DeliveryOutcome, &str)>,
) -> store::Result<(i64, bool)> {
    let Headers { delivery_id, kind, .. } = headers;
    let delivery = NewDelivery { source, delivery_id, kind, received_at: inbox::now(), body, settled };
    if let Received::New(id) = inbox::receive(&web.db, &delivery).await? {
        return Ok((id.0, false));
    }
    let stored = inbox::find(&web.db, source, delivery_id).await?;
    let stored = stored.ok_or_else(|| store::Error::NotFound(format!("delivery {delivery_id}")))?;
    Ok((stored.id.0, true))
}

async fn read(request: Request, room: &Room, sender: Sender) -> Result<Held, TurnedAway> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|bytes: u64| bytes > BODY_BYTES as u64) {
        return Err(too_large(sender));
    }
    room.read(request.into_body(), BODY_BYTES).await.map_err(|why| not_read(&why, sender))
}

fn not_read(why: &NotRead, sender: Sender) -> TurnedAway {
    match why {
        NotRead::TooLarge => too_large(sender),
        NotRead::BrokenOff => {
            let detail = "The body could not be read to its end.";
            TurnedAway("malformed", Problem::new(StatusCode::BAD_REQUEST, detail))
        }
        NotRead::NoRoom => {
            tracing::warn!("there is no room for a delivery: others that are being taken fill it");
            let detail =
                "Too much is being delivered at the moment. Send this delivery again in a few seconds.";
            TurnedAway("no_room", Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
        }
    }
}

fn too_large(sender: Sender) -> TurnedAway {
    let (most, name) = (BODY_BYTES >> 20, sender.name());
    let detail = format!("The body is over {most} MB; {name} sends none that large.");
    TurnedAway("too_large", Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
}

//! `POST /webhooks/github` (`docs/design.md` section 6, `docs/contracts.md` 1.4).
//!
//! The order matters: nothing reads a body before its signature is proven, and nothing is answered as taken before it
//! is stored. Neither bodies nor signatures are logged.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use domain::words::DeliveryOutcome;
use serde::Serialize;
use store::inbox::{self, NewDelivery, Received};

use crate::metrics::WEBHOOKS;
use crate::problem::Problem;
use crate::server::Shared;
use crate::{Door, Look};

/// GitHub sends no body over 25 MB.
pub(crate) const GITHUB_BODY_BYTES: usize = 25 * 1024 * 1024;

const KIND: &str = "X-GitHub-Event";
const DELIVERY: &str = "X-GitHub-Delivery";
const SIGNATURE: &str = "X-Hub-Signature-256";

const LONGEST_KIND: usize = 64;
const LONGEST_DELIVERY: usize = 128;

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

/// A delivery that was turned away, and what it is counted as.
struct TurnedAway(&'static str, Problem);

/// Takes a delivery of GitHub's.
pub(crate) async fn github(State(web): State<Shared>, request: Request) -> Response {
    let Some(door) = &web.github else {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "No webhook secret is configured, so no deliveries are taken here.",
        )
        .into_response();
    };
    let (outcome, response) = match take(&web, door.as_ref(), request).await {
        Ok(taken) => taken,
        Err(TurnedAway(outcome, problem)) => {
            tracing::info!(outcome, detail = problem.detail, "a delivery was turned away");
            (outcome, problem.into_response())
        }
    };
    metrics::counter!(WEBHOOKS, "source" => door.source().to_owned(), "outcome" => outcome).increment(1);
    response
}

async fn take(
    web: &Shared,
    door: &dyn Door,
    request: Request,
) -> Result<(&'static str, Response), TurnedAway> {
    let signature = signature(request.headers())?;
    let kind = kind(request.headers())?;
    let delivery_id = delivery_id(request.headers())?;
    let is_form = is_form(request.headers());
    let body = body(request).await?;
    door.verify(&signature, &body).map_err(unsigned)?;

    let look = if is_form && body.starts_with(b"payload=") {
        Look::Refused(
            "the body is a form; set the content type in the webhook's settings to application/json"
                .to_owned(),
        )
    } else {
        door.look(&kind, &body)
    };
    let settled = match &look {
        Look::Work => None,
        Look::Settled(outcome, reason) => Some((*outcome, reason.as_str())),
        Look::Refused(reason) => Some((DeliveryOutcome::Refused, reason.as_str())),
    };
    let (inbox_id, repeated) =
        store(web, door, &kind, &delivery_id, &body, settled).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                delivery_id,
                "a delivery could not be stored"
            );
            TurnedAway("unavailable", Problem::unavailable())
        })?;
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
            let status = if kind == "ping" { StatusCode::OK } else { StatusCode::ACCEPTED };
            let (outcome, reason) = settled.unzip();
            (status, Json(Taken { delivery_id: &delivery_id, inbox_id, repeated, outcome, reason }))
                .into_response()
        }
    };
    Ok((counted, response))
}

/// Stores a delivery, or finds it stored. Says its id and whether it had been there.
async fn store(
    web: &Shared,
    door: &dyn Door,
    kind: &str,
    delivery_id: &str,
    body: &[u8],
    settled: Option<(DeliveryOutcome, &str)>,
) -> store::Result<(i64, bool)> {
    let source = door.source();
    let delivery = NewDelivery { source, delivery_id, kind, received_at: Utc::now(), body, settled };
    if let Received::New(id) = inbox::receive(&web.db, &delivery).await? {
        return Ok((id.0, false));
    }
    let stored = inbox::find(&web.db, source, delivery_id).await?;
    let stored = stored.ok_or_else(|| store::Error::NotFound(format!("delivery {delivery_id}")))?;
    Ok((stored.id.0, true))
}

fn signature(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let missing = "The header X-Hub-Signature-256 is missing; set a secret in the webhook's settings.";
    let value = headers.get(SIGNATURE).ok_or_else(|| unsigned(missing.to_owned()))?;
    let text = value.to_str().map_err(|_| unsigned(format!("The header {SIGNATURE} is not plain text.")))?;
    Ok(text.to_owned())
}

fn kind(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let known = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    required(headers, KIND, LONGEST_KIND, known, "lower-case letters and underscores")
}

fn delivery_id(headers: &HeaderMap) -> Result<String, TurnedAway> {
    let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    required(headers, DELIVERY, LONGEST_DELIVERY, printable, "printable characters without spaces")
}

fn required(
    headers: &HeaderMap,
    name: &'static str,
    longest: usize,
    is_sound: impl Fn(&str) -> bool,
    sound: &str,
) -> Result<String, TurnedAway> {
    let malformed = |detail| TurnedAway("malformed", Problem::new(StatusCode::BAD_REQUEST, detail).at(name));
    let value = headers.get(name).ok_or_else(|| malformed(format!("The header {name} is missing.")))?;
    match value.to_str() {
        Ok(text) if (1..=longest).contains(&text.len()) && is_sound(text) => Ok(text.to_owned()),
        _ => Err(malformed(format!("The header {name} is not 1 to {longest} {sound}."))),
    }
}

/// Whether the body is called a form. What it really is, it shows itself: many a client sends JSON under that name.
fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

async fn body(request: Request) -> Result<Bytes, TurnedAway> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|bytes: u64| bytes > GITHUB_BODY_BYTES as u64) {
        return Err(too_large());
    }
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => {
            let detail = "The body could not be read to its end.";
            TurnedAway("malformed", Problem::new(StatusCode::BAD_REQUEST, detail))
        }
    })
}

fn too_large() -> TurnedAway {
    let detail = format!("The body is over {} MB; GitHub sends none that large.", GITHUB_BODY_BYTES >> 20);
    TurnedAway("too_large", Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
}

fn unsigned(detail: String) -> TurnedAway {
    TurnedAway("unsigned", Problem::new(StatusCode::UNAUTHORIZED, detail).at(SIGNATURE))
}

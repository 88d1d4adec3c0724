//! Webhooks: delivered once, kept, and delivered again when the App asks for it. Nothing is repeated by itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::auth::{App, refused};
use crate::shared::Shared;

/// A webhook to be delivered.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Where to.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
    /// The event's name, as in `X-GitHub-Event`.
    pub event: String,
    /// The body.
    pub payload: Value,
    /// The delivery's id; made from the seed if there is none.
    #[serde(default)]
    pub guid: Option<String>,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("url", &self.url).field("event", &self.event).finish_non_exhaustive()
    }
}

/// One try to deliver.
#[derive(Debug, Clone)]
pub(super) struct Delivered {
    id: u64,
    guid: String,
    at: DateTime<Utc>,
    redelivery: bool,
    status: Option<u16>,
    delivery: Delivery,
}

pub(crate) async fn deliver(shared: &Shared, delivery: Delivery) -> Option<u16> {
    let guid = delivery.guid.clone().unwrap_or_else(|| {
        let (chance, number) = (shared.chances().u64(..), shared.github().next_id());
        format!("{chance:016x}-{number}")
    });
    send(shared, guid, delivery, false).await
}

async fn send(shared: &Shared, guid: String, delivery: Delivery, redelivery: bool) -> Option<u16> {
    let at = Utc::now();
    let status = post(shared, &guid, &delivery).await;
    let mut github = shared.github();
    // Numbered when it is listed: pages go by the number.
    let id = github.next_id();
    github.deliveries.push(Delivered { id, guid, at, redelivery, status, delivery });
    status
}

async fn post(shared: &Shared, guid: &str, delivery: &Delivery) -> Option<u16> {
    let body = delivery.payload.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(delivery.secret.as_bytes()).ok()?;
    mac.update(body.as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = shared
        .http
        .post(&delivery.url)
        .header("Content-Type", "application/json")
        .header("User-Agent", "GitHub-Hookshot/simulated")
        .header("X-GitHub-Event", &delivery.event)
        .header("X-GitHub-Delivery", guid)
        .header("X-Hub-Signature-256", format!("sha256={signature}"))
        .body(body);
    match request.send().await {
        Ok(answer) => Some(answer.status().as_u16()),
        Err(error) => {
            tracing::debug!(%error, guid, "nobody took the delivery");
            None
        }
    }
}

impl Delivered {
    fn shown(&self) -> Value {
        let status = match self.status {
            Some(code) if code < 400 => "OK",
            Some(_) => "Invalid HTTP Response",
            None => "failed to connect to host",
        };
        json!({
            "id": self.id,
            "guid": self.guid,
            "delivered_at": self.at,
            "redelivery": self.redelivery,
            "status": status,
            "status_code": self.status.unwrap_or(0),
            "event": self.delivery.event,
            "action": self.delivery.payload["action"],
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Page {
    per_page: Option<usize>,
    /// The newest delivery of the page.
    cursor: Option<u64>,
}

/// Newest first, by pages; the next one is named in a `Link`.
pub(super) async fn list(State(shared): State<Arc<Shared>>, _app: App, Query(page): Query<Page>) -> Response {
    let per_page = page.per_page.unwrap_or(30).clamp(1, 100);
    let github = shared.github();
    let mut deliveries = github
        .deliveries
        .iter()
        .rev()
        .filter(|delivered| page.cursor.is_none_or(|newest| delivered.id <= newest));
    let shown: Vec<Value> = deliveries.by_ref().take(per_page).map(Delivered::shown).collect();
    let link = deliveries.next().map(|next| {
        let url = &shared.url;
        format!("<{url}/github/app/hook/deliveries?per_page={per_page}&cursor={}>; rel=\"next\"", next.id)
    });
    match link {
        Some(link) => ([(header::LINK, link)], Json(shown)).into_response(),
        None => Json(shown).into_response(),
    }
}

pub(super) async fn get(State(shared): State<Arc<Shared>>, _app: App, Path(id): Path<u64>) -> Response {
    let github = shared.github();
    let Some(found) = github.deliveries.iter().find(|delivered| delivered.id == id) else {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    };
    let mut shown = found.shown();
    shown["request"] = json!({"payload": found.delivery.payload});
    Json(shown).into_response()
}

pub(super) async fn redeliver(State(shared): State<Arc<Shared>>, _app: App, Path(id): Path<u64>) -> Response {
    let found = shared.github().deliveries.iter().find(|delivered| delivered.id == id).cloned();
    let Some(Delivered { guid, delivery, .. }) = found else {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    };
    // Accepted first, delivered after that: the caller may be the one that is delivered to.
    tokio::spawn(async move { send(&shared, guid, delivery, true).await });
    (StatusCode::ACCEPTED, Json(json!({}))).into_response()
}

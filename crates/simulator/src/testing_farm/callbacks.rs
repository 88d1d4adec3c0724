//! Callbacks: the address that a request named is told that something changed; nothing more is said.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::shared::{Shared, now_ms};

/// How often a request is looked at for what changed at the latest: a cancel moves its end forward.
const LONGEST_NAP_MS: i64 = 200;

pub(super) struct Webhook {
    url: String,
    token: Value,
}

impl Webhook {
    pub(super) fn of(webhook: &Value) -> Option<Self> {
        Some(Self { url: webhook["url"].as_str()?.to_owned(), token: webhook["token"].clone() })
    }
}

/// Calls back at every change of a request's state until it has ended, or the simulator stops.
pub(super) async fn follow(shared: Arc<Shared>, id: String, webhook: Webhook) {
    let mut told = "new";
    let mut stopped = shared.stopped.clone();
    loop {
        let now = now_ms();
        let (state, next) = match shared.testing_farm().requests.get(&id) {
            Some(request) => {
                let moments = [(request.created + request.starts) / 2, request.starts, request.ends];
                (request.state(now), moments.into_iter().find(|moment| *moment > now))
            }
            None => return,
        };
        if state != told {
            told = state;
            call(&shared, &id, &webhook).await;
        }
        if matches!(state, "complete" | "error" | "canceled") {
            return;
        }
        let nap = next.map_or(LONGEST_NAP_MS, |next| (next - now_ms()).clamp(1, LONGEST_NAP_MS));
        let nap = Duration::from_millis(nap.unsigned_abs());
        if tokio::time::timeout(nap, stopped.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

async fn call(shared: &Shared, id: &str, webhook: &Webhook) {
    let callbacks = shared.behaviour_mut().callbacks;
    if shared.happens(callbacks.lost_percent) {
        return;
    }
    tokio::time::sleep(Duration::from_millis(callbacks.late_ms)).await;
    for _ in 0..=callbacks.repeats {
        let body = json!({"request_id": id, "token": webhook.token, "source": "testing-farm"});
        if let Err(error) = shared.http.post(&webhook.url).json(&body).send().await {
            tracing::debug!(%error, request = id, "nobody took the callback");
        }
    }
}

//! Webhooks as GitLab and Forgejo send them. Neither keeps them for us.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::behaviour::System;
use crate::github::Delivery;
use crate::shared::Shared;

/// Delivers a webhook; the status of the answer, none if there was none, or if this system has no webhooks like that.
pub(crate) async fn deliver(shared: &Shared, system: System, delivery: &Delivery) -> Option<u16> {
    let body = delivery.payload.to_string();
    let key = delivery.guid.clone().unwrap_or_else(|| format!("{:032x}", shared.chances().u128(..)));
    let request = shared.http.post(&delivery.url).header("Content-Type", "application/json");
    let request = match system {
        System::GitLab => request
            .header("X-Gitlab-Event", &delivery.event)
            .header("X-Gitlab-Event-UUID", &key)
            .header("Idempotency-Key", &key)
            .header("X-Gitlab-Token", &delivery.secret),
        System::Forgejo => {
            let mut mac = Hmac::<Sha256>::new_from_slice(delivery.secret.as_bytes()).ok()?;
            mac.update(body.as_bytes());
            let sum: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            request
                .header("X-Forgejo-Event", &delivery.event)
                .header("X-Forgejo-Delivery", &key)
                .header("X-Forgejo-Signature", &sum)
                .header("X-Hub-Signature-256", format!("sha256={sum}"))
        }
        _ => return None,
    };
    request.body(body).send().await.ok().map(|answer| answer.status().as_u16())
}

//! Webhooks as GitHub sends them, signed and over HTTP.

use serde_json::{Value, json};
use simulator::Delivery;

use super::World;

pub(super) const OWNER: &str = "upstream";
pub(super) const NAME: &str = "hello";
pub(super) const SECRET: &str = "a webhook's secret";

/// A commit hash of its own for each number.
pub(crate) fn hash(number: u64) -> String {
    format!("{:040x}", 0xabcd_0000 + number)
}

/// The payload of a `pull_request` event; `before` is the commit that a push to it replaces.
pub(crate) fn pull_request(action: &str, number: u64, head: &str, before: Option<&str>) -> Value {
    let full_name = format!("{OWNER}/{NAME}");
    let mut payload = json!({
        "action": action,
        "number": number,
        "pull_request": {
            "number": number,
            "user": {"login": "alice"},
            "head": {"ref": "topic", "sha": head, "repo": {"full_name": full_name}},
            "base": {"ref": "main", "sha": "0".repeat(39) + "1", "repo": {"full_name": full_name}},
            "labels": [],
            "updated_at": "2026-05-04T10:00:00Z",
        },
        "repository": {
            "id": 4711,
            "full_name": full_name,
            "private": false,
            "default_branch": "main",
        },
        "sender": {"login": "alice"},
    });
    if let Some(before) = before {
        payload["before"] = before.into();
        payload["after"] = head.into();
    }
    payload
}

impl World {
    /// Delivers a webhook; the status of the answer, none if there was none.
    pub(crate) async fn deliver(&self, payload: Value) -> Option<u16> {
        let delivery = Delivery {
            url: format!("{}/webhooks/github", self.url()),
            secret: SECRET.to_owned(),
            event: "pull_request".to_owned(),
            payload,
            guid: None,
        };
        self.simulator.deliver(delivery).await
    }

    /// Somebody opens a pull request with one commit; its event.
    pub(crate) async fn opened(&self, number: u64, head: &str) -> i64 {
        assert_eq!(self.deliver(pull_request("opened", number, head, None)).await, Some(202));
        self.event_of(head).await
    }
}

//! Webhooks as GitHub sends them, signed and over HTTP.

use serde_json::{Value, json};
use simulator::{Delivery, Press, PressedButton};

use super::{Check, World};

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
    /// Where a kind of forge delivers to.
    pub(crate) fn webhook(&self, kind: &str) -> String {
        format!("{}/webhooks/{kind}", self.url())
    }

    /// Delivers a pull request's webhook; the status of the answer, none if there was none.
    pub(crate) async fn deliver(&self, payload: Value) -> Option<u16> {
        self.deliver_event("pull_request", payload, None).await
    }

    /// Delivers any webhook.
    pub(crate) async fn deliver_event(&self, event: &str, payload: Value, guid: Option<&str>) -> Option<u16> {
        let delivery = Delivery {
            url: format!("{}/webhooks/github", self.url()),
            secret: SECRET.to_owned(),
            event: event.to_owned(),
            payload,
            guid: guid.map(str::to_owned),
        };
        self.simulator.deliver(delivery).await
    }

    /// Alice, who may write, presses a button of the page of checks.
    pub(crate) async fn press(&self, button: PressedButton) {
        let press = Press {
            url: format!("{}/webhooks/github", self.url()),
            secret: SECRET.to_owned(),
            sender: "alice".to_owned(),
            button,
        };
        assert_eq!(self.simulator.press(OWNER, NAME, press).await, Ok(Some(202)));
    }

    /// What the forge shows of each check's name at a commit, once all that is known of them is as wanted.
    pub(crate) async fn checks_when(
        &self,
        head: &str,
        what: &str,
        is_so: impl Fn(&[Check]) -> bool,
    ) -> Vec<Check> {
        super::until(what, async || {
            let checks = self.sent().checks(head);
            is_so(&checks).then_some(checks)
        })
        .await
    }

    /// Somebody opens a pull request with one commit; its event.
    pub(crate) async fn opened(&self, number: u64, head: &str) -> i64 {
        assert_eq!(self.deliver(pull_request("opened", number, head, None)).await, Some(202));
        self.event_of(head).await
    }
}

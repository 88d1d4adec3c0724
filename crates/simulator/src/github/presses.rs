//! Somebody presses a button of a check: the webhook that GitHub sends then.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deliveries::{Delivery, deliver};
use crate::shared::Shared;

/// A button that is pressed, by whom, and where the webhook goes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// Where the webhook is delivered to.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
    /// Whose hand it is.
    pub sender: String,
    /// Which button it is.
    pub button: PressedButton,
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { url, secret: _, sender, button } = self;
        f.debug_struct("Press").field("url", url).field("sender", sender).field("button", button).finish()
    }
}

/// A button of the page of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum PressedButton {
    /// "Re-run" of the newest check run of this name.
    Rerun {
        /// The commit.
        head: String,
        /// The check run's name.
        name: String,
    },
    /// A button that the App has put below the newest check run of this name.
    Action {
        /// The commit.
        head: String,
        /// The check run's name.
        name: String,
        /// The button's identifier; it must be there.
        identifier: String,
    },
    /// "Re-run all checks" of a commit.
    RerunAll {
        /// The commit.
        head: String,
    },
}

/// Presses it; the status of the webhook's answer. GitHub shows buttons only below what has ended.
///
/// # Errors
/// If there is no such button.
pub(crate) async fn press(
    shared: &Shared,
    (owner, name): (&str, &str),
    press: Press,
) -> Result<Option<u16>, (StatusCode, String)> {
    let (event, payload) = payload(shared, owner, name, &press)
        .ok_or_else(|| (StatusCode::NOT_FOUND, format!("there is no such button: {:?}", press.button)))?;
    let delivery =
        Delivery { url: press.url, secret: press.secret, event: event.to_owned(), payload, guid: None };
    Ok(deliver(shared, delivery).await)
}

fn payload(shared: &Shared, owner: &str, name: &str, press: &Press) -> Option<(&'static str, Value)> {
    let mut github = shared.github();
    let (owner, name, repository) = github.repository(owner, name)?;
    let full_name = format!("{owner}/{name}");
    let place = full_name.to_lowercase();
    let mut payload = json!({
        "repository": {
            "id": repository.id.unwrap_or(4711),
            "full_name": full_name,
            "private": repository.private,
            "default_branch": repository.default_branch,
            "owner": {"login": owner},
        },
        "sender": {"login": press.sender, "type": "User"},
        "installation": {"id": 1},
    });
    let newest = |head: &str, wanted: &str| {
        let of = |check: &&Value| {
            check["repository"] == *place && check["head_sha"] == *head && check["name"] == *wanted
        };
        github.checks.values().rev().find(of).filter(|check| check["status"] == "completed").cloned()
    };
    let (owner, name) = (owner.to_owned(), name.to_owned());
    match &press.button {
        PressedButton::Rerun { head, name: wanted } => {
            let check = newest(head, wanted)?;
            payload["action"] = "rerequested".into();
            payload["check_run"] = check;
            Some(("check_run", payload))
        }
        PressedButton::Action { head, name: wanted, identifier } => {
            let check = newest(head, wanted)?;
            let has_it =
                check["actions"].as_array()?.iter().any(|action| action["identifier"] == **identifier);
            payload["action"] = "requested_action".into();
            payload["requested_action"] = json!({"identifier": identifier});
            payload["check_run"] = check;
            has_it.then_some(("check_run", payload))
        }
        PressedButton::RerunAll { head } => {
            let suite = github.suite(&owner, &name, head);
            payload["action"] = "rerequested".into();
            payload["check_suite"] = json!({
                "id": suite,
                "head_branch": null,
                "head_sha": head,
                "status": "completed",
                "pull_requests": [],
                "app": shared.app(),
            });
            Some(("check_suite", payload))
        }
    }
}

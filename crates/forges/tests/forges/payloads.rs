//! Deliveries in GitHub's wire format with the keys that matter, and what they were read as.

use domain::event::ForgeEvent;
use forges::Reading;
use forges::github::delivery::read;
use serde_json::{Value, json};

pub(crate) const HASH: &str = "528b803be6f93e19ca4130bf4976f2800a3004c4";
pub(crate) const BEFORE: &str = "724acc54471a720f8403c0ba0769640c88ae3cc0";
pub(crate) const ZEROS: &str = "0000000000000000000000000000000000000000";

pub(crate) fn reading(kind: &str, payload: &Value) -> Reading {
    read(kind, payload.to_string().as_bytes(), "GitHub.com")
}

#[track_caller]
pub(crate) fn event(kind: &str, payload: &Value) -> ForgeEvent {
    match reading(kind, payload) {
        Reading::Event(event) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn ignored(kind: &str, payload: &Value) -> String {
    match reading(kind, payload) {
        Reading::Ignored(reason) => reason,
        other => panic!("not ignored: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(kind: &str, body: &[u8]) -> String {
    match read(kind, body, "github.com") {
        Reading::Refused(reason) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// The delivery with one value replaced; `place` is a JSON pointer.
pub(crate) fn with(mut payload: Value, place: &str, value: Value) -> Value {
    match payload.pointer_mut(place) {
        Some(old) => *old = value,
        None => {
            let (parent, key) = place.rsplit_once('/').unwrap();
            payload.pointer_mut(parent).unwrap()[key] = value;
        }
    }
    payload
}

pub(crate) fn delivery(key: &str, what: Value) -> Value {
    json!({
        key: what,
        "repository": {"id": 184635124, "full_name": "packit/hello-world", "private": false, "default_branch": "main"},
        "sender": {"login": "lbarcziova", "type": "User"},
        "installation": {"id": 1924121},
    })
}

pub(crate) fn pull_request(action: &str) -> Value {
    let opened = json!({
        "number": 342,
        "user": {"login": "author"},
        "updated_at": "2019-05-21T14:30:50Z",
        "labels": [{"name": "trusted"}, {"name": "needs tests"}],
        "head": {"sha": HASH, "ref": "fix", "repo": {"full_name": "author/hello-fork"}},
        "base": {"ref": "stable", "repo": {"full_name": "packit/hello-world"}},
    });
    with(delivery("pull_request", opened), "/action", json!(action))
}

pub(crate) fn push(reference: &str) -> Value {
    let mut payload = delivery("ref", json!(reference));
    payload["before"] = json!(BEFORE);
    payload["after"] = json!(HASH);
    payload["deleted"] = json!(false);
    payload["head_commit"] = json!({"id": HASH});
    payload["repository"]["pushed_at"] = json!(1_583_325_578);
    payload
}

pub(crate) fn comment(action: &str) -> Value {
    let mut payload = delivery("issue", json!({"number": 7, "user": {"login": "author"}}));
    payload["action"] = json!(action);
    payload["comment"] = json!({"id": 77, "body": "/packit build", "updated_at": "2019-05-21T14:30:50Z"});
    payload
}

pub(crate) fn check_run(action: &str) -> Value {
    let run = json!({
        "head_sha": HASH,
        "external_id": "123456",
        "check_suite": {"head_branch": "changes"},
        "pull_requests": [],
    });
    with(delivery("check_run", run), "/action", json!(action))
}

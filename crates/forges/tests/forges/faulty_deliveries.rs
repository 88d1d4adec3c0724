//! Deliveries that are not what they say they are.

use serde_json::{Value, json};

use crate::payloads::{event, pull_request, refused, with};

#[test]
fn a_fault_is_told_with_its_key() {
    let cases = [
        ("/pull_request/head/sha", json!("main"), "pull_request.head.sha: not a commit hash"),
        ("/pull_request/head/sha", json!(17), "pull_request.head.sha: invalid type: integer `17`"),
        ("/pull_request/labels/1/name", json!(["x"]), "pull_request.labels[1].name: invalid type: sequence"),
        ("/pull_request/labels/1/name", json!("a\0b"), "pull_request.labels[1].name: holds a NUL character"),
        ("/pull_request/base/ref", json!(""), "pull_request.base.ref: not a git reference"),
        ("/pull_request/base/ref", json!("a\nb"), "pull_request.base.ref: not a git reference"),
        ("/pull_request/number", json!(-1), "pull_request.number: invalid value: integer `-1`"),
        ("/pull_request/updated_at", json!("today"), "pull_request.updated_at: "),
        ("/repository/full_name", json!("packit"), "repository.full_name: not owner/name"),
        ("/repository/full_name", json!("packit/a/b"), "repository.full_name: not owner/name"),
        ("/repository/full_name", json!("packit/.."), "repository.full_name: not owner/name"),
        ("/repository/full_name", json!("packit/a\u{7}"), "repository.full_name: not owner/name"),
        (
            "/repository/full_name",
            json!(format!("packit/{}", "a".repeat(101))),
            "repository.full_name: not owner/name",
        ),
        ("/repository/id", json!("1"), "repository.id: invalid type: string"),
        ("/sender/login", json!("a b"), "sender.login: not a login"),
        ("/pull_request", Value::Null, "pull_request: invalid type: null"),
        ("/action", json!({}), "action: invalid type: map"),
    ];
    for (place, value, expected) in cases {
        let payload = with(pull_request("opened"), place, value);
        let reason = refused("pull_request", payload.to_string().as_bytes());
        assert!(reason.starts_with(expected), "{place}: {reason}");
    }
    let mut without = pull_request("opened");
    without.as_object_mut().unwrap().remove("repository");
    let reason = refused("pull_request", without.to_string().as_bytes());
    assert!(reason.contains("missing field `repository`"), "{reason}");
}

#[test]
fn a_fault_is_told_in_few_words_whatever_the_value() {
    let payload = with(pull_request("opened"), "/pull_request/number", json!("\u{0}\n".repeat(100_000)));
    let reason = refused("pull_request", payload.to_string().as_bytes());
    assert!(reason.len() < 1000 && !reason.contains(['\0', '\n']), "{reason}");
}

#[test]
fn unknown_keys_are_skipped_whatever_they_hold() {
    let payload =
        with(pull_request("opened"), "/pull_request/milestone", json!({"title": "a\0b", "due_on": [1, {}]}));
    event("pull_request", &payload);
}

#[test]
fn a_hash_of_either_length_is_kept_in_lower_case() {
    let long = "AB".repeat(32);
    let told = event("pull_request", &with(pull_request("opened"), "/pull_request/head/sha", json!(long)));
    assert_eq!(told.hash(), Some(long.to_lowercase().as_str()));
}

#[test]
fn what_is_no_json_object_is_refused() {
    for kind in ["push", "ping", "star"] {
        for body in [&b""[..], b"null", b"[]", b"7", b"{", b"{} {}", b"payload=%7B%7D"] {
            refused(kind, body);
        }
    }
    assert_eq!(refused("push", b"{\"ref\": \"\xff\"}"), "the body is not UTF-8 after byte 9");
    assert_eq!(refused("ping", b"{\"zen\": \"\xff\"}"), "the body is not UTF-8 after byte 9");
}

#[test]
fn deep_nesting_is_refused_wherever_it_is() {
    let deep = "[".repeat(100_000);
    let closed = format!("{deep}{}", "]".repeat(100_000));
    let bodies = [
        deep.clone(),
        closed.clone(),
        format!("{{\"repository\": {closed}}}"),
        format!("{{\"unknown\": {closed}, \"action\": \"opened\"}}"),
        "{\"a\":".repeat(100_000),
    ];
    for kind in ["pull_request", "ping", "star"] {
        for body in &bodies {
            assert_eq!(refused(kind, body.as_bytes()), "the body nests deeper than 128 levels");
        }
    }
}

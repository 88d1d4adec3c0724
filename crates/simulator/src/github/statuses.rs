//! Commit statuses, with GitHub's bounds.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};

use super::auth::{Installation, refused};
use crate::gate::Began;
use crate::shared::Shared;

/// How many statuses a commit takes under one name.
const MOST_STATUSES: usize = 1000;
/// The longest description of a status, in characters.
const LONGEST_DESCRIPTION: usize = 140;

pub(super) fn invalid(field: &str) -> Response {
    refused(StatusCode::UNPROCESSABLE_ENTITY, &format!("Validation Failed: {field}"))
}

/// How long a text is, in characters; 0 if there is none.
pub(super) fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

pub(super) fn key(owner: &str, name: &str, hash: &str) -> (String, String) {
    (format!("{owner}/{name}").to_lowercase(), hash.to_owned())
}

pub(super) async fn add_status(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, hash)): Path<(String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    if !matches!(body["state"].as_str(), Some("error" | "failure" | "pending" | "success")) {
        return invalid("state");
    }
    if length(&body["description"]) > LONGEST_DESCRIPTION {
        return invalid("description is too long (maximum is 140 characters)");
    }
    let context = body["context"].as_str().unwrap_or("default").to_owned();
    let id = github.next_id();
    let statuses = github.statuses.entry(key(&owner, &name, &hash)).or_default();
    if statuses.iter().filter(|status| status["context"] == *context).count() == MOST_STATUSES {
        return invalid("This SHA and context has reached the maximum number of statuses.");
    }
    let status = json!({
        "id": id,
        "state": body["state"],
        "context": context,
        "description": body["description"],
        "target_url": body["target_url"],
        "created_at": Utc::now(),
    });
    statuses.push(status.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(status)))
}

pub(super) fn statuses(shared: &Shared, owner: &str, name: &str, hash: &str) -> Response {
    let newest_first: Vec<Value> = shared
        .github()
        .statuses
        .get(&key(owner, name, hash))
        .map(|statuses| statuses.iter().rev().cloned().collect())
        .unwrap_or_default();
    Json(newest_first).into_response()
}

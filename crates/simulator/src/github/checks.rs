//! Commit statuses and check runs, with GitHub's bounds.

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

fn invalid(field: &str) -> Response {
    refused(StatusCode::UNPROCESSABLE_ENTITY, &format!("Validation Failed: {field}"))
}

/// How long a text is, in characters; 0 if there is none.
fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

fn key(owner: &str, name: &str, hash: &str) -> (String, String) {
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

/// What is wrong with a check run as it would be.
fn wrong(check: &Value) -> Option<&'static str> {
    let actions = check["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let too_long = |action: &Value| {
        length(&action["label"]) > 20
            || length(&action["description"]) > 40
            || length(&action["identifier"]) > 20
    };
    if length(&check["name"]) == 0 || length(&check["head_sha"]) == 0 {
        Some("name and head_sha are required")
    } else if check["status"] == "completed" && check["conclusion"].is_null() {
        Some("a completed check run needs a conclusion")
    } else if actions.len() > 3 || actions.iter().any(too_long) {
        Some("actions")
    } else if check["details_url"].as_str().is_some_and(|url| !url.starts_with("http")) {
        Some("details_url")
    } else {
        None
    }
}

fn merge(check: &mut Value, body: &Value) {
    for (name, value) in body.as_object().into_iter().flatten() {
        check[name] = value.clone();
    }
    // A conclusion alone means that it is completed.
    if !body["conclusion"].is_null() {
        check["status"] = "completed".into();
        if check["completed_at"].is_null() {
            check["completed_at"] = json!(Utc::now());
        }
    }
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    let mut check = json!({"status": "queued", "conclusion": null, "app": {"slug": "packflow"}});
    merge(&mut check, &body);
    if let Some(wrong) = wrong(&check) {
        return invalid(wrong);
    }
    let id = github.next_id();
    check["id"] = id.into();
    check["repository"] = key(&owner, &name, "").0.into();
    github.checks.insert(id, check.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(check)))
}

pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, id)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    let mut github = shared.github();
    let repository = key(&owner, &name, "").0;
    let Some(check) = github.checks.get_mut(&id).filter(|check| check["repository"] == *repository) else {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    };
    let mut changed = check.clone();
    merge(&mut changed, &body);
    if let Some(wrong) = wrong(&changed) {
        return invalid(wrong);
    }
    *check = changed;
    Json(check.clone()).into_response()
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((_, _, id)): Path<(String, String, u64)>,
) -> Response {
    match shared.github().checks.get(&id) {
        Some(check) => Json(check.clone()).into_response(),
        None => refused(StatusCode::NOT_FOUND, "Not Found"),
    }
}

pub(super) fn list(shared: &Shared, owner: &str, name: &str, hash: &str) -> Response {
    let repository = key(owner, name, "").0;
    let checks: Vec<Value> = shared
        .github()
        .checks
        .values()
        .filter(|check| check["repository"] == *repository && check["head_sha"] == *hash)
        .cloned()
        .collect();
    Json(json!({"total_count": checks.len(), "check_runs": checks})).into_response()
}

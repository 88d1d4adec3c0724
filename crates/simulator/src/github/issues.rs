//! Issues: opened and listed. They stay open.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::{Installation, refused};
use crate::gate::Began;
use crate::shared::Shared;

/// The longest title, in characters.
const LONGEST: usize = 256;

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

fn key(owner: &str, name: &str) -> String {
    format!("{owner}/{name}").to_lowercase()
}

pub(super) async fn open(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return not_found();
    }
    let length = body["title"].as_str().map_or(0, |title| title.chars().count());
    if !(1..=LONGEST).contains(&length) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed: title");
    }
    let number = github.next_id();
    let issue = json!({
        "number": number,
        "state": "open",
        "title": body["title"],
        "body": body["body"],
        "user": {"login": "packflow[bot]", "type": "Bot"},
    });
    github.issues.entry(key(&owner, &name)).or_default().push(issue.clone());
    Began::mark(number.to_string(), (StatusCode::CREATED, Json(issue)))
}

/// Newest first, all on one page.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    let github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return not_found();
    }
    let issues: Vec<Value> =
        github.issues.get(&key(&owner, &name)).into_iter().flatten().rev().cloned().collect();
    Json(issues).into_response()
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, number)): Path<(String, String, u64)>,
) -> Response {
    let github = shared.github();
    let mut issues = github.issues.get(&key(&owner, &name)).into_iter().flatten();
    let found = issues.find(|issue| issue["number"] == number).cloned();
    found.map_or_else(not_found, |issue| Json(issue).into_response())
}

//! Comments on issues, pull requests and commits, and reactions to comments.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{Installation, refused};
use crate::gate::Began;
use crate::shared::Shared;

/// The longest comment, in characters.
const LONGEST: usize = 65536;
/// What may be shown at a comment.
const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/// What a list of comments is narrowed by.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Listed {
    since: Option<DateTime<Utc>>,
    per_page: Option<usize>,
    page: Option<usize>,
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

fn key(owner: &str, name: &str, thread: &str) -> (String, String) {
    (format!("{owner}/{name}").to_lowercase(), thread.to_owned())
}

fn add(shared: &Shared, owner: &str, name: &str, thread: &str, body: &Value) -> Response {
    let mut github = shared.github();
    if github.repository(owner, name).is_none() {
        return not_found();
    }
    let length = body["body"].as_str().map_or(0, |text| text.chars().count());
    if !(1..=LONGEST).contains(&length) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed: body");
    }
    let id = github.next_id();
    let comment = json!({
        "id": id,
        "body": body["body"],
        "user": {"login": "packflow[bot]", "type": "Bot"},
        "created_at": Utc::now(),
    });
    github.comments.entry(key(owner, name, thread)).or_default().push(comment.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(comment)))
}

fn list(shared: &Shared, owner: &str, name: &str, thread: &str, listed: &Listed) -> Response {
    let github = shared.github();
    if github.repository(owner, name).is_none() {
        return not_found();
    }
    let comments = github.comments.get(&key(owner, name, thread)).map(Vec::as_slice).unwrap_or_default();
    let is_listed = |comment: &&Value| {
        let created = comment["created_at"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
        listed.since.is_none_or(|since| created.is_some_and(|created| created >= since))
    };
    let size = listed.per_page.unwrap_or(30).clamp(1, 100);
    let skipped = size * listed.page.unwrap_or(1).max(1).saturating_sub(1);
    let page: Vec<Value> = comments.iter().filter(is_listed).skip(skipped).take(size).cloned().collect();
    Json(page).into_response()
}

pub(super) async fn on_issue(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, number)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    add(&shared, &owner, &name, &number.to_string(), &body)
}

pub(super) async fn of_issue(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, number)): Path<(String, String, u64)>,
    Query(listed): Query<Listed>,
) -> Response {
    list(&shared, &owner, &name, &number.to_string(), &listed)
}

pub(super) async fn on_commit(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, rest)): Path<(String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    match rest.strip_suffix("/comments") {
        Some(hash) => add(&shared, &owner, &name, hash, &body),
        None => not_found(),
    }
}

pub(super) fn of_commit(shared: &Shared, owner: &str, name: &str, hash: &str, listed: &Listed) -> Response {
    list(shared, owner, name, hash, listed)
}

/// The same reaction again is the same reaction.
pub(super) async fn react(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, comment)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    let Some(content) = body["content"].as_str().filter(|content| REACTIONS.contains(content)) else {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed: content");
    };
    let mut github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return not_found();
    }
    let place = (key(&owner, &name, "").0, comment, content.to_owned());
    if let Some(id) = github.reactions.get(&place) {
        return Json(json!({"id": id, "content": content})).into_response();
    }
    let id = github.next_id();
    github.reactions.insert(place, id);
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(json!({"id": id, "content": content}))))
}

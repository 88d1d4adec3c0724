//! Forgejo's handlers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde_json::{Value, json};

use crate::gate::Began;
use crate::shared::Shared;

/// The account of the token.
const ACCOUNT: &str = "packflow";

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "The target couldn't be found.")
}

/// Who shows the token calls.
pub(super) struct Caller;

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token =
            shown.and_then(|value| value.strip_prefix("token ").or_else(|| value.strip_prefix("Bearer ")));
        if token == Some(&shared.accounts.forgejo_token) {
            return Ok(Self);
        }
        Err(refused(StatusCode::UNAUTHORIZED, "user does not exist [uid: 0, name: ]"))
    }
}

pub(super) async fn user(_caller: Caller) -> Json<Value> {
    Json(json!({"id": 1, "login": ACCOUNT}))
}

pub(super) async fn permission(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, user)): Path<(String, String, String)>,
) -> Response {
    let forgejo = shared.forgejo();
    let Some(kept) = forgejo.at(&format!("{owner}/{name}")) else { return not_found() };
    let permission = match kept.repository.permissions.get(&user) {
        _ if user == owner => "owner",
        Some(permission) => permission,
        None => "read",
    };
    Json(json!({"permission": permission, "role_name": permission, "user": {"login": user}})).into_response()
}

pub(super) async fn pull(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, number)): Path<(String, String, u64)>,
) -> Response {
    let forgejo = shared.forgejo();
    let found = forgejo.at(&format!("{owner}/{name}")).and_then(|kept| {
        let pull = kept.repository.pulls.get(&number)?;
        let source = forgejo.source(&kept.path, number)?;
        Some(json!({
            "number": number,
            "state": "open",
            "user": {"login": pull.author},
            "labels": [],
            "head": {"sha": pull.head, "repo": {"full_name": source.path}},
            "base": {"ref": pull.base, "sha": kept.repository.resolve(&pull.base)},
        }))
    });
    found.map_or_else(not_found, |found| Json(found).into_response())
}

pub(super) async fn latest_release(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    match shared.forgejo().at(&format!("{owner}/{name}")) {
        Some(kept) if !kept.repository.latest_release.is_empty() => {
            Json(json!({"tag_name": kept.repository.latest_release, "draft": false})).into_response()
        }
        _ => not_found(),
    }
}

pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, path)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let forgejo = shared.forgejo();
    let files = forgejo
        .at(&format!("{owner}/{name}"))
        .and_then(|kept| kept.repository.files_at(query.get("ref").map(String::as_str)));
    let Some(text) = files.and_then(|files| files.get(&path)) else { return not_found() };
    Json(json!({
        "type": "file",
        "name": path.rsplit('/').next(),
        "path": path,
        "size": text.len(),
        "encoding": "base64",
        "content": STANDARD.encode(text),
    }))
    .into_response()
}

/// All files on the first page.
pub(super) async fn tree(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, revision)): Path<(String, String, String)>,
) -> Response {
    let forgejo = shared.forgejo();
    let files = forgejo
        .at(&format!("{owner}/{name}"))
        .and_then(|kept| kept.repository.files_at(Some(revision.as_str())));
    let Some(files) = files else { return not_found() };
    let entries: Vec<Value> = files.keys().map(|path| json!({"path": path, "type": "blob"})).collect();
    Json(json!({"sha": revision, "tree": entries, "truncated": false, "page": 1})).into_response()
}

pub(super) async fn commit(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, revision)): Path<(String, String, String)>,
) -> Response {
    let forgejo = shared.forgejo();
    let kept = forgejo.at(&format!("{owner}/{name}"));
    match kept.and_then(|kept| kept.repository.resolve(&revision)) {
        Some(hash) => Json(json!({"sha": hash})).into_response(),
        None => not_found(),
    }
}

pub(super) async fn set_status(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, hash)): Path<(String, String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut forgejo = shared.forgejo();
    let Some(path) = forgejo.at(&format!("{owner}/{name}")).map(|kept| kept.path.to_lowercase()) else {
        return not_found();
    };
    if !matches!(body["state"].as_str(), Some("pending" | "success" | "error" | "failure" | "warning")) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "[State]: Required");
    }
    let id = forgejo.next_id();
    let status = json!({
        "id": id,
        "status": body["state"],
        "context": body["context"],
        "description": body["description"],
        "target_url": body["target_url"],
        "created_at": Utc::now(),
    });
    forgejo.statuses.entry((path, hash)).or_default().push(status.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(status)))
}

pub(super) async fn add_comment(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, number)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    let mut forgejo = shared.forgejo();
    let Some(path) = forgejo.at(&format!("{owner}/{name}")).map(|kept| kept.path.to_lowercase()) else {
        return not_found();
    };
    if body["body"].as_str().is_none_or(str::is_empty) {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "[Body]: Required");
    }
    let id = forgejo.next_id();
    let comment =
        json!({"id": id, "body": body["body"], "user": {"login": ACCOUNT}, "created_at": Utc::now()});
    forgejo.comments.entry((path, number.to_string())).or_default().push(comment.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(comment)))
}

pub(super) async fn comments(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, number)): Path<(String, String, u64)>,
) -> Response {
    let forgejo = shared.forgejo();
    let Some(path) = forgejo.at(&format!("{owner}/{name}")).map(|kept| kept.path.to_lowercase()) else {
        return not_found();
    };
    Json(forgejo.comments.get(&(path, number.to_string())).cloned().unwrap_or_default()).into_response()
}

/// The same reaction again is the same reaction.
pub(super) async fn react(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((_owner, _name, comment)): Path<(String, String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    let content = body["content"].as_str().unwrap_or_default().to_owned();
    let mut forgejo = shared.forgejo();
    let is_new = forgejo.reactions.insert((comment, content.clone()));
    let shown = Json(json!({"content": content, "user": {"login": ACCOUNT}}));
    if !is_new {
        return shown.into_response();
    }
    let id = forgejo.next_id();
    Began::mark(id.to_string(), (StatusCode::CREATED, shown))
}

pub(super) async fn open_issue(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut forgejo = shared.forgejo();
    let title = body["title"].as_str().filter(|title| !title.is_empty());
    match (forgejo.at(&format!("{owner}/{name}")).map(|kept| kept.path.to_lowercase()), title) {
        (None, _) => not_found(),
        (_, None) => refused(StatusCode::UNPROCESSABLE_ENTITY, "[Title]: Required"),
        (Some(path), Some(_)) => {
            let number = forgejo.next_id();
            let issue = json!({"number": number, "state": "open", "title": body["title"], "body": body["body"],
                "user": {"login": ACCOUNT}, "pull_request": null});
            forgejo.issues.entry(path).or_default().push(issue.clone());
            Began::mark(number.to_string(), (StatusCode::CREATED, Json(issue)))
        }
    }
}

/// Newest first, all on one page.
pub(super) async fn issues(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    let forgejo = shared.forgejo();
    let path = format!("{owner}/{name}").to_lowercase();
    let issues: Vec<Value> = forgejo.issues.get(&path).into_iter().flatten().rev().cloned().collect();
    Json(issues).into_response()
}

pub(super) async fn issue(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((owner, name, number)): Path<(String, String, u64)>,
) -> Response {
    let forgejo = shared.forgejo();
    let mut issues = forgejo.issues.get(&format!("{owner}/{name}").to_lowercase()).into_iter().flatten();
    let found = issues.find(|issue| issue["number"] == number).cloned();
    found.map_or_else(not_found, |issue| Json(issue).into_response())
}

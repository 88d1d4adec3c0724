//! GitLab's handlers.

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

fn not_found(what: &str) -> Response {
    refused(StatusCode::NOT_FOUND, &format!("404 {what} Not Found"))
}

/// Who shows the token calls.
pub(super) struct Caller;

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = header(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        if bearer.or_else(|| header("private-token")) == Some(&shared.accounts.gitlab_token) {
            return Ok(Self);
        }
        Err(refused(StatusCode::UNAUTHORIZED, "401 Unauthorized"))
    }
}

pub(super) async fn user(_caller: Caller) -> Json<Value> {
    Json(json!({"id": 1, "username": ACCOUNT, "name": "Packflow", "state": "active"}))
}

pub(super) async fn project(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
) -> Response {
    let gitlab = shared.gitlab();
    gitlab.at(&project).map_or_else(
        || not_found("Project"),
        |kept| {
            let branch = &kept.repository.default_branch;
            Json(json!({"id": kept.id, "path_with_namespace": kept.path, "default_branch": branch}))
                .into_response()
        },
    )
}

/// Members with the levels that stand for their permissions.
pub(super) async fn members(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    let wanted = query.get("query").map(String::as_str).unwrap_or_default();
    let level = |permission: &str| match permission {
        "admin" => 40,
        "write" => 30,
        _ => 20,
    };
    let members: Vec<Value> = kept
        .repository
        .permissions
        .iter()
        .filter(|(account, _)| account.contains(wanted))
        .map(|(account, permission)| {
            json!({"username": account, "state": "active", "access_level": level(permission)})
        })
        .collect();
    Json(members).into_response()
}

pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, path)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    let Some(files) = kept.repository.files_at(query.get("ref").map(String::as_str)) else {
        return not_found("Commit");
    };
    let Some(text) = files.get(&path) else { return not_found("File") };
    Json(json!({
        "file_name": path.rsplit('/').next(),
        "file_path": path,
        "size": text.len(),
        "encoding": "base64",
        "content": STANDARD.encode(text),
        "ref": query.get("ref"),
    }))
    .into_response()
}

/// All files on one page.
pub(super) async fn tree(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    let Some(files) = kept.repository.files_at(query.get("ref").map(String::as_str)) else {
        return not_found("Tree");
    };
    let entries: Vec<Value> = files
        .keys()
        .map(|path| json!({"path": path, "name": path.rsplit('/').next(), "type": "blob", "mode": "100644"}))
        .collect();
    ([("x-next-page", "")], Json(entries)).into_response()
}

pub(super) async fn commit(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, revision)): Path<(String, String)>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    match kept.repository.resolve(&revision) {
        Some(hash) => Json(json!({"id": hash, "message": ""})).into_response(),
        None => not_found("Commit"),
    }
}

pub(super) async fn merge_request(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, number)): Path<(String, u64)>,
) -> Response {
    let gitlab = shared.gitlab();
    let found = gitlab.at(&project).and_then(|kept| {
        let pull = kept.repository.pulls.get(&number)?;
        let source = gitlab.source(&kept.path, number)?;
        Some(json!({
            "iid": number,
            "state": "opened",
            "sha": pull.head,
            "target_branch": pull.base,
            "author": {"username": pull.author},
            "labels": [],
            "source_project_id": source.id,
            "target_project_id": kept.id,
        }))
    });
    found.map_or_else(|| not_found("Not found"), |found| Json(found).into_response())
}

/// What a status is now, and what it may become: the one of this name that has not ended is changed, else there is a new one.
pub(super) async fn set_status(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, hash)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut gitlab = shared.gitlab();
    let Some(path) = gitlab.at(&project).map(|kept| kept.path.to_lowercase()) else {
        return not_found("Project");
    };
    let state = body["state"].as_str().unwrap_or_default().to_owned();
    let event = match state.as_str() {
        "pending" => "enqueue",
        "running" => "run",
        "success" => "success",
        "failed" => "drop",
        "canceled" => "cancel",
        _ => return refused(StatusCode::BAD_REQUEST, "state does not have a valid value"),
    };
    let name = body["name"].as_str().unwrap_or("default").to_owned();
    let id = gitlab.next_id();
    let statuses = gitlab.statuses.entry((path, hash)).or_default();
    let is_open = |status: &&mut Value| {
        status["name"] == *name && matches!(status["status"].as_str(), Some("pending" | "running"))
    };
    if let Some(open) = statuses.iter_mut().rev().find(is_open) {
        let now = open["status"].as_str().unwrap_or_default().to_owned();
        if now == state || state == "pending" {
            let message = format!("Cannot transition status via :{event} from :{now}");
            return refused(StatusCode::BAD_REQUEST, &message);
        }
        open["status"] = state.into();
        open["description"] = body["description"].clone();
        let shown = open.clone();
        let id = shown["id"].to_string();
        return Began::mark(id, (StatusCode::CREATED, Json(shown)));
    }
    let status = json!({
        "id": id,
        "name": name,
        "status": state,
        "description": body["description"],
        "target_url": body["target_url"],
    });
    statuses.push(status.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(status)))
}

fn add(shared: &Shared, project: &str, thread: &str, text: &Value) -> Response {
    let mut gitlab = shared.gitlab();
    let Some(path) = gitlab.at(project).map(|kept| kept.path.to_lowercase()) else {
        return not_found("Project");
    };
    if text.as_str().is_none_or(str::is_empty) {
        return refused(StatusCode::BAD_REQUEST, "body is missing");
    }
    let id = gitlab.next_id();
    let note = json!({"id": id, "body": text, "author": {"username": ACCOUNT}, "created_at": Utc::now()});
    gitlab.comments.entry((path, thread.to_owned())).or_default().push(note.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(note)))
}

fn listed(shared: &Shared, project: &str, thread: &str) -> Option<Vec<Value>> {
    let gitlab = shared.gitlab();
    let path = gitlab.at(project)?.path.to_lowercase();
    Some(gitlab.comments.get(&(path, thread.to_owned())).cloned().unwrap_or_default())
}

pub(super) async fn releases(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    let tag = Some(&kept.repository.latest_release).filter(|tag| !tag.is_empty());
    let releases: Vec<Value> = tag.iter().map(|tag| json!({"tag_name": tag})).collect();
    Json(releases).into_response()
}

pub(super) async fn add_note(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, number)): Path<(String, u64)>,
    Json(body): Json<Value>,
) -> Response {
    add(&shared, &project, &number.to_string(), &body["body"])
}

/// Newest first, all on one page.
pub(super) async fn notes(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, number)): Path<(String, u64)>,
) -> Response {
    match listed(&shared, &project, &number.to_string()) {
        Some(mut notes) => {
            notes.reverse();
            Json(notes).into_response()
        }
        None => not_found("Project"),
    }
}

pub(super) async fn add_comment(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, hash)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    add(&shared, &project, &hash, &body["note"])
}

pub(super) async fn discussions(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, hash)): Path<(String, String)>,
) -> Response {
    match listed(&shared, &project, &hash) {
        Some(notes) => {
            let each: Vec<Value> = notes.into_iter().map(|note| json!({"notes": [note]})).collect();
            Json(each).into_response()
        }
        None => not_found("Project"),
    }
}

pub(super) async fn award(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((_project, _number, note)): Path<(String, u64, u64)>,
    Json(body): Json<Value>,
) -> Response {
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let mut gitlab = shared.gitlab();
    if !gitlab.reactions.insert((note, name.clone())) {
        return refused(StatusCode::NOT_FOUND, "404 Award Emoji Name has already been taken Not Found");
    }
    let id = gitlab.next_id();
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(json!({"id": id, "name": name}))))
}

pub(super) async fn open_issue(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let mut gitlab = shared.gitlab();
    let Some(path) = gitlab.at(&project).map(|kept| kept.path.to_lowercase()) else {
        return not_found("Project");
    };
    if body["title"].as_str().is_none_or(str::is_empty) {
        return refused(StatusCode::BAD_REQUEST, "title is missing");
    }
    let number = gitlab.next_id();
    let issue =
        json!({"iid": number, "state": "opened", "title": body["title"], "description": body["description"]});
    gitlab.issues.entry(path).or_default().push(issue.clone());
    Began::mark(number.to_string(), (StatusCode::CREATED, Json(issue)))
}

/// All on one page.
pub(super) async fn issues(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path(project): Path<String>,
) -> Response {
    let gitlab = shared.gitlab();
    let Some(kept) = gitlab.at(&project) else { return not_found("Project") };
    Json(gitlab.issues.get(&kept.path.to_lowercase()).cloned().unwrap_or_default()).into_response()
}

pub(super) async fn issue(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((project, number)): Path<(String, u64)>,
) -> Response {
    let gitlab = shared.gitlab();
    let path = gitlab.at(&project).map(|kept| kept.path.to_lowercase()).unwrap_or_default();
    let mut issues = gitlab.issues.get(&path).into_iter().flatten();
    let found = issues.find(|issue| issue["iid"] == number).cloned();
    found.map_or_else(|| not_found("Issue"), |issue| Json(issue).into_response())
}

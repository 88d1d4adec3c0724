//! Pagure's handlers, for the projects of a dist-git (`docs/contracts.md` 2.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use chrono::Utc;
use serde_json::{Value, json};

use super::store::Other;
use crate::gate::Began;
use crate::shared::Shared;

/// The account of the token.
pub(super) const ACCOUNT: &str = "packflow";

type Fields = BTreeMap<String, String>;

pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "Project not found")
}

/// Who shows the token changes something; everybody reads.
pub(super) struct Caller;

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if shown.and_then(|value| value.strip_prefix("token ")) == Some(&shared.accounts.pagure_token) {
            return Ok(Self);
        }
        Err(refused(StatusCode::UNAUTHORIZED, "Invalid or expired token."))
    }
}

pub(super) async fn whoami(_caller: Caller) -> Json<Value> {
    Json(json!({"username": ACCOUNT}))
}

/// Who has which access; there are no groups but that of the packagers.
pub(super) async fn project(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
) -> Response {
    let pagure = shared.pagure();
    let Some(kept) = pagure.at(&format!("{namespace}/{name}")) else { return not_found() };
    let with = |wanted: &str| -> Vec<&String> {
        let all = kept.repository.permissions.iter();
        all.filter(|(_, permission)| *permission == wanted).map(|(account, _)| account).collect()
    };
    let users = json!({"owner": [], "admin": with("admin"), "commit": with("write"), "collaborator": [], "ticket": []});
    let none = json!({"admin": [], "commit": [], "collaborator": [], "ticket": []});
    Json(json!({"id": kept.id, "name": name, "namespace": namespace, "access_users": users, "access_groups": none}))
        .into_response()
}

/// The packagers are all that have a permission anywhere.
pub(super) async fn group(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    if name != "packager" {
        return refused(StatusCode::NOT_FOUND, "Group not found");
    }
    Json(json!({"name": name, "members": shared.pagure().accounts()})).into_response()
}

pub(super) async fn branches(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
    Query(query): Query<Fields>,
) -> Response {
    let pagure = shared.pagure();
    let Some(kept) = pagure.at(&format!("{namespace}/{name}")) else { return not_found() };
    let references = &kept.repository.references;
    let default = &kept.repository.default_branch;
    let total = references.len();
    if query.contains_key("with_commits") {
        return Json(json!({"branches": references, "default": default, "total_branches": total}))
            .into_response();
    }
    let names: Vec<&String> = references.keys().collect();
    Json(json!({"branches": names, "default": default, "total_branches": total})).into_response()
}

pub(super) async fn tags(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
) -> Response {
    match shared.pagure().at(&format!("{namespace}/{name}")) {
        Some(_) => Json(json!({"tags": {}, "total_tags": 0})).into_response(),
        None => not_found(),
    }
}

pub(super) async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name, hash)): Path<(String, String, String)>,
) -> Response {
    let pagure = shared.pagure();
    let kept = pagure.at(&format!("{namespace}/{name}"));
    match kept.and_then(|kept| kept.repository.resolve(&hash)) {
        Some(hash) => Json(json!({"hash": hash, "message": ""})).into_response(),
        None => refused(StatusCode::NOT_FOUND, "Commit not found"),
    }
}

/// A file, as text and outside the API.
pub(super) async fn raw(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name, revision, path)): Path<(String, String, String, String)>,
) -> Response {
    let pagure = shared.pagure();
    let files =
        pagure.at(&format!("{namespace}/{name}")).and_then(|kept| kept.repository.files_at(Some(&revision)));
    match files.and_then(|files| files.get(&path)) {
        Some(text) => text.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What stands at the top; there are no folders.
pub(super) async fn tree(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name, revision)): Path<(String, String, String)>,
) -> Response {
    let pagure = shared.pagure();
    let files =
        pagure.at(&format!("{namespace}/{name}")).and_then(|kept| kept.repository.files_at(Some(&revision)));
    let Some(files) = files else { return not_found() };
    let content: Vec<Value> = files
        .keys()
        .filter(|path| !path.contains('/'))
        .map(|path| json!({"path": path, "name": path, "type": "file"}))
        .collect();
    Json(json!({"type": "folder", "name": null, "content": content})).into_response()
}

pub(super) async fn pull_request(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name, number)): Path<(String, String, u64)>,
) -> Response {
    let pagure = shared.pagure();
    let found = pagure.at(&format!("{namespace}/{name}")).and_then(|kept| {
        let pull = kept.repository.pulls.get(&number)?;
        let source = pagure.source(&kept.path, number)?;
        let thread = (kept.path.to_lowercase(), number.to_string());
        Some(json!({
            "id": number,
            "status": "Open",
            "branch": pull.base,
            "commit_stop": pull.head,
            "user": {"name": pull.author},
            "tags": [],
            "repo_from": {"url_path": source.path},
            "comments": pagure.comments.get(&thread).cloned().unwrap_or_default(),
        }))
    });
    found.map_or_else(
        || refused(StatusCode::NOT_FOUND, "Pull-Request not found"),
        |found| Json(found).into_response(),
    )
}

pub(super) async fn add_comment(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((namespace, name, number)): Path<(String, String, u64)>,
    Form(form): Form<Fields>,
) -> Response {
    let mut pagure = shared.pagure();
    let Some(path) = path(&pagure, &namespace, &name) else { return not_found() };
    let Some(text) = form.get("comment").filter(|text| !text.is_empty()) else {
        return refused(StatusCode::BAD_REQUEST, "Invalid or incomplete input submitted");
    };
    let id = pagure.next_id();
    let comment = json!({"id": id, "comment": text, "notification": false, "user": {"name": ACCOUNT},
        "date_created": Utc::now().timestamp().to_string()});
    pagure.comments.entry((path, number.to_string())).or_default().push(comment);
    Began::mark(id.to_string(), Json(json!({"message": "Comment added"})))
}

pub(super) async fn flag_pull_request(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((namespace, name, number)): Path<(String, String, u64)>,
    Form(form): Form<Fields>,
) -> Response {
    flag(&shared, &namespace, &name, &number.to_string(), &form)
}

pub(super) async fn flag_commit(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((namespace, name, hash)): Path<(String, String, String)>,
    Form(form): Form<Fields>,
) -> Response {
    flag(&shared, &namespace, &name, &hash, &form)
}

/// The same `uid` changes the flag that there is.
fn flag(shared: &Shared, namespace: &str, name: &str, place: &str, form: &Fields) -> Response {
    let mut pagure = shared.pagure();
    let Some(path) = path(&pagure, namespace, name) else { return not_found() };
    let text = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let is_known = matches!(text("status"), "pending" | "success" | "failure" | "error" | "canceled");
    let uid = text("uid").to_owned();
    if !is_known || text("url").is_empty() || text("username").is_empty() || uid.len() > 32 {
        return refused(StatusCode::BAD_REQUEST, "Invalid or incomplete input submitted");
    }
    let flag = json!({"uid": uid, "username": text("username"), "comment": text("comment"), "url": text("url"),
        "status": text("status")});
    let flags = pagure.statuses.entry((path, place.to_owned())).or_default();
    let known = flags.iter_mut().find(|known| known["uid"] == *uid);
    let message = if known.is_some() { "Flag updated" } else { "Flag added" };
    match known {
        Some(known) => known.clone_from(&flag),
        None => flags.push(flag.clone()),
    }
    Began::mark(uid.clone(), Json(json!({"flag": flag, "message": message, "uid": uid})))
}

fn path(pagure: &Other, namespace: &str, name: &str) -> Option<String> {
    pagure.at(&format!("{namespace}/{name}")).map(|kept| kept.path.to_lowercase())
}

//! What a repository tells of itself: commits, pull requests, permissions.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::auth::{Installation, refused};
use super::login::{Reader, user_of};
use super::{checks, comments, statuses};
use crate::shared::Shared;

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    match shared.github().repository(&owner, &name) {
        Some((owner, name, repository)) if reader.may_read(repository) => Json(json!({
            "name": name,
            "full_name": format!("{owner}/{name}"),
            "owner": {"login": owner},
            "private": repository.private,
            "default_branch": repository.default_branch,
            "clone_url": format!("{}/{owner}/{name}.git", shared.github_web()),
            "html_url": format!("{}/{owner}/{name}", shared.github_web()),
        }))
        .into_response(),
        _ => not_found(),
    }
}

impl Shared {
    fn github_web(&self) -> String {
        format!("{}/github", self.url)
    }
}

pub(super) async fn permission(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, user)): Path<(String, String, String)>,
) -> Response {
    match shared.github().repository(&owner, &name) {
        Some((_, _, repository)) => {
            let others = if repository.private { "none" } else { "read" };
            let permission = repository.permissions.get(&user).map_or(others, String::as_str);
            Json(json!({"permission": permission, "role_name": permission, "user": user_of(&user)}))
                .into_response()
        }
        None => not_found(),
    }
}

pub(super) async fn pull(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, number)): Path<(String, String, u64)>,
) -> Response {
    let github = shared.github();
    let found = github.repository(&owner, &name).and_then(|(owner, name, repository)| {
        let pull = repository.pulls.get(&number)?;
        Some(json!({
            "number": number,
            "state": "open",
            "user": {"login": pull.author},
            "labels": [],
            "head": {"sha": pull.head, "repo": {"full_name": format!("{owner}/{name}")}},
            "base": {"ref": pull.base, "sha": repository.resolve(&pull.base)},
        }))
    });
    found.map_or_else(not_found, |pull| Json(pull).into_response())
}

pub(super) async fn latest_release(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    match shared.github().repository(&owner, &name) {
        Some((_, _, repository)) if !repository.latest_release.is_empty() => {
            Json(json!({"tag_name": repository.latest_release, "draft": false})).into_response()
        }
        _ => not_found(),
    }
}

/// One commit, or what was told to it: branches may hold slashes, so the address is taken apart here.
pub(super) async fn commit(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, rest)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    Query(listed): Query<comments::Listed>,
) -> Response {
    let suffixes = ["/statuses", "/check-runs", "/comments", ""];
    let (suffix, revision) = suffixes
        .into_iter()
        .find_map(|suffix| Some((suffix, rest.strip_suffix(suffix)?)))
        .unwrap_or(("", &rest));
    let hash = match shared.github().repository(&owner, &name) {
        Some((_, _, repository)) => repository.resolve(revision),
        None => return not_found(),
    };
    let Some(hash) = hash else {
        let message = format!("No commit found for SHA: {revision}");
        return refused(StatusCode::UNPROCESSABLE_ENTITY, &message);
    };
    match suffix {
        "/statuses" => statuses::statuses(&shared, &owner, &name, &hash),
        "/check-runs" => checks::of_commit(&shared, &owner, &name, &hash, &query),
        "/comments" => comments::of_commit(&shared, &owner, &name, &hash, &listed),
        _ => Json(json!({"sha": hash, "commit": {"message": ""}, "parents": []})).into_response(),
    }
}

//! Files and trees at a revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::auth::{Installation, refused};
use crate::shared::Shared;

#[derive(Deserialize)]
pub(super) struct At {
    #[serde(rename = "ref")]
    revision: Option<String>,
}

pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    headers: HeaderMap,
    Path((owner, name, path)): Path<(String, String, String)>,
    Query(at): Query<At>,
) -> Response {
    let github = shared.github();
    let found = github
        .repository(&owner, &name)
        .and_then(|(_, _, repository)| repository.files_at(at.revision.as_deref())?.get(&path));
    let Some(text) = found else { return refused(StatusCode::NOT_FOUND, "Not Found") };
    let accepts_raw = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains(".raw"));
    if accepts_raw {
        return text.clone().into_response();
    }
    Json(json!({
        "type": "file",
        "encoding": "base64",
        "size": text.len(),
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": object_id(text),
        "content": STANDARD.encode(text),
    }))
    .into_response()
}

/// Forty hexadecimal digits that stand for a text.
fn object_id(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

pub(super) async fn tree(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((owner, name, revision)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let github = shared.github();
    let files = github
        .repository(&owner, &name)
        .and_then(|(_, _, repository)| repository.files_at(Some(revision.as_str()).filter(|r| *r != "HEAD")));
    let Some(files) = files else { return refused(StatusCode::NOT_FOUND, "Not Found") };
    let recursive = query.contains_key("recursive");
    let mut entries: BTreeMap<&str, Value> = BTreeMap::new();
    for (path, text) in files {
        for (at, _) in path.match_indices('/') {
            let folder = &path[..at];
            if recursive || !folder.contains('/') {
                let entry =
                    json!({"path": folder, "mode": "040000", "type": "tree", "sha": object_id(folder)});
                entries.insert(folder, entry);
            }
        }
        if recursive || !path.contains('/') {
            let sha = object_id(text);
            let entry =
                json!({"path": path, "mode": "100644", "type": "blob", "size": text.len(), "sha": sha});
            entries.insert(path, entry);
        }
    }
    let entries: Vec<Value> = entries.into_values().collect();
    Json(json!({"sha": revision, "tree": entries, "truncated": false})).into_response()
}

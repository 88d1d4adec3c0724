//! Steering from outside: behaviour, log, repositories, projects, deliveries.

use std::sync::{Arc, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::behaviour::Behaviour;
use crate::copr::SeedProject;
use crate::github::{self, Delivery, Press, Repository};
use crate::log::LogEntry;
use crate::others::Other;
use crate::shared::Shared;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/behaviour", get(behaviour).put(behave))
        .route("/log", get(log))
        .route("/github/deliveries", post(deliver))
        .route("/github/{owner}/{name}", put(put_repository))
        .route("/github/{owner}/{name}/presses", post(press))
        .route("/copr/{owner}/{name}", put(put_copr_project))
        .route("/gitlab/{*path}", put_on(Shared::gitlab))
        .route("/forgejo/{*path}", put_on(Shared::forgejo))
        .route("/pagure/{*path}", put_on(Shared::pagure))
        .route("/bodhi/tags/{tag}", put(put_tagged))
}

async fn behaviour(State(shared): State<Arc<Shared>>) -> Json<Behaviour> {
    Json(shared.behaviour())
}

async fn behave(State(shared): State<Arc<Shared>>, Json(behaviour): Json<Behaviour>) -> Json<Behaviour> {
    shared.behave(behaviour);
    Json(shared.behaviour())
}

#[derive(Deserialize)]
struct LogQuery {
    /// Only calls that began something.
    #[serde(default)]
    began: bool,
    /// Only calls with a greater number.
    #[serde(default)]
    after: u64,
}

async fn log(State(shared): State<Arc<Shared>>, Query(query): Query<LogQuery>) -> Response {
    let entries: Vec<LogEntry> =
        if query.began { shared.log().began().to_vec() } else { shared.log().entries() };
    let mut lines = String::new();
    for entry in entries.iter().filter(|entry| entry.number > query.after) {
        match serde_json::to_string(entry) {
            Ok(line) => lines.extend([line.as_str(), "\n"]),
            Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
    ([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response()
}

async fn put_repository(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    Json(repository): Json<Repository>,
) -> StatusCode {
    shared.github().put(&owner, &name, repository);
    StatusCode::NO_CONTENT
}

/// Puts a repository on a forge, by its path there.
fn put_on(forge: fn(&Shared) -> MutexGuard<'_, Other>) -> MethodRouter<Arc<Shared>> {
    put(
        move |State(shared): State<Arc<Shared>>,
              Path(path): Path<String>,
              Json(repository): Json<Repository>| async move {
            forge(&shared).put(&path, repository);
            StatusCode::NO_CONTENT
        },
    )
}

async fn put_copr_project(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    Json(project): Json<SeedProject>,
) -> StatusCode {
    shared.copr().seed(&owner, &name, project);
    StatusCode::NO_CONTENT
}

/// Builds that a tag of Koji holds.
async fn put_tagged(
    State(shared): State<Arc<Shared>>,
    Path(tag): Path<String>,
    Json(builds): Json<Vec<String>>,
) -> StatusCode {
    builds.iter().for_each(|nvr| shared.bodhi().tag(&tag, nvr));
    StatusCode::NO_CONTENT
}

async fn deliver(
    State(shared): State<Arc<Shared>>,
    Json(delivery): Json<Delivery>,
) -> Json<serde_json::Value> {
    let status = github::deliver(&shared, delivery).await;
    Json(json!({"status": status}))
}

async fn press(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    Json(press): Json<Press>,
) -> Response {
    match github::press(&shared, (&owner, &name), press).await {
        Ok(status) => Json(json!({"status": status})).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

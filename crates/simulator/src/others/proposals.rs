//! Pagure's forks and the pull requests that the token's account opens from them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde_json::{Value, json};

use super::pagure::{ACCOUNT, Caller, refused};
use crate::gate::Began;
use crate::github::Pull;
use crate::shared::Shared;

type Fields = BTreeMap<String, String>;

/// A pull request from a fork.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(super) number: u64,
    pub(super) from_branch: String,
    pub(super) to_branch: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) is_open: bool,
}

impl Proposal {
    pub(crate) fn told(&self) -> Value {
        json!({
            "id": self.number, "branch": self.to_branch, "branch_from": self.from_branch, "title": self.title,
            "initial_comment": self.text, "status": if self.is_open { "Open" } else { "Merged" },
            "user": {"name": ACCOUNT},
        })
    }
}

/// That there is a fork already is told as an error.
pub(super) async fn fork(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Form(form): Form<Fields>,
) -> Response {
    let text = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
    let path = format!("{}/{}", text("namespace"), text("repo"));
    let mut pagure = shared.pagure();
    if pagure.at(&path).is_none() {
        return refused(StatusCode::NOT_FOUND, "Project not found");
    }
    let name = format!("forks/{ACCOUNT}/{path}");
    if !pagure.forks.insert(path.to_lowercase()) {
        return refused(StatusCode::BAD_REQUEST, &format!("Repo \"{name}\" already exists"));
    }
    Began::mark(name.clone(), Json(json!({"message": format!("Repo \"{path}\" cloned to \"{name}\"")})))
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Path((namespace, name)): Path<(String, String)>,
    Query(query): Query<Fields>,
) -> Response {
    let pagure = shared.pagure();
    let path = format!("{namespace}/{name}");
    if pagure.at(&path).is_none() {
        return refused(StatusCode::NOT_FOUND, "Project not found");
    }
    let is_of_author = query.get("author").is_none_or(|author| author == ACCOUNT);
    let proposals = pagure.proposals.get(&path.to_lowercase()).into_iter().flatten();
    let requests: Vec<Value> =
        proposals.filter(|one| one.is_open && is_of_author).map(Proposal::told).collect();
    Json(json!({"total_requests": requests.len(), "requests": requests})).into_response()
}

/// Opens one from the fork of the token's account.
pub(super) async fn open(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> Response {
    let text = |key: &str| form.get(key).cloned().unwrap_or_default();
    let path = format!("{namespace}/{name}").to_lowercase();
    let mut pagure = shared.pagure();
    if pagure.at(&path).is_none() {
        return refused(StatusCode::NOT_FOUND, "Project not found");
    }
    if text("repo_from_username") != ACCOUNT || !pagure.forks.contains(&path) {
        return refused(StatusCode::BAD_REQUEST, "The fork was not found");
    }
    if ["title", "branch_from", "branch_to"].iter().any(|key| text(key).is_empty()) {
        return refused(StatusCode::BAD_REQUEST, "Invalid or incomplete input submitted");
    }
    let number = pagure.next_id();
    let proposal = Proposal {
        number,
        from_branch: text("branch_from"),
        to_branch: text("branch_to"),
        title: text("title"),
        text: text("initial_comment"),
        is_open: true,
    };
    let told = proposal.told();
    let pull = Pull { head: String::new(), base: text("branch_to"), author: ACCOUNT.to_owned() };
    pagure.opened(&path, number, pull);
    pagure.proposals.entry(path).or_default().push(proposal);
    Began::mark(number.to_string(), Json(told))
}

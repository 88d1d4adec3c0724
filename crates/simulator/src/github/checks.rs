//! Check runs and check suites, with GitHub's bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use super::auth::{Installation, refused};
use super::statuses::{invalid, key, length};
use super::store::GitHub;
use crate::gate::Began;
use crate::shared::Shared;

/// What can be told of a check run; the rest of a body is of no interest to GitHub.
const FIELDS: [&str; 10] = [
    "name",
    "head_sha",
    "details_url",
    "external_id",
    "status",
    "started_at",
    "conclusion",
    "completed_at",
    "output",
    "actions",
];
/// The most characters of a summary or text.
const LONGEST_TEXT: usize = 65_535;

/// What is wrong with a check run as it would be.
fn wrong(check: &Value) -> Option<&'static str> {
    let actions = check["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bounds = [("label", 20), ("description", 40), ("identifier", 20)];
    let fits = |action: &Value| bounds.iter().all(|(key, most)| (1..=*most).contains(&length(&action[*key])));
    let output = &check["output"];
    let is_one_of =
        |key: &str, words: &[&str]| check[key].is_null() || words.iter().any(|word| check[key] == **word);
    if length(&check["name"]) == 0 || length(&check["head_sha"]) == 0 {
        Some("name and head_sha are required")
    } else if !is_one_of("status", &["queued", "in_progress", "completed", "waiting", "requested", "pending"])
    {
        Some("status")
    } else if !is_one_of(
        "conclusion",
        &["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"],
    ) {
        Some("conclusion")
    } else if check["status"] == "completed" && check["conclusion"].is_null() {
        Some("a completed check run needs a conclusion")
    } else if actions.len() > 3 || !actions.iter().all(fits) {
        Some("actions")
    } else if check["details_url"].as_str().is_some_and(|url| !url.starts_with("http")) {
        Some("details_url")
    } else if !output.is_null() && (length(&output["title"]) == 0 || !output["summary"].is_string()) {
        Some("output needs a title and a summary")
    } else if length(&output["summary"]) > LONGEST_TEXT || length(&output["text"]) > LONGEST_TEXT {
        Some("output is too long")
    } else {
        None
    }
}

fn merge(check: &mut Value, body: &Value) {
    for field in FIELDS {
        if let Some(value) = body.get(field) {
            check[field] = value.clone();
        }
    }
    let now = || json!(Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true));
    // A conclusion alone means that it is completed.
    if !body["conclusion"].is_null() {
        check["status"] = "completed".into();
        if check["completed_at"].is_null() {
            check["completed_at"] = now();
        }
    } else if body["status"].is_string() && body["status"] != "completed" {
        check["conclusion"] = Value::Null;
        check["completed_at"] = Value::Null;
    }
    if check["status"] != "queued" && check["started_at"].is_null() {
        check["started_at"] = now();
    }
}

fn only_apps() -> Response {
    refused(StatusCode::FORBIDDEN, "You must authenticate via a GitHub App.")
}

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    caller: Installation,
    Path((owner, name)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    if !caller.is_app {
        return only_apps();
    }
    let mut github = shared.github();
    if github.repository(&owner, &name).is_none() {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    let mut check = json!({"status": "queued", "conclusion": null, "started_at": null, "completed_at": null});
    merge(&mut check, &body);
    if let Some(wrong) = wrong(&check) {
        return invalid(wrong);
    }
    let id = github.next_id();
    let head = check["head_sha"].as_str().unwrap_or_default().to_owned();
    let suite = github.suite(&owner, &name, &head);
    check["id"] = id.into();
    check["app"] = shared.app();
    check["check_suite"] = json!({"id": suite});
    check["html_url"] = format!("{}/github/{owner}/{name}/runs/{id}", shared.url).into();
    check["pull_requests"] = json!([]);
    check["repository"] = key(&owner, &name, "").0.into();
    github.checks.insert(id, check.clone());
    Began::mark(id.to_string(), (StatusCode::CREATED, Json(check)))
}

pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    caller: Installation,
    Path((owner, name, id)): Path<(String, String, u64)>,
    Json(mut body): Json<Value>,
) -> Response {
    if !caller.is_app {
        return only_apps();
    }
    let mut github = shared.github();
    let repository = key(&owner, &name, "").0;
    let Some(check) = github.checks.get_mut(&id).filter(|check| check["repository"] == *repository) else {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    };
    // A check run stays at its commit.
    body["head_sha"] = check["head_sha"].clone();
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

/// The check runs of a commit: the newest of each name, unless `filter=all`.
pub(super) fn of_commit(
    shared: &Shared,
    owner: &str,
    name: &str,
    hash: &str,
    query: &BTreeMap<String, String>,
) -> Response {
    let repository = key(owner, name, "").0;
    listed(&shared.github(), query, |check| check["repository"] == *repository && check["head_sha"] == *hash)
}

/// The check runs of a suite.
pub(super) async fn of_suite(
    State(shared): State<Arc<Shared>>,
    _caller: Installation,
    Path((_, _, suite)): Path<(String, String, u64)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    listed(&shared.github(), &query, |check| check["check_suite"]["id"] == suite)
}

fn listed(github: &GitHub, query: &BTreeMap<String, String>, is_wanted: impl Fn(&Value) -> bool) -> Response {
    let asked = |field: &str, check: &Value| query.get(field).is_none_or(|wanted| check == wanted.as_str());
    let all = query.get("filter").is_some_and(|filter| filter == "all");
    let mut seen: Vec<Value> = Vec::new();
    let mut checks: Vec<Value> = Vec::new();
    for check in github.checks.values().rev().filter(|check| is_wanted(check)) {
        let is_newest = !seen.contains(&check["name"]);
        seen.push(check["name"].clone());
        if (all || is_newest) && asked("check_name", &check["name"]) && asked("status", &check["status"]) {
            checks.push(check.clone());
        }
    }
    let number =
        |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (page, per_page) = (number("page", 1).max(1), number("per_page", 30).clamp(1, 100));
    let total = checks.len();
    let checks: Vec<Value> = checks.into_iter().skip((page - 1) * per_page).take(per_page).collect();
    Json(json!({"total_count": total, "check_runs": checks})).into_response()
}

impl Shared {
    /// The App as checks name it.
    pub(super) fn app(&self) -> Value {
        let id = self.accounts.github_app_id.parse::<u64>().unwrap_or_default();
        json!({"id": id, "client_id": "Iv1.simulated", "slug": "packflow", "name": "Packflow"})
    }
}

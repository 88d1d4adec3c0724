//! The releases that Bodhi knows.

use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::http::error;

/// A release: its name, the branch that its updates are of, the end of its packages' releases, its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) name: &'static str,
    pub(super) branch: &'static str,
    pub(super) dist: &'static str,
    state: &'static str,
}

const fn release(
    name: &'static str,
    branch: &'static str,
    dist: &'static str,
    state: &'static str,
) -> Release {
    Release { name, branch, dist, state }
}

/// As in a month in which Fedora 44 is branched and not released.
const RELEASES: [Release; 10] = [
    release("F41", "f41", "fc41", "current"),
    release("F42", "f42", "fc42", "current"),
    release("F43", "f43", "fc43", "current"),
    release("F44", "f44", "fc44", "frozen"),
    release("F45", "rawhide", "fc45", "pending"),
    release("ELN", "eln", "eln", "pending"),
    release("EPEL-8", "epel8", "el8", "current"),
    release("EPEL-9", "epel9", "el9", "current"),
    release("EPEL-10.1", "epel10.1", "el10_1", "current"),
    release("EPEL-10.2", "epel10", "el10_2", "current"),
];

impl Release {
    /// The release that a build is of, by the end of its name.
    pub(super) fn of(nvr: &str) -> Option<Self> {
        let dist = nvr.rsplit('.').next()?;
        RELEASES.into_iter().find(|release| release.dist == dist)
    }

    /// The tag that builds must have for an update.
    pub(super) fn candidate_tag(self) -> String {
        format!("{}-{}candidate", self.tags(), if self.is_epel() { "testing-" } else { "updates-" })
    }

    const fn is_epel(self) -> bool {
        matches!(self.name.as_bytes(), [b'E', b'P', ..])
    }

    /// What the names of its tags begin with.
    fn tags(self) -> String {
        self.name.to_ascii_lowercase().replace("epel-", "epel")
    }

    pub(super) fn shown(self) -> Value {
        let tags = self.tags();
        let (of_updates, version) = match self.is_epel() {
            true => (String::new(), self.name.trim_start_matches("EPEL-")),
            false => ("-updates".to_owned(), self.name.trim_start_matches('F')),
        };
        let (id_prefix, long_name) = match (self.is_epel(), self.name) {
            (true, _) => ("FEDORA-EPEL", format!("Fedora EPEL {version}")),
            (false, "ELN") => ("FEDORA", "Fedora ELN".to_owned()),
            (false, _) => ("FEDORA", format!("Fedora {version}")),
        };
        json!({
            "name": self.name, "long_name": long_name, "version": version.to_ascii_lowercase(),
            "id_prefix": id_prefix, "branch": self.branch, "dist_tag": tags,
            "stable_tag": format!("{tags}{of_updates}"), "testing_tag": format!("{tags}{of_updates}-testing"),
            "candidate_tag": self.candidate_tag(), "override_tag": format!("{tags}-override"),
            "state": self.state, "composed_by_bodhi": self.state != "pending",
            "create_automatic_updates": self.state == "pending", "package_manager": "dnf",
            "testing_repository": "updates-testing", "eol": null, "min_karma": 2,
            "mandatory_days_in_testing": 7,
        })
    }
}

/// The values of a field of a query; Bodhi takes a field several times.
pub(super) fn asked(uri: &Uri, name: &str) -> Vec<String> {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    query.filter(|(of, _)| of == name).map(|(_, value)| value.into_owned()).collect()
}

/// One page of a list, and what Bodhi says beside it.
pub(super) fn page(uri: &Uri, of: &str, all: Vec<Value>) -> Json<Value> {
    let number = |name: &str, default: usize| {
        asked(uri, name)
            .first()
            .and_then(|text| text.parse().ok())
            .filter(|number| *number > 0)
            .unwrap_or(default)
    };
    let (page, rows) = (number("page", 1), number("rows_per_page", 20));
    let (total, pages) = (all.len(), all.len().div_ceil(rows));
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * rows).take(rows).collect();
    Json(json!({of: shown, "page": page, "pages": pages, "rows_per_page": rows, "total": total}))
}

pub(super) async fn list(uri: Uri) -> Json<Value> {
    let states = asked(&uri, "state");
    let shown = RELEASES
        .into_iter()
        .filter(|release| states.is_empty() || states.iter().any(|state| state == release.state))
        .map(Release::shown);
    page(&uri, "releases", shown.collect())
}

pub(super) async fn get(Path(name): Path<String>) -> Response {
    match RELEASES.into_iter().find(|release| release.name == name) {
        Some(release) => Json(release.shown()).into_response(),
        None => error(StatusCode::NOT_FOUND, "body", "name", "No such release"),
    }
}

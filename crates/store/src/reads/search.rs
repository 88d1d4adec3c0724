//! What a person pasted: a project, a reference of it, a commit, or what a build system calls a build or request.

use domain::words::ReferenceKind;
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::viewer::Viewer;
use crate::sql::sql;
use crate::{Db, Result};

/// The most hits of each kind.
const MOST_OF_A_KIND: i64 = 20;

/// What is looked for; what is not set is found nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFor {
    /// The forge's host of the project.
    pub forge: Option<String>,
    /// The project's namespace.
    pub namespace: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// A reference of the project; then the project itself is no hit.
    pub reference: Option<(ReferenceKind, String)>,
    /// A commit's hash, or its beginning.
    pub hash: Option<String>,
    /// A build system's id.
    pub external_id: Option<String>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromRow)]
pub struct Hit {
    /// What it is: `project`, `reference`, `commit`, `target` or `submission`.
    pub found: String,
    /// Its id.
    pub id: i64,
    /// Its event, of a target or submission.
    pub event_id: Option<i64>,
    /// The project's forge.
    pub forge: String,
    /// The project's namespace.
    pub namespace: String,
    /// The project's name.
    pub project_name: String,
    /// What kind of reference or target it is; of a submission, its build system.
    pub kind: Option<String>,
    /// The name of the reference (of a commit: where it is) or target.
    pub name: Option<String>,
    /// The full hash, of a commit.
    pub hash: Option<String>,
    /// The build system's id, of a target or submission.
    pub external_id: Option<String>,
}

/// What this viewer may see of what was looked for.
///
/// # Errors
/// If the database cannot be read.
pub async fn search(db: &Db, viewer: &Viewer, wanted: &SearchFor) -> Result<Vec<Hit>> {
    question(viewer, wanted).rows(db).await
}

pub(super) fn question(viewer: &Viewer, wanted: &SearchFor) -> Question {
    let text = |value: Option<&str>| Value::Text(value.unwrap_or_default().to_owned());
    let (kind, name) = match &wanted.reference {
        Some((kind, name)) => (kind.as_str(), name.as_str()),
        None => ("", ""),
    };
    // `g` stands behind every hexadecimal digit.
    let behind = wanted.hash.as_ref().map(|hash| format!("{hash}g"));
    Question::of(sql!("reads/search.sql"))
        .bind(viewer.value())
        .bind(text(wanted.forge.as_deref()))
        .bind(text(wanted.namespace.as_deref()))
        .bind(text(wanted.project.as_deref()))
        .bind(text(Some(kind)))
        .bind(text(Some(name)))
        .bind(text(wanted.hash.as_deref()))
        .bind(text(behind.as_deref()))
        .bind(text(wanted.external_id.as_deref()))
        .bind(Value::Number(Some(MOST_OF_A_KIND)))
}

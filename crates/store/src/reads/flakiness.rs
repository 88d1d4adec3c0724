//! How reliable the targets of a project are.

use chrono::{DateTime, Utc};
use domain::ids::ProjectId;
use domain::words::JobKind;
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::projects::{OfProject, ProjectRow};
use super::question::{Question, Value};
use super::sections::{some, word};
use super::viewer::Viewer;
use super::words;
use crate::sql::sql;
use crate::{Db, Result};

/// The most rows that are told of one project.
const MOST_ROWS: i64 = 200;

/// All targets of one kind, identifier, package and name in a project, since a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FlakinessRow {
    /// Their kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of their jobs.
    pub identifier: Option<String>,
    /// The package of their jobs.
    pub package: Option<String>,
    /// Their name.
    pub name: String,
    /// Attempts, finished or not.
    pub attempts: i64,
    /// Attempts that succeeded.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Attempts on which the infrastructure failed.
    pub errored: i64,
    /// Attempts that came to another outcome than the one before, although they consumed the very same and were asked for in the
    /// very same way: with the same variables.
    pub changed: i64,
    /// The median duration of those that succeeded or failed, in seconds.
    pub median_seconds: Option<f64>,
}

/// A project and the flakiness of its targets since a moment, those whose outcome changed most often first. None if there is no
/// such project for this viewer.
///
/// # Errors
/// If the database cannot be read.
pub async fn flakiness(
    db: &Db,
    viewer: &Viewer,
    project: ProjectId,
    since: DateTime<Utc>,
) -> Result<Option<(ProjectRow, Vec<FlakinessRow>)>> {
    let rows: Vec<OfProject<Row>> = question(viewer, project, since).rows(db).await?;
    let Some(project) = rows.first().map(OfProject::project) else { return Ok(None) };
    let found: Result<_> = rows.into_iter().filter_map(|row| row.of.told().transpose()).collect();
    Ok(Some((project, found?)))
}

/// What is told of targets of one kind, identifier, package and name, if the project has any. No word is an empty one.
#[derive(FromRow)]
struct Row {
    kind: Option<String>,
    identifier: Option<String>,
    package: Option<String>,
    name: Option<String>,
    attempts: Option<i64>,
    succeeded: Option<i64>,
    failed: Option<i64>,
    errored: Option<i64>,
    changed: Option<i64>,
    median_seconds: Option<f64>,
}

impl Row {
    fn told(self) -> Result<Option<FlakinessRow>> {
        let Some(name) = self.name else { return Ok(None) };
        let told = |word: Option<String>| word.filter(|word| !word.is_empty());
        Ok(Some(FlakinessRow {
            kind: word(&self.kind)?,
            identifier: told(self.identifier),
            package: told(self.package),
            name,
            attempts: some(self.attempts)?,
            succeeded: some(self.succeeded)?,
            failed: some(self.failed)?,
            errored: some(self.errored)?,
            changed: some(self.changed)?,
            median_seconds: self.median_seconds,
        }))
    }
}

pub(super) fn question(viewer: &Viewer, project: ProjectId, since: DateTime<Utc>) -> Question {
    Question::of(sql!("reads/flakiness.sql"))
        .bind(project.into())
        .bind(viewer.value())
        .bind(Value::Time(since))
        .bind(Value::Number(Some(MOST_ROWS)))
}

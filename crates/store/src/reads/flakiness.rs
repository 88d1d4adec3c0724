//! How reliable the targets of a project are.

use chrono::{DateTime, Utc};
use domain::ids::ProjectId;
use domain::words::JobKind;
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use super::question::{Question, Value};
use super::viewer::Viewer;
use super::words;
use crate::sql::sql;
use crate::{Db, Result};

/// The most kinds and names that are told of one project.
const MOST_ROWS: i64 = 200;

/// All targets of one kind and name in a project, since a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema, FromRow)]
pub struct FlakinessRow {
    /// Their kind.
    #[sqlx(try_from = "String")]
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
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
    /// Attempts that came to another outcome than the one before, although they consumed the very same.
    pub changed: i64,
    /// The median duration of those that succeeded or failed, in seconds.
    pub median_seconds: Option<f64>,
}

/// The flakiness of a project's targets since a moment, those whose outcome changed most often first. Empty for a project that
/// this viewer may not see.
///
/// # Errors
/// If the database cannot be read.
pub async fn flakiness(
    db: &Db,
    viewer: &Viewer,
    project: ProjectId,
    since: DateTime<Utc>,
) -> Result<Vec<FlakinessRow>> {
    question(viewer, project, since).rows(db).await
}

pub(super) fn question(viewer: &Viewer, project: ProjectId, since: DateTime<Utc>) -> Question {
    Question::of(sql!("reads/flakiness.sql"))
        .bind(project.into())
        .bind(viewer.value())
        .bind(Value::Time(since))
        .bind(Value::Number(Some(MOST_ROWS)))
}

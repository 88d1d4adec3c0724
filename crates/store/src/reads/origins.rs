//! Beyond the use cases: what became of a row of an imported database.

use sqlx::FromRow;

use super::question::{Question, Value};
use super::viewer::Viewer;
use crate::origins::SourceRow;
use crate::sql::sql;
use crate::{Db, Result};

/// A row of ours that a row of another database became.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Origin {
    /// Our table: `events`, `pipelines`, `jobs`, `targets`, `projects`, `references`.
    pub our_table: String,
    /// The id there.
    pub our_id: i64,
    /// The event that it belongs to, if it belongs to one.
    pub event_id: Option<i64>,
}

/// All rows of ours that a row of another database became, as far as this viewer may see them, in the order of their tables and
/// ids: several, where events shared it. What belongs to no event is told only to those who see everything.
///
/// # Errors
/// If the database cannot be read.
pub async fn origins(db: &Db, viewer: &Viewer, row: &SourceRow) -> Result<Vec<Origin>> {
    question(viewer, row).rows(db).await
}

pub(super) fn question(viewer: &Viewer, row: &SourceRow) -> Question {
    Question::of(sql!("reads/origins.sql"))
        .bind(Value::Text(row.table.clone()))
        .bind(Value::Text(row.id.clone()))
        .bind(viewer.value())
}

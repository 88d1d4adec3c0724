//! Which row of ours a row of another database became: old links lead there.

use std::str::FromStr;

use domain::words::Visibility;
use sqlx::FromRow;

use crate::reads::EventRow;
use crate::sql::{on, sql};
use crate::{Db, Result};

/// A row of another database, written `table:id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceRow {
    /// Its table.
    pub table: String,
    /// Its id there; of a row that ties two others, both ids with a colon between.
    pub id: String,
}

/// Text that names no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no row of another database; it is written TABLE:ID, for example copr_build_targets:2545")]
pub struct InvalidSourceRow(pub String);

impl SourceRow {
    /// The row of this table and id.
    #[expect(clippy::needless_pass_by_value, reason = "callers hold numbers as well as text")]
    pub fn new(table: &str, id: impl ToString) -> Self {
        Self { table: table.to_owned(), id: id.to_string() }
    }
}

impl std::fmt::Display for SourceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.table, self.id)
    }
}

impl FromStr for SourceRow {
    type Err = InvalidSourceRow;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidSourceRow> {
        match text.split_once(':') {
            Some((table, id)) if !table.is_empty() && !id.is_empty() => Ok(Self::new(table, id)),
            _ => Err(InvalidSourceRow(text.to_owned())),
        }
    }
}

/// A row of ours that a row of another database became.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Origin {
    /// Our table: `events`, `pipelines`, `jobs`, `targets`, `projects`, `references`.
    pub our_table: String,
    /// The id there.
    pub our_id: i64,
    /// The event that it belongs to, if it belongs to one.
    pub event_id: Option<i64>,
    visibility: Option<String>,
}

impl Origin {
    /// Whether it belongs to an event of a public project.
    pub fn is_public(&self) -> bool {
        self.visibility.as_deref() == Some(Visibility::Public.as_str())
    }
}

/// All rows of ours that a row of another database became, in the order of their tables and ids: several, where events
/// shared it.
///
/// # Errors
/// If the database cannot be read.
pub async fn find(db: &Db, row: &SourceRow) -> Result<Vec<Origin>> {
    Ok(on!(db, sql!("import/origins_of_rows.sql"), |query, pool| sqlx::query_as(query)
        .bind(&row.table)
        .bind(&row.id)
        .fetch_all(pool)
        .await)?)
}

/// The events of public projects that a row of another database is in, newest first, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn events(db: &Db, row: &SourceRow, limit: i64) -> Result<Vec<EventRow>> {
    Ok(on!(db, sql!("import/events_of_row.sql"), |query, pool| sqlx::query_as(query)
        .bind(&row.table)
        .bind(&row.id)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

#[cfg(test)]
mod tests {
    use super::SourceRow;

    #[test]
    fn a_row_is_named_by_table_and_id() {
        let row: SourceRow = "copr_build_targets:2545".parse().unwrap();
        assert_eq!(row, SourceRow::new("copr_build_targets", 2545));
        assert_eq!(row.to_string(), "copr_build_targets:2545");
        for text in ["", "copr_build_targets", ":1", "copr_build_targets:"] {
            assert!(text.parse::<SourceRow>().is_err(), "{text}");
        }
    }
}

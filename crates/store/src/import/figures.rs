//! What was imported, counted by project, to be compared with the source.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// How many rows of a table of the source came to the same in one project.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Figure {
    /// Our project; 0 for all unknown ones together.
    pub project: i64,
    /// The table of the source.
    pub what: String,
    /// What they came to: a target's status; nothing for events and pipelines.
    pub status: String,
    /// How many rows.
    pub found: i64,
}

/// A project, and a row of the source that it was.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ImportedProject {
    /// The row, `table:id`; `:` if it is none's.
    pub source: String,
    /// Its id.
    pub id: i64,
    /// Its name, `host/namespace/name`.
    pub name: String,
}

/// How many rows came to what, by project.
///
/// # Errors
/// If the database cannot be read.
pub async fn figures(db: &Db) -> Result<Vec<Figure>> {
    Ok(on!(db, sql!("import/figures.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

/// When the newest imported pipeline of each project was planned.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest(db: &Db) -> Result<Vec<(i64, DateTime<Utc>)>> {
    Ok(on!(db, sql!("import/newest.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

/// All projects, once for each row of the source that they were.
///
/// # Errors
/// If the database cannot be read.
pub async fn projects(db: &Db) -> Result<Vec<ImportedProject>> {
    Ok(on!(db, sql!("import/projects.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

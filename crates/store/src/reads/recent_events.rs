//! Use case 7, across all public projects: events, newest first.

use chrono::{DateTime, Utc};
use domain::words::{EventKind, EventStatus, ReferenceKind, Visibility};
use serde::Serialize;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// One event of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct EventRow {
    /// Its id.
    pub id: i64,
    /// What happened.
    #[sqlx(try_from = "String")]
    pub kind: EventKind,
    /// Who acted.
    pub actor: Option<String>,
    /// What became of it.
    #[sqlx(try_from = "String")]
    pub status: EventStatus,
    /// When it happened, by the forge's clock.
    pub occurred_at: DateTime<Utc>,
    /// The forge's host.
    pub forge: String,
    /// The project's namespace.
    pub namespace: String,
    /// The project's name.
    pub project_name: String,
    /// Who may see the project.
    #[sqlx(try_from = "String")]
    pub visibility: Visibility,
    /// What the reference is.
    #[sqlx(try_from = "String")]
    pub reference_kind: ReferenceKind,
    /// The reference's name.
    pub reference_name: String,
    /// The commit's full hash.
    pub hash: Option<String>,
    /// The first reason for something that was not started.
    pub reason: Option<String>,
}

/// A page of a list, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The next page's cursor; none if this is the last page.
    pub next: Option<(DateTime<Utc>, i64)>,
}

/// Events of public projects, newest first: those before the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn recent_events(
    db: &Db,
    before: Option<(DateTime<Utc>, i64)>,
    limit: i64,
) -> Result<Page<EventRow>> {
    // Later than any forge's clock, and what both databases can compare with.
    let (at, id) = before.unwrap_or((DateTime::from_timestamp_nanos(i64::MAX), i64::MAX));
    let mut rows: Vec<EventRow> =
        on!(db, sql!("reads/recent_events.sql"), |query, pool| sqlx::query_as(query)
            .bind(at)
            .bind(id)
            .bind(limit + 1)
            .fetch_all(pool)
            .await)?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = if more { rows.last().map(|row| (row.occurred_at, row.id)) } else { None };
    Ok(Page { rows, next })
}

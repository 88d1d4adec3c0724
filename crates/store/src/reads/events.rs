//! Use case 7: events, newest first, of a project or across all projects.

use chrono::{DateTime, Utc};
use domain::words::{EventKind, EventStatus, ReferenceKind, Visibility};
use sqlx::FromRow;

use super::filters::EventFilter;
use super::page::{Page, Position};
use super::viewer::Viewer;
use crate::sql::sql;
use crate::{Db, Result};

/// One event of a list.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
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
    /// Counted up with each change of its workflow.
    pub version: i64,
    /// When it happened, by the forge's clock.
    pub occurred_at: DateTime<Utc>,
    /// When we were told.
    pub received_at: DateTime<Utc>,
    /// The project's id.
    pub project_id: i64,
    /// The reference's id.
    pub reference_id: i64,
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

/// Events that this viewer may see, newest first: those before the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn events(
    db: &Db,
    viewer: &Viewer,
    filter: &EventFilter,
    before: Option<Position>,
    limit: i64,
) -> Result<Page<EventRow>> {
    let question = filter.question(sql!("reads/events.sql").sqlite(), viewer, before, limit);
    let rows: Vec<EventRow> = question.rows(db).await?;
    Ok(Page::cut(rows, limit, |row| (row.occurred_at, row.id)))
}

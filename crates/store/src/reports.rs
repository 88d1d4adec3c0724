//! What forges are told, and what they were told last: survives restarts, and is told once.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, ProjectId};
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// Something that a forge is to be told.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Report {
    /// Its id.
    pub id: i64,
    /// The project.
    #[sqlx(try_from = "i64")]
    pub project_id: ProjectId,
    /// The commit at which it is told.
    pub hash: String,
    /// The name under which it is told; the same name replaces.
    pub name: String,
    /// The event whose state is told.
    #[sqlx(try_from = "i64")]
    pub event_id: EventId,
    /// What was told last.
    pub told_status: Option<String>,
    /// How often this was tried without success, this time counted in.
    pub tries: i64,
}

/// Takes up to `limit` reports that are due, until `lease_end`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limit: i64,
) -> Result<Vec<Report>> {
    Ok(on!(db.autocommit(), sql!("reports/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Takes note of what the forge was told. If the event changed meanwhile, the report stays due.
///
/// # Errors
/// If the database refuses.
pub async fn told(db: &Db, report: &Report, worker: &str, told: &str, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("reports/told.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(told)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Puts a report off, with the reason; without a time until its event changes.
///
/// # Errors
/// If the database refuses.
pub async fn postpone(
    db: &Db,
    report: &Report,
    worker: &str,
    until: Option<DateTime<Utc>>,
    problem: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(db.autocommit(), sql!("reports/postpone.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(until)
        .bind(problem)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

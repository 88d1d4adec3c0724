//! One after the other: forges limit how much an owner's repositories may be told (`docs/contracts.md` 1.6).
//!
//! The count is in the database, since several processes tell the same owner. A report that has to wait is given its turn
//! once and comes back then; what changes meanwhile is told with it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::words::ProjectKey;

use super::Report;
use crate::sql::{on, sql};
use crate::{Db, Result};

/// How much an owner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How far apart calls are when there are many.
    pub interval: Duration,
    /// How many may be made at once after a rest.
    pub burst: u32,
}

/// When a report may be told: at its turn, or now if there is nothing to wait for. A turn from before a pause is void.
///
/// # Errors
/// If the database refuses.
pub async fn turn(
    db: &Db,
    report: &Report,
    project: &ProjectKey,
    rate: Rate,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    if let Some(turn) = report.turn_at
        && turn >= paused_until(db, project).await?
    {
        return Ok(turn);
    }
    let interval = milliseconds(rate.interval);
    let burst = interval.saturating_mul(i64::from(rate.burst.max(1)) - 1);
    let turns: Vec<i64> =
        on!(db.autocommit(), sql!("throttles/take.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(&project.forge)
            .bind(owner(project))
            .bind(now.timestamp_millis())
            .bind(interval)
            .bind(burst)
            .fetch_all(pool)
            .await)?;
    Ok(turns.first().map_or(now, |turn| at(*turn).max(now)))
}

/// Tells nobody of this owner anything before then.
///
/// # Errors
/// If the database refuses.
pub async fn pause(db: &Db, project: &ProjectKey, until: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("throttles/pause.sql"), |query, pool| sqlx::query(query)
        .bind(&project.forge)
        .bind(owner(project))
        .bind(until.timestamp_millis())
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

async fn paused_until(db: &Db, project: &ProjectKey) -> Result<DateTime<Utc>> {
    let until: Option<i64> =
        on!(db, sql!("throttles/paused_until.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(&project.forge)
            .bind(owner(project))
            .fetch_optional(pool)
            .await)?;
    Ok(at(until.unwrap_or(0)))
}

/// An App is installed for an account; owners' names differ by more than case.
fn owner(project: &ProjectKey) -> String {
    project.namespace.to_lowercase()
}

fn milliseconds(span: Duration) -> i64 {
    TimeDelta::from_std(span).map_or(i64::MAX / 1_000_000, |span| span.num_milliseconds())
}

fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

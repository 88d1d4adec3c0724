//! What programs of ours told while they carried out targets. Build systems keep their logs themselves.

use chrono::{DateTime, Utc};
use domain::ids::TargetId;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// Keeps the log of a target, instead of an earlier one. What no database takes as text is replaced.
///
/// # Errors
/// If there is no such target, or the database refuses.
pub async fn keep(db: &Db, target: TargetId, text: &str, now: DateTime<Utc>) -> Result<()> {
    let text = text.replace('\0', "\u{fffd}");
    on!(db.autocommit(), sql!("logs/keep.sql"), |query, pool| sqlx::query(query)
        .bind(target.0)
        .bind(&text)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The log of a target; none if none is kept.
///
/// # Errors
/// If the database cannot be read.
pub async fn read(db: &Db, target: TargetId) -> Result<Option<String>> {
    Ok(on!(db, sql!("logs/read.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(target.0)
        .fetch_optional(pool)
        .await)?)
}

//! Build systems to which nothing new is submitted; what is there is followed to its end.

use chrono::{DateTime, Utc};
use domain::words::BuildSystem;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// A build system that is paused.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Pause {
    /// Which one.
    #[sqlx(try_from = "String")]
    pub system: BuildSystem,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who paused it, or told anew why.
    pub paused_by: String,
    /// Why.
    pub reason: Option<String>,
}

/// Pauses a build system. One that is paused stays so since when it was; a reason, and who gives it, take the place of what was
/// said before.
///
/// # Errors
/// If the database refuses.
pub async fn pause(
    db: &Db,
    system: BuildSystem,
    by: &str,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(db.autocommit(), sql!("pauses/pause.sql"), |query, pool| sqlx::query(query)
        .bind(system.as_str())
        .bind(now)
        .bind(by)
        .bind(reason)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Lets a build system go on: what waited is due now. Says whether it was paused.
///
/// # Errors
/// If the database refuses.
pub async fn resume(db: &Db, system: BuildSystem, now: DateTime<Utc>) -> Result<bool> {
    let mut tx = db.write().await?;
    let was_paused = on!(&mut tx, sql!("pauses/resume.sql"), |query, connection| sqlx::query(query)
        .bind(system.as_str())
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))?;
    on!(&mut tx, sql!("pauses/hurry.sql"), |query, connection| sqlx::query(query)
        .bind(system.as_str())
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    tx.commit().await?;
    Ok(was_paused)
}

/// The build systems that are paused.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(db: &Db) -> Result<Vec<Pause>> {
    Ok(on!(db, sql!("pauses/list.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

//! The release table as it was last read from Bodhi. Where there is none, the one that ships with the binary serves.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// Keeps a release list.
///
/// # Errors
/// If the database refuses.
pub async fn save(db: &Db, list: &serde_json::Value, fetched_at: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("releases/save.sql"), |query, pool| sqlx::query(query)
        .bind(fetched_at)
        .bind(Json(list))
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The kept release list and when it was read; none if there is none.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(db: &Db) -> Result<Option<(DateTime<Utc>, serde_json::Value)>> {
    let row: Option<(DateTime<Utc>, Json<serde_json::Value>)> =
        on!(db, sql!("releases/get.sql"), |query, pool| sqlx::query_as(query).fetch_optional(pool).await)?;
    Ok(row.map(|(at, list)| (at, list.0)))
}

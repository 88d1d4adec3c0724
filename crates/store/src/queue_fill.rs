//! A long queue for benchmarks, made with a few statements instead of with hundreds of thousands of events; and its length.

use chrono::{DateTime, Utc};
use domain::words::BuildSystem;

use crate::db::Each;
use crate::sql::{on, sql};
use crate::{Db, Result};

/// Fills a database with `projects` projects that have `per_project` submissions each waiting for `system`, due since
/// `due_at`. There are no targets on them: they can be claimed and nothing else, and `verify` finds fault with them.
///
/// The projects' forge is `queue.invalid`; a database is filled once.
///
/// # Errors
/// If the database refuses; then nothing is filled.
pub async fn fill(
    db: &Db,
    system: BuildSystem,
    projects: u32,
    per_project: u32,
    due_at: DateTime<Utc>,
) -> Result<()> {
    let mut tx = db.write().await?;
    on!(&mut tx, sql!("queue_fill/projects.sql"), |query, connection| sqlx::query(query)
        .bind(i64::from(projects))
        .bind(due_at)
        .execute(connection)
        .await
        .map(|_| ()))?;
    on!(&mut tx, sql!("queue_fill/references.sql"), |query, connection| sqlx::query(query)
        .execute(connection)
        .await
        .map(|_| ()))?;
    on!(&mut tx, sql!("queue_fill/events.sql"), |query, connection| sqlx::query(query)
        .bind(due_at)
        .execute(connection)
        .await
        .map(|_| ()))?;
    on!(&mut tx, sql!("queue_fill/submissions.sql"), |query, connection| sqlx::query(query)
        .bind(i64::from(per_project))
        .bind(system.as_str())
        .bind(due_at)
        .execute(connection)
        .await
        .map(|_| ()))?;
    tx.commit().await?;
    // A server would have done so by itself while the rows came in; SQLite never does.
    if let Each::Postgres(pool) = db.writers() {
        sqlx::query("VACUUM ANALYZE submissions").execute(pool).await?;
    }
    Ok(())
}

/// How many submissions are due. It counts them one by one.
///
/// # Errors
/// If the database cannot be read.
pub async fn due(db: &Db, now: DateTime<Utc>) -> Result<i64> {
    Ok(on!(db, sql!("queue_fill/due.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(now)
        .fetch_one(pool)
        .await)?)
}

//! Deliveries that wait: for the work that they tell of to be known, or for others of their kind.

use chrono::{DateTime, Utc};
use domain::ids::{EventId, InboxId, TargetId};
use domain::words::{BuildSystem, DeliveryOutcome};
use sqlx::FromRow;

use super::Delivery;
use crate::sql::{on, sql};
use crate::{Db, Result, Tx};

/// What a delivery tells of, as the inbox keeps it: a build system's work.
pub fn work_key(system: BuildSystem, external_id: &str) -> String {
    format!("{system} {external_id}")
}

/// Lets a claimed delivery wait until then, or until the work is known that it tells of. Says whether the lease still held.
///
/// # Errors
/// If the database refuses.
pub async fn park(
    db: &Db,
    delivery: &Delivery,
    worker: &str,
    work: &str,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<bool> {
    Ok(on!(db.autocommit(), sql!("inbox/park.sql"), |query, pool| sqlx::query(query)
        .bind(delivery.id.0)
        .bind(worker)
        .bind(delivery.due_at)
        .bind(work)
        .bind(until)
        .bind(reason)
        .execute(pool)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Has the deliveries looked at that wait for this work. Says how many.
///
/// # Errors
/// If the database refuses.
pub async fn unpark(db: &Db, work: &str, now: DateTime<Utc>) -> Result<u64> {
    Ok(on!(db.autocommit(), sql!("inbox/unpark.sql"), |query, pool| sqlx::query(query)
        .bind(work)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Notes the work that a claimed delivery tells of.
///
/// # Errors
/// If the database refuses.
pub async fn concerns(tx: &mut Tx, id: InboxId, worker: &str, work: &str) -> Result<()> {
    on!(tx, sql!("inbox/concerns.sql"), |query, connection| sqlx::query(query)
        .bind(id.0)
        .bind(worker)
        .bind(work)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// A delivery that waits for others of its kind.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Folded {
    /// Its id.
    #[sqlx(try_from = "i64")]
    pub id: InboxId,
    /// The target that it asks to redo.
    #[sqlx(try_from = "i64", rename = "fold_target_id")]
    pub target: TargetId,
    /// When it came, UTC.
    pub received_at: DateTime<Utc>,
}

/// Lets a claimed delivery wait until then for others with the same key.
///
/// # Errors
/// If the database refuses.
pub async fn hold(
    db: &Db,
    id: InboxId,
    worker: &str,
    (key, target): (&str, TargetId),
    until: DateTime<Utc>,
) -> Result<()> {
    on!(db.autocommit(), sql!("inbox/hold.sql"), |query, pool| sqlx::query(query)
        .bind(id.0)
        .bind(worker)
        .bind(key)
        .bind(target.0)
        .bind(until)
        .bind("waits for others like it")
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The deliveries that wait under a key, oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn folded(tx: &mut Tx, key: &str) -> Result<Vec<Folded>> {
    Ok(on!(tx, sql!("inbox/folded.sql"), |query, connection| sqlx::query_as(query)
        .bind(key)
        .fetch_all(connection)
        .await)?)
}

/// Settles all deliveries that wait under a key, whoever holds them.
///
/// # Errors
/// If the database refuses.
pub async fn finish_folded(
    tx: &mut Tx,
    key: &str,
    outcome: DeliveryOutcome,
    reason: &str,
    event: Option<EventId>,
) -> Result<()> {
    on!(tx, sql!("inbox/finish_folded.sql"), |query, connection| sqlx::query(query)
        .bind(key)
        .bind(outcome.as_str())
        .bind(reason)
        .bind(event.map(|event| event.0))
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

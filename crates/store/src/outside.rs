//! Targets that consume those of other events: they move on when the other event's target ends, or count otherwise in their
//! event's status if they were skipped before.
//!
//! Whoever ends a target leaves a row for each event that waits for it, in the same transaction; a second, idempotent one
//! moves that event on under its own lock (`docs/design.md` section 2, "One writer per event").

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::ids::{EventId, TargetId};
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Error, Result, Tx, workflows};

/// Leaves word for the events that wait for these targets of an event, which have just ended.
pub(crate) async fn mark(
    tx: &mut Tx,
    event: EventId,
    ended: &BTreeSet<TargetId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    on!(tx, sql!("outside/mark.sql"), |query, connection| sqlx::query(query)
        .bind(event.0)
        .bind(Json(ended))
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The events that are to move on, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn due(db: &Db, now: DateTime<Utc>, limit: i64) -> Result<Vec<EventId>> {
    let events: Vec<i64> = on!(db, sql!("outside/due.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(now)
        .bind(limit)
        .fetch_all(pool)
        .await)?;
    Ok(events.into_iter().map(EventId).collect())
}

/// Moves an event on; one that is gone needs it no more. Doing it again, or at once with somebody else, changes nothing more.
///
/// # Errors
/// If the database refuses.
pub async fn move_on(db: &Db, event: EventId, now: DateTime<Utc>) -> Result<()> {
    let mut tx = db.write().await?;
    let is_there = match tx.lock_event(event).await {
        Err(Error::NotFound(_)) => false,
        locked => locked.map(|_| true)?,
    };
    // Taken back before anything is read: what ends from here on leaves word again.
    on!(&mut tx, sql!("outside/take.sql"), |query, connection| sqlx::query(query)
        .bind(event.0)
        .execute(connection)
        .await
        .map(|_| ()))?;
    if is_there {
        let mut workflow = workflows::load(&mut tx, event).await?;
        workflow.settle(now);
        // What was skipped moves no more, but counts otherwise when its inputs have succeeded.
        if workflow.changed.is_empty() && workflows::save_status(&mut tx, &workflow).await? {
            tx.count_event(event).await?;
            workflows::touch(&mut tx, event, now).await?;
        }
        workflows::save(&mut tx, workflow, now).await?;
    }
    tx.commit().await
}

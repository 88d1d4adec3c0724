//! A batch of events written: ids first, then each table at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::EventId;
use domain::words::{DeliveryOutcome, Needs};

use super::placed::{Placed, place};
use super::tables::Tables;
use super::{EventRows, SOURCE, plans};
use crate::db::Each;
use crate::origins::SourceRow;
use crate::sql::{on, sql, write_rows};
use crate::{Result, Tx, workflows};

/// Writes what of these events is not there yet, and returns the events' ids. Of an event that is there, the version is
/// counted up.
///
/// # Errors
/// If the database refuses; the transaction is to be dropped then.
pub async fn write(tx: &mut Tx, batch: &[EventRows], now: DateTime<Utc>) -> Result<Vec<i64>> {
    let mut known: Vec<(i64, &EventRows)> =
        batch.iter().filter_map(|event| Some((event.known?, event))).collect();
    known.sort_by_key(|(id, _)| *id);
    for (id, event) in known {
        tx.lock_event(EventId(id)).await?;
        tx.count_event(EventId(id)).await?;
        // The other database says when something ran, not when its event happened: nobody knew it while nothing had run.
        if event.pipelines.iter().all(|pipeline| pipeline.known.is_none()) {
            set_time(tx, id, event.occurred_at).await?;
        }
    }
    let commits = ensure_commits(tx, batch).await?;
    let placed = place(tx, batch).await?;
    let deliveries = insert_deliveries(tx, &placed, now).await?;
    let mut tables = Tables::empty();
    for event in &placed {
        if event.is_new() {
            let hash = event.rows.hash.as_deref();
            let commit = hash.and_then(|hash| commits.get(&(event.rows.reference, hash.to_owned())).copied());
            let delivery = deliveries.get(&event.rows.delivery).copied();
            tables.add_event(event, commit, delivery, now)?;
        }
        tables.add_rows(event)?;
    }
    tables.write(tx).await?;
    for event in placed.iter().filter(|event| !event.is_new()) {
        plans::extend(tx, event).await?;
    }
    // Only here all of its rows are known, those of earlier imports too.
    for event in placed.iter().filter(|event| !event.is_new()) {
        workflows::restate(tx, EventId(event.event)).await?;
    }
    Ok(placed.iter().map(|event| event.event).collect())
}

/// An event happened at this time; what was said of a time that it lacked is not so any more.
async fn set_time(tx: &mut Tx, event: i64, occurred_at: DateTime<Utc>) -> Result<()> {
    on!(tx, sql!("import/happened.sql"), |query, connection| sqlx::query(query)
        .bind(event)
        .bind(occurred_at)
        .execute(connection)
        .await
        .map(|_| ()))?;
    on!(tx, sql!("import/unsaid.sql"), |query, connection| sqlx::query(query)
        .bind(event)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Lets a target consume one of another event, or of its job's previous job, and notes which row said so. `needs` has to fit
/// how both ended.
///
/// # Errors
/// If the database refuses.
pub async fn link(tx: &mut Tx, rows: &[(i64, i64, Needs, i64, SourceRow)]) -> Result<()> {
    let mut events: Vec<i64> = rows.iter().map(|row| row.3).collect();
    events.sort_unstable();
    events.dedup();
    for event in &events {
        tx.lock_event(EventId(*event)).await?;
        tx.count_event(EventId(*event)).await?;
    }
    write_rows!(
        tx,
        "INSERT INTO inputs (target_id, input_target_id, needs) ",
        rows,
        |binder, row| binder.push_bind(row.0).push_bind(row.1).push_bind(row.2.as_str()),
        " ON CONFLICT DO NOTHING"
    );
    write_rows!(
        tx,
        "INSERT INTO origins (source_table, source_id, our_table, our_id, event_id) ",
        rows,
        |binder, row| binder
            .push_bind(&row.4.table)
            .push_bind(&row.4.id)
            .push_bind("inputs")
            .push_bind(row.0)
            .push_bind(row.3),
        " ON CONFLICT DO NOTHING"
    );
    for event in events {
        workflows::restate(tx, EventId(event)).await?;
    }
    Ok(())
}

/// The commits of the batch's new events, by reference and hash.
async fn ensure_commits(tx: &mut Tx, batch: &[EventRows]) -> Result<BTreeMap<(i64, String), i64>> {
    let mut wanted: BTreeMap<(i64, &str), i64> = BTreeMap::new();
    for event in batch.iter().filter(|event| event.known.is_none()) {
        if let Some(hash) = &event.hash {
            wanted.insert((event.reference, hash), event.project);
        }
    }
    let keys: Vec<(i64, i64, &str)> =
        wanted.iter().map(|((reference, hash), project)| (*project, *reference, *hash)).collect();
    let mut ids = BTreeMap::new();
    for keys in keys.chunks(500) {
        macro_rules! insert {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "INSERT INTO commits (project_id, reference_id, hash) ",
                );
                query.push_values(keys, |mut row, key| {
                    row.push_bind(key.0).push_bind(key.1).push_bind(key.2);
                });
                query.push(
                    " ON CONFLICT (reference_id, hash) DO UPDATE SET hash = excluded.hash \
                     RETURNING id, reference_id, hash",
                );
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<(i64, i64, String)> = match tx.each() {
            Each::Postgres(connection) => insert!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => insert!(sqlx::Sqlite, connection),
        };
        ids.extend(rows.into_iter().map(|(id, reference, hash)| ((reference, hash), id)));
    }
    Ok(ids)
}

/// What is imported is a delivery like any other, so that it is taken once. Returns their ids by key.
async fn insert_deliveries(
    tx: &mut Tx,
    placed: &[Placed<'_>],
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, i64>> {
    let new: Vec<&Placed<'_>> = placed.iter().filter(|event| event.is_new()).collect();
    let mut ids = BTreeMap::new();
    for new in new.chunks(500) {
        macro_rules! insert {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "INSERT INTO inbox (source, delivery_id, kind, received_at, outcome, event_id) ",
                );
                query.push_values(new, |mut row, event| {
                    row.push_bind(SOURCE)
                        .push_bind(&event.rows.delivery)
                        .push_bind(event.rows.kind.as_str())
                        .push_bind(now)
                        .push_bind(DeliveryOutcome::Accepted.as_str())
                        .push_bind(event.event);
                });
                query.push(" RETURNING delivery_id, id");
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<(String, i64)> = match tx.each() {
            Each::Postgres(connection) => insert!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => insert!(sqlx::Sqlite, connection),
        };
        ids.extend(rows);
    }
    Ok(ids)
}

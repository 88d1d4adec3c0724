//! The books of an import: which row of the other database came to what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::db::Each;
use crate::origins::SourceRow;
use crate::sql::{on, sql, write_rows};
use crate::{Result, Tx};

/// Keys that are asked for with one statement.
const CHUNK: usize = 1000;

/// A row that was set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SetAside {
    /// Its table.
    pub source_table: String,
    /// Its id there.
    pub source_id: String,
    /// Why.
    pub reason: String,
}

/// What is to be said of a row that came to something.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Note {
    /// Its place among all that was said.
    pub id: i64,
    /// The row's table.
    pub source_table: String,
    /// The row's id there.
    pub source_id: String,
    /// What is odd about it.
    pub note: String,
}

/// A row that became jobs of several events.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Shared {
    /// Its table.
    pub source_table: String,
    /// Its id there.
    pub source_id: String,
    /// How many events.
    pub events: i64,
}

/// Rows of `head table middle (ids)`, asked for a thousand ids at a time.
pub(super) async fn tuples<R>(
    tx: &mut Tx,
    head: &'static str,
    table: &str,
    middle: &'static str,
    ids: impl Iterator<Item = String>,
) -> Result<Vec<R>>
where
    R: for<'r> FromRow<'r, sqlx::postgres::PgRow>
        + for<'r> FromRow<'r, sqlx::sqlite::SqliteRow>
        + Send
        + Unpin,
{
    let ids: Vec<String> = ids.collect();
    let mut found = Vec::new();
    for ids in ids.chunks(CHUNK) {
        macro_rules! select {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(head);
                query.push_bind(table).push(middle).push("(");
                let mut list = query.separated(", ");
                for id in ids {
                    list.push_bind(id);
                }
                query.push(")");
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<R> = match tx.each() {
            Each::Postgres(connection) => select!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => select!(sqlx::Sqlite, connection),
        };
        found.extend(rows);
    }
    Ok(found)
}

/// Which of these rows of a table came to something already.
///
/// # Errors
/// If the database cannot be read.
pub async fn imported(tx: &mut Tx, table: &str, ids: &[String]) -> Result<BTreeSet<String>> {
    const HEAD: &str = "SELECT source_id FROM origins WHERE source_table = ";
    let rows: Vec<(String,)> = tuples(tx, HEAD, table, " AND source_id IN ", ids.iter().cloned()).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which of these rows of a table came to something already, or were set aside.
///
/// # Errors
/// If the database cannot be read.
pub async fn accounted(tx: &mut Tx, table: &str, ids: &[String]) -> Result<BTreeSet<String>> {
    const HEAD: &str = "SELECT source_id FROM set_aside WHERE source_table = ";
    let mut found = imported(tx, table, ids).await?;
    let rows: Vec<(String,)> = tuples(tx, HEAD, table, " AND source_id IN ", ids.iter().cloned()).await?;
    found.extend(rows.into_iter().map(|(id,)| id));
    Ok(found)
}

/// Notes where rows come from that belong to no event: projects and references. What the other row held beyond them is kept.
///
/// # Errors
/// If the database refuses.
pub async fn note_origins(
    tx: &mut Tx,
    our_table: &str,
    rows: &[(SourceRow, i64, Option<Value>)],
) -> Result<()> {
    write_rows!(
        tx,
        "INSERT INTO origins (source_table, source_id, our_table, our_id, kept) ",
        rows,
        |binder, row| binder
            .push_bind(&row.0.table)
            .push_bind(&row.0.id)
            .push_bind(our_table)
            .push_bind(row.1)
            .push_bind(row.2.as_ref().map(Json)),
        " ON CONFLICT DO NOTHING"
    );
    Ok(())
}

/// Sets rows aside: with the reason, and what they held, word for word. Those that are set aside already stay so.
///
/// # Errors
/// If the database refuses.
pub async fn set_aside(tx: &mut Tx, rows: &[(SourceRow, String, String)]) -> Result<()> {
    write_rows!(
        tx,
        "INSERT INTO set_aside (source_table, source_id, reason, kept) ",
        rows,
        |binder, row| binder.push_bind(&row.0.table).push_bind(&row.0.id).push_bind(&row.1).push_bind(&row.2),
        " ON CONFLICT DO NOTHING"
    );
    Ok(())
}

/// Keeps what is to be said of rows that came to something: each once, however often it is said.
///
/// # Errors
/// If the database refuses.
pub async fn note(tx: &mut Tx, notes: &[(SourceRow, String)]) -> Result<()> {
    write_rows!(
        tx,
        "INSERT INTO import_notes (source_table, source_id, note) ",
        notes,
        |binder, note| binder.push_bind(&note.0.table).push_bind(&note.0.id).push_bind(&note.1),
        " ON CONFLICT DO NOTHING"
    );
    Ok(())
}

/// What was said of rows, in the order in which it was: what is behind this id, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn notes_page(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Note>> {
    Ok(on!(tx, sql!("import/notes_list.sql"), |query, connection| sqlx::query_as(query)
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await)?)
}

/// Takes rows from those that were set aside which an import could take after all.
///
/// # Errors
/// If the database refuses.
pub async fn forget_imported(tx: &mut Tx) -> Result<()> {
    on!(tx, sql!("import/set_aside_imported.sql"), |query, connection| sqlx::query(query)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// How many rows of each table came to something, over all imports.
///
/// # Errors
/// If the database cannot be read.
pub async fn counts(tx: &mut Tx) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> =
        on!(tx, sql!("import/counts.sql"), |query, connection| sqlx::query_as(query)
            .fetch_all(connection)
            .await)?;
    Ok(rows.into_iter().collect())
}

/// How many rows of a table came to something, or, if that is asked for, were set aside.
///
/// # Errors
/// If the database cannot be read.
pub async fn count_of(tx: &mut Tx, table: &str, or_set_aside: bool) -> Result<i64> {
    Ok(on!(tx, sql!("import/count_of.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(table)
        .bind(or_set_aside)
        .fetch_one(connection)
        .await)?)
}

/// How many rows of each table are set aside.
///
/// # Errors
/// If the database cannot be read.
pub async fn set_aside_counts(tx: &mut Tx) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = on!(tx, sql!("import/set_aside_counts.sql"), |query, connection| {
        sqlx::query_as(query).fetch_all(connection).await
    })?;
    Ok(rows.into_iter().collect())
}

/// Rows that are set aside, in the order of table and id: those behind `after`, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn set_aside_page(tx: &mut Tx, after: &SourceRow, limit: i64) -> Result<Vec<SetAside>> {
    Ok(on!(tx, sql!("import/set_aside_list.sql"), |query, connection| sqlx::query_as(query)
        .bind(&after.table)
        .bind(&after.id)
        .bind(limit)
        .fetch_all(connection)
        .await)?)
}

/// Rows that became jobs of several events, in the order of table and id: those behind `after`, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn shared_by_events(tx: &mut Tx, after: &SourceRow, limit: i64) -> Result<Vec<Shared>> {
    Ok(on!(tx, sql!("import/shared.sql"), |query, connection| sqlx::query_as(query)
        .bind(&after.table)
        .bind(&after.id)
        .bind(limit)
        .fetch_all(connection)
        .await)?)
}

/// What each import said of its source, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn sources(tx: &mut Tx) -> Result<Vec<String>> {
    Ok(on!(tx, sql!("import/sources.sql"), |query, connection| sqlx::query_scalar(query)
        .fetch_all(connection)
        .await)?)
}

/// Notes that an import begins; returns its id.
///
/// # Errors
/// If the database refuses.
pub async fn begin(tx: &mut Tx, source: &str, revision: &str, now: DateTime<Utc>) -> Result<i64> {
    Ok(on!(tx, sql!("import/begin.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(source)
        .bind(revision)
        .bind(now)
        .fetch_one(connection)
        .await)?)
}

/// Notes that an import has come to its end.
///
/// # Errors
/// If the database refuses.
pub async fn finish(tx: &mut Tx, import: i64, now: DateTime<Utc>) -> Result<()> {
    on!(tx, sql!("import/finish.sql"), |query, connection| sqlx::query(query)
        .bind(import)
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

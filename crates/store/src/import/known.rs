//! What earlier imports wrote, as far as a later one has to know it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::words::{JobKind, TargetStatus};
use sqlx::FromRow;

use super::SOURCE;
use super::accounts::tuples;
use crate::db::Each;
use crate::{Result, Tx};

/// An event that is there already.
#[derive(Debug, Clone, Default)]
pub struct KnownEvent {
    /// Its pipelines, by id.
    pub pipelines: Vec<KnownPipeline>,
    /// Its jobs, by id.
    pub jobs: Vec<KnownJob>,
    /// Its steps, by id.
    pub steps: Vec<KnownStep>,
    /// Its targets, by id.
    pub targets: Vec<KnownTarget>,
    /// Where they come from: table and id there, table and id here.
    pub origins: Vec<(String, String, String, i64)>,
}

/// A pipeline.
#[derive(Debug, Clone, FromRow)]
pub struct KnownPipeline {
    event_id: i64,
    /// Its id.
    pub id: i64,
    /// The package.
    pub package: Option<String>,
    /// The first pipeline, if it is a rerun.
    pub origin_id: Option<i64>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
}

/// A job.
#[derive(Debug, Clone, FromRow)]
pub struct KnownJob {
    event_id: i64,
    /// Its id.
    pub id: i64,
    /// Its kind.
    #[sqlx(try_from = "String")]
    pub kind: JobKind,
    /// Its identifier.
    pub identifier: Option<String>,
    /// The job before it.
    pub previous_job_id: Option<i64>,
}

/// A step.
#[derive(Debug, Clone, FromRow)]
pub struct KnownStep {
    event_id: i64,
    /// Its id.
    pub id: i64,
    /// Its pipeline.
    pub pipeline_id: i64,
    /// Its job.
    pub job_id: i64,
}

/// A target.
#[derive(Debug, Clone, FromRow)]
pub struct KnownTarget {
    event_id: i64,
    /// Its id.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// Its name.
    pub name: String,
    /// Its chain.
    pub chain_id: i64,
    /// Its place there.
    pub attempt: i64,
    /// How it ended, or where it stands.
    #[sqlx(try_from = "String")]
    pub status: TargetStatus,
}

#[derive(FromRow)]
struct OriginRow {
    event_id: i64,
    source_table: String,
    source_id: String,
    our_table: String,
    our_id: i64,
}

/// The events that these deliveries of [`SOURCE`] came to.
///
/// # Errors
/// If the database cannot be read.
pub async fn known_events(tx: &mut Tx, deliveries: &[String]) -> Result<BTreeMap<String, i64>> {
    let rows: Vec<(String, i64)> = tuples(
        tx,
        "SELECT delivery_id, event_id FROM inbox WHERE event_id IS NOT NULL AND source = ",
        SOURCE,
        " AND delivery_id IN ",
        deliveries.iter().cloned(),
    )
    .await?;
    Ok(rows.into_iter().collect())
}

/// All that these events have.
///
/// # Errors
/// If the database cannot be read.
pub async fn load(tx: &mut Tx, events: &[i64]) -> Result<BTreeMap<i64, KnownEvent>> {
    let mut known: BTreeMap<i64, KnownEvent> = events.iter().map(|id| (*id, KnownEvent::default())).collect();
    macro_rules! add {
        ($row:ty, $head:literal, $tail:literal, |$event:ident, $found:ident| $add:expr) => {
            for row in of_events::<$row>(tx, $head, events, $tail).await? {
                let $found = row;
                if let Some($event) = known.get_mut(&$found.event_id) {
                    $add;
                }
            }
        };
    }
    add!(
        KnownPipeline,
        "SELECT event_id, id, package, origin_id, created_at FROM pipelines WHERE event_id IN (",
        ") ORDER BY id",
        |event, row| event.pipelines.push(row)
    );
    add!(
        KnownJob,
        "SELECT event_id, id, kind, identifier, previous_job_id FROM jobs WHERE event_id IN (",
        ") ORDER BY id",
        |event, row| event.jobs.push(row)
    );
    add!(
        KnownStep,
        "SELECT event_id, id, pipeline_id, job_id FROM steps WHERE event_id IN (",
        ") ORDER BY id",
        |event, row| event.steps.push(row)
    );
    add!(
        KnownTarget,
        "SELECT event_id, id, job_id, name, chain_id, attempt, status FROM targets WHERE event_id IN (",
        ") ORDER BY id",
        |event, row| event.targets.push(row)
    );
    add!(
        OriginRow,
        "SELECT event_id, source_table, source_id, our_table, our_id FROM origins WHERE event_id IN (",
        ")",
        |event, row| event.origins.push((row.source_table, row.source_id, row.our_table, row.our_id))
    );
    Ok(known)
}

async fn of_events<R>(tx: &mut Tx, head: &'static str, events: &[i64], tail: &'static str) -> Result<Vec<R>>
where
    R: for<'r> FromRow<'r, sqlx::postgres::PgRow>
        + for<'r> FromRow<'r, sqlx::sqlite::SqliteRow>
        + Send
        + Unpin,
{
    let mut found = Vec::new();
    for events in events.chunks(1000) {
        macro_rules! select {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(head);
                let mut list = query.separated(", ");
                for event in events {
                    list.push_bind(*event);
                }
                query.push(tail);
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

/// A target that a row became, with what an input has to fit.
#[derive(Debug, Clone, FromRow)]
pub struct Linkable {
    source_id: String,
    /// Its id.
    pub id: i64,
    /// Its event.
    pub event_id: i64,
    /// Its job.
    pub job_id: i64,
    /// Its job's previous job.
    pub previous_job_id: Option<i64>,
    /// How it ended, or where it stands.
    #[sqlx(try_from = "String")]
    pub status: TargetStatus,
}

/// The targets that these rows of a table became.
///
/// # Errors
/// If the database cannot be read.
pub async fn targets_of(tx: &mut Tx, table: &str, ids: &[i64]) -> Result<BTreeMap<i64, Vec<Linkable>>> {
    let rows: Vec<Linkable> = tuples(
        tx,
        "SELECT o.source_id, t.id, t.event_id, t.job_id, j.previous_job_id, t.status FROM origins o \
         JOIN targets t ON t.id = o.our_id JOIN jobs j ON j.id = t.job_id \
         WHERE o.our_table = 'targets' AND o.source_table = ",
        table,
        " AND o.source_id IN ",
        ids.iter().map(ToString::to_string),
    )
    .await?;
    let mut found: BTreeMap<i64, Vec<Linkable>> = BTreeMap::new();
    for row in rows {
        if let Ok(id) = row.source_id.parse() {
            found.entry(id).or_default().push(row);
        }
    }
    Ok(found)
}

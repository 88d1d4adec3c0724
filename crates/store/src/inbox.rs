//! The inbox: every delivery as it was received, and what became of it (rule 5).

mod waiting;

use chrono::{DateTime, SubsecRound, Utc};
use domain::ids::{EventId, InboxId};
use domain::words::DeliveryOutcome;
use sqlx::FromRow;

pub use waiting::{Folded, concerns, finish_folded, folded, hold, park, unpark, work_key};

use crate::sql::{on, sql};
use crate::{Db, Dialect, Error, Result, Tx};

/// From here on a body is not read with a claim: several of the largest at once would fill the memory.
pub const LARGE_BODY_BYTES: i64 = 1024 * 1024;
/// What is written to try whether a delivery could be: to SQLite more than it keeps in memory until the end.
const TRIED_BYTES: [usize; 2] = [64 * 1024, 8 * 1024 * 1024];

/// A delivery to be taken.
#[derive(Debug, Clone)]
pub struct NewDelivery<'a> {
    /// Where it comes from: `github.com`.
    pub source: &'a str,
    /// The sender's key of it; a repeated one is the same delivery.
    pub delivery_id: &'a str,
    /// The sender's name for what it is: GitHub's `X-GitHub-Event`.
    pub kind: &'a str,
    /// When it came, UTC: [`now`].
    pub received_at: DateTime<Utc>,
    /// The raw body.
    pub body: &'a [u8],
    /// What became of it at the door already, and why; none if it is to be worked on.
    pub settled: Option<(DeliveryOutcome, &'a str)>,
}

/// A stored delivery.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    /// Its id.
    #[sqlx(try_from = "i64")]
    pub id: InboxId,
    /// Where it came from.
    pub source: String,
    /// The sender's key of it.
    pub delivery_id: String,
    /// The sender's name for what it is.
    pub kind: String,
    /// When it came, UTC.
    pub received_at: DateTime<Utc>,
    /// When it is worked on next; none if it is settled.
    pub due_at: Option<DateTime<Utc>>,
    /// How often it was worked on.
    pub tries: i64,
    outcome: Option<String>,
    /// Why it came to that, or why it waits.
    pub reason: Option<String>,
    /// The event it came to.
    pub event_id: Option<i64>,
    /// The raw body, while it is kept; left out of lists, and of what was claimed if it is over [`LARGE_BODY_BYTES`].
    pub body: Option<Vec<u8>>,
    /// How many bytes it has, of what was claimed.
    #[sqlx(default)]
    body_bytes: Option<i64>,
}

impl Delivery {
    /// Whether its body is kept and was not read with it: [`body`] does.
    pub fn is_body_apart(&self) -> bool {
        self.body.is_none() && self.body_bytes.is_some()
    }

    /// What became of it; none while it is worked on.
    pub fn outcome(&self) -> Option<DeliveryOutcome> {
        self.outcome.as_deref().and_then(|outcome| outcome.parse().ok())
    }
}

/// Whether a delivery was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It was stored, or its body is there again.
    New(InboxId),
    /// It had been received before; nothing was changed.
    Repeated,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those that are not settled.
    Pending,
    /// Those that came to this.
    Outcome(DeliveryOutcome),
}

/// The time at which a delivery comes, in whole milliseconds as workers' clocks have them: who looks for it within the same
/// millisecond is to find it due.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// Takes a delivery; a repeated one changes nothing. One that was refused and whose body is gone is taken as if it were new.
///
/// # Errors
/// If the database refuses.
pub async fn receive(db: &Db, delivery: &NewDelivery<'_>) -> Result<Received> {
    let due_at = delivery.settled.is_none().then_some(delivery.received_at);
    let ids: Vec<i64> =
        on!(db.autocommit(), sql!("inbox/receive.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(delivery.source)
            .bind(delivery.delivery_id)
            .bind(delivery.kind)
            .bind(delivery.received_at)
            .bind(due_at)
            .bind(delivery.settled.map(|(outcome, _)| outcome.as_str()))
            .bind(delivery.settled.map(|(_, reason)| reason))
            .bind(delivery.body)
            .fetch_all(pool)
            .await)?;
    Ok(ids.first().map_or(Received::Repeated, |id| Received::New(InboxId(*id))))
}

/// The delivery of this source and key.
///
/// # Errors
/// If the database cannot be read.
pub async fn find(db: &Db, source: &str, delivery_id: &str) -> Result<Option<Delivery>> {
    Ok(on!(db, sql!("inbox/find.sql"), |query, pool| sqlx::query_as(query)
        .bind(source)
        .bind(delivery_id)
        .fetch_optional(pool)
        .await)?)
}

/// The delivery of this id.
///
/// # Errors
/// If there is none.
pub async fn get(db: &Db, id: InboxId) -> Result<Delivery> {
    on!(db, sql!("inbox/get.sql"), |query, pool| sqlx::query_as(query).bind(id.0).fetch_optional(pool).await)?
        .ok_or_else(|| Error::NotFound(format!("delivery {id} in the inbox")))
}

/// The body of a delivery; none if it is not kept any more.
///
/// # Errors
/// If the database cannot be read.
pub async fn body(db: &Db, id: InboxId) -> Result<Option<Vec<u8>>> {
    let body: Option<Option<Vec<u8>>> =
        on!(db, sql!("inbox/body.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(id.0)
            .fetch_optional(pool)
            .await)?;
    Ok(body.flatten())
}

/// Tries whether a delivery could be written; nothing of it stays.
///
/// # Errors
/// If the database takes no writes, or has no room.
pub async fn try_write(db: &Db) -> Result<()> {
    let now = now();
    let [postgres, sqlite] = TRIED_BYTES;
    let body = vec![0_u8; if db.dialect() == Dialect::Sqlite { sqlite } else { postgres }];
    let mut tx = db.write().await?;
    on!(&mut tx, sql!("inbox/try.sql"), |query, connection| sqlx::query(query)
        .bind(format!("{}-{now}", std::process::id()))
        .bind(now)
        .bind(body)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Deliveries, newest first, those with an id smaller than `before`; without bodies.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(db: &Db, filter: Filter, before: InboxId, limit: i64) -> Result<Vec<Delivery>> {
    Ok(match filter {
        Filter::All => on!(db, sql!("inbox/list.sql"), |query, pool| sqlx::query_as(query)
            .bind(before.0)
            .bind(limit)
            .fetch_all(pool)
            .await)?,
        Filter::Pending => on!(db, sql!("inbox/list_pending.sql"), |query, pool| sqlx::query_as(query)
            .bind(before.0)
            .bind(limit)
            .fetch_all(pool)
            .await)?,
        Filter::Outcome(outcome) => {
            on!(db, sql!("inbox/list_by_outcome.sql"), |query, pool| sqlx::query_as(query)
                .bind(before.0)
                .bind(limit)
                .bind(outcome.as_str())
                .fetch_all(pool)
                .await)?
        }
    })
}

/// Takes up to `limit` deliveries that are due, until `lease_end`. Who does not settle or postpone them by then loses them.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limit: i64,
) -> Result<Vec<Delivery>> {
    Ok(on!(db.autocommit(), sql!("inbox/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limit)
        .bind(LARGE_BODY_BYTES)
        .fetch_all(pool)
        .await)?)
}

/// Takes one delivery until `lease_end`, if it is due. None if it is settled, put off, or somebody else has it.
///
/// # Errors
/// If the database refuses.
pub async fn claim_one(
    db: &Db,
    id: InboxId,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
) -> Result<Option<Delivery>> {
    let claimed: Vec<Delivery> =
        on!(db.autocommit(), sql!("inbox/claim_one.sql"), |query, pool| sqlx::query_as(query)
            .bind(id.0)
            .bind(now)
            .bind(lease_end)
            .bind(worker)
            .bind(LARGE_BODY_BYTES)
            .fetch_all(pool)
            .await)?;
    Ok(claimed.into_iter().next())
}

/// Settles a claimed delivery. Says whether the lease still held; if not, nothing was written.
///
/// # Errors
/// If the database refuses.
pub async fn finish(
    tx: &mut Tx,
    id: InboxId,
    worker: &str,
    outcome: DeliveryOutcome,
    reason: &str,
    event: Option<EventId>,
) -> Result<bool> {
    Ok(on!(tx, sql!("inbox/finish.sql"), |query, connection| sqlx::query(query)
        .bind(id.0)
        .bind(worker)
        .bind(outcome.as_str())
        .bind(reason)
        .bind(event.map(|event| event.0))
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Puts a claimed delivery off, with the reason.
///
/// # Errors
/// If the database refuses.
pub async fn postpone(db: &Db, id: InboxId, worker: &str, until: DateTime<Utc>, reason: &str) -> Result<()> {
    on!(db.autocommit(), sql!("inbox/postpone.sql"), |query, pool| sqlx::query(query)
        .bind(id.0)
        .bind(worker)
        .bind(until)
        .bind(reason)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Puts a delivery that came to no event back to be worked on. Says whether it was put back: not if it came to an event, or
/// if its body is gone.
///
/// # Errors
/// If the database refuses.
pub async fn retry(db: &Db, id: InboxId, now: DateTime<Utc>) -> Result<bool> {
    let found: Vec<i64> =
        on!(db.autocommit(), sql!("inbox/retry.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(id.0)
            .bind(now)
            .fetch_all(pool)
            .await)?;
    Ok(!found.is_empty())
}

/// Drops up to `limit` bodies of settled deliveries received before `before`. Says how many.
///
/// # Errors
/// If the database refuses.
pub async fn forget_bodies(db: &Db, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    Ok(on!(db.autocommit(), sql!("inbox/forget_bodies.sql"), |query, pool| sqlx::query(query)
        .bind(before)
        .bind(limit)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?)
}

/// How many deliveries are not settled, and since when the oldest of them waits.
///
/// # Errors
/// If the database cannot be read.
pub async fn pending(db: &Db) -> Result<(i64, Option<DateTime<Utc>>)> {
    Ok(on!(db, sql!("inbox/count_pending.sql"), |query, pool| sqlx::query_as(query).fetch_one(pool).await)?)
}

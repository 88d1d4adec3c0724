//! How long the queues wait: without a worker they only grow.

use chrono::{DateTime, Utc};
use domain::words::BuildSystem;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// What waits longest in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The queue's table: `inbox`, `reports`, `replies` or `submissions`.
    pub queue: String,
    /// Whose queue it is, of submissions.
    pub system: Option<BuildSystem>,
    /// When it was to be looked at, which may lie ahead; none if nothing waits.
    pub due_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    queue: String,
    system: Option<String>,
    due_at: Option<DateTime<Utc>>,
}

/// What waits longest in each queue; of submissions, in that of each build system that has any. What a paused build system is
/// not sent does not count.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(db: &Db) -> Result<Vec<Waiting>> {
    let rows: Vec<Row> =
        on!(db, sql!("queues/waiting.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?;
    rows.into_iter()
        .map(|row| {
            let system = row.system.map(|name| name.parse()).transpose()?;
            Ok(Waiting { queue: row.queue, system, due_at: row.due_at })
        })
        .collect()
}

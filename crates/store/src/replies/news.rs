//! What a pull request is told in words because its configuration wants that. It is planned where the end of a target is
//! written, in that transaction, so none is lost; the database takes it once (`migrations/*/0025_news.sql`). What it says is
//! derived when it is said.

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::ids::{EventId, TargetId};
use domain::workflow::News;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql, write_rows};
use crate::{Db, Result, Tx};

/// Plans to tell these, each where its event is of a pull request and its job was planned with what is to be said.
pub(crate) async fn plan(tx: &mut Tx, news: &[News], now: DateTime<Utc>) -> Result<()> {
    // The thread is written as `forges::Thread` reads it.
    write_rows!(
        tx,
        "WITH news (kind, job_id, target_id, told_at) AS (",
        news,
        |binder, row| binder
            .push_bind(row.kind.as_str())
            .push_bind(row.job.0)
            .push_bind(row.target.0)
            .push_bind(now),
        ") INSERT INTO replies (inbox_id, project_id, kind, thread, comment_id, job_id, target_id, created_at, due_at)
        SELECT e.inbox_id, e.project_id, n.kind, 'pull-request/' || r.name, 0, n.job_id, n.target_id, n.told_at, n.told_at
        FROM news n
        JOIN jobs j ON j.id = n.job_id
        JOIN events e ON e.id = j.event_id
        JOIN \"references\" r ON r.id = e.reference_id
        WHERE r.kind = 'pull_request' AND e.inbox_id IS NOT NULL
            AND j.details ->> CASE n.kind WHEN 'failure' THEN 'failure_message' ELSE 'tells_success' END IS NOT NULL
        ON CONFLICT DO NOTHING"
    );
    Ok(())
}

/// What is known of a target that is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its event.
    pub event: EventId,
    /// The event's commit, if it is known.
    pub hash: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// What its job was planned with.
    pub job: JobDetails,
    /// What was made.
    pub made: TargetDetails,
}

#[derive(FromRow)]
struct Row {
    event_id: i64,
    hash: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    job: Json<JobDetails>,
    made: Json<TargetDetails>,
}

/// What is known of a target that is told of; none if there is no such target.
///
/// # Errors
/// If the database cannot be read.
pub async fn subject(db: &Db, target: TargetId) -> Result<Option<Subject>> {
    let row: Option<Row> = on!(db, sql!("replies/subject.sql"), |query, pool| sqlx::query_as(query)
        .bind(target.0)
        .fetch_optional(pool)
        .await)?;
    Ok(row.map(|row| Subject {
        event: EventId(row.event_id),
        hash: row.hash,
        url: row.url,
        logs_url: row.logs_url,
        job: row.job.0,
        made: row.made.0,
    }))
}

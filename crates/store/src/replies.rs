//! What is said in comments, to commands and of workflows: survives restarts, and is said once.

mod news;

use chrono::{DateTime, Utc};
use domain::event::ProjectFacts;
use domain::ids::{EventId, InboxId, ProjectId, TargetId};
use domain::words::ProjectKey;
use domain::workflow::NewsKind;
use sqlx::FromRow;

pub(crate) use news::plan as plan_news;
pub use news::{Subject, subject};

use crate::sql::{on, sql};
use crate::{Db, Result, Tx, projects};

/// Something that is to be said.
#[derive(Debug, Clone, Copy)]
pub struct NewReply<'a> {
    /// The delivery that told of the comment.
    pub inbox: InboxId,
    /// The project.
    pub project: &'a ProjectFacts,
    /// Where the comment stands, in the caller's words.
    pub thread: &'a str,
    /// The forge's id of the comment.
    pub comment: u64,
    /// The text of a comment; none is a reaction.
    pub body: Option<&'a str>,
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Reply {
    /// Its id.
    pub id: i64,
    /// The delivery that told of the comment, or of the event.
    #[sqlx(try_from = "i64")]
    pub inbox_id: InboxId,
    /// The project.
    #[sqlx(try_from = "i64")]
    pub project_id: ProjectId,
    kind: String,
    /// Where the comment stands, in the planner's words.
    pub thread: String,
    comment_id: i64,
    body: Option<String>,
    target_id: Option<i64>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// How often it was tried, this time counted in.
    pub tries: i64,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says<'a> {
    /// A reaction to a comment.
    Reaction,
    /// This text.
    Text(&'a str),
    /// What its configuration wants told of a target's job.
    News(NewsKind, TargetId),
}

impl Reply {
    /// The forge's id of the comment.
    pub fn comment(&self) -> u64 {
        self.comment_id.cast_unsigned()
    }

    /// What is said.
    ///
    /// # Errors
    /// If a newer version planned it.
    pub fn says(&self) -> Result<Says<'_>> {
        Ok(match (self.target_id, &self.body) {
            (Some(target), _) => Says::News(self.kind.parse()?, TargetId(target)),
            (None, Some(text)) => Says::Text(text),
            (None, None) => Says::Reaction,
        })
    }
}

/// Plans to say something, in the transaction that settles the delivery.
///
/// # Errors
/// If the database refuses.
pub async fn plan(tx: &mut Tx, reply: &NewReply<'_>, now: DateTime<Utc>) -> Result<()> {
    let project = projects::ensure(tx, reply.project, now).await?;
    on!(tx, sql!("replies/plan.sql"), |query, connection| sqlx::query(query)
        .bind(reply.inbox.0)
        .bind(project.0)
        .bind(if reply.body.is_some() { "comment" } else { "reaction" })
        .bind(reply.thread)
        .bind(reply.comment.cast_signed())
        .bind(reply.body)
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Plans to say in words what the forge will not show at a commit: never the same words twice in one place, and anew when an
/// event's have changed.
///
/// # Errors
/// If the database refuses.
pub async fn plan_instead(
    db: &Db,
    event: EventId,
    project: ProjectId,
    thread: &str,
    body: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(db.autocommit(), sql!("replies/plan_instead.sql"), |query, pool| sqlx::query(query)
        .bind(event.0)
        .bind(project.0)
        .bind(thread)
        .bind(body)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes up to `limit` replies that are due, until `lease_end`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limit: i64,
) -> Result<Vec<Reply>> {
    Ok(on!(db.autocommit(), sql!("replies/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// What is, or was, said to a delivery and of its event.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_delivery(db: &Db, inbox: InboxId) -> Result<Vec<Reply>> {
    Ok(on!(db, sql!("replies/list.sql"), |query, pool| sqlx::query_as(query)
        .bind(inbox.0)
        .fetch_all(pool)
        .await)?)
}

/// The project of a reply by its present name.
///
/// # Errors
/// If it is gone, or the database cannot be read.
pub async fn project(db: &Db, reply: &Reply) -> Result<ProjectKey> {
    projects::key(db, reply.project_id).await
}

/// Takes note that it was said.
///
/// # Errors
/// If the database refuses.
pub async fn said(db: &Db, reply: &Reply, worker: &str, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("replies/said.sql"), |query, pool| sqlx::query(query)
        .bind(reply.id)
        .bind(worker)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Puts a reply off, with the reason; without a time it is given up.
///
/// # Errors
/// If the database refuses.
pub async fn postpone(
    db: &Db,
    reply: &Reply,
    worker: &str,
    until: Option<DateTime<Utc>>,
    problem: &str,
) -> Result<()> {
    on!(db.autocommit(), sql!("replies/postpone.sql"), |query, pool| sqlx::query(query)
        .bind(reply.id)
        .bind(worker)
        .bind(until)
        .bind(problem)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

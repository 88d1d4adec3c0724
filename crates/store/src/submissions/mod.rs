//! Submissions are the queue: one row per call to a build system, with the targets that ride on it.
//!
//! A worker claims a submission with a lease (`due_at` moves to the lease's end), makes the call without holding a
//! transaction, and writes what came of it in [`step`], which is fenced: a worker that lost its lease writes nothing. A lease
//! is its holder and its end, so that a worker that claims again what it holds has a new one. A worker that dies loses its lease by time, and another takes over; `sent_at` tells it that the call may have gone out.

mod work;

use chrono::{DateTime, Utc};
use domain::ids::{EventId, ProjectId, SubmissionId};
use domain::words::BuildSystem;
use domain::workflow::Workflow;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result, Tx, workflows};

pub use work::{WorkInput, WorkOfSubmission, WorkTarget, work};

/// One call to a build system.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Submission {
    /// Its id.
    #[sqlx(try_from = "i64")]
    pub id: SubmissionId,
    /// The event of its targets.
    #[sqlx(try_from = "i64")]
    pub event_id: EventId,
    /// The project of that event.
    #[sqlx(try_from = "i64")]
    pub project_id: ProjectId,
    /// The build system.
    #[sqlx(try_from = "String")]
    pub system: BuildSystem,
    /// The build system's id, once it is known.
    pub external_id: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it is looked at next, or when its lease ends; none if nothing is left to do.
    pub due_at: Option<DateTime<Utc>>,
    /// Who works on it.
    pub leased_by: Option<String>,
    /// How often the present call was tried without success.
    pub tries: i64,
    /// When the call went out or was about to: from here on it may have.
    pub sent_at: Option<DateTime<Utc>>,
    /// SHA-256, in hexadecimal, of the token that a callback must show.
    pub callback_hash: Option<String>,
    /// What went wrong the last time.
    pub problem: Option<String>,
    /// When its cancel was asked for.
    pub cancel_requested_at: Option<DateTime<Utc>>,
    /// Who asked for its cancel.
    pub cancel_requested_by: Option<String>,
    /// When the build system took the cancel.
    pub canceled_at: Option<DateTime<Utc>>,
    /// When the build system called back before its id was known here.
    pub called_at: Option<DateTime<Utc>>,
}

impl Submission {
    /// Whether people see another submission than before: all but its schedule and its lease count.
    fn looks_different_from(&self, before: &Self) -> bool {
        let unscheduled = |submission: &Self| Self { due_at: None, leased_by: None, ..submission.clone() };
        unscheduled(self) != unscheduled(before)
    }

    /// Ends the lease; it is looked at again at `due_at`.
    pub fn release(&mut self, due_at: DateTime<Utc>) {
        self.leased_by = None;
        self.due_at = Some(due_at);
    }
}

/// What a worker may take at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Submissions in all.
    pub total: i64,
    /// Submissions of one project, those that are leased by anyone counted in.
    pub per_project: i64,
}

/// Takes due submissions of a build system until `lease_end`, those of projects behind `after` first (in the order of their
/// ids; the caller goes round).
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    system: BuildSystem,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limits: Limits,
    after: ProjectId,
) -> Result<Vec<Submission>> {
    Ok(on!(db.autocommit(), sql!("submissions/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(system.as_str())
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limits.total)
        .bind(limits.per_project)
        .bind(after.0)
        .fetch_all(pool)
        .await)?)
}

/// Times before which something was to happen that did not.
#[derive(Debug, Clone, Copy)]
pub struct Overdue {
    /// Due at the build system, and asked to be canceled, before this,
    pub due: DateTime<Utc>,
    /// or submitted before this and not running,
    pub submitted: DateTime<Utc>,
    /// or running since before this.
    pub running: DateTime<Utc>,
}

/// Submissions of a build system that no process has taken although they were due, and that have to end.
///
/// # Errors
/// If the database cannot be read.
pub async fn unattended(
    db: &Db,
    system: BuildSystem,
    now: DateTime<Utc>,
    overdue: Overdue,
    limit: i64,
) -> Result<Vec<Submission>> {
    Ok(on!(db, sql!("submissions/unattended.sql"), |query, pool| sqlx::query_as(query)
        .bind(system.as_str())
        .bind(now)
        .bind(overdue.due)
        .bind(overdue.submitted)
        .bind(overdue.running)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Writes what came of a call, in one transaction with what it changes in the workflow; `submission` is as it was claimed,
/// or as the last step left it. None if the lease was lost: then nothing was written, and somebody else has it.
///
/// # Errors
/// If the database refuses; then nothing was written.
pub async fn step<R>(
    db: &Db,
    submission: &Submission,
    worker: &str,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Submission, &mut Workflow) -> R,
) -> Result<Option<R>> {
    let mut tx = db.write().await?;
    tx.lock_event(submission.event_id).await?;
    let held = read(&mut tx, submission.id).await?;
    let is_held =
        |held: &Submission| held.leased_by.as_deref() == Some(worker) && held.due_at == submission.due_at;
    let Some(mut held) = held.filter(is_held) else {
        return Ok(None);
    };
    let before = held.clone();
    let mut workflow = workflows::load(&mut tx, submission.event_id).await?;
    let result = change(&mut held, &mut workflow);
    save(&mut tx, &held).await?;
    if held.looks_different_from(&before) && workflow.changed.is_empty() {
        tx.count_event(submission.event_id).await?;
    }
    workflows::save(&mut tx, workflow, now).await?;
    tx.commit().await?;
    Ok(Some(result))
}

/// Changes the workflow and the submissions of an event in one transaction, whoever leases them: for what comes from outside
/// the worker's loop, such as a cancel.
///
/// # Errors
/// If there is no such event, or the database refuses; then nothing was written.
pub async fn change_event<R>(
    db: &Db,
    event: EventId,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Vec<Submission>, &mut Workflow) -> R,
) -> Result<R> {
    let mut tx = db.write().await?;
    let result = change_event_in(&mut tx, event, now, change).await?;
    tx.commit().await?;
    Ok(result)
}

/// The same inside a transaction that does more.
///
/// # Errors
/// If there is no such event, or the database refuses.
pub async fn change_event_in<R>(
    tx: &mut Tx,
    event: EventId,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Vec<Submission>, &mut Workflow) -> R,
) -> Result<R> {
    tx.lock_event(event).await?;
    let before: Vec<Submission> =
        on!(tx, sql!("submissions/of_event.sql"), |query, connection| sqlx::query_as(query)
            .bind(event.0)
            .fetch_all(connection)
            .await)?;
    let mut submissions = before.clone();
    let mut workflow = workflows::load(tx, event).await?;
    let result = change(&mut submissions, &mut workflow);
    let mut looks_different = false;
    for submission in submissions.iter().filter(|submission| !before.contains(submission)) {
        looks_different |=
            before.iter().any(|old| old.id == submission.id && submission.looks_different_from(old));
        save(tx, submission).await?;
    }
    if looks_different && workflow.changed.is_empty() {
        tx.count_event(event).await?;
    }
    workflows::save(tx, workflow, now).await?;
    Ok(result)
}

/// The submission of this id, locked; none if there is none.
///
/// # Errors
/// If the database refuses.
async fn read(tx: &mut Tx, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(on!(tx, sql!("submissions/get.sql"), |query, connection| sqlx::query_as(query)
        .bind(id.0)
        .fetch_optional(connection)
        .await)?)
}

async fn save(tx: &mut Tx, submission: &Submission) -> Result<()> {
    on!(tx, sql!("submissions/save.sql"), |query, connection| sqlx::query(query)
        .bind(submission.id.0)
        .bind(&submission.external_id)
        .bind(submission.due_at)
        .bind(&submission.leased_by)
        .bind(submission.tries)
        .bind(submission.sent_at)
        .bind(&submission.callback_hash)
        .bind(&submission.problem)
        .bind(submission.cancel_requested_at)
        .bind(&submission.cancel_requested_by)
        .bind(submission.canceled_at)
        .bind(submission.called_at)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The submission that a build system knows under this id; the newest, where it is a Bodhi update that was edited.
///
/// # Errors
/// If the database cannot be read.
pub async fn find(db: &Db, system: BuildSystem, external_id: &str) -> Result<Option<Submission>> {
    Ok(on!(db, sql!("submissions/find_external.sql"), |query, pool| sqlx::query_as(query)
        .bind(system.as_str())
        .bind(external_id)
        .fetch_optional(pool)
        .await)?)
}

/// Whether a build system's id is that of a submission.
///
/// # Errors
/// If the database cannot be read.
pub async fn is_known(db: &Db, system: BuildSystem, external_id: &str) -> Result<bool> {
    let known: Option<i32> = on!(db, sql!("submissions/known.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(system.as_str())
        .bind(external_id)
        .fetch_optional(pool)
        .await)?;
    Ok(known.is_some())
}

/// How many submissions have something left to do, by build system.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(db: &Db) -> Result<Vec<(BuildSystem, i64)>> {
    let rows: Vec<(String, i64)> =
        on!(db, sql!("submissions/waiting.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?;
    rows.into_iter().map(|(system, count)| Ok((system.parse()?, count))).collect()
}

/// Has a submission looked at now: something may have changed at the build system. Who is looking at it just now may have
/// looked too early, and loses its lease.
///
/// # Errors
/// If the database refuses.
pub async fn hurry(db: &Db, id: SubmissionId, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("submissions/hurry.sql"), |query, pool| sqlx::query(query)
        .bind(id.0)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes note that the build system called with the token of this hash, about work whose id is not known here yet: it is looked
/// at as soon as that is. Says whether the token is that of such a submission.
///
/// # Errors
/// If the database refuses.
pub async fn called(
    db: &Db,
    system: BuildSystem,
    callback_hash: &str,
    external_id: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    // Read first: anybody may call, and nobody else's call is to wait for those who write.
    let id: Option<i64> =
        on!(db, sql!("submissions/of_callback.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(system.as_str())
            .bind(callback_hash)
            .fetch_optional(pool)
            .await)?;
    let Some(id) = id else { return Ok(false) };
    Ok(on!(db.autocommit(), sql!("submissions/called.sql"), |query, pool| sqlx::query(query)
        .bind(id)
        .bind(external_id)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Gives back all that a worker holds, to be looked at from `now` on.
///
/// # Errors
/// If the database refuses.
pub async fn release_all(db: &Db, worker: &str, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("submissions/release.sql"), |query, pool| sqlx::query(query)
        .bind(worker)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

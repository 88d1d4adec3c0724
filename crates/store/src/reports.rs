//! What forges are told, and what they were told last: survives restarts, and is told once.
//!
//! A row says only that there may be something to tell, never what: that is derived when it is told, from how things stand
//! then. So what changes often is told once, and nothing old after something new.

mod subject;
mod throttle;

use chrono::{DateTime, Utc};
use domain::event::ProjectFacts;
use domain::ids::{EventId, ProjectId, RerunId, TargetId};
use domain::words::{ProjectKey, Visibility};
use sqlx::FromRow;

pub use subject::{InputFacts, TargetFacts, events_of_commit, target};
pub use throttle::{Rate, pause, turn};

use crate::sql::{on, sql, write_rows};
use crate::{Db, Result, Tx, projects};

/// Something that a forge is to be told.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Report {
    /// Its id.
    pub id: i64,
    /// The project.
    #[sqlx(try_from = "i64")]
    pub project_id: ProjectId,
    /// The commit at which it is told.
    pub hash: String,
    /// The name under which it is told; the same name replaces.
    pub name: String,
    /// The event that it is about, or that its target is of.
    #[sqlx(try_from = "i64")]
    pub event_id: EventId,
    target_id: Option<i64>,
    /// What was told last.
    pub told_status: Option<String>,
    /// How often this was tried without success, this time counted in.
    pub tries: i64,
    /// The forge's id of what was told last, if it has one.
    pub forge_id: Option<String>,
    /// What that was told of, as the forge was told it.
    pub told_of: Option<String>,
    /// Whether that was told as ended.
    pub is_completed: bool,
    /// Of what something may have been made at the forge whose answer was lost.
    pub sent_of: Option<String>,
    /// Its turn among all that is told to one owner, if it has been given one.
    pub turn_at: Option<DateTime<Utc>>,
    /// Whether it is an issue, whose title is the name, and not told at a commit.
    pub is_issue: bool,
}

impl Report {
    /// The target whose state is told; none if it is the event as a whole.
    pub fn target(&self) -> Option<TargetId> {
        self.target_id.map(TargetId)
    }
}

/// What the forge was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// In short: the same again is not told again.
    pub status: &'a str,
    /// The forge's id of it, if it has one.
    pub forge_id: Option<&'a str>,
    /// What it was told of, as the forge was told it.
    pub of: Option<&'a str>,
    /// Whether it was told as ended.
    pub is_completed: bool,
}

impl<'a> Told<'a> {
    /// A status: forges replace it by its name.
    pub fn status(status: &'a str) -> Self {
        Self { status, forge_id: None, of: None, is_completed: false }
    }
}

/// Takes up to `limit` reports that are due, until `lease_end`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limit: i64,
) -> Result<Vec<Report>> {
    Ok(on!(db.autocommit(), sql!("reports/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Takes note of what the forge was told. If the event changed meanwhile, the report stays due.
///
/// # Errors
/// If the database refuses.
pub async fn told(db: &Db, report: &Report, worker: &str, told: &Told<'_>, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("reports/told.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(told.status)
        .bind(now)
        .bind(told.forge_id)
        .bind(told.of)
        .bind(told.is_completed)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Puts a report off, with the reason; without a time until its event changes.
///
/// # Errors
/// If the database refuses.
pub async fn postpone(
    db: &Db,
    report: &Report,
    worker: &str,
    until: Option<DateTime<Utc>>,
    problem: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    on!(db.autocommit(), sql!("reports/postpone.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(until)
        .bind(problem)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Takes note that something is about to be made at the forge, and of what. Says whether the lease still holds; if not,
/// nothing may be made.
///
/// # Errors
/// If the database refuses.
pub async fn sending(db: &Db, report: &Report, worker: &str, of: &str) -> Result<bool> {
    Ok(on!(db.autocommit(), sql!("reports/sending.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(of)
        .execute(pool)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Puts a report off until its turn.
///
/// # Errors
/// If the database refuses.
pub async fn wait(db: &Db, report: &Report, worker: &str, turn: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("reports/wait.sql"), |query, pool| sqlx::query(query)
        .bind(report.id)
        .bind(worker)
        .bind(turn)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Has an issue of this title tell what fails of an event, in a project of that name.
///
/// # Errors
/// If the database refuses.
pub async fn plan_issue(
    tx: &mut Tx,
    project: &ProjectKey,
    title: &str,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<()> {
    // Who may see it only its forge can say.
    let facts = ProjectFacts {
        key: project.clone(),
        forge_id: None,
        visibility: Visibility::Unknown,
        default_branch: None,
    };
    let project = projects::ensure(tx, &facts, now).await?;
    on!(tx, sql!("reports/plan_issue.sql"), |query, connection| sqlx::query(query)
        .bind(project.0)
        .bind(title)
        .bind(event.0)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The project of a report by its present name.
///
/// # Errors
/// If it is gone, or the database cannot be read.
pub async fn project(db: &Db, report: &Report) -> Result<ProjectKey> {
    projects::key(db, report.project_id).await
}

/// From now on tells of the new attempts what was told of the targets that a rerun redid.
pub(crate) async fn redone(tx: &mut Tx, rerun: RerunId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, sql!("reports/redone.sql"), |query, connection| sqlx::query(query)
        .bind(rerun.0)
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Has the forge told of each target under its name, in the order of both. The newest event of a commit owns a name.
pub(crate) async fn plan_targets(
    tx: &mut Tx,
    place: (ProjectId, &str, EventId),
    targets: &[(TargetId, String)],
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, hash, event) = place;
    write_rows!(
        tx,
        "INSERT INTO reports (project_id, hash, name, event_id, target_id, due_at) ",
        targets,
        |binder, row| binder
            .push_bind(project.0)
            .push_bind(hash)
            .push_bind(&row.1)
            .push_bind(event.0)
            .push_bind(row.0.0)
            .push_bind(now),
        " ON CONFLICT (project_id, hash, name) DO UPDATE SET event_id = excluded.event_id,
            target_id = excluded.target_id,
            due_at = CASE WHEN reports.leased_by IS NULL THEN excluded.due_at ELSE reports.due_at END,
            is_stale = reports.leased_by IS NOT NULL, tries = 0, problem = NULL"
    );
    Ok(())
}

/// What the forge was told of these targets may be out of date. While a worker tells it, nobody else may; and what waits for
/// its turn goes on waiting.
pub(crate) async fn touch_targets(tx: &mut Tx, targets: &[TargetId], now: DateTime<Utc>) -> Result<()> {
    write_rows!(
        tx,
        "WITH changed (id, changed_at) AS (",
        targets,
        |binder, row| binder.push_bind(row.0).push_bind(now),
        ") UPDATE reports SET is_stale = leased_by IS NOT NULL,
            due_at = CASE WHEN leased_by IS NOT NULL THEN due_at WHEN turn_at > changed.changed_at THEN turn_at
                ELSE changed.changed_at END
        FROM changed WHERE reports.target_id = changed.id"
    );
    Ok(())
}

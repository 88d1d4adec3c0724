//! Workflows loaded, moved by the domain's rules, and written back: by one writer per event at a time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::ids::{EventId, JobId, SubmissionId, TargetId};
use domain::words::{JobKind, Needs, TargetStatus};
use domain::workflow::{Held, Input, Job, SubmissionGroup, Target, Workflow};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::ids::{Wanted, take};
use crate::sql::{insert_rows, on, sql, write_rows};
use crate::{Db, Result, Tx, outside, replies, reports};

/// Moves an event's workflow in one transaction: locks the event, loads, changes, writes back.
///
/// # Errors
/// If there is no such event, or the database refuses; then nothing was changed.
pub async fn change<R>(
    db: &Db,
    event: EventId,
    now: DateTime<Utc>,
    change: impl FnOnce(&mut Workflow) -> R,
) -> Result<R> {
    let mut tx = db.write().await?;
    tx.lock_event(event).await?;
    let mut workflow = load(&mut tx, event).await?;
    let result = change(&mut workflow);
    save(&mut tx, workflow, now).await?;
    tx.commit().await?;
    Ok(result)
}

#[derive(FromRow)]
struct Row {
    id: i64,
    job_id: i64,
    #[sqlx(try_from = "String")]
    kind: JobKind,
    previous_job_id: Option<i64>,
    name: String,
    chain_id: i64,
    attempt: i64,
    #[sqlx(try_from = "String")]
    status: TargetStatus,
    submission_id: Option<i64>,
    external_id: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    reason: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    peer_started_at: Option<DateTime<Utc>>,
    peer_finished_at: Option<DateTime<Utc>>,
    held: Option<Json<Held>>,
    details: Json<TargetDetails>,
    input_target_id: Option<i64>,
    needs: Option<String>,
    outside_status: Option<String>,
    cancel_requested_at: Option<DateTime<Utc>>,
}

/// The event of a target; none if there is no such target.
///
/// # Errors
/// If the database cannot be read.
pub async fn event_of_target(db: &Db, target: TargetId) -> Result<Option<EventId>> {
    let event: Option<i64> =
        on!(db, sql!("workflows/event_of_target.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(target.0)
            .fetch_optional(pool)
            .await)?;
    Ok(event.map(EventId))
}

/// Loads the workflow of an event that this transaction has locked.
///
/// # Errors
/// If the database refuses.
pub async fn load(tx: &mut Tx, event: EventId) -> Result<Workflow> {
    let rows: Vec<Row> = on!(tx, sql!("workflows/load.sql"), |query, connection| sqlx::query_as(query)
        .bind(event.0)
        .fetch_all(connection)
        .await)?;
    fold(event, rows)
}

/// Loads the workflow of an event to look at it, as it is at one moment; nothing is locked.
pub(crate) async fn peek(db: &Db, event: EventId) -> Result<Workflow> {
    let rows: Vec<Row> = on!(db, sql!("workflows/load.sql"), |query, pool| sqlx::query_as(query)
        .bind(event.0)
        .fetch_all(pool)
        .await)?;
    fold(event, rows)
}

fn fold(event: EventId, rows: Vec<Row>) -> Result<Workflow> {
    let mut workflow = Workflow::empty(event);
    for row in rows {
        let id = TargetId(row.id);
        let input = match (row.input_target_id, &row.needs) {
            (Some(target), Some(needs)) => {
                Some(Input { target: TargetId(target), needs: needs.parse::<Needs>()? })
            }
            _ => None,
        };
        if let (Some(input), Some(status)) = (input, &row.outside_status) {
            workflow.outside.insert(input.target, status.parse()?);
        }
        if let (Some(submission), Some(_)) = (row.submission_id, row.cancel_requested_at) {
            workflow.canceling.insert(SubmissionId(submission));
        }
        workflow
            .jobs
            .insert(JobId(row.job_id), Job { kind: row.kind, previous: row.previous_job_id.map(JobId) });
        workflow.targets.entry(id).or_insert_with(|| row.into_target()).inputs.extend(input);
    }
    Ok(workflow)
}

impl Row {
    fn into_target(self) -> Target {
        Target {
            job: JobId(self.job_id),
            kind: self.kind,
            name: self.name,
            chain: TargetId(self.chain_id),
            attempt: self.attempt,
            status: self.status,
            inputs: Vec::new(),
            submission: self.submission_id.map(SubmissionId),
            external_id: self.external_id,
            url: self.url,
            logs_url: self.logs_url,
            reason: self.reason,
            submitted_at: self.submitted_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            peer_started_at: self.peer_started_at,
            peer_finished_at: self.peer_finished_at,
            held: self.held.map(|held| held.0),
            details: self.details.0,
        }
    }
}

/// Writes a workflow back: what changed, the submissions that are due now, the event's status. A workflow that was changed
/// counts the event's version up.
///
/// # Errors
/// If the database refuses.
pub async fn save(tx: &mut Tx, mut workflow: Workflow, now: DateTime<Utc>) -> Result<()> {
    queue(tx, &mut workflow, now).await?;
    save_targets(tx, &workflow, &workflow.changed).await?;
    told(tx, &workflow, now).await
}

/// What follows from what was changed and is written: who waits for it, who is told, the event's version and status.
pub(crate) async fn told(tx: &mut Tx, workflow: &Workflow, now: DateTime<Utc>) -> Result<()> {
    let ended = ended(workflow);
    outside::mark(tx, workflow.event, &ended, now).await?;
    if workflow.changed.is_empty() {
        return Ok(());
    }
    reports::touch_targets(tx, &told_anew(workflow), now).await?;
    replies::plan_news(tx, &workflow.news(&ended), now).await?;
    tx.count_event(workflow.event).await?;
    if !ended.is_empty() {
        on!(tx, sql!("workflows/end_submissions.sql"), |query, connection| sqlx::query(query)
            .bind(workflow.event.0)
            .execute(connection)
            .await
            .map(|_| ()))?;
    }
    if save_status(tx, workflow).await? {
        touch(tx, workflow.event, now).await?;
    }
    Ok(())
}

/// What is told of an event as a whole is told anew.
pub(crate) async fn touch(tx: &mut Tx, event: EventId, now: DateTime<Utc>) -> Result<()> {
    on!(tx, sql!("reports/touch.sql"), |query, connection| sqlx::query(query)
        .bind(event.0)
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Stores what the targets make of the event; says whether that is something else than before.
pub(crate) async fn save_status(tx: &mut Tx, workflow: &Workflow) -> Result<bool> {
    let changed: Option<i64> =
        on!(tx, sql!("workflows/save_status.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(workflow.event.0)
            .bind(workflow.status().as_str())
            .fetch_optional(connection)
            .await)?;
    Ok(changed.is_some())
}

/// Derives the status of an event that this transaction has locked again, after something else than its own workflow has
/// changed what it comes from. Says whether it is another one now.
pub(crate) async fn restate(tx: &mut Tx, event: EventId) -> Result<bool> {
    let workflow = load(tx, event).await?;
    save_status(tx, &workflow).await
}

/// The changed targets that have ended: others may wait for them elsewhere.
fn ended(workflow: &Workflow) -> BTreeSet<TargetId> {
    let changed = workflow.changed.iter();
    let has_ended =
        |id: &&TargetId| workflow.targets.get(id).is_some_and(|target| target.status.is_finished());
    changed.filter(has_ended).copied().collect()
}

/// The changed targets whose checks may be out of date: one that only comes nearer to its submission is queued as before.
fn told_anew(workflow: &Workflow) -> Vec<TargetId> {
    let is_told = |target: &Target| {
        let is_queued =
            matches!(target.status, TargetStatus::Waiting | TargetStatus::Ready | TargetStatus::Submitting);
        !is_queued || target.reason.is_some()
    };
    let changed = workflow.changed.iter();
    changed.filter(|id| workflow.targets.get(id).is_some_and(is_told)).copied().collect()
}

/// Makes a submission for each group of targets that is ready.
async fn queue(tx: &mut Tx, workflow: &mut Workflow, now: DateTime<Utc>) -> Result<()> {
    let groups = workflow.to_submit();
    if groups.is_empty() {
        return Ok(());
    }
    let ids = take(tx, Wanted { submissions: groups.len(), ..Wanted::default() }).await?.submissions;
    queue_as(tx, workflow, &groups, ids, now).await
}

/// Makes a submission for each of these groups; there are enough ids.
pub(crate) async fn queue_as(
    tx: &mut Tx,
    workflow: &mut Workflow,
    groups: &[SubmissionGroup],
    ids: Vec<i64>,
    now: DateTime<Utc>,
) -> Result<()> {
    let submissions: Vec<_> = ids.into_iter().zip(groups).collect();
    insert_rows!(
        tx,
        "INSERT INTO submissions (id, event_id, project_id, system, created_at, due_at) ",
        submissions,
        |binder, row| binder
            .push_bind(row.0)
            .push_bind(workflow.event.0)
            .push("(SELECT project_id FROM events WHERE id = ")
            .push_bind_unseparated(workflow.event.0)
            .push_unseparated(")")
            .push_bind(row.1.system.as_str())
            .push_bind(now)
            .push_bind(now)
    );
    for (id, group) in submissions {
        workflow.ride(group, SubmissionId(id));
    }
    Ok(())
}

/// Writes these targets back.
pub(crate) async fn save_targets(
    tx: &mut Tx,
    workflow: &Workflow,
    changed: &BTreeSet<TargetId>,
) -> Result<()> {
    let changed: Vec<(&TargetId, &Target)> =
        changed.iter().filter_map(|id| workflow.targets.get_key_value(id)).collect();
    write_rows!(
        tx,
        "WITH changed (id, status, submission_id, external_id, url, logs_url, reason, submitted_at, started_at,
            finished_at, peer_started_at, peer_finished_at, held, details) AS (",
        changed,
        |binder, row| binder
            .push_bind(row.0.0)
            .push_bind(row.1.status.as_str())
            .push_bind(row.1.submission.map(|submission| submission.0))
            .push_bind(&row.1.external_id)
            .push_bind(&row.1.url)
            .push_bind(&row.1.logs_url)
            .push_bind(&row.1.reason)
            .push_bind(row.1.submitted_at)
            .push_bind(row.1.started_at)
            .push_bind(row.1.finished_at)
            .push_bind(row.1.peer_started_at)
            .push_bind(row.1.peer_finished_at)
            .push_bind(row.1.held.as_ref().map(Json))
            .push_bind(Json(&row.1.details)),
        ") UPDATE targets SET status = changed.status, submission_id = changed.submission_id,
            external_id = changed.external_id, url = changed.url, logs_url = changed.logs_url,
            reason = changed.reason, submitted_at = changed.submitted_at, started_at = changed.started_at,
            finished_at = changed.finished_at, peer_started_at = changed.peer_started_at,
            peer_finished_at = changed.peer_finished_at, held = changed.held, details = changed.details
        FROM changed WHERE targets.id = changed.id"
    );
    Ok(())
}

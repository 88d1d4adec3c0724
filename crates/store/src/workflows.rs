//! Workflows loaded, moved by the domain's rules, and written back: by one writer per event at a time.

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::ids::{EventId, JobId, SubmissionId, TargetId};
use domain::words::{JobKind, Needs, TargetStatus};
use domain::workflow::{Held, Input, Job, Target, Workflow};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::ids::{Wanted, take};
use crate::sql::{on, sql};
use crate::{Db, Result, Tx};

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

/// Writes a workflow back: what changed, the submissions that are due now, the event's status.
///
/// # Errors
/// If the database refuses.
pub async fn save(tx: &mut Tx, mut workflow: Workflow, now: DateTime<Utc>) -> Result<()> {
    queue(tx, &mut workflow, now).await?;
    for id in &workflow.changed {
        let Some(target) = workflow.targets.get(id) else { continue };
        save_target(tx, *id, target).await?;
    }
    if !workflow.changed.is_empty() {
        on!(tx, sql!("workflows/end_submissions.sql"), |query, connection| sqlx::query(query)
            .bind(workflow.event.0)
            .execute(connection)
            .await
            .map(|_| ()))?;
    }
    let changed: Option<i64> =
        on!(tx, sql!("workflows/save_status.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(workflow.event.0)
            .bind(workflow.status().as_str())
            .fetch_optional(connection)
            .await)?;
    if changed.is_some() {
        on!(tx, sql!("reports/touch.sql"), |query, connection| sqlx::query(query)
            .bind(workflow.event.0)
            .bind(now)
            .execute(connection)
            .await
            .map(|_| ()))?;
    }
    Ok(())
}

/// Makes a submission for each group of targets that is ready.
pub(crate) async fn queue(tx: &mut Tx, workflow: &mut Workflow, now: DateTime<Utc>) -> Result<()> {
    let groups = workflow.to_submit();
    if groups.is_empty() {
        return Ok(());
    }
    let ids = take(tx, Wanted { submissions: groups.len(), ..Wanted::default() }).await?.submissions;
    for (group, id) in groups.iter().zip(ids) {
        on!(tx, sql!("workflows/insert_submission.sql"), |query, connection| sqlx::query(query)
            .bind(id)
            .bind(workflow.event.0)
            .bind(group.system.as_str())
            .bind(now)
            .execute(connection)
            .await
            .map(|_| ()))?;
        workflow.ride(group, SubmissionId(id));
    }
    Ok(())
}

async fn save_target(tx: &mut Tx, id: TargetId, target: &Target) -> Result<()> {
    on!(tx, sql!("workflows/save_target.sql"), |query, connection| sqlx::query(query)
        .bind(id.0)
        .bind(target.status.as_str())
        .bind(target.submission.map(|submission| submission.0))
        .bind(&target.external_id)
        .bind(&target.url)
        .bind(&target.logs_url)
        .bind(&target.reason)
        .bind(target.submitted_at)
        .bind(target.started_at)
        .bind(target.finished_at)
        .bind(target.peer_started_at)
        .bind(target.peer_finished_at)
        .bind(target.held.as_ref().map(Json))
        .bind(Json(&target.details))
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

//! Reruns: planned, shown, carried out as shown, remembered.
//!
//! [`preview`] plans without a lock. [`carry_out`] locks the event, plans again from what is there then, and writes that
//! plan, all in one transaction: what was shown is named by its hash, and anything else than that is refused.

mod load;
mod made;
mod place;
mod told;
mod write;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::{EventId, RerunId, TargetId};
use domain::rerun::{ArtifactLife, Conflict, NothingToDo, Plan, Planned, Selection, plan};
use domain::words::RerunVia;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Error, Result, Tx};

pub use made::{Made, made};
pub use place::{Place, place};
pub use told::{
    CostTold, Done, EntryTold, Minutes, NewInputTold, NewTargetTold, PipelineTold, StepTold, Told,
};

/// A rerun as somebody asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The event.
    pub event: EventId,
    /// The part of its workflow.
    pub selection: &'a Selection,
    /// Who asks.
    pub requested_by: &'a str,
    /// Through which door.
    pub via: RerunVia,
    /// Why, in their words.
    pub reason: Option<&'a str>,
    /// Names the request among the caller's: asked once more, it is answered as it was.
    pub idempotency_key: Option<&'a str>,
    /// The plan that was shown; without it, whatever is planned now is carried out.
    pub plan_hash: Option<&'a str>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was carried out, by this request or by an earlier one with the same key.
    CarriedOut(Box<Rerun>),
    /// There is nothing to do, and nothing was written.
    NothingToDo(Box<NothingToDo>),
    /// It is refused as it was asked for, and nothing was written.
    Conflict(Conflict),
    /// It is not any more what was shown, and nothing was written. What it is now.
    Changed(Box<Plan>),
    /// The caller used this key for another request, and nothing was written.
    KeyOfAnother(RerunId),
}

impl Answer {
    /// What it says of each target, done or not.
    pub fn plan_mut(&mut self) -> Option<&mut Plan> {
        match self {
            Self::CarriedOut(done) => Some(&mut done.plan),
            Self::NothingToDo(nothing) => Some(&mut nothing.plan),
            Self::Changed(plan) => Some(plan),
            Self::Conflict(_) | Self::KeyOfAnother(_) => None,
        }
    }
}

/// A rerun that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// Its id.
    pub id: RerunId,
    /// Its event.
    pub event: EventId,
    /// What was asked for.
    pub selection: Selection,
    /// What was done.
    pub plan: Plan,
    /// The new attempt of each target that was redone.
    pub created: BTreeMap<TargetId, TargetId>,
    /// Who asked.
    pub requested_by: String,
    /// Through which door.
    pub via: RerunVia,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What the caller called it.
    pub idempotency_key: Option<String>,
    /// When it was carried out.
    pub created_at: DateTime<Utc>,
}

/// What a rerun of this selection would do now. Nothing is written.
///
/// # Errors
/// If there is no such event, or the database cannot be read.
pub async fn preview(
    db: &Db,
    event: EventId,
    selection: &Selection,
    life: &ArtifactLife,
    now: DateTime<Utc>,
) -> Result<Planned> {
    Ok(plan(&load::peek(db, event, &selection.with_builds).await?, selection, life, now))
}

/// Carries a rerun out, all of it or nothing, with a number of statements that does not grow with its targets.
///
/// # Errors
/// If there is no such event, or the database refuses; then nothing was written.
pub async fn carry_out(
    db: &Db,
    request: &Request<'_>,
    life: &ArtifactLife,
    now: DateTime<Utc>,
) -> Result<Answer> {
    match try_carry_out(db, request, life, now).await {
        // The same key for another event at the same moment: that one has it now.
        Err(Error::Database(sqlx::Error::Database(error)))
            if request.idempotency_key.is_some() && error.is_unique_violation() =>
        {
            try_carry_out(db, request, life, now).await
        }
        answer => answer,
    }
}

async fn try_carry_out(
    db: &Db,
    request: &Request<'_>,
    life: &ArtifactLife,
    now: DateTime<Utc>,
) -> Result<Answer> {
    let mut tx = db.write().await?;
    tx.lock_event(request.event).await?;
    let answer = carry_out_in(&mut tx, request, life, now).await?;
    if matches!(answer, Answer::CarriedOut(_)) {
        tx.commit().await?;
    }
    Ok(answer)
}

/// The same in a transaction that does more and has locked the event.
///
/// # Errors
/// If the database refuses; the transaction is to be dropped then.
pub async fn carry_out_in(
    tx: &mut Tx,
    request: &Request<'_>,
    life: &ArtifactLife,
    now: DateTime<Utc>,
) -> Result<Answer> {
    // Behind the lock: a request with the same key has been answered, or comes later.
    if let Some(earlier) = earlier(tx, request).await? {
        return Ok(earlier);
    }
    let basis = load::locked(tx, request.event, &request.selection.with_builds).await?;
    let plan = match plan(&basis, request.selection, life, now) {
        Planned::Plan(plan) => plan,
        Planned::NothingToDo(nothing) => return Ok(Answer::NothingToDo(Box::new(nothing))),
        Planned::Conflict(conflict) => return Ok(Answer::Conflict(conflict)),
    };
    if request.plan_hash.is_some_and(|shown| shown != plan.hash) {
        return Ok(Answer::Changed(Box::new(plan)));
    }
    let rows = write::write(tx, request, basis, &plan, now).await?;
    Ok(Answer::CarriedOut(Box::new(Rerun {
        id: rows.rerun,
        event: request.event,
        selection: request.selection.clone(),
        plan,
        created: rows.created,
        requested_by: request.requested_by.to_owned(),
        via: request.via,
        reason: request.reason.map(str::to_owned),
        idempotency_key: request.idempotency_key.map(str::to_owned),
        created_at: now,
    })))
}

/// The answer to an earlier request of this caller with the same key; none if there was none.
async fn earlier(tx: &mut Tx, request: &Request<'_>) -> Result<Option<Answer>> {
    let Some(key) = request.idempotency_key else { return Ok(None) };
    let row: Option<Row> = on!(tx, sql!("reruns/find_key.sql"), |query, connection| sqlx::query_as(query)
        .bind(request.requested_by)
        .bind(key)
        .fetch_optional(connection)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let same = row.event_id == request.event.0
        && row.selection.0 == *request.selection
        && request.plan_hash.is_none_or(|hash| hash == row.plan.0.hash);
    if !same {
        return Ok(Some(Answer::KeyOfAnother(RerunId(row.id))));
    }
    let created: Vec<(i64, i64, i64)> =
        on!(tx, sql!("reruns/created.sql"), |query, connection| sqlx::query_as(query)
            .bind(Some(row.id))
            .bind(None::<i64>)
            .fetch_all(connection)
            .await)?;
    Ok(Some(Answer::CarriedOut(Box::new(row.into_rerun(&created)?))))
}

/// A rerun; none if there is no such one.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(db: &Db, id: RerunId) -> Result<Option<Rerun>> {
    let row: Option<Row> = on!(db, sql!("reruns/get.sql"), |query, pool| sqlx::query_as(query)
        .bind(id.0)
        .fetch_optional(pool)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let created = created(db, Some(id), None).await?;
    row.into_rerun(&created).map(Some)
}

/// The reruns of an event, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_event(db: &Db, event: EventId) -> Result<Vec<Rerun>> {
    let rows: Vec<Row> = on!(db, sql!("reruns/of_event.sql"), |query, pool| sqlx::query_as(query)
        .bind(event.0)
        .fetch_all(pool)
        .await)?;
    let created = created(db, None, Some(event)).await?;
    rows.into_iter().map(|row| row.into_rerun(&created)).collect()
}

async fn created(db: &Db, rerun: Option<RerunId>, event: Option<EventId>) -> Result<Vec<(i64, i64, i64)>> {
    Ok(on!(db, sql!("reruns/created.sql"), |query, pool| sqlx::query_as(query)
        .bind(rerun.map(|id| id.0))
        .bind(event.map(|id| id.0))
        .fetch_all(pool)
        .await)?)
}

#[derive(FromRow)]
struct Row {
    id: i64,
    event_id: i64,
    selection: Json<Selection>,
    plan: Json<Plan>,
    requested_by: String,
    via: String,
    reason: Option<String>,
    idempotency_key: Option<String>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn into_rerun(self, created: &[(i64, i64, i64)]) -> Result<Rerun> {
        let own = created.iter().filter(|(rerun, ..)| *rerun == self.id);
        Ok(Rerun {
            id: RerunId(self.id),
            event: EventId(self.event_id),
            selection: self.selection.0,
            plan: self.plan.0,
            created: own.map(|(_, old, new)| (TargetId(*old), TargetId(*new))).collect(),
            requested_by: self.requested_by,
            via: self.via.parse()?,
            reason: self.reason,
            idempotency_key: self.idempotency_key,
            created_at: self.created_at,
        })
    }
}

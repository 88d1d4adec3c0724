//! Sidetags of Koji that are ours: one for each group and branch at a time, and what was seen in them.
//!
//! The rows are a queue as the submissions are: who claims one makes, looks at or removes its sidetag, and writes what came of
//! it behind the fence of its lease.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::ids::{EventId, TargetId};
use domain::plan::downstream::UnderWay;
use domain::words::ProjectKey;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Result, Tx};

/// A sidetag, or that there is to be one.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Sidetag {
    /// Its id.
    pub id: i64,
    /// The group of jobs that build into it.
    pub group_name: String,
    /// The dist-git branch that it is for.
    pub branch: String,
    /// What Koji calls it, once it is made.
    pub name: Option<String>,
    /// When it was first needed.
    pub created_at: DateTime<Utc>,
    /// When Koji was asked for it, or was about to be: from here on it may be there.
    pub asked_at: Option<DateTime<Utc>>,
    /// When it was removed, or found to be gone.
    pub removed_at: Option<DateTime<Utc>>,
    /// When it is looked at next, or when its lease ends; none if nothing is left to do.
    pub due_at: Option<DateTime<Utc>>,
    /// Who looks at it.
    pub leased_by: Option<String>,
    /// How often the present call was tried without success.
    pub tries: i64,
    /// What went wrong the last time.
    pub problem: Option<String>,
}

/// A Koji build that is known here, found by what it made.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct KnownBuild {
    /// The target.
    #[sqlx(try_from = "i64")]
    pub id: TargetId,
    /// Its event.
    #[sqlx(try_from = "i64")]
    pub event_id: EventId,
    /// What it made.
    pub nvr: String,
    /// Whether an update follows it in its own workflow.
    pub has_update: bool,
}

/// How a sidetag is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Targets of its group and branch that have not ended.
    pub unfinished: i64,
    /// Updates of it that have become stable.
    pub stable: i64,
}

/// The sidetag of a group for a branch. If there is none, there is to be one from now on.
///
/// # Errors
/// If the database refuses.
pub async fn ensure(db: &Db, group: &str, branch: &str, now: DateTime<Utc>) -> Result<Sidetag> {
    if let Some(known) = open(db, group, branch).await? {
        return Ok(known);
    }
    let mut tx = db.write().await?;
    on!(&mut tx, sql!("sidetags/ensure.sql"), |query, connection| sqlx::query(query)
        .bind(group)
        .bind(branch)
        .bind(now)
        .execute(connection)
        .await
        .map(|_| ()))?;
    let made = on!(&mut tx, sql!("sidetags/open.sql"), |query, connection| sqlx::query_as(query)
        .bind(group)
        .bind(branch)
        .fetch_one(connection)
        .await)?;
    tx.commit().await?;
    Ok(made)
}

/// The sidetag of a group for a branch that is not removed.
///
/// # Errors
/// If the database cannot be read.
pub async fn open(db: &Db, group: &str, branch: &str) -> Result<Option<Sidetag>> {
    Ok(on!(db, sql!("sidetags/open.sql"), |query, pool| sqlx::query_as(query)
        .bind(group)
        .bind(branch)
        .fetch_optional(pool)
        .await)?)
}

/// All sidetags, removed ones too, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(db: &Db) -> Result<Vec<Sidetag>> {
    Ok(on!(db, sql!("sidetags/list.sql"), |query, pool| sqlx::query_as(query).fetch_all(pool).await)?)
}

/// Takes up to `limit` sidetags that are due, until `lease_end`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    db: &Db,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
    worker: &str,
    limit: i64,
) -> Result<Vec<Sidetag>> {
    Ok(on!(db.autocommit(), sql!("sidetags/claim.sql"), |query, pool| sqlx::query_as(query)
        .bind(now)
        .bind(lease_end)
        .bind(worker)
        .bind(limit)
        .fetch_all(pool)
        .await)?)
}

/// Writes what came of a turn, and gives the lease back. False if the lease was lost: then nothing was written.
///
/// # Errors
/// If the database refuses.
pub async fn save(db: &Db, claimed: &Sidetag, sidetag: &Sidetag) -> Result<bool> {
    write(db, claimed, sidetag, false).await
}

/// The same in the middle of a turn: the lease stays.
///
/// # Errors
/// If the database refuses.
pub async fn note(db: &Db, claimed: &Sidetag, sidetag: &Sidetag) -> Result<bool> {
    write(db, claimed, sidetag, true).await
}

async fn write(db: &Db, claimed: &Sidetag, sidetag: &Sidetag, keeps: bool) -> Result<bool> {
    Ok(on!(db.autocommit(), sql!("sidetags/save.sql"), |query, pool| sqlx::query(query)
        .bind(sidetag.id)
        .bind(&sidetag.name)
        .bind(sidetag.asked_at)
        .bind(sidetag.removed_at)
        .bind(sidetag.due_at)
        .bind(sidetag.tries)
        .bind(&sidetag.problem)
        .bind(&claimed.leased_by)
        .bind(claimed.due_at)
        .bind(keeps)
        .execute(pool)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Has a sidetag looked at now, if it is ours: something may have been tagged. Says whether it is.
///
/// # Errors
/// If the database refuses.
pub async fn hurry(db: &Db, name: &str, now: DateTime<Utc>) -> Result<bool> {
    Ok(on!(db.autocommit(), sql!("sidetags/hurry.sql"), |query, pool| sqlx::query(query)
        .bind(name)
        .bind(now)
        .execute(pool)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// Has a sidetag that could not be made tried again.
///
/// # Errors
/// If the database refuses.
pub async fn retry(db: &Db, id: i64, now: DateTime<Utc>) -> Result<()> {
    on!(db.autocommit(), sql!("sidetags/retry.sql"), |query, pool| sqlx::query(query)
        .bind(id)
        .bind(now)
        .execute(pool)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// What Koji calls all sidetags that were ever known here.
///
/// # Errors
/// If the database cannot be read.
pub async fn names(db: &Db) -> Result<BTreeSet<String>> {
    let names: Vec<String> =
        on!(db, sql!("sidetags/names.sql"), |query, pool| sqlx::query_scalar(query).fetch_all(pool).await)?;
    Ok(names.into_iter().collect())
}

/// The builds that were seen in a sidetag, by name, version and release.
///
/// # Errors
/// If the database cannot be read.
pub async fn builds(db: &Db, sidetag: &Sidetag) -> Result<BTreeSet<String>> {
    let nvrs: Vec<String> = on!(db, sql!("sidetags/builds.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(sidetag.id)
        .fetch_all(pool)
        .await)?;
    Ok(nvrs.into_iter().collect())
}

/// Takes note of a build in a sidetag, in the transaction that starts what it starts. False if somebody was quicker.
///
/// # Errors
/// If the database refuses.
pub async fn seen(
    tx: &mut Tx,
    sidetag: &Sidetag,
    nvr: &str,
    package: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    Ok(on!(tx, sql!("sidetags/seen.sql"), |query, connection| sqlx::query(query)
        .bind(sidetag.id)
        .bind(nvr)
        .bind(package)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))?)
}

/// How a sidetag is used.
///
/// # Errors
/// If the database cannot be read.
pub async fn usage(db: &Db, sidetag: &Sidetag) -> Result<Use> {
    let (unfinished, stable) = on!(db, sql!("sidetags/use.sql"), |query, pool| sqlx::query_as(query)
        .bind(sidetag.name.as_deref().unwrap_or_default())
        .bind(&sidetag.group_name)
        .bind(&sidetag.branch)
        .fetch_one(pool)
        .await)?;
    Ok(Use { unfinished, stable })
}

/// What is done with a package for a group and a branch whose newest commit is `head`.
///
/// # Errors
/// If the database cannot be read.
pub async fn under_way(db: &Db, project: &ProjectKey, sidetag: &Sidetag, head: &str) -> Result<UnderWay> {
    let (builds, updates): (i64, i64) =
        on!(db, sql!("sidetags/under_way.sql"), |query, pool| sqlx::query_as(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(&sidetag.group_name)
            .bind(&sidetag.branch)
            .bind(head)
            .fetch_one(pool)
            .await)?;
    Ok(UnderWay { build: builds > 0, update: updates > 0 })
}

/// The newest Koji builds known here that made these, by name, version and release.
///
/// # Errors
/// If the database cannot be read.
pub async fn builders(db: &Db, nvrs: &BTreeSet<String>) -> Result<BTreeMap<String, KnownBuild>> {
    let known: Vec<KnownBuild> = on!(db, sql!("sidetags/builders.sql"), |query, pool| sqlx::query_as(query)
        .bind(Json(nvrs))
        .fetch_all(pool)
        .await)?;
    Ok(known.into_iter().map(|build| (build.nvr.clone(), build)).collect())
}

/// Has a target of an event consume builds of other events too. What it consumes already stays.
///
/// # Errors
/// If the database refuses.
pub async fn consume(db: &Db, event: EventId, target: TargetId, builds: &BTreeSet<TargetId>) -> Result<()> {
    let mut tx = db.write().await?;
    tx.lock_event(event).await?;
    let mut added = 0;
    for build in builds {
        added += on!(&mut tx, sql!("sidetags/consume.sql"), |query, connection| sqlx::query(query)
            .bind(target.0)
            .bind(build.0)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))?;
    }
    if added > 0 {
        tx.count_event(event).await?;
    }
    tx.commit().await
}

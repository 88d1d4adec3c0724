//! Events recorded: what happened and all that it started, in one transaction.

mod insert;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::checks;
use domain::details::JobDetails;
use domain::event::ProjectFacts;
use domain::ids::{EventId, InboxId, TargetId};
use domain::plan::Plan;
use domain::succession::Pushed;
use domain::words::{EventKind, ProjectKey, Reference, Visibility};
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Result, Tx, projects, reports};

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// Where it happened.
    pub project: &'a ProjectFacts,
    /// At which reference.
    pub reference: &'a Reference,
    /// At which commit, if that is known.
    pub hash: Option<&'a str>,
    /// What happened.
    pub kind: EventKind,
    /// Who acted.
    pub actor: Option<&'a str>,
    /// When it happened, by the forge's clock.
    pub occurred_at: DateTime<Utc>,
    /// When we were told.
    pub received_at: DateTime<Utc>,
    /// The commit before, of a push.
    pub before: Option<&'a str>,
    /// The commit after, of a push.
    pub after: Option<&'a str>,
    /// The package configuration that it was planned with, as it was read.
    pub config: Option<&'a serde_json::Value>,
    /// The delivery that told of it.
    pub inbox: Option<InboxId>,
}

/// What the forge is to be told of an event, if its commit is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell<'a> {
    /// The event as a whole, under this name.
    Event(&'a str),
    /// Each of its targets, under the name of its check.
    Targets,
}

/// Records an event and what it starts, and queues what can be submitted at once.
///
/// # Errors
/// If the database refuses; the transaction is to be dropped then.
pub async fn record(
    tx: &mut Tx,
    event: &NewEvent<'_>,
    plan: &Plan,
    tell: Option<Tell<'_>>,
    now: DateTime<Utc>,
) -> Result<EventId> {
    let project = projects::ensure(tx, event.project, now).await?;
    let reference = projects::ensure_reference(tx, project, event.reference).await?;
    let commit = match event.hash {
        Some(hash) => Some(projects::ensure_commit(tx, project, reference, hash).await?),
        None => None,
    };
    let id: i64 = on!(tx, sql!("events/insert.sql"), |query, connection| sqlx::query_scalar(query)
        .bind(project.0)
        .bind(reference.0)
        .bind(commit.map(|commit| commit.0))
        .bind(event.kind.as_str())
        .bind(event.actor)
        .bind(event.occurred_at)
        .bind(event.received_at)
        .bind(event.before)
        .bind(event.after)
        .bind(event.config.map(Json))
        .bind(event.inbox.map(|inbox| inbox.0))
        .fetch_one(connection)
        .await)?;
    let id = EventId(id);
    let targets = insert::plan(tx, id, plan, now).await?;
    match (event.hash, tell) {
        (Some(hash), Some(Tell::Event(name))) => {
            on!(tx, sql!("reports/plan.sql"), |query, connection| sqlx::query(query)
                .bind(project.0)
                .bind(hash)
                .bind(name)
                .bind(id.0)
                .bind(now)
                .execute(connection)
                .await
                .map(|_| ()))?;
        }
        (Some(hash), Some(Tell::Targets)) => {
            let named: Vec<_> = targets.into_iter().zip(checks::names(plan, event.reference)).collect();
            reports::plan_targets(tx, (project, hash, id), &named, now).await?;
            if !plan.pipelines.is_empty() {
                on!(tx, sql!("reports/started.sql"), |query, connection| sqlx::query(query)
                    .bind(project.0)
                    .bind(hash)
                    .bind(id.0)
                    .bind(now)
                    .execute(connection)
                    .await
                    .map(|_| ()))?;
            }
        }
        (None, _) | (_, None) => {}
    }
    Ok(id)
}

/// Takes note of the target that caused an event: another event's, whose end let it happen.
///
/// # Errors
/// If the database refuses.
pub async fn set_cause(tx: &mut Tx, event: EventId, cause: TargetId) -> Result<()> {
    on!(tx, sql!("events/cause.sql"), |query, connection| sqlx::query(query)
        .bind(event.0)
        .bind(cause.0)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The target that opened a pull request, by the page of the pull request; none if none of ours did.
///
/// # Errors
/// If the database cannot be read.
pub async fn proposed_by(tx: &mut Tx, page: &str) -> Result<Option<TargetId>> {
    let found: Option<i64> =
        on!(tx, sql!("events/proposed_by.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(page)
            .fetch_optional(connection)
            .await)?;
    Ok(found.map(TargetId))
}

/// Has the targets of an event that use builds, by the name of their branch, consume one of another event, which succeeded.
///
/// # Errors
/// If the database refuses.
pub async fn consume(tx: &mut Tx, event: EventId, name: &str, build: TargetId) -> Result<()> {
    on!(tx, sql!("events/consume.sql"), |query, connection| sqlx::query(query)
        .bind(event.0)
        .bind(name)
        .bind(build.0)
        .execute(connection)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// The newest real Koji build of a package for a dist-git branch, with its name, version and release.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest_koji_build(
    db: &Db,
    project: &ProjectKey,
    branch: &str,
) -> Result<Option<(TargetId, String)>> {
    let row: Option<(i64, String)> =
        on!(db, sql!("events/newest_koji_build.sql"), |query, pool| sqlx::query_as(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(branch)
            .fetch_optional(pool)
            .await)?;
    Ok(row.map(|(id, nvr)| (TargetId(id), nvr)))
}

/// What happened, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What happened.
    pub kind: EventKind,
    /// The project.
    pub project: ProjectKey,
    /// Who may see it.
    pub visibility: Visibility,
    /// The reference.
    pub reference: Reference,
    /// The commit, if it is known.
    pub hash: Option<String>,
}

/// Where an event happened; none if there is no such event.
///
/// # Errors
/// If the database cannot be read.
pub async fn place(db: &Db, event: EventId) -> Result<Option<Place>> {
    type Row = (String, String, String, String, String, String, String, Option<String>);
    let row: Option<Row> = on!(db, sql!("events/place.sql"), |query, pool| sqlx::query_as(query)
        .bind(event.0)
        .fetch_optional(pool)
        .await)?;
    let Some((happened, forge, namespace, name, visibility, kind, reference, hash)) = row else {
        return Ok(None);
    };
    Ok(Some(Place {
        kind: happened.parse()?,
        project: ProjectKey::new(&forge, &namespace, &name),
        visibility: visibility.parse()?,
        reference: Reference::new(kind.parse()?, reference),
        hash,
    }))
}

/// The events of one commit at one reference that started something, newest first, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflows_at(
    db: &Db,
    project: &ProjectKey,
    reference: &Reference,
    hash: &str,
    limit: i64,
) -> Result<Vec<EventId>> {
    let ids: Vec<i64> = on!(db, sql!("events/workflows_at.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(&project.forge)
        .bind(&project.namespace)
        .bind(&project.name)
        .bind(reference.kind.as_str())
        .bind(&reference.name)
        .bind(hash)
        .bind(limit)
        .fetch_all(pool)
        .await)?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// The newest events of a reference that started something, whatever commit they were about; a few.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflows_of(db: &Db, project: &ProjectKey, reference: &Reference) -> Result<Vec<EventId>> {
    let ids: Vec<i64> = on!(db, sql!("events/workflows_of.sql"), |query, pool| sqlx::query_scalar(query)
        .bind(&project.forge)
        .bind(&project.namespace)
        .bind(&project.name)
        .bind(reference.kind.as_str())
        .bind(&reference.name)
        .fetch_all(pool)
        .await)?;
    Ok(ids.into_iter().map(EventId).collect())
}

/// What a job of an event pulled into a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The event.
    pub event: EventId,
    /// The tag of its upstream, as the configuration of that time said it.
    pub tag: Option<String>,
}

/// What the newest events pulled in that told of a version of a package's upstream, wherever they happened; a few. They are
/// found by the version, or by its tag.
///
/// # Errors
/// If the database cannot be read.
pub async fn pulled(db: &Db, package: &str, version: &str, tag: &str) -> Result<Vec<Pulled>> {
    pulled_in(&mut db.look().await?, package, version, tag).await
}

/// The same in a transaction: who has recorded an event at the version's reference has that row to itself, and sees whoever
/// came before.
///
/// # Errors
/// If the database cannot be read.
pub async fn pulled_in(tx: &mut Tx, package: &str, version: &str, tag: &str) -> Result<Vec<Pulled>> {
    let rows: Vec<(i64, Json<JobDetails>)> =
        on!(tx, sql!("events/pulled.sql"), |query, connection| sqlx::query_as(query)
            .bind(version)
            .bind(tag)
            .fetch_all(connection)
            .await)?;
    let of_package = rows.into_iter().filter_map(|(id, Json(details))| match details {
        JobDetails::DistGitSync(sync) if sync.downstream_package == package => {
            Some(Pulled { event: EventId(id), tag: sync.source.tag })
        }
        _ => None,
    });
    Ok(of_package.collect())
}

/// Whether an event pulls this tag of its upstream into a package: what was planned by another configuration pulls another.
///
/// # Errors
/// If the database cannot be read.
pub async fn pulls(db: &Db, event: EventId, package: &str, tag: &str) -> Result<bool> {
    let jobs: Vec<Json<JobDetails>> =
        on!(db, sql!("events/pulls.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(event.0)
            .fetch_all(pool)
            .await)?;
    Ok(jobs.iter().any(|Json(details)| {
        matches!(details, JobDetails::DistGitSync(sync)
            if sync.downstream_package == package && sync.source.tag.as_deref() == Some(tag))
    }))
}

/// The newest good Copr build of a pull request in each chroot that it was built in, and who may see its project.
///
/// # Errors
/// If the database cannot be read.
pub async fn builds_of_pull_request(
    db: &Db,
    project: &ProjectKey,
    number: i64,
) -> Result<Vec<(TargetId, Visibility)>> {
    let rows: Vec<(i64, String, String)> =
        on!(db, sql!("events/builds_of_pull_request.sql"), |query, pool| sqlx::query_as(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(number.to_string())
            .fetch_all(pool)
            .await)?;
    let mut chroots = BTreeSet::new();
    let newest = rows.into_iter().filter(|(_, chroot, _)| chroots.insert(chroot.clone()));
    newest.map(|(id, _, visibility)| Ok((TargetId(id), visibility.parse()?))).collect()
}

/// The commits of a pull request that were delivered, in the order of their events.
///
/// # Errors
/// If the database cannot be read.
pub async fn commits_of_pull_request(db: &Db, project: &ProjectKey, number: i64) -> Result<Vec<Pushed>> {
    let rows: Vec<(String, Option<String>)> =
        on!(db, sql!("events/of_pull_request.sql"), |query, pool| sqlx::query_as(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(number.to_string())
            .fetch_all(pool)
            .await)?;
    Ok(rows.into_iter().map(|(hash, before)| Pushed { hash, before }).collect())
}

/// The same inside a transaction that does more.
///
/// # Errors
/// If the database refuses.
pub async fn commits_of_pull_request_in(
    tx: &mut Tx,
    project: &ProjectKey,
    number: i64,
) -> Result<Vec<Pushed>> {
    let rows: Vec<(String, Option<String>)> =
        on!(tx, sql!("events/of_pull_request.sql"), |query, connection| sqlx::query_as(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(number.to_string())
            .fetch_all(connection)
            .await)?;
    Ok(rows.into_iter().map(|(hash, before)| Pushed { hash, before }).collect())
}

/// The events of a reference that have not ended, those of the commit `except` left out; in the order of their ids, in which
/// they are to be locked.
///
/// # Errors
/// If the database refuses.
pub async fn unfinished_of_reference(
    tx: &mut Tx,
    project: &ProjectKey,
    reference: &Reference,
    except: &str,
) -> Result<Vec<EventId>> {
    let ids: Vec<i64> = on!(tx, sql!("events/unfinished_of_reference.sql"), |query, connection| {
        sqlx::query_scalar(query)
            .bind(&project.forge)
            .bind(&project.namespace)
            .bind(&project.name)
            .bind(reference.kind.as_str())
            .bind(&reference.name)
            .bind(except)
            .fetch_all(connection)
            .await
    })?;
    Ok(ids.into_iter().map(EventId).collect())
}

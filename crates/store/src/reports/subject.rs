//! What checks are about.

use chrono::{DateTime, Utc};
use domain::event::ProjectFacts;
use domain::ids::{EventId, TargetId};
use domain::words::{JobKind, Needs, ProjectKey, ReferenceKind, TargetStatus};
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result, Tx};

/// All that a target's check tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFacts {
    /// The target.
    pub id: TargetId,
    /// Its event.
    pub event: EventId,
    /// The event's project.
    pub project: ProjectKey,
    /// The pull request that the event is of, if it is of one.
    pub pull_request: Option<i64>,
    /// Its kind.
    pub kind: JobKind,
    /// The identifier of its job.
    pub identifier: Option<String>,
    /// Its name.
    pub name: String,
    /// Its place in its chain, from 1.
    pub attempt: i64,
    /// Where it stands.
    pub status: TargetStatus,
    /// Why it ended so, or what it waits for.
    pub reason: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// When it began: by the build system's clock, else by ours.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, by the same clocks.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many targets its folded step has.
    pub targets_of_step: usize,
    /// What it consumes.
    pub inputs: Vec<InputFacts>,
}

/// What a target consumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFacts {
    /// What is needed of it.
    pub needs: Needs,
    /// Its kind.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: TargetStatus,
}

#[derive(FromRow)]
struct Row {
    event_id: i64,
    #[sqlx(try_from = "String")]
    kind: JobKind,
    name: String,
    attempt: i64,
    #[sqlx(try_from = "String")]
    status: TargetStatus,
    reason: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    peer_started_at: Option<DateTime<Utc>>,
    peer_finished_at: Option<DateTime<Utc>>,
    identifier: Option<String>,
    forge: String,
    namespace: String,
    project: String,
    #[sqlx(try_from = "String")]
    reference_kind: ReferenceKind,
    reference: String,
    targets_of_step: i64,
    needs: Option<String>,
    input_kind: Option<String>,
    input_name: Option<String>,
    input_status: Option<String>,
}

/// What a target's check tells; none if there is no such target.
///
/// # Errors
/// If the database cannot be read.
pub async fn target(db: &Db, id: TargetId) -> Result<Option<TargetFacts>> {
    let rows: Vec<Row> = on!(db, sql!("reports/target.sql"), |query, pool| sqlx::query_as(query)
        .bind(id.0)
        .fetch_all(pool)
        .await)?;
    let mut inputs = Vec::new();
    for row in &rows {
        if let (Some(needs), Some(kind), Some(name), Some(status)) =
            (&row.needs, &row.input_kind, &row.input_name, &row.input_status)
        {
            let (needs, kind, status) = (needs.parse()?, kind.parse()?, status.parse()?);
            inputs.push(InputFacts { needs, kind, name: name.clone(), status });
        }
    }
    Ok(rows.into_iter().next().map(|row| TargetFacts {
        id,
        event: EventId(row.event_id),
        project: ProjectKey::new(&row.forge, &row.namespace, &row.project),
        pull_request: (row.reference_kind == ReferenceKind::PullRequest)
            .then(|| row.reference.parse().ok())
            .flatten(),
        kind: row.kind,
        identifier: row.identifier,
        name: row.name,
        attempt: row.attempt,
        status: row.status,
        reason: row.reason,
        url: row.url,
        logs_url: row.logs_url,
        started_at: row.peer_started_at.or(row.started_at),
        finished_at: row.peer_finished_at.or(row.finished_at),
        targets_of_step: usize::try_from(row.targets_of_step).unwrap_or(usize::MAX),
        inputs,
    }))
}

/// The events that own the checks at a commit of a project, in the order in which they are to be locked.
///
/// # Errors
/// If the database refuses.
pub async fn events_of_commit(tx: &mut Tx, project: &ProjectFacts, hash: &str) -> Result<Vec<EventId>> {
    let ids: Vec<i64> = on!(tx, sql!("reports/events_of_commit.sql"), |query, connection| {
        sqlx::query_scalar(query)
            .bind(&project.key.forge)
            .bind(&project.forge_id)
            .bind(&project.key.namespace)
            .bind(&project.key.name)
            .bind(hash)
            .fetch_all(connection)
            .await
    })?;
    Ok(ids.into_iter().map(EventId).collect())
}

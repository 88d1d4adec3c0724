//! What a rerun is planned from, in one statement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::ids::{EventId, JobId, PipelineId, StepId, SubmissionId, TargetId};
use domain::rerun::{Basis, Consumer, DurationKey, Elsewhere, JobFacts, Pipeline, Step};
use domain::workflow::{Held, Input, Job, Target, Workflow};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Error, Result, Tx};

#[derive(FromRow)]
struct Row {
    section: String,
    id: i64,
    first_id: Option<i64>,
    second_id: Option<i64>,
    third_id: Option<i64>,
    number: Option<i64>,
    kind: Option<String>,
    name: Option<String>,
    identifier: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    external_id: Option<String>,
    url: Option<String>,
    logs_url: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    peer_started_at: Option<DateTime<Utc>>,
    peer_finished_at: Option<DateTime<Utc>>,
    held: Option<Json<Held>>,
    details: Option<Json<serde_json::Value>>,
}

/// As it is inside a transaction, for a rerun that consumes these builds of other events as well.
pub(super) async fn locked(tx: &mut Tx, event: EventId, builds: &BTreeSet<TargetId>) -> Result<Basis> {
    let rows: Vec<Row> = on!(tx, sql!("reruns/load.sql"), |query, connection| sqlx::query_as(query)
        .bind(event.0)
        .fetch_all(connection)
        .await)?;
    let mut basis = fold(event, rows)?;
    if !builds.is_empty() {
        let rows: Vec<Row> =
            on!(tx, sql!("reruns/elsewhere.sql"), |query, connection| sqlx::query_as(query)
                .bind(Json(builds))
                .fetch_all(connection)
                .await)?;
        basis.consume_as_well(elsewhere(rows)?);
    }
    Ok(basis)
}

/// As it is at one moment; nothing is locked.
pub(super) async fn peek(db: &Db, event: EventId, builds: &BTreeSet<TargetId>) -> Result<Basis> {
    let rows: Vec<Row> = on!(db, sql!("reruns/load.sql"), |query, pool| sqlx::query_as(query)
        .bind(event.0)
        .fetch_all(pool)
        .await)?;
    let mut basis = fold(event, rows)?;
    if !builds.is_empty() {
        let rows: Vec<Row> = on!(db, sql!("reruns/elsewhere.sql"), |query, pool| sqlx::query_as(query)
            .bind(Json(builds))
            .fetch_all(pool)
            .await)?;
        basis.consume_as_well(elsewhere(rows)?);
    }
    Ok(basis)
}

fn elsewhere(rows: Vec<Row>) -> Result<BTreeMap<TargetId, Elsewhere>> {
    let mut found = Basis::of(Workflow::empty(EventId(0)));
    for row in rows {
        row.elsewhere(&mut found)?;
    }
    Ok(found.elsewhere)
}

fn fold(event: EventId, rows: Vec<Row>) -> Result<Basis> {
    let mut basis = Basis::of(Workflow::empty(event));
    let mut inputs: BTreeMap<TargetId, Vec<Input>> = BTreeMap::new();
    let mut took: BTreeMap<DurationKey, Vec<TimeDelta>> = BTreeMap::new();
    let mut found = false;
    for row in rows {
        match row.section.as_str() {
            "event" => found = true,
            "pipeline" => {
                let pipeline = Pipeline { package: row.name, origin: row.first_id.map(PipelineId) };
                basis.pipelines.insert(PipelineId(row.id), pipeline);
            }
            "step" => {
                let step =
                    Step { pipeline: PipelineId(some(row.first_id)?), job: JobId(some(row.second_id)?) };
                basis.steps.insert(StepId(row.id), step);
            }
            "job" => row.job(&mut basis)?,
            "target" => {
                basis.workflow.targets.insert(TargetId(row.id), row.target()?);
            }
            "input" => inputs
                .entry(TargetId(row.id))
                .or_default()
                .push(Input { target: TargetId(some(row.first_id)?), needs: word(row.kind)? }),
            "elsewhere" => row.elsewhere(&mut basis)?,
            "consumer" => basis.consumers.push(Consumer {
                input: TargetId(some(row.first_id)?),
                target: TargetId(row.id),
                event: EventId(some(row.second_id)?),
                kind: word(row.kind)?,
                name: some(row.name)?,
            }),
            "completed" => drop(basis.completed_elsewhere.insert(TargetId(row.id))),
            "duration" => row.duration(&mut took)?,
            other => return Err(Error::Unreadable(format!("section {other} of a rerun's basis"))),
        }
    }
    if !found {
        return Err(Error::NotFound(format!("event {event}")));
    }
    for (id, mut of_target) in inputs {
        of_target.sort_by_key(|input| input.target);
        if let Some(target) = basis.workflow.targets.get_mut(&id) {
            target.inputs = of_target;
        }
    }
    basis.consumers.sort_by_key(|consumer| (consumer.target, consumer.input));
    basis.durations = took.into_iter().map(|(key, all)| (key, median(all))).collect();
    Ok(basis)
}

/// The middle one: a build that hung for a day says nothing about the next.
fn median(mut all: Vec<TimeDelta>) -> TimeDelta {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

impl Row {
    fn job(self, basis: &mut Basis) -> Result<()> {
        let job = Job { kind: word(self.kind)?, previous: self.first_id.map(JobId) };
        let details: JobDetails = json(self.details)?;
        basis.workflow.jobs.insert(JobId(self.id), job);
        basis.jobs.insert(JobId(self.id), JobFacts { identifier: self.identifier, details });
        Ok(())
    }

    fn target(self) -> Result<Target> {
        let details: TargetDetails = json(self.details)?;
        Ok(Target {
            job: JobId(some(self.first_id)?),
            kind: word(self.kind)?,
            name: some(self.name)?,
            chain: TargetId(some(self.second_id)?),
            attempt: some(self.number)?,
            status: word(self.status)?,
            inputs: Vec::new(),
            submission: self.third_id.map(SubmissionId),
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
            details,
        })
    }

    fn elsewhere(self, basis: &mut Basis) -> Result<()> {
        let consumed = TargetId(self.id);
        basis.workflow.outside.insert(consumed, word(self.reason)?);
        let newest = Elsewhere {
            event: EventId(some(self.second_id)?),
            newest: TargetId(some(self.first_id)?),
            kind: word(self.kind)?,
            name: some(self.name)?,
            status: word(self.status)?,
            finished_at: self.peer_finished_at.or(self.finished_at),
        };
        basis.elsewhere.insert(consumed, newest);
        Ok(())
    }

    fn duration(self, took: &mut BTreeMap<DurationKey, Vec<TimeDelta>>) -> Result<()> {
        let (began, ended) =
            (self.peer_started_at.or(self.started_at), self.peer_finished_at.or(self.finished_at));
        if let (Some(began), Some(ended)) = (began, ended)
            && began <= ended
        {
            let key =
                DurationKey { kind: word(self.kind)?, identifier: self.identifier, name: some(self.name)? };
            took.entry(key).or_default().push(ended - began);
        }
        Ok(())
    }
}

fn some<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Unreadable("an empty column that is never empty".to_owned()))
}

fn word<T: std::str::FromStr<Err = domain::UnknownWord>>(value: Option<String>) -> Result<T> {
    Ok(some(value)?.parse()?)
}

fn json<T: serde::de::DeserializeOwned>(value: Option<Json<serde_json::Value>>) -> Result<T> {
    serde_json::from_value(some(value)?.0).map_err(|error| Error::Unreadable(error.to_string()))
}

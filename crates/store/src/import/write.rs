//! A batch of events written: ids first, then one statement per table and 500 rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::EventId;
use domain::words::{DeliveryOutcome, Needs};
use serde_json::{Value, json};
use sqlx::types::Json;

use super::{EventRows, JobRow, Ours, PipelineRow, SOURCE, StepRow, TargetRow};
use crate::db::Each;
use crate::ids::{Wanted, take};
use crate::origins::SourceRow;
use crate::sql::{insert_rows, on, sql, write_rows};
use crate::{Error, Result, Tx};

/// An event of the batch with the ids of all its rows.
struct Placed<'a> {
    rows: &'a EventRows,
    event: i64,
    pipelines: Vec<i64>,
    reruns: Vec<Option<i64>>,
    jobs: Vec<i64>,
    steps: Vec<i64>,
    targets: Vec<i64>,
}

/// Writes what of these events is not there yet, and returns the events' ids. Of an event that is there, the version is
/// counted up.
///
/// # Errors
/// If the database refuses; the transaction is to be dropped then.
pub async fn write(tx: &mut Tx, batch: &[EventRows], now: DateTime<Utc>) -> Result<Vec<i64>> {
    let mut known: Vec<&EventRows> = batch.iter().filter(|event| event.known.is_some()).collect();
    known.sort_by_key(|event| event.known);
    for event in known {
        let id = event.known.unwrap_or_default();
        tx.lock_event(EventId(id)).await?;
        tx.count_event(EventId(id)).await?;
        on!(tx, sql!("import/status.sql"), |query, connection| sqlx::query(query)
            .bind(id)
            .bind(event.status.as_str())
            .execute(connection)
            .await
            .map(|_| ()))?;
    }
    let commits = ensure_commits(tx, batch).await?;
    let placed = place(tx, batch).await?;
    insert_events(tx, &placed, &commits, now).await?;
    insert_pipelines(tx, &placed).await?;
    insert_jobs(tx, &placed).await?;
    insert_steps(tx, &placed).await?;
    insert_targets(tx, &placed).await?;
    insert_inputs(tx, &placed).await?;
    insert_rerun_targets(tx, &placed).await?;
    insert_origins(tx, &placed).await?;
    Ok(placed.iter().map(|event| event.event).collect())
}

/// Lets a target consume one of another event, or of its job's previous job, and notes which row said so. `needs` has to fit
/// how both ended.
///
/// # Errors
/// If the database refuses.
pub async fn link(tx: &mut Tx, rows: &[(i64, i64, Needs, i64, SourceRow)]) -> Result<()> {
    let mut events: Vec<i64> = rows.iter().map(|row| row.3).collect();
    events.sort_unstable();
    events.dedup();
    for event in events {
        tx.lock_event(EventId(event)).await?;
        tx.count_event(EventId(event)).await?;
    }
    write_rows!(
        tx,
        "INSERT INTO inputs (target_id, input_target_id, needs) ",
        rows,
        |binder, row| binder.push_bind(row.0).push_bind(row.1).push_bind(row.2.as_str()),
        " ON CONFLICT DO NOTHING"
    );
    let origins: Vec<(&SourceRow, &'static str, i64, i64)> =
        rows.iter().map(|row| (&row.4, "inputs", row.0, row.3)).collect();
    insert_origin_rows(tx, &origins).await
}

/// The commits of the batch's new events, by reference and hash.
async fn ensure_commits(tx: &mut Tx, batch: &[EventRows]) -> Result<BTreeMap<(i64, String), i64>> {
    let mut wanted: BTreeMap<(i64, &str), i64> = BTreeMap::new();
    for event in batch.iter().filter(|event| event.known.is_none()) {
        if let Some(hash) = &event.hash {
            wanted.insert((event.reference, hash), event.project);
        }
    }
    let keys: Vec<(i64, i64, &str)> =
        wanted.iter().map(|((reference, hash), project)| (*project, *reference, *hash)).collect();
    let mut ids = BTreeMap::new();
    for keys in keys.chunks(500) {
        macro_rules! insert {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "INSERT INTO commits (project_id, reference_id, hash) ",
                );
                query.push_values(keys, |mut row, key| {
                    row.push_bind(key.0).push_bind(key.1).push_bind(key.2);
                });
                query.push(
                    " ON CONFLICT (reference_id, hash) DO UPDATE SET hash = excluded.hash \
                     RETURNING id, reference_id, hash",
                );
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<(i64, i64, String)> = match tx.each() {
            Each::Postgres(connection) => insert!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => insert!(sqlx::Sqlite, connection),
        };
        ids.extend(rows.into_iter().map(|(id, reference, hash)| ((reference, hash), id)));
    }
    Ok(ids)
}

/// Gives every row of the batch its id.
async fn place<'a>(tx: &mut Tx, batch: &'a [EventRows]) -> Result<Vec<Placed<'a>>> {
    let mut wanted = Wanted::default();
    for event in batch {
        wanted.events += usize::from(event.known.is_none());
        wanted.pipelines += event.pipelines.iter().filter(|row| row.known.is_none()).count();
        wanted.reruns += event.pipelines.iter().filter(|row| is_new_rerun(row)).count();
        wanted.jobs += event.jobs.iter().filter(|row| row.known.is_none()).count();
        wanted.steps += event.steps.iter().filter(|row| row.known.is_none()).count();
        wanted.targets += event.targets.iter().filter(|row| row.known.is_none()).count();
    }
    let taken = take(tx, wanted).await?;
    let (mut events, mut pipelines) = (taken.events.into_iter(), taken.pipelines.into_iter());
    let (mut reruns, mut jobs) = (taken.reruns.into_iter(), taken.jobs.into_iter());
    let (mut steps, mut targets) = (taken.steps.into_iter(), taken.targets.into_iter());
    batch
        .iter()
        .map(|rows| {
            Ok(Placed {
                rows,
                event: id(rows.known, &mut events)?,
                pipelines: ids(rows.pipelines.iter().map(|row| row.known), &mut pipelines)?,
                reruns: rows
                    .pipelines
                    .iter()
                    .map(|row| if is_new_rerun(row) { id(None, &mut reruns).map(Some) } else { Ok(None) })
                    .collect::<Result<_>>()?,
                jobs: ids(rows.jobs.iter().map(|row| row.known), &mut jobs)?,
                steps: ids(rows.steps.iter().map(|row| row.known), &mut steps)?,
                targets: ids(rows.targets.iter().map(|row| row.known), &mut targets)?,
            })
        })
        .collect()
}

fn is_new_rerun(row: &PipelineRow) -> bool {
    row.known.is_none() && row.rerun_of.is_some()
}

fn id(known: Option<i64>, new: &mut impl Iterator<Item = i64>) -> Result<i64> {
    known.or_else(|| new.next()).ok_or_else(|| Error::NotFound("id for a new row".to_owned()))
}

fn ids(known: impl Iterator<Item = Option<i64>>, new: &mut impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    known.map(|known| id(known, new)).collect()
}

/// Events and their deliveries: what is imported is a delivery like any other, so that it is taken once.
async fn insert_events(
    tx: &mut Tx,
    placed: &[Placed<'_>],
    commits: &BTreeMap<(i64, String), i64>,
    now: DateTime<Utc>,
) -> Result<()> {
    let new: Vec<&Placed<'_>> = placed.iter().filter(|event| event.rows.known.is_none()).collect();
    let mut inbox: BTreeMap<String, i64> = BTreeMap::new();
    for new in new.chunks(500) {
        macro_rules! insert {
            ($database:ty, $connection:expr) => {{
                let mut query = sqlx::QueryBuilder::<$database>::new(
                    "INSERT INTO inbox (source, delivery_id, kind, received_at, outcome, event_id) ",
                );
                query.push_values(new, |mut row, event| {
                    row.push_bind(SOURCE)
                        .push_bind(&event.rows.delivery)
                        .push_bind(event.rows.kind.as_str())
                        .push_bind(now)
                        .push_bind(DeliveryOutcome::Accepted.as_str())
                        .push_bind(event.event);
                });
                query.push(" RETURNING delivery_id, id");
                query.build_query_as().persistent(false).fetch_all($connection).await?
            }};
        }
        let rows: Vec<(String, i64)> = match tx.each() {
            Each::Postgres(connection) => insert!(sqlx::Postgres, connection),
            Each::Sqlite(connection) => insert!(sqlx::Sqlite, connection),
        };
        inbox.extend(rows);
    }
    let commit =
        |rows: &EventRows| rows.hash.clone().and_then(|hash| commits.get(&(rows.reference, hash)).copied());
    insert_rows!(
        tx,
        "INSERT INTO events (id, project_id, reference_id, commit_id, kind, occurred_at, received_at, config, inbox_id, \
         status) ",
        new,
        |binder, event| binder
            .push_bind(event.event)
            .push_bind(event.rows.project)
            .push_bind(event.rows.reference)
            .push_bind(commit(event.rows))
            .push_bind(event.rows.kind.as_str())
            .push_bind(event.rows.occurred_at)
            .push_bind(now)
            .push_bind(event.rows.config.as_ref().map(Json))
            .push_bind(inbox.get(&event.rows.delivery).copied())
            .push_bind(event.rows.status.as_str())
    );
    Ok(())
}

async fn insert_pipelines(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    struct Rerun {
        id: i64,
        event: i64,
        selection: Value,
        at: DateTime<Utc>,
    }
    let mut reruns = Vec::new();
    let mut rows: Vec<(&Placed<'_>, usize, &PipelineRow)> = Vec::new();
    for event in placed {
        for (index, row) in event.rows.pipelines.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            if let Some(id) = event.reruns[index] {
                let redone = event.rows.targets.iter().enumerate().filter(|(_, target)| {
                    target.redoes.is_some() && stands_first_in(event.rows, target.job) == Some(index)
                });
                let targets: Vec<i64> =
                    redone.filter_map(|(_, target)| target.redoes.map(|old| event.targets[old])).collect();
                reruns.push(Rerun {
                    id,
                    event: event.event,
                    selection: json!({ "targets": targets }),
                    at: row.created_at,
                });
            }
            rows.push((event, index, row));
        }
    }
    insert_rows!(
        tx,
        "INSERT INTO reruns (id, event_id, selection, plan, plan_hash, state, requested_by, via, reason, created_at) ",
        reruns,
        |binder, row| binder
            .push_bind(row.id)
            .push_bind(row.event)
            .push_bind(Json(&row.selection))
            .push_bind(Json(json!({})))
            .push_bind("")
            .push_bind("applied")
            .push_bind(SOURCE)
            .push_bind(SOURCE)
            .push_bind("repeated in the imported history; who asked for it is not known")
            .push_bind(row.at)
    );
    insert_rows!(
        tx,
        "INSERT INTO pipelines (id, event_id, package, origin_id, rerun_id, created_at) ",
        rows,
        |binder, row| binder
            .push_bind(row.0.pipelines[row.1])
            .push_bind(row.0.event)
            .push_bind(&row.2.package)
            .push_bind(row.2.rerun_of.map(|origin| row.0.pipelines[origin]))
            .push_bind(row.0.reruns[row.1])
            .push_bind(row.2.created_at)
    );
    Ok(())
}

/// The first pipeline that holds a job.
fn stands_first_in(rows: &EventRows, job: usize) -> Option<usize> {
    rows.steps.iter().filter(|step| step.job == job).map(|step| step.pipeline).min()
}

async fn insert_jobs(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows: Vec<(&Placed<'_>, usize, &JobRow)> = Vec::new();
    for event in placed {
        let new = event.rows.jobs.iter().enumerate().filter(|(_, row)| row.known.is_none());
        rows.extend(new.map(|(index, row)| (event, index, row)));
    }
    insert_rows!(
        tx,
        "INSERT INTO jobs (id, event_id, kind, identifier, previous_job_id, created_at, details) ",
        rows,
        |binder, row| binder
            .push_bind(row.0.jobs[row.1])
            .push_bind(row.0.event)
            .push_bind(row.2.kind.as_str())
            .push_bind(&row.2.identifier)
            .push_bind(row.2.previous.map(|previous| row.0.jobs[previous]))
            .push_bind(row.2.created_at)
            .push_bind(Json(&row.2.details))
    );
    Ok(())
}

async fn insert_steps(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows: Vec<(&Placed<'_>, usize, &StepRow)> = Vec::new();
    for event in placed {
        let new = event.rows.steps.iter().enumerate().filter(|(_, row)| row.known.is_none());
        rows.extend(new.map(|(index, row)| (event, index, row)));
    }
    insert_rows!(
        tx,
        "INSERT INTO steps (id, pipeline_id, job_id, previous_id, event_id) ",
        rows,
        |binder, row| binder
            .push_bind(row.0.steps[row.1])
            .push_bind(row.0.pipelines[row.2.pipeline])
            .push_bind(row.0.jobs[row.2.job])
            .push_bind(row.2.previous.map(|previous| row.0.steps[previous]))
            .push_bind(row.0.event)
    );
    Ok(())
}

async fn insert_targets(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows: Vec<(&Placed<'_>, usize, &TargetRow)> = Vec::new();
    for event in placed {
        let new = event.rows.targets.iter().enumerate().filter(|(_, row)| row.known.is_none());
        rows.extend(new.map(|(index, row)| (event, index, row)));
    }
    insert_rows!(
        tx,
        "INSERT INTO targets (id, job_id, event_id, kind, name, chain_id, attempt, status, external_id, url, logs_url, \
         reason, created_at, submitted_at, started_at, finished_at, peer_started_at, peer_finished_at, details) ",
        rows,
        |binder, row| binder
            .push_bind(row.0.targets[row.1])
            .push_bind(row.0.jobs[row.2.job])
            .push_bind(row.0.event)
            .push_bind(row.0.rows.jobs[row.2.job].kind.as_str())
            .push_bind(&row.2.name)
            .push_bind(row.0.targets[row.2.chain])
            .push_bind(row.2.attempt)
            .push_bind(row.2.status.as_str())
            .push_bind(&row.2.external_id)
            .push_bind(&row.2.url)
            .push_bind(&row.2.logs_url)
            .push_bind(&row.2.reason)
            .push_bind(row.2.created_at)
            .push_bind(row.2.submitted_at)
            .push_bind(row.2.started_at)
            .push_bind(row.2.finished_at)
            .push_bind(row.2.peer_started_at)
            .push_bind(row.2.peer_finished_at)
            .push_bind(Json(&row.2.details))
    );
    Ok(())
}

async fn insert_inputs(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let rows: Vec<(i64, i64, Needs)> = placed
        .iter()
        .flat_map(|event| {
            event
                .rows
                .inputs
                .iter()
                .map(|row| (event.targets[row.target], event.targets[row.input], row.needs))
        })
        .collect();
    insert_rows!(tx, "INSERT INTO inputs (target_id, input_target_id, needs) ", rows, |binder, row| {
        binder.push_bind(row.0).push_bind(row.1).push_bind(row.2.as_str())
    });
    Ok(())
}

async fn insert_rerun_targets(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows: Vec<(i64, i64, i64)> = Vec::new();
    for event in placed {
        for (index, target) in event.rows.targets.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            let rerun = stands_first_in(event.rows, target.job).and_then(|pipeline| event.reruns[pipeline]);
            if let (Some(old), Some(rerun)) = (target.redoes, rerun) {
                rows.push((rerun, event.targets[old], event.targets[index]));
            }
        }
    }
    insert_rows!(
        tx,
        "INSERT INTO rerun_targets (rerun_id, old_target_id, new_target_id, action, reason) ",
        rows,
        |binder, row| binder
            .push_bind(row.0)
            .push_bind(row.1)
            .push_bind(row.2)
            .push_bind("redo")
            .push_bind("done again in the imported history")
    );
    Ok(())
}

async fn insert_origins(tx: &mut Tx, placed: &[Placed<'_>]) -> Result<()> {
    let mut rows = Vec::new();
    for event in placed {
        for (source, ours) in &event.rows.origins {
            let (table, id) = match *ours {
                Ours::Event => ("events", event.event),
                Ours::Pipeline(index) => ("pipelines", event.pipelines[index]),
                Ours::Job(index) => ("jobs", event.jobs[index]),
                Ours::Target(index) => ("targets", event.targets[index]),
                Ours::Input(index) => ("inputs", event.targets[index]),
            };
            rows.push((source, table, id, event.event));
        }
    }
    insert_origin_rows(tx, &rows).await
}

async fn insert_origin_rows(tx: &mut Tx, rows: &[(&SourceRow, &'static str, i64, i64)]) -> Result<()> {
    write_rows!(
        tx,
        "INSERT INTO origins (source_table, source_id, our_table, our_id, event_id) ",
        rows,
        |binder, row| binder
            .push_bind(&row.0.table)
            .push_bind(&row.0.id)
            .push_bind(row.1)
            .push_bind(row.2)
            .push_bind(row.3),
        " ON CONFLICT DO NOTHING"
    );
    Ok(())
}

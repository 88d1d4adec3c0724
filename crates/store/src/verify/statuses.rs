//! Stored statuses, derived again by the domain's own rules, in batches.

use domain::UnknownWord;
use domain::ids::EventId;
use domain::words::{EventStatus, TargetStatus};
use domain::workflow::Workflow;
use sqlx::FromRow;

use super::{Finding, Findings};
use crate::sql::{on, sql};
use crate::{Db, Error, Result, workflows};

/// Events that are read at once.
const BATCH: i64 = 1000;

#[derive(FromRow)]
struct Row {
    id: i64,
    status: String,
    target_status: Option<String>,
}

/// Events whose stored status is not the one that their targets give.
pub(super) async fn events(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = Findings::new("status");
    let mut last = i64::MIN;
    loop {
        let rows: Vec<Row> = on!(db, sql!("verify/event_statuses.sql"), |query, pool| sqlx::query_as(query)
            .bind(last)
            .bind(BATCH)
            .fetch_all(pool)
            .await)?;
        let Some(newest) = rows.last() else { return Ok(findings.finish()) };
        last = newest.id;
        for event in rows.chunk_by(|one, other| one.id == other.id) {
            let Row { id, status, .. } = &event[0];
            let what = match derive(event) {
                Ok(derived) if derived.as_str() == status => continue,
                Ok(derived) => format!("event {id} is stored as {status}; its targets make it {derived}"),
                Err(unknown) => format!("event {id} cannot be judged: {unknown}"),
            };
            findings.add(what, "events", *id);
        }
    }
}

fn derive(event: &[Row]) -> std::result::Result<EventStatus, UnknownWord> {
    let statuses = event.iter().filter_map(|row| row.target_status.as_deref());
    let newest: Vec<TargetStatus> = statuses.map(str::parse).collect::<std::result::Result<_, _>>()?;
    Ok(EventStatus::of(newest))
}

/// Targets that should have moved on, their inputs being what they are: settling a workflow that is settled moves none.
pub(super) async fn targets(db: &Db) -> Result<Vec<Finding>> {
    let mut findings = Findings::new("status");
    let mut last = i64::MIN;
    loop {
        let events: Vec<i64> =
            on!(db, sql!("verify/open_events.sql"), |query, pool| sqlx::query_scalar(query)
                .bind(last)
                .bind(BATCH)
                .fetch_all(pool)
                .await)?;
        let Some(newest) = events.last() else { return Ok(findings.finish()) };
        last = *newest;
        for event in events {
            match workflows::peek(db, EventId(event)).await {
                Ok(stored) => judge(&stored, &mut findings),
                Err(Error::Unreadable(why)) => {
                    findings.add(format!("event {event} cannot be judged: {why}"), "events", event);
                }
                Err(other) => return Err(other),
            }
        }
    }
}

fn judge(stored: &Workflow, findings: &mut Findings) {
    let mut settled = stored.clone();
    settled.settle(chrono::Utc::now());
    for id in &settled.changed {
        let (is, should_be) = (stored.targets[id].status, settled.targets[id].status);
        findings.add(
            format!("target {id} of event {} is {is}; its inputs make it {should_be}", stored.event),
            "targets",
            id.0,
        );
    }
}

//! The plans of reruns that the other database tells of: nobody planned them here, they list what was redone.

use std::collections::BTreeMap;

use domain::ids::TargetId;
use domain::rerun::{Asked, Entry, Plan, Selection};
use sqlx::types::Json;

use super::EventRows;
use super::placed::Placed;
use crate::sql::{on, sql, write_rows};
use crate::{Result, Tx};

/// What a rerun says of itself where nobody knows more.
pub(super) const WHY: &str = "done again in the imported history";

/// A new target that continues another one.
pub(super) struct Redone {
    /// The pipeline that it came with, by its place.
    pub(super) pipeline: usize,
    /// What the plan says of the other one.
    pub(super) entry: Entry,
    pub(super) old: i64,
    pub(super) new: i64,
}

/// The new targets of an event that continue others.
pub(super) fn redone(event: &Placed<'_>) -> Vec<Redone> {
    let first = first_pipelines(event.rows);
    let new = event.rows.targets.iter().enumerate().filter(|(_, row)| row.known.is_none());
    new.filter_map(|(index, target)| {
        let (old, job) = (event.targets[target.redoes?], &event.rows.jobs[target.job]);
        let entry = Entry {
            target_id: TargetId(old),
            name: target.name.clone(),
            kind: job.kind,
            identifier: job.identifier.clone(),
            why: WHY.to_owned(),
            asked: false,
        };
        Some(Redone { pipeline: first[target.job]?, entry, old, new: event.targets[index] })
    })
    .collect()
}

/// What was asked for by a rerun that redid this.
pub(super) fn selection(redo: &[Entry]) -> Selection {
    Selection::of(Asked::Targets(redo.iter().map(|entry| entry.target_id).collect()))
}

/// Adds to the plans of reruns that are there what has come to their pipelines since.
pub(super) async fn extend(tx: &mut Tx, event: &Placed<'_>) -> Result<()> {
    let mut by_pipeline: BTreeMap<usize, Vec<Redone>> = BTreeMap::new();
    for redone in redone(event) {
        if event.rows.pipelines[redone.pipeline].known.is_some() {
            by_pipeline.entry(redone.pipeline).or_default().push(redone);
        }
    }
    for (pipeline, redone) in by_pipeline {
        let found: Option<(i64, Json<Plan>)> =
            on!(tx, sql!("import/rerun_of_pipeline.sql"), |query, connection| sqlx::query_as(query)
                .bind(event.pipelines[pipeline])
                .fetch_optional(connection)
                .await)?;
        // A first pipeline is no rerun: what is repeated in it was asked for at once.
        let Some((rerun, Json(mut plan))) = found else { continue };
        plan.redo.extend(redone.iter().map(|redone| redone.entry.clone()));
        on!(tx, sql!("import/rerun_extend.sql"), |query, connection| sqlx::query(query)
            .bind(rerun)
            .bind(Json(selection(&plan.redo)))
            .bind(Json(&plan))
            .execute(connection)
            .await
            .map(|_| ()))?;
        write_rows!(
            tx,
            "INSERT INTO rerun_targets (rerun_id, old_target_id, new_target_id, action, reason) ",
            redone,
            |binder, row| binder
                .push_bind(rerun)
                .push_bind(row.old)
                .push_bind(row.new)
                .push_bind("redo")
                .push_bind(WHY),
            " ON CONFLICT DO NOTHING"
        );
    }
    Ok(())
}

/// The first pipeline that holds each job.
fn first_pipelines(rows: &EventRows) -> Vec<Option<usize>> {
    let mut first = vec![None; rows.jobs.len()];
    for step in &rows.steps {
        let known: &mut Option<usize> = &mut first[step.job];
        *known = Some(known.map_or(step.pipeline, |known| known.min(step.pipeline)));
    }
    first
}

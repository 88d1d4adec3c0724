//! The rows of a batch as the tables take them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::rerun::{Entry, Plan};
use domain::words::RerunVia;

use super::placed::Placed;
use super::plans::{WHY, redone, selection};
use super::{Ours, SOURCE};
use crate::bulk::{Cell, Table};
use crate::{Result, Tx};

/// Tables in the order in which rows refer to each other.
pub(super) struct Tables<'a> {
    events: Table<'a>,
    reruns: Table<'a>,
    pipelines: Table<'a>,
    jobs: Table<'a>,
    steps: Table<'a>,
    targets: Table<'a>,
    inputs: Table<'a>,
    rerun_targets: Table<'a>,
    origins: Table<'a>,
}

impl<'a> Tables<'a> {
    pub(super) fn empty() -> Self {
        Self {
            events: Table::new(
                "events",
                &[
                    "id",
                    "project_id",
                    "reference_id",
                    "commit_id",
                    "kind",
                    "occurred_at",
                    "received_at",
                    "config",
                    "inbox_id",
                    "status",
                ],
            ),
            reruns: Table::new(
                "reruns",
                &[
                    "id",
                    "event_id",
                    "selection",
                    "plan",
                    "plan_hash",
                    "state",
                    "requested_by",
                    "via",
                    "reason",
                    "created_at",
                ],
            ),
            pipelines: Table::new(
                "pipelines",
                &["id", "event_id", "package", "origin_id", "rerun_id", "created_at"],
            ),
            jobs: Table::new(
                "jobs",
                &["id", "event_id", "kind", "identifier", "previous_job_id", "created_at", "details"],
            ),
            steps: Table::new("steps", &["id", "pipeline_id", "job_id", "previous_id", "event_id"]),
            targets: Table::new(
                "targets",
                &[
                    "id",
                    "job_id",
                    "event_id",
                    "kind",
                    "name",
                    "chain_id",
                    "attempt",
                    "status",
                    "external_id",
                    "url",
                    "logs_url",
                    "reason",
                    "created_at",
                    "submitted_at",
                    "started_at",
                    "finished_at",
                    "peer_started_at",
                    "peer_finished_at",
                    "details",
                ],
            ),
            inputs: Table::new("inputs", &["target_id", "input_target_id", "needs"]),
            rerun_targets: Table::new(
                "rerun_targets",
                &["rerun_id", "old_target_id", "new_target_id", "action", "reason"],
            ),
            origins: Table::new("origins", &["source_table", "source_id", "our_table", "our_id", "event_id"]),
        }
    }

    pub(super) async fn write(&self, tx: &mut Tx) -> Result<()> {
        for table in [
            &self.events,
            &self.reruns,
            &self.pipelines,
            &self.jobs,
            &self.steps,
            &self.targets,
            &self.inputs,
            &self.rerun_targets,
            &self.origins,
        ] {
            table.write(tx.each()).await?;
        }
        Ok(())
    }

    /// A new event, with its commit and its delivery.
    pub(super) fn add_event(
        &mut self,
        event: &Placed<'a>,
        commit: Option<i64>,
        delivery: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let rows = event.rows;
        self.events.add([
            event.event.into(),
            rows.project.into(),
            rows.reference.into(),
            commit.into(),
            rows.kind.as_str().into(),
            rows.occurred_at.into(),
            now.into(),
            rows.config.as_ref().map_or(Ok(Cell::Null), Cell::json)?,
            delivery.into(),
            rows.status.as_str().into(),
        ]);
        Ok(())
    }

    /// What is new of an event.
    pub(super) fn add_rows(&mut self, event: &Placed<'a>) -> Result<()> {
        self.add_reruns(event)?;
        self.add_pipelines(event);
        self.add_jobs(event)?;
        self.add_steps(event);
        self.add_targets(event)?;
        for row in &event.rows.inputs {
            let (target, input) = (event.targets[row.target], event.targets[row.input]);
            self.inputs.add([target.into(), input.into(), row.needs.as_str().into()]);
        }
        self.add_origins(event);
        Ok(())
    }

    fn add_reruns(&mut self, event: &Placed<'a>) -> Result<()> {
        let mut by_pipeline: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
        for redone in redone(event) {
            let Some(rerun) = event.reruns[redone.pipeline] else { continue };
            self.rerun_targets.add([
                rerun.into(),
                redone.old.into(),
                redone.new.into(),
                "redo".into(),
                WHY.into(),
            ]);
            by_pipeline.entry(redone.pipeline).or_default().push(redone.entry);
        }
        for (index, row) in event.rows.pipelines.iter().enumerate() {
            let Some(id) = event.reruns[index] else { continue };
            let redo = by_pipeline.remove(&index).unwrap_or_default();
            let selection = selection(&redo);
            // Nobody planned it here: it says what was redone, and has no hash that it could be asked for by.
            let plan = Plan { redo, ..Plan::default() };
            self.reruns.add([
                id.into(),
                event.event.into(),
                Cell::json(&selection)?,
                Cell::json(&plan)?,
                "".into(),
                "carried_out".into(),
                SOURCE.into(),
                RerunVia::Import.as_str().into(),
                WHY.into(),
                row.created_at.into(),
            ]);
        }
        Ok(())
    }

    fn add_pipelines(&mut self, event: &Placed<'a>) {
        for (index, row) in event.rows.pipelines.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            self.pipelines.add([
                event.pipelines[index].into(),
                event.event.into(),
                row.package.as_ref().into(),
                row.rerun_of.map(|origin| event.pipelines[origin]).into(),
                event.reruns[index].into(),
                row.created_at.into(),
            ]);
        }
    }

    fn add_jobs(&mut self, event: &Placed<'a>) -> Result<()> {
        for (index, row) in event.rows.jobs.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            self.jobs.add([
                event.jobs[index].into(),
                event.event.into(),
                row.kind.as_str().into(),
                row.identifier.as_ref().into(),
                row.previous.map(|previous| event.jobs[previous]).into(),
                row.created_at.into(),
                Cell::json(&row.details)?,
            ]);
        }
        Ok(())
    }

    fn add_steps(&mut self, event: &Placed<'a>) {
        for (index, row) in event.rows.steps.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            self.steps.add([
                event.steps[index].into(),
                event.pipelines[row.pipeline].into(),
                event.jobs[row.job].into(),
                row.previous.map(|previous| event.steps[previous]).into(),
                event.event.into(),
            ]);
        }
    }

    fn add_targets(&mut self, event: &Placed<'a>) -> Result<()> {
        for (index, row) in event.rows.targets.iter().enumerate().filter(|(_, row)| row.known.is_none()) {
            self.targets.add([
                event.targets[index].into(),
                event.jobs[row.job].into(),
                event.event.into(),
                event.rows.jobs[row.job].kind.as_str().into(),
                (&row.name).into(),
                event.targets[row.chain].into(),
                row.attempt.into(),
                row.status.as_str().into(),
                row.external_id.as_ref().into(),
                row.url.as_ref().into(),
                row.logs_url.as_ref().into(),
                row.reason.as_ref().into(),
                row.created_at.into(),
                row.submitted_at.into(),
                row.started_at.into(),
                row.finished_at.into(),
                row.peer_started_at.into(),
                row.peer_finished_at.into(),
                Cell::json(&row.details)?,
            ]);
        }
        Ok(())
    }

    fn add_origins(&mut self, event: &Placed<'a>) {
        for (source, ours) in &event.rows.origins {
            let (table, id) = match *ours {
                Ours::Event => ("events", event.event),
                Ours::Pipeline(index) => ("pipelines", event.pipelines[index]),
                Ours::Job(index) => ("jobs", event.jobs[index]),
                Ours::Target(index) => ("targets", event.targets[index]),
                Ours::Input(index) => ("inputs", event.targets[index]),
            };
            self.origins.add([
                (&source.table).into(),
                (&source.id).into(),
                table.into(),
                id.into(),
                event.event.into(),
            ]);
        }
    }
}

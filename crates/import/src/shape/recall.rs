//! What is there from an earlier import.

use std::collections::BTreeMap;

use domain::details::{ImportedJob, JobDetails, TargetDetails};
use store::import::{JobRow, KnownEvent, PipelineRow, StepRow, TargetRow};
use store::origins::SourceRow;

use super::Shape;
use crate::model::SourceEvent;

impl Shape {
    /// Takes in what is there. Everything is in the order of its ids, so that what is named is taken in before what names it.
    pub(super) fn recall(&mut self, event: &SourceEvent, known: &KnownEvent) {
        let pipelines: BTreeMap<i64, usize> =
            known.pipelines.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let jobs: BTreeMap<i64, usize> =
            known.jobs.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let targets: BTreeMap<i64, usize> =
            known.targets.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        self.rows.pipelines.extend(known.pipelines.iter().map(|row| PipelineRow {
            known: Some(row.id),
            package: row.package.clone(),
            created_at: row.created_at,
            rerun_of: row.origin_id.and_then(|id| pipelines.get(&id).copied()),
        }));
        self.rows.jobs.extend(known.jobs.iter().map(|row| JobRow {
            known: Some(row.id),
            kind: row.kind,
            identifier: row.identifier.clone(),
            previous: row.previous_job_id.and_then(|id| jobs.get(&id).copied()),
            created_at: event.at,
            details: JobDetails::Imported(ImportedJob::default()),
        }));
        for row in &known.steps {
            let (Some(pipeline), Some(job)) = (pipelines.get(&row.pipeline_id), jobs.get(&row.job_id)) else {
                continue;
            };
            let place = self.rows.steps.len();
            self.rows.steps.push(StepRow {
                known: Some(row.id),
                pipeline: *pipeline,
                job: *job,
                previous: None,
            });
            self.steps.insert((*pipeline, *job), place);
            let first = self.first_pipeline.entry(*job).or_insert(*pipeline);
            *first = (*first).min(*pipeline);
        }
        for row in &known.targets {
            let (Some(job), Some(chain)) = (jobs.get(&row.job_id), targets.get(&row.chain_id)) else {
                continue;
            };
            self.rows.targets.push(TargetRow {
                known: Some(row.id),
                job: *job,
                name: row.name.clone(),
                chain: *chain,
                attempt: row.attempt,
                redoes: None,
                status: row.status,
                external_id: None,
                url: None,
                logs_url: None,
                reason: None,
                created_at: event.at,
                submitted_at: None,
                started_at: None,
                finished_at: None,
                peer_started_at: None,
                peer_finished_at: None,
                details: TargetDetails::default(),
            });
        }
        self.recall_chains();
        for (table, id, our_table, our_id) in &known.origins {
            let source = SourceRow::new(table, id);
            match our_table.as_str() {
                "events" => self.known_origin(source, "events", 0),
                "pipelines" => {
                    if let Some(index) = pipelines.get(our_id) {
                        self.pipelines.insert(source.clone(), *index);
                        self.known_origin(source, "pipelines", *index);
                    }
                }
                "jobs" => {
                    if let Some(index) = jobs.get(our_id) {
                        self.jobs.entry(source.clone()).or_default().push(*index);
                        self.known_origin(source, "jobs", *index);
                    }
                }
                "targets" => {
                    if let Some(index) = targets.get(our_id) {
                        self.targets.entry(source.clone()).or_default().push(*index);
                        self.known_origin(source, "targets", *index);
                    }
                }
                _ => {
                    if let Some(index) = targets.get(our_id) {
                        self.known_origin(source, "inputs", *index);
                    }
                }
            }
        }
    }

    /// Of several chains of the same, the one of which something was planned last goes on.
    fn recall_chains(&mut self) {
        for place in self.newest_attempts().into_values() {
            let (job, name) = (self.rows.targets[place].job, self.rows.targets[place].name.clone());
            let planned_at = |place: usize| self.planned_at(self.rows.targets[place].job);
            let key = self.chain_key(job, &name);
            if self.chains.get(&key).is_none_or(|known| planned_at(*known) < planned_at(place)) {
                self.chains.insert(key, place);
            }
        }
    }

    fn known_origin(&mut self, source: SourceRow, table: &'static str, index: usize) {
        self.noted.insert((source, table, index));
    }
}

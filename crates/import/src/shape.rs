//! An event of the other database gets the shape that events have here: jobs, steps, chains of attempts, inputs, reruns.
//!
//! What is there from an earlier import is taken as it is, and what is new is added to it: so a second run adds nothing,
//! and one that was cut off goes on.

mod changes;
mod jobs;
mod pipelines;
mod recall;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::words::{EventStatus, JobKind, Needs, TargetStatus};
use store::import::{EventRows, KnownEvent, Ours, Place};
use store::origins::SourceRow;

use crate::model::SourceEvent;

pub(crate) use changes::changes;

/// What makes targets attempts of one another.
type ChainKey = (Option<String>, JobKind, Option<String>, String);

struct Shape {
    rows: EventRows,
    /// Whether there is anything that is not there yet.
    is_new: bool,
    targets: BTreeMap<SourceRow, Vec<usize>>,
    jobs: BTreeMap<SourceRow, Vec<usize>>,
    pipelines: BTreeMap<SourceRow, usize>,
    noted: BTreeSet<(SourceRow, &'static str, usize)>,
    steps: BTreeMap<(usize, usize), usize>,
    /// The pipeline in which a job stood first.
    first_pipeline: BTreeMap<usize, usize>,
    /// The newest attempt of each chain that may go on.
    chains: BTreeMap<ChainKey, usize>,
    /// What is to be said of rows.
    notes: Vec<(SourceRow, String)>,
}

/// An event as it is to be written.
pub(crate) struct Shaped {
    pub(crate) rows: EventRows,
    /// What is to be said of the rows that it is made of.
    pub(crate) notes: Vec<(SourceRow, String)>,
}

/// The rows of an event; none if all of them are there. An event that is known has its id.
pub(crate) fn shape(event: &SourceEvent, place: Place, known: Option<(i64, KnownEvent)>) -> Option<Shaped> {
    let mut shape = Shape::new(event, place, known);
    for source in &event.sources {
        shape.note(source, Ours::Event);
    }
    let places: Vec<usize> = event.pipelines.iter().map(|pipeline| shape.pipeline(pipeline, event)).collect();
    let mut jobs_of_groups: Vec<Option<Vec<usize>>> = vec![None; event.groups.len()];
    // All builds first: a test may have used the build of a later pipeline.
    for of_builds in [true, false] {
        for (pipeline, place) in event.pipelines.iter().zip(&places) {
            for index in
                pipeline.groups.iter().filter(|index| is_build(event.groups[**index].kind) == of_builds)
            {
                let known = jobs_of_groups[*index].take();
                let jobs = known.unwrap_or_else(|| shape.group(&event.groups[*index], *place));
                shape.steps_of(*place, &jobs);
                jobs_of_groups[*index] = Some(jobs);
            }
        }
    }
    for place in places {
        shape.rerun(place);
    }
    shape.rows.status = shape.status();
    shape.is_new.then_some(Shaped { rows: shape.rows, notes: shape.notes })
}

fn is_build(kind: JobKind) -> bool {
    matches!(kind, JobKind::SrpmBuild | JobKind::CoprBuild | JobKind::KojiBuild)
}
impl Shape {
    fn new(event: &SourceEvent, place: Place, known: Option<(i64, KnownEvent)>) -> Self {
        let mut shape = Self {
            rows: EventRows {
                known: known.as_ref().map(|(id, _)| *id),
                delivery: event.delivery.clone(),
                project: place.project,
                reference: place.reference,
                hash: event.hash.clone(),
                kind: event.kind,
                occurred_at: event.at,
                config: event.config.clone(),
                status: EventStatus::Nothing,
                pipelines: Vec::new(),
                jobs: Vec::new(),
                steps: Vec::new(),
                targets: Vec::new(),
                inputs: Vec::new(),
                origins: Vec::new(),
            },
            is_new: known.is_none(),
            targets: BTreeMap::new(),
            jobs: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            noted: BTreeSet::new(),
            steps: BTreeMap::new(),
            first_pipeline: BTreeMap::new(),
            chains: BTreeMap::new(),
            notes: Vec::new(),
        };
        if let Some((_, known)) = known {
            shape.recall(event, &known);
        }
        shape
    }

    /// Notes where a row comes from, once.
    fn note(&mut self, source: &SourceRow, ours: Ours) {
        let (table, index) = match ours {
            Ours::Event => ("events", 0),
            Ours::Pipeline(index) => ("pipelines", index),
            Ours::Job(index) => ("jobs", index),
            Ours::Target(index) => ("targets", index),
            Ours::Input(index) => ("inputs", index),
        };
        if self.noted.insert((source.clone(), table, index)) {
            self.rows.origins.push((source.clone(), ours));
            self.is_new = true;
        }
    }

    fn chain_key(&self, job: usize, name: &str) -> ChainKey {
        let row = &self.rows.jobs[job];
        let package =
            self.first_pipeline.get(&job).and_then(|place| self.rows.pipelines[*place].package.clone());
        (package, row.kind, row.identifier.clone(), name.to_owned())
    }

    /// When the pipeline was planned in which a job stood first.
    fn planned_at(&self, job: usize) -> Option<DateTime<Utc>> {
        self.first_pipeline.get(&job).map(|place| self.rows.pipelines[*place].created_at)
    }

    /// The newest attempt of each chain, by chain.
    fn newest_attempts(&self) -> BTreeMap<usize, usize> {
        let mut newest: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, target) in self.rows.targets.iter().enumerate() {
            let known = newest.entry(target.chain).or_insert(place);
            if self.rows.targets[*known].attempt < target.attempt {
                *known = place;
            }
        }
        newest
    }

    fn status(&self) -> EventStatus {
        let targets = &self.rows.targets;
        let newest = self.newest_attempts();
        let mut inputs: BTreeMap<usize, Vec<(Needs, TargetStatus)>> = BTreeMap::new();
        for row in &self.rows.inputs {
            inputs
                .entry(row.target)
                .or_default()
                .push((row.needs, targets[newest[&targets[row.input].chain]].status));
        }
        EventStatus::of(newest.values().map(|place| {
            EventStatus::counted(targets[*place].status, inputs.remove(place).unwrap_or_default())
        }))
    }
}
/// What a target needed of its input, given how both ended: what succeeded cannot have needed more than there was (rule 6).
pub(crate) fn needs(kind: JobKind, target: TargetStatus, input: TargetStatus) -> Needs {
    let needs = if kind == JobKind::LogDetectiveAnalysis { Needs::Failure } else { Needs::Success };
    let met = needs.fulfilled_by(input) == domain::words::Fulfilment::Met;
    if met || target != TargetStatus::Succeeded { needs } else { Needs::Finished }
}

//! An event of the other database gets the shape that events have here: jobs, steps, chains of attempts, inputs, reruns.
//!
//! What is there from an earlier import is taken as it is, and what is new is added to it: so a second run adds nothing,
//! and one that was cut off goes on.

mod jobs;
mod pipelines;
mod recall;

use std::collections::{BTreeMap, BTreeSet};

use domain::words::{EventStatus, JobKind, Needs, TargetStatus};
use store::import::{EventRows, KnownEvent, Ours, Place};
use store::origins::SourceRow;

use crate::model::SourceEvent;

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
    chains: BTreeMap<ChainKey, usize>,
}

/// The rows of an event; none if all of them are there. An event that is known has its id.
pub(crate) fn shape(
    event: &SourceEvent,
    place: Place,
    known: Option<(i64, KnownEvent)>,
) -> Option<EventRows> {
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
    shape.is_new.then_some(shape.rows)
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

    fn status(&self) -> EventStatus {
        EventStatus::of(self.chains.values().map(|newest| self.rows.targets[*newest].status))
    }
}
/// What a target needed of its input, given how both ended: what succeeded cannot have needed more than there was (rule 6).
pub(crate) fn needs(kind: JobKind, target: TargetStatus, input: TargetStatus) -> Needs {
    let needs = if kind == JobKind::LogDetectiveAnalysis { Needs::Failure } else { Needs::Success };
    let met = needs.fulfilled_by(input) == domain::words::Fulfilment::Met;
    if met || target != TargetStatus::Succeeded { needs } else { Needs::Finished }
}

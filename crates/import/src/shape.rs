//! An event of the other database gets the shape that events have here: jobs, steps, chains of attempts, inputs, reruns.
//!
//! What is there from an earlier import is taken as it is, and what is new is added to it: so a second run adds nothing,
//! and one that was cut off goes on.

use std::collections::{BTreeMap, BTreeSet};

use domain::details::{Configured, ImportedJob, JobDetails, TargetDetails};
use domain::words::{EventStatus, JobKind, Needs, TargetStatus};
use store::import::{EventRows, InputRow, JobRow, KnownEvent, Ours, PipelineRow, StepRow, TargetRow};
use store::origins::SourceRow;

use crate::model::{Group, SourceEvent, SourceTarget};

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
pub(crate) fn shape(event: &SourceEvent, known: Option<(i64, KnownEvent)>) -> Option<EventRows> {
    let mut shape = Shape::new(event, known);
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
    fn new(event: &SourceEvent, known: Option<(i64, KnownEvent)>) -> Self {
        let mut shape = Self {
            rows: EventRows {
                known: known.as_ref().map(|(id, _)| *id),
                delivery: event.delivery.clone(),
                project: event.place.project,
                reference: event.place.reference,
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

    /// Takes in what is there. Everything is in the order of its ids, so that what is named is taken in before what names it.
    fn recall(&mut self, event: &SourceEvent, known: &KnownEvent) {
        let pipelines: BTreeMap<i64, usize> =
            known.pipelines.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let jobs: BTreeMap<i64, usize> =
            known.jobs.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let targets: BTreeMap<i64, usize> =
            known.targets.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        self.rows.pipelines.extend(known.pipelines.iter().map(|row| PipelineRow {
            known: Some(row.id),
            package: row.package.clone(),
            created_at: event.at,
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
            let place = self.rows.targets.len();
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
            let key = self.chain_key(*job, &row.name);
            let newest = self.chains.entry(key).or_insert(place);
            if self.rows.targets[*newest].attempt < row.attempt {
                *newest = place;
            }
        }
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

    fn known_origin(&mut self, source: SourceRow, table: &'static str, index: usize) {
        self.noted.insert((source, table, index));
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

    fn pipeline(&mut self, pipeline: &crate::model::SourcePipeline, event: &SourceEvent) -> usize {
        let known = pipeline.sources.iter().find_map(|source| self.pipelines.get(source).copied());
        let place = known.unwrap_or_else(|| {
            self.is_new = true;
            self.rows.pipelines.push(PipelineRow {
                known: None,
                package: pipeline.package.clone(),
                created_at: pipeline.at.unwrap_or(event.at),
                rerun_of: None,
            });
            self.rows.pipelines.len() - 1
        });
        for source in &pipeline.sources {
            self.pipelines.insert(source.clone(), place);
            self.note(source, Ours::Pipeline(place));
        }
        place
    }

    /// The jobs of a group: one, unless its targets follow several jobs, have several identifiers, or repeat one another.
    fn group(&mut self, group: &Group, pipeline: usize) -> Vec<usize> {
        let mut jobs: Vec<usize> =
            group.source.as_ref().and_then(|source| self.jobs.get(source)).cloned().unwrap_or_default();
        for target in &group.targets {
            // An event holds a target once, however many groups and pipelines lead to it.
            if let Some(known) = self.targets.get(&target.source) {
                jobs.extend(known.iter().map(|index| self.rows.targets[*index].job));
                continue;
            }
            let explicit = self.explicit_inputs(target);
            let previous =
                match explicit.iter().find(|input| self.stands_in(pipeline, input.0)).or(explicit.first()) {
                    Some((input, _)) => Some(self.rows.targets[*input].job),
                    None => self.previous(group.kind, target, pipeline),
                };
            let job = self.job_for(&jobs, group, target, previous, pipeline);
            if !jobs.contains(&job) {
                jobs.push(job);
            }
            self.target(target, job, previous, &explicit);
        }
        jobs.sort_unstable();
        jobs.dedup();
        if let Some(source) = &group.source {
            for job in &jobs {
                self.note(source, Ours::Job(*job));
            }
        }
        jobs
    }

    fn stands_in(&self, pipeline: usize, target: usize) -> bool {
        self.steps.contains_key(&(pipeline, self.rows.targets[target].job))
    }

    /// What the data says that a target consumed, as far as it is in this event.
    fn explicit_inputs(&self, target: &SourceTarget) -> Vec<(usize, Option<SourceRow>)> {
        let found = target.inputs.iter().filter_map(|input| {
            let index = *self.targets.get(&input.target)?.first()?;
            Some((index, input.source.clone()))
        });
        found.collect()
    }

    /// The job that a target follows where the data does not say it: of the pipeline's, the nearest kind; of several, the
    /// one with the same target and identifier (`docs/design.md` section 4, "A test's input").
    fn previous(&self, kind: JobKind, target: &SourceTarget, pipeline: usize) -> Option<usize> {
        let kinds: &[JobKind] = match kind {
            JobKind::CoprBuild | JobKind::KojiBuild => &[JobKind::SrpmBuild],
            JobKind::TestRun
            | JobKind::VmImageBuild
            | JobKind::LogDetectiveAnalysis
            | JobKind::OpenscanhubScan => &[JobKind::CoprBuild, JobKind::KojiBuild, JobKind::SrpmBuild],
            JobKind::BodhiUpdate | JobKind::KojiTagRequest => &[JobKind::KojiBuild],
            JobKind::SrpmBuild | JobKind::ProposeDownstream | JobKind::PullFromUpstream => &[],
        };
        let here: Vec<usize> =
            self.steps.keys().filter(|(place, _)| *place == pipeline).map(|(_, job)| *job).collect();
        let builds = || {
            let of_kind = |kind| here.iter().copied().filter(move |job| self.rows.jobs[*job].kind == kind);
            kinds.iter().copied().flat_map(of_kind)
        };
        let same = |job: &usize| self.find(*job, &target.name).is_some();
        let identified = |job: &usize| self.rows.jobs[*job].identifier == target.identifier;
        builds()
            .find(|job| same(job) && identified(job))
            .or_else(|| builds().find(same))
            .or_else(|| builds().next())
    }

    fn find(&self, job: usize, name: &str) -> Option<usize> {
        self.rows.targets.iter().position(|target| target.job == job && target.name == name)
    }

    fn job_for(
        &mut self,
        jobs: &[usize],
        group: &Group,
        target: &SourceTarget,
        previous: Option<usize>,
        pipeline: usize,
    ) -> usize {
        let fits = |job: &&usize| {
            let row = &self.rows.jobs[**job];
            row.kind == group.kind
                && row.identifier == target.identifier
                && row.previous == previous
                && self.find(**job, &target.name).is_none()
        };
        if let Some(job) = jobs.iter().find(fits) {
            return *job;
        }
        let package = self.rows.pipelines[pipeline].package.clone();
        let configured = Configured { package: package.unwrap_or_default(), ..Configured::default() };
        self.rows.jobs.push(JobRow {
            known: None,
            kind: group.kind,
            identifier: target.identifier.clone(),
            previous,
            created_at: group.at.unwrap_or(target.created_at),
            details: JobDetails::Imported(ImportedJob { configured, columns: group.columns.clone() }),
        });
        self.is_new = true;
        let job = self.rows.jobs.len() - 1;
        self.first_pipeline.insert(job, pipeline);
        job
    }

    fn target(
        &mut self,
        target: &SourceTarget,
        job: usize,
        previous: Option<usize>,
        explicit: &[(usize, Option<SourceRow>)],
    ) {
        let place = self.rows.targets.len();
        let key = self.chain_key(job, &target.name);
        let redoes = self.chains.insert(key, place);
        let (chain, attempt) = match redoes {
            Some(before) => (self.rows.targets[before].chain, self.rows.targets[before].attempt + 1),
            None => (place, 1),
        };
        let status = target.status.unwrap_or(TargetStatus::Errored);
        self.rows.targets.push(TargetRow {
            known: None,
            job,
            name: target.name.clone(),
            chain,
            attempt,
            redoes,
            status,
            external_id: target.external_id.clone(),
            url: target.url.clone(),
            logs_url: target.logs_url.clone(),
            reason: target.reason.clone(),
            created_at: target.created_at,
            submitted_at: target.submitted_at,
            started_at: target.started_at,
            finished_at: Some(target.finished_at),
            peer_started_at: target.peer_started_at,
            peer_finished_at: target.peer_finished_at,
            details: target.details.clone(),
        });
        self.is_new = true;
        self.targets.entry(target.source.clone()).or_default().push(place);
        for source in std::iter::once(&target.source).chain(&target.parts) {
            self.note(source, Ours::Target(place));
        }
        let consumed: Vec<(usize, Option<SourceRow>)> = explicit
            .iter()
            .filter(|(input, _)| Some(self.rows.targets[*input].job) == previous)
            .cloned()
            .collect();
        if consumed.is_empty() && target.by_name && target.inputs.is_empty() {
            if let Some(input) = previous.and_then(|job| self.input_by_name(job, target)) {
                self.input(place, input);
            }
        }
        for (input, source) in consumed {
            self.input(place, input);
            if let Some(source) = source {
                self.note(&source, Ours::Input(place));
            }
        }
    }

    /// The target of a job that another one consumes: the SRPM, else the same name.
    fn input_by_name(&self, job: usize, target: &SourceTarget) -> Option<usize> {
        let row = &self.rows.jobs[job];
        if row.kind != JobKind::SrpmBuild {
            return self.find(job, &target.name);
        }
        self.rows.targets.iter().position(|known| known.job == job)
    }

    fn input(&mut self, target: usize, input: usize) {
        let kind = self.rows.jobs[self.rows.targets[target].job].kind;
        let needs = needs(kind, self.rows.targets[target].status, self.rows.targets[input].status);
        let row = InputRow { target, input, needs };
        if !self.rows.inputs.iter().any(|known| known.target == target && known.input == input) {
            self.rows.inputs.push(row);
        }
    }

    fn chain_key(&self, job: usize, name: &str) -> ChainKey {
        let row = &self.rows.jobs[job];
        let package =
            self.first_pipeline.get(&job).and_then(|place| self.rows.pipelines[*place].package.clone());
        (package, row.kind, row.identifier.clone(), name.to_owned())
    }

    /// The steps of a group's jobs in one of its pipelines: of those that follow what stands there; the others follow what
    /// stands in another one, unless no step has them yet. If none follows what stands there, what they follow comes along.
    fn steps_of(&mut self, pipeline: usize, jobs: &[usize]) {
        let stands = |shape: &Self, job: usize| shape.steps.keys().any(|(_, known)| *known == job);
        let fits = |shape: &Self, job: usize| {
            shape.rows.jobs[job]
                .previous
                .is_none_or(|previous| shape.steps.contains_key(&(pipeline, previous)))
        };
        let none_fits = !jobs.iter().any(|job| fits(self, *job));
        for job in jobs {
            if none_fits || fits(self, *job) || !stands(self, *job) {
                self.step(pipeline, *job);
            }
        }
    }

    /// The step of a job in a pipeline, behind the step of its previous job (rule 2).
    fn step(&mut self, pipeline: usize, job: usize) -> usize {
        if let Some(step) = self.steps.get(&(pipeline, job)) {
            return *step;
        }
        let previous = self.rows.jobs[job].previous.map(|previous| self.step(pipeline, previous));
        self.rows.steps.push(StepRow { known: None, pipeline, job, previous });
        self.is_new = true;
        let step = self.rows.steps.len() - 1;
        self.steps.insert((pipeline, job), step);
        self.first_pipeline.entry(job).or_insert(pipeline);
        step
    }

    /// A new pipeline that shares or repeats what stood in an earlier one is a rerun of that one, or of what that one is a
    /// rerun of.
    fn rerun(&mut self, pipeline: usize) {
        if self.rows.pipelines[pipeline].known.is_some() {
            return;
        }
        let shares = |job: usize| {
            self.steps
                .contains_key(&(pipeline, job))
                .then(|| self.steps.keys().filter(move |(_, known)| *known == job).map(|(first, _)| *first))
        };
        let shared = (0..self.rows.jobs.len()).filter_map(shares).flatten();
        let repeated = self.rows.targets.iter().filter_map(|target| {
            let redoes = target.redoes?;
            (self.first_pipeline.get(&target.job) == Some(&pipeline)).then_some(())?;
            self.first_pipeline.get(&self.rows.targets[redoes].job).copied()
        });
        let first = shared.chain(repeated).filter(|first| *first < pipeline).min();
        if let Some(first) = first {
            self.rows.pipelines[pipeline].rerun_of = self.rows.pipelines[first].rerun_of.or(Some(first));
        }
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

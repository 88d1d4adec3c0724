//! Groups of targets become jobs, and find what they consume.

use domain::details::{Configured, ImportedJob, JobDetails};
use domain::words::{JobKind, TargetStatus};
use store::import::{InputRow, JobRow, Ours, TargetRow};
use store::origins::SourceRow;

use super::{Shape, needs};
use crate::model::{Group, SourceTarget};

/// Said of a row that comes behind what was done since.
const LATE: &str = "a younger attempt of the same, or one that has not ended, was here when it came; it is no attempt of that, \
                    and stands by itself";

impl Shape {
    /// The jobs of a group: one, unless its targets follow several jobs, have several identifiers, or repeat one another.
    pub(super) fn group(&mut self, group: &Group, pipeline: usize) -> Vec<usize> {
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
        let newest = self.chains.get(&key).copied();
        let redoes = newest.filter(|newest| self.may_follow(*newest, job));
        if newest.is_some() && redoes.is_none() {
            self.notes.push((target.source.clone(), LATE.to_owned()));
        } else {
            self.chains.insert(key, place);
        }
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
        if consumed.is_empty()
            && target.by_name
            && target.inputs.is_empty()
            && let Some(input) = previous.and_then(|job| self.input_by_name(job, target))
        {
            self.input(place, input);
        }
        for (input, source) in consumed {
            self.input(place, input);
            if let Some(source) = source {
                self.note(&source, Ours::Input(place));
            }
        }
    }

    /// Whether a target of this job can be the next attempt behind one of an earlier run: that one has ended, and is not of a
    /// younger pipeline, so that the newest attempt of a chain is the last one that was asked for.
    fn may_follow(&self, newest: usize, job: usize) -> bool {
        let row = &self.rows.targets[newest];
        row.known.is_none() || row.status.is_finished() && self.planned_at(row.job) <= self.planned_at(job)
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
}

//! Pipelines, their steps, and which of them are reruns.

use store::import::{Ours, PipelineRow, StepRow};

use super::Shape;
use crate::model::{SourceEvent, SourcePipeline};

impl Shape {
    pub(super) fn pipeline(&mut self, pipeline: &SourcePipeline, event: &SourceEvent) -> usize {
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

    /// The steps of a group's jobs in one of its pipelines: of those that follow what stands there; the others follow what
    /// stands in another one, unless no step has them yet. If none follows what stands there, what they follow comes along.
    pub(super) fn steps_of(&mut self, pipeline: usize, jobs: &[usize]) {
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
    pub(super) fn rerun(&mut self, pipeline: usize) {
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
}

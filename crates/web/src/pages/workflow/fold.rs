//! The pipelines of an event folded by chains (`docs/design.md` section 2, "Chains"): a step shows the newest attempt of
//! each chain that began in it, whichever rerun made that attempt, with the older ones behind it.

use std::collections::BTreeMap;

use store::reads::{JobView, StepView, SubmissionView, TargetView, WorkflowView};

use super::super::text::{Moment, Text};
use super::super::titles;
use super::attempt::Attempt;

/// A first pipeline and what was done in it again, or a rerun that did what no pipeline before it had.
pub(super) struct Pipeline {
    pub(super) id: i64,
    pub(super) package: Option<Text>,
    pub(super) planned_at: Moment,
    pub(super) steps: Vec<Step>,
    pub(super) reruns: Vec<Rerun>,
}

/// A rerun whose attempts stand in the steps of its origin.
pub(super) struct Rerun {
    pub(super) id: i64,
    pub(super) planned_at: Moment,
}

pub(super) struct Step {
    pub(super) id: i64,
    /// Its place in the pipeline, from 1.
    pub(super) number: usize,
    pub(super) title: &'static str,
    pub(super) identifier: Option<Text>,
    /// The number of the step before it.
    pub(super) after: Option<After>,
    pub(super) chains: Vec<Chain>,
}

/// The step before a step.
pub(super) struct After {
    pub(super) id: i64,
    pub(super) number: usize,
    pub(super) title: &'static str,
}

/// All attempts at one target.
pub(super) struct Chain {
    pub(super) newest: Attempt,
    /// Newest first.
    pub(super) older: Vec<Attempt>,
}

/// The pipelines in the order in which they were planned.
pub(super) fn pipelines(view: &WorkflowView) -> Vec<Pipeline> {
    let jobs: BTreeMap<i64, &JobView> = view.jobs.iter().map(|job| (job.id, job)).collect();
    let mut chains = chains_by_job(view);
    let mut folded: Vec<Pipeline> = Vec::new();
    for pipeline in &view.pipelines {
        let steps: Vec<&StepView> =
            view.steps.iter().filter(|step| step.pipeline_id == pipeline.id).collect();
        // A job that several pipelines hold is shown in the first of them.
        let begins_chains = steps.iter().any(|step| chains.contains_key(&step.job_id));
        let origin = folded.iter_mut().find(|origin| Some(origin.id) == pipeline.origin_id);
        match origin {
            Some(origin) if !begins_chains => {
                origin.reruns.push(Rerun { id: pipeline.id, planned_at: Moment(pipeline.created_at) });
            }
            _ => folded.push(Pipeline {
                id: pipeline.id,
                package: Text::opt(pipeline.package.as_ref()),
                planned_at: Moment(pipeline.created_at),
                steps: fold_steps(&steps, &jobs, &mut chains),
                reruns: Vec::new(),
            }),
        }
    }
    folded
}

fn fold_steps(
    steps: &[&StepView],
    jobs: &BTreeMap<i64, &JobView>,
    chains: &mut BTreeMap<i64, Vec<Chain>>,
) -> Vec<Step> {
    let title = |step: &StepView| jobs.get(&step.job_id).map_or("Step", |job| titles::job_kind(job.kind));
    let place = |id: i64| steps.iter().position(|step| step.id == id);
    let after = |step: &StepView| {
        let place = place(step.previous?)?;
        Some(After { id: steps[place].id, number: place + 1, title: title(steps[place]) })
    };
    steps
        .iter()
        .enumerate()
        .map(|(place, step)| Step {
            id: step.id,
            number: place + 1,
            title: title(step),
            identifier: Text::opt(jobs.get(&step.job_id).and_then(|job| job.identifier.as_ref())),
            after: after(step),
            chains: chains.remove(&step.job_id).unwrap_or_default(),
        })
        .collect()
}

/// The chains under the job of their first attempt, in the order in which they were planned.
fn chains_by_job(view: &WorkflowView) -> BTreeMap<i64, Vec<Chain>> {
    let submissions: BTreeMap<i64, &SubmissionView> =
        view.submissions.iter().map(|submission| (submission.id, submission)).collect();
    let mut attempts: BTreeMap<i64, Vec<&TargetView>> = BTreeMap::new();
    for target in &view.targets {
        attempts.entry(target.chain_id).or_default().push(target);
    }
    let mut chains: BTreeMap<i64, Vec<Chain>> = BTreeMap::new();
    for mut attempts in attempts.into_values() {
        attempts.sort_by_key(|target| target.attempt);
        let Some(job) = attempts.first().map(|first| first.job_id) else { continue };
        let shown = |target: &TargetView| {
            Attempt::new(target, target.submission_id.and_then(|id| submissions.get(&id).copied()))
        };
        let mut newest_first = attempts.into_iter().rev().map(shown);
        let Some(newest) = newest_first.next() else { continue };
        chains.entry(job).or_default().push(Chain { newest, older: newest_first.collect() });
    }
    chains
}

//! The pipelines of an event folded by chains (`docs/design.md` section 2, "Chains"): a folded step is the job of the
//! chains that began in it. It shows the newest attempt of each, whichever rerun made that attempt, with the older ones
//! behind it; edges are those between chains. Nothing here looks at names. A single pipeline is shown [as it ran](as_it_ran).

use std::collections::BTreeMap;

use store::reads::{InputView, JobView, PipelineView, StepView, TargetView, WorkflowView};

/// A first pipeline and what was done in it again, or a rerun that did what no pipeline before it had.
pub(in super::super) struct FoldedPipeline<'view> {
    pub(in super::super) pipeline: &'view PipelineView,
    /// The reruns whose attempts stand in these steps, oldest first.
    pub(in super::super) reruns: Vec<&'view PipelineView>,
    pub(in super::super) steps: Vec<FoldedStep<'view>>,
}

/// The job that the first attempts of some chains belong to.
pub(in super::super) struct FoldedStep<'view> {
    /// The step of the pipeline that first held the job.
    pub(in super::super) id: i64,
    pub(in super::super) job: &'view JobView,
    /// The place of the step before it, if that stands in the same folded pipeline.
    pub(in super::super) previous: Option<usize>,
    pub(in super::super) chains: Vec<Chain<'view>>,
}

/// All attempts at one target; of a pipeline as it ran, one attempt.
pub(in super::super) struct Chain<'view> {
    /// What edges refer to it by: the first attempt's id, or that of the one attempt.
    pub(in super::super) id: i64,
    pub(in super::super) newest: &'view TargetView,
    /// Newest first.
    pub(in super::super) older: Vec<&'view TargetView>,
}

/// The newest attempt of a chain consumes this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Edge<'view> {
    pub(in super::super) from: Source<'view>,
    /// The chain that consumes.
    pub(in super::super) to: i64,
}

/// What is consumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Source<'view> {
    /// An attempt of a chain of this event.
    Chain {
        id: i64,
        /// Whether that chain has a newer attempt than the one that was consumed.
        is_outdated: bool,
    },
    /// A target of another event.
    Outside { event_id: i64, input: &'view InputView },
}

/// The folded pipelines in the order in which they were planned.
pub(in super::super) fn pipelines(view: &WorkflowView) -> Vec<FoldedPipeline<'_>> {
    let jobs = jobs(view);
    let mut chains = chains_by_job(view);
    let mut folded: Vec<FoldedPipeline<'_>> = Vec::new();
    for pipeline in &view.pipelines {
        // Of a rerun only what began there: the rest stands in its origin already.
        let is_shown = |step: &&StepView| {
            step.pipeline_id == pipeline.id
                && (pipeline.origin_id.is_none() || chains.contains_key(&step.job_id))
        };
        let steps: Vec<&StepView> = view.steps.iter().filter(is_shown).collect();
        let origin = folded.iter_mut().find(|origin| Some(origin.pipeline.id) == pipeline.origin_id);
        match origin {
            Some(origin) if steps.is_empty() => origin.reruns.push(pipeline),
            _ => folded.push(FoldedPipeline {
                pipeline,
                reruns: Vec::new(),
                steps: fold_steps(&steps, &jobs, &mut chains),
            }),
        }
    }
    folded
}

/// Every pipeline as it ran: each attempt stands alone, under the job that it belongs to.
pub(in super::super) fn as_it_ran(view: &WorkflowView) -> Vec<FoldedPipeline<'_>> {
    let jobs = jobs(view);
    let mut attempts: BTreeMap<i64, Vec<Chain<'_>>> = BTreeMap::new();
    for target in &view.targets {
        let alone = Chain { id: target.id, newest: target, older: Vec::new() };
        attempts.entry(target.job_id).or_default().push(alone);
    }
    let of = |pipeline: &PipelineView| {
        view.steps.iter().filter(|step| step.pipeline_id == pipeline.id).collect::<Vec<_>>()
    };
    view.pipelines
        .iter()
        .map(|pipeline| FoldedPipeline {
            pipeline,
            reruns: Vec::new(),
            steps: fold_steps(&of(pipeline), &jobs, &mut attempts),
        })
        .collect()
}

fn jobs(view: &WorkflowView) -> BTreeMap<i64, &JobView> {
    view.jobs.iter().map(|job| (job.id, job)).collect()
}

fn fold_steps<'view>(
    steps: &[&'view StepView],
    jobs: &BTreeMap<i64, &'view JobView>,
    chains: &mut BTreeMap<i64, Vec<Chain<'view>>>,
) -> Vec<FoldedStep<'view>> {
    let with_jobs: Vec<(&StepView, &JobView)> =
        steps.iter().filter_map(|step| Some((*step, *jobs.get(&step.job_id)?))).collect();
    let place = |id: i64| with_jobs.iter().position(|(step, _)| step.id == id);
    with_jobs
        .iter()
        .map(|(step, job)| FoldedStep {
            id: step.id,
            job,
            previous: step.previous.and_then(place),
            chains: chains.remove(&job.id).unwrap_or_default(),
        })
        .collect()
}

/// The chains under the job of their first attempt, in the order in which they were planned.
fn chains_by_job(view: &WorkflowView) -> BTreeMap<i64, Vec<Chain<'_>>> {
    let mut attempts: BTreeMap<i64, Vec<&TargetView>> = BTreeMap::new();
    for target in &view.targets {
        attempts.entry(target.chain_id).or_default().push(target);
    }
    let mut chains: BTreeMap<i64, Vec<Chain<'_>>> = BTreeMap::new();
    for (id, mut attempts) in attempts {
        attempts.sort_by_key(|target| target.attempt);
        let Some(job) = attempts.first().map(|first| first.job_id) else { continue };
        let Some(newest) = attempts.pop() else { continue };
        attempts.reverse();
        chains.entry(job).or_default().push(Chain { id, newest, older: attempts });
    }
    chains
}

/// What the newest attempts of these pipelines consume, in the order in which they are shown.
pub(in super::super) fn edges<'view>(folded: &[FoldedPipeline<'view>]) -> Vec<Edge<'view>> {
    let shown = || folded.iter().flat_map(|pipeline| &pipeline.steps).flat_map(|step| &step.chains);
    // Where each attempt stands, and whether a newer one stands over it.
    let newest = shown().map(|chain| (chain.newest.id, (chain.id, false)));
    let older = shown().flat_map(|chain| chain.older.iter().map(|older| (older.id, (chain.id, true))));
    let places: BTreeMap<i64, (i64, bool)> = newest.chain(older).collect();
    let mut edges = Vec::new();
    for consumer in shown() {
        for input in &consumer.newest.inputs {
            let from = match (places.get(&input.target_id), input.event_id) {
                (Some((id, is_outdated)), _) => Source::Chain { id: *id, is_outdated: *is_outdated },
                (None, Some(event_id)) => Source::Outside { event_id, input },
                (None, None) => continue,
            };
            edges.push(Edge { from, to: consumer.id });
        }
    }
    edges
}

#[cfg(test)]
mod tests;

//! The pipelines of an event folded by chains (`docs/design.md` section 2, "Chains"): a folded step is the job of the
//! chains that began in it. It shows the newest attempt of each, whichever rerun made that attempt, with the older ones
//! behind it; edges are those between chains. Nothing here looks at names.

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

/// All attempts at one target.
pub(in super::super) struct Chain<'view> {
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
    let jobs: BTreeMap<i64, &JobView> = view.jobs.iter().map(|job| (job.id, job)).collect();
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
    for mut attempts in attempts.into_values() {
        attempts.sort_by_key(|target| target.attempt);
        let Some(job) = attempts.first().map(|first| first.job_id) else { continue };
        let Some(newest) = attempts.pop() else { continue };
        attempts.reverse();
        chains.entry(job).or_default().push(Chain { newest, older: attempts });
    }
    chains
}

/// What the newest attempts of these pipelines consume, in the order in which they are shown.
pub(in super::super) fn edges<'view>(
    view: &'view WorkflowView,
    folded: &[FoldedPipeline<'view>],
) -> Vec<Edge<'view>> {
    let targets: BTreeMap<i64, &TargetView> = view.targets.iter().map(|target| (target.id, target)).collect();
    let shown = || folded.iter().flat_map(|pipeline| &pipeline.steps).flat_map(|step| &step.chains);
    let newest: BTreeMap<i64, i64> =
        shown().map(|chain| (chain.newest.chain_id, chain.newest.attempt)).collect();
    let mut edges = Vec::new();
    for consumer in shown().map(|chain| chain.newest) {
        for input in &consumer.inputs {
            let from = match (targets.get(&input.target_id), input.event_id) {
                (Some(target), _) => Source::Chain {
                    id: target.chain_id,
                    is_outdated: newest.get(&target.chain_id).is_some_and(|newest| *newest > target.attempt),
                },
                (None, Some(event_id)) => Source::Outside { event_id, input },
                (None, None) => continue,
            };
            edges.push(Edge { from, to: consumer.chain_id });
        }
    }
    edges
}

#[cfg(test)]
mod tests;

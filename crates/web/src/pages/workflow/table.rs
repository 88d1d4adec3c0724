//! The folded workflow as tables: the text form of the drawing, with every time, reason and link.

use std::collections::BTreeMap;

use store::reads::{SubmissionView, TargetView, WorkflowView};

use super::super::text::{Moment, Text};
use super::super::titles;
use super::attempt::Attempt;
use super::fold::{self, FoldedPipeline};

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
    /// The step before it.
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
pub(super) fn pipelines(view: &WorkflowView, folded: &[FoldedPipeline<'_>]) -> Vec<Pipeline> {
    let submissions: BTreeMap<i64, &SubmissionView> =
        view.submissions.iter().map(|submission| (submission.id, submission)).collect();
    let attempt = |target: &TargetView| {
        Attempt::new(target, target.submission_id.and_then(|id| submissions.get(&id).copied()))
    };
    let chain = |chain: &fold::Chain<'_>| Chain {
        newest: attempt(chain.newest),
        older: chain.older.iter().map(|target| attempt(target)).collect(),
    };
    folded
        .iter()
        .map(|pipeline| Pipeline {
            id: pipeline.pipeline.id,
            package: Text::opt(pipeline.pipeline.package.as_ref()),
            planned_at: Moment(pipeline.pipeline.created_at),
            steps: steps(pipeline, &chain),
            reruns: pipeline
                .reruns
                .iter()
                .map(|rerun| Rerun { id: rerun.id, planned_at: Moment(rerun.created_at) })
                .collect(),
        })
        .collect()
}

fn steps(pipeline: &FoldedPipeline<'_>, chain: &impl Fn(&fold::Chain<'_>) -> Chain) -> Vec<Step> {
    let title = |place: usize| titles::job_kind(pipeline.steps[place].job.kind);
    pipeline
        .steps
        .iter()
        .enumerate()
        .map(|(place, step)| Step {
            id: step.id,
            number: place + 1,
            title: title(place),
            identifier: Text::opt(step.job.identifier.as_ref()),
            after: step.previous.map(|previous| After {
                id: pipeline.steps[previous].id,
                number: previous + 1,
                title: title(previous),
            }),
            chains: step.chains.iter().map(chain).collect(),
        })
        .collect()
}

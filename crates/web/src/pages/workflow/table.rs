//! The folded workflow as tables: the text form of the drawing, with every time, reason and link.

use std::collections::BTreeMap;

use store::reads::{SubmissionView, TargetView, WorkflowView};

use super::super::attempt::Attempt;
use super::super::reruns::{Brief, Briefs};
use super::super::state::{State, Unknown, tally};
use super::super::text::{Moment, Text};
use super::super::titles;
use super::fold::{self, FoldedPipeline};

/// A first pipeline and what was done in it again, or a rerun that did what no pipeline before it had.
pub(in super::super) struct Pipeline {
    pub(in super::super) id: i64,
    pub(in super::super) package: Option<Text>,
    pub(in super::super) planned_at: Moment,
    pub(in super::super) steps: Vec<Step>,
    pub(in super::super) reruns: Vec<Rerun>,
}

/// A rerun of an origin.
pub(in super::super) struct Rerun {
    /// The pipeline.
    pub(in super::super) id: i64,
    /// The rerun that it came of, which an import does not know.
    pub(in super::super) of: Option<Brief>,
    pub(in super::super) planned_at: Moment,
    /// Where the targets that it redid stand.
    pub(in super::super) tally: Vec<(State, usize)>,
}

pub(in super::super) struct Step {
    pub(in super::super) id: i64,
    /// Its place in the pipeline, from 1.
    pub(in super::super) number: usize,
    pub(in super::super) title: &'static str,
    pub(in super::super) identifier: Option<Text>,
    /// The step before it.
    pub(in super::super) after: Option<After>,
    pub(in super::super) chains: Vec<Chain>,
}

/// The step before a step.
pub(in super::super) struct After {
    pub(in super::super) id: i64,
    pub(in super::super) number: usize,
    pub(in super::super) title: &'static str,
}

/// All attempts at one target.
pub(in super::super) struct Chain {
    pub(in super::super) newest: Attempt,
    /// Newest first.
    pub(in super::super) older: Vec<Attempt>,
}

/// The pipelines in the order in which they were planned.
pub(in super::super) fn pipelines(
    view: &WorkflowView,
    folded: &[FoldedPipeline<'_>],
    unknown: &Unknown,
    briefs: &Briefs,
) -> Vec<Pipeline> {
    let submissions: BTreeMap<i64, &SubmissionView> =
        view.submissions.iter().map(|submission| (submission.id, submission)).collect();
    let attempt = |target: &TargetView| {
        let submission = target.submission_id.and_then(|id| submissions.get(&id).copied());
        Attempt::new(target, submission, unknown)
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
                .map(|rerun| Rerun {
                    id: rerun.id,
                    of: rerun.rerun_id.and_then(|of| briefs.get(&of).cloned()),
                    planned_at: Moment(rerun.created_at),
                    tally: tally(redone(view, rerun.id, unknown)),
                })
                .collect(),
        })
        .collect()
}

/// Where the attempts stand that a rerun made: those of its jobs that no other pipeline held before.
fn redone(view: &WorkflowView, rerun: i64, unknown: &Unknown) -> impl Iterator<Item = State> {
    let jobs = move |of_rerun: bool| {
        let steps = view.steps.iter();
        steps
            .filter(move |step| {
                (step.pipeline_id == rerun) == of_rerun && (of_rerun || step.pipeline_id < rerun)
            })
            .map(|step| step.job_id)
    };
    let made: Vec<i64> = jobs(true).filter(|job| !jobs(false).any(|known| known == *job)).collect();
    let targets = view.targets.iter().filter(move |target| made.contains(&target.job_id));
    targets.map(|target| State::of(target.id, target.status, unknown))
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

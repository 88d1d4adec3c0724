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
        // Of a rerun only what began there: the rest stands in its origin already.
        let is_shown = |step: &&StepView| {
            step.pipeline_id == pipeline.id
                && (pipeline.origin_id.is_none() || chains.contains_key(&step.job_id))
        };
        let steps: Vec<&StepView> = view.steps.iter().filter(is_shown).collect();
        let origin = folded.iter_mut().find(|origin| Some(origin.id) == pipeline.origin_id);
        match origin {
            Some(origin) if steps.is_empty() => {
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::details::{JobDetails, SrpmBuild, TargetDetails};
    use domain::words::{EventKind, EventStatus, JobKind, ReferenceKind, TargetStatus, Visibility};
    use store::reads::{EventView, PipelineView, ReferenceView};

    use super::*;

    /// Pipeline 1 made the SRPM and two builds; pipeline 2 is a rerun of one of the builds.
    fn rerun() -> WorkflowView {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let job = |id, kind, previous_job_id| JobView {
            id,
            kind,
            identifier: None,
            package: "ogr".to_owned(),
            previous_job_id,
            created_at: at(0),
            details: JobDetails::SrpmBuild(SrpmBuild::default()),
        };
        let step = |id, pipeline_id, job_id, previous| StepView { id, pipeline_id, job_id, previous };
        let pipeline = |id, origin_id: Option<i64>| PipelineView {
            id,
            package: None,
            origin_id,
            rerun_id: origin_id,
            created_at: at(id),
        };
        WorkflowView {
            event: EventView {
                id: 1,
                kind: EventKind::Push,
                actor: None,
                occurred_at: at(0),
                received_at: at(0),
                version: 1,
                before: None,
                after: None,
                project_id: 1,
                reference_id: 1,
                commit_id: None,
                visibility: Visibility::Public,
            },
            project: "github.com/packit/ogr".to_owned(),
            reference: ReferenceView { kind: ReferenceKind::Branch, name: "main".to_owned() },
            commit: None,
            status: EventStatus::Running,
            omissions: Vec::new(),
            pipelines: vec![pipeline(1, None), pipeline(2, Some(1))],
            steps: vec![
                step(1, 1, 1, None),
                step(2, 1, 2, Some(1)),
                step(3, 2, 1, None),
                step(4, 2, 3, Some(3)),
            ],
            jobs: vec![
                job(1, JobKind::SrpmBuild, None),
                job(2, JobKind::CoprBuild, Some(1)),
                job(3, JobKind::CoprBuild, Some(1)),
            ],
            targets: vec![
                target(1, 1, (1, 1), "srpm", TargetStatus::Succeeded),
                target(2, 2, (2, 1), "fedora-42", TargetStatus::Failed),
                target(3, 2, (3, 1), "fedora-43", TargetStatus::Succeeded),
                target(4, 3, (2, 2), "fedora-42", TargetStatus::Running),
            ],
            submissions: Vec::new(),
        }
    }

    fn target(
        id: i64,
        job_id: i64,
        (chain_id, attempt): (i64, i64),
        name: &str,
        status: TargetStatus,
    ) -> TargetView {
        let created_at = DateTime::from_timestamp(0, 0).unwrap();
        TargetView {
            id,
            job_id,
            kind: if job_id == 1 { JobKind::SrpmBuild } else { JobKind::CoprBuild },
            name: name.to_owned(),
            chain_id,
            attempt,
            status,
            reason: None,
            submission_id: None,
            external_id: None,
            url: None,
            logs_url: None,
            created_at,
            submitted_at: None,
            started_at: None,
            finished_at: status.is_finished().then_some(created_at),
            peer_started_at: None,
            peer_finished_at: None,
            inputs: Vec::new(),
            details: TargetDetails::default(),
        }
    }

    /// The ids of the attempts that a step shows, newest first.
    fn attempts(step: &Step) -> Vec<Vec<i64>> {
        let ids = |chain: &Chain| {
            [&chain.newest].into_iter().chain(&chain.older).map(|attempt| attempt.id).collect()
        };
        step.chains.iter().map(ids).collect()
    }

    #[test]
    fn a_rerun_is_on_top_of_what_it_did_again() {
        let folded = pipelines(&rerun());
        assert_eq!(folded.len(), 1);
        assert_eq!(folded[0].reruns.iter().map(|rerun| rerun.id).collect::<Vec<_>>(), [2]);
        let steps = &folded[0].steps;
        assert_eq!(steps.iter().map(|step| step.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(attempts(&steps[0]), [[1]]);
        assert_eq!(attempts(&steps[1]), [vec![4, 2], vec![3]]);
        assert_eq!(steps[1].after.as_ref().map(|after| after.number), Some(1));
    }

    #[test]
    fn what_only_a_rerun_began_stands_in_its_own_pipeline() {
        let mut view = rerun();
        view.targets.push(target(5, 3, (5, 1), "fedora-44", TargetStatus::Waiting));
        let folded = pipelines(&view);
        assert_eq!(folded.iter().map(|pipeline| pipeline.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(attempts(&folded[0].steps[1]), [vec![4, 2], vec![3]]);
        assert_eq!(folded[1].steps.len(), 1);
        assert_eq!(attempts(&folded[1].steps[0]), [[5]]);
    }
}

//! What holds for every rerun of every workflow: up to 8 steps of up to 30 targets, up to 5 attempts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use super::oracle::Oracle;
use super::support::*;
use crate::ids::{JobId, StepId, TargetId};
use crate::rerun::{Asked, Basis, Conflict, Plan, Planned, Rows, Selection, StepJob};
use crate::words::{Needs, TargetStatus};
use crate::workflow::{Input, Target};

/// A step: which earlier one it is behind (or none), and for each target which of that one's targets it consumes.
type Shape = (Option<Index>, Vec<(Index, Option<Index>)>);

/// A rerun: what is asked for, and how everything that had not ended ended before it.
#[derive(Debug, Clone)]
struct Round {
    part: usize,
    picks: Vec<Index>,
    follow_ups: bool,
    cancel_running: bool,
    ends: Vec<Index>,
    gone: Vec<Index>,
    days: i64,
}

const ENDS: &[TargetStatus] = &[
    TargetStatus::Succeeded,
    TargetStatus::Succeeded,
    TargetStatus::Succeeded,
    TargetStatus::Failed,
    TargetStatus::Errored,
    TargetStatus::Canceled,
    TargetStatus::Skipped,
    TargetStatus::Running,
    TargetStatus::Waiting,
];

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let target = (any::<Index>(), prop::option::weighted(0.1, any::<Index>()));
    let step = (prop::option::weighted(0.9, any::<Index>()), prop::collection::vec(target, 1..=30));
    prop::collection::vec(step, 1..=8)
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let indexes = |count| prop::collection::vec(any::<Index>(), count);
    let round = (
        0..7_usize,
        indexes(1..6),
        prop::bool::weighted(0.8),
        any::<bool>(),
        indexes(7..20),
        indexes(0..3),
        0..20_i64,
    );
    let round = round.prop_map(|(part, picks, follow_ups, cancel_running, ends, gone, days)| Round {
        part,
        picks,
        follow_ups,
        cancel_running,
        ends,
        gone,
        days,
    });
    prop::collection::vec(round, 1..=4)
}

fn story(shapes: &[Shape]) -> Story {
    let kinds = ["srpm_build", "copr_build", "test_run:a", "test_run:b"];
    let mut story = Story::new();
    let pipeline = story.pipeline(None);
    let mut jobs: Vec<(JobId, usize, usize)> = Vec::new();
    for (behind, targets) in shapes {
        let previous = behind.filter(|_| !jobs.is_empty()).map(|index| jobs[index.index(jobs.len())]);
        let depth = previous.map_or(0, |(_, depth, _)| depth + 1);
        let written: Vec<String> = targets
            .iter()
            .enumerate()
            .map(|(name, (first, second))| match previous {
                None => name.to_string(),
                Some((_, _, count)) => {
                    let first = first.index(count);
                    let second = second.map(|second| second.index(count)).filter(|second| *second != first);
                    second.map_or(format!("{name}<{first}"), |second| format!("{name}<{first}+{second}"))
                }
            })
            .collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        let job = story.step(pipeline, previous.map(|(job, ..)| job), kinds[depth.min(3)], &written);
        jobs.push((job, depth, targets.len()));
    }
    story
}

/// Has every target that has not ended end, in no order and with no sense.
fn end(story: &mut Story, round: &Round) {
    let open: Vec<TargetId> = story.basis.workflow.unfinished().into_iter().collect();
    for (at, id) in open.into_iter().enumerate() {
        let status = ENDS[round.ends[at % round.ends.len()].index(ENDS.len())];
        let target = story.basis.workflow.targets.get_mut(&id).unwrap();
        target.status = status;
        target.finished_at = status.is_finished().then_some(story.now);
    }
    let ids: Vec<TargetId> = story.basis.workflow.targets.keys().copied().collect();
    story.life.seen = round.gone.iter().map(|index| (ids[index.index(ids.len())], false)).collect();
    story.now += chrono::TimeDelta::days(round.days);
}

fn selection(story: &Story, round: &Round) -> Selection {
    let targets: Vec<TargetId> = story.basis.workflow.targets.keys().copied().collect();
    let picked: BTreeSet<TargetId> =
        round.picks.iter().map(|index| targets[index.index(targets.len())]).collect();
    let newest: BTreeSet<TargetId> = story.basis.workflow.newest().map(|(id, _)| id).collect();
    let steps: Vec<StepId> = story.basis.steps.keys().copied().collect();
    let asked = match round.part {
        0 => Asked::Everything,
        1 => Asked::Failed,
        2 => Asked::FailedBuilds,
        3 => Asked::FailedTests,
        4 => Asked::Steps(BTreeSet::from([steps[round.picks[0].index(steps.len())]])),
        5 => Asked::Targets(picked.intersection(&newest).copied().collect()),
        _ => Asked::NewestOf(picked),
    };
    Selection { follow_ups: round.follow_ups, cancel_running: round.cancel_running, ..Selection::of(asked) }
}

/// What is skipped by it was told of, and what was told of is skipped or waits for what a build system is asked to cancel.
fn skips_what_was_told(
    before: &Basis,
    after: &Basis,
    told: &BTreeSet<TargetId>,
    waited_for: &BTreeSet<TargetId>,
) -> Result<(), TestCaseError> {
    for (id, target) in before.workflow.newest().filter(|(_, target)| !target.status.is_finished()) {
        let status = after.workflow.targets[&id].status;
        if status == TargetStatus::Skipped {
            prop_assert!(told.contains(&id) || waited_for.contains(&id), "{id} is skipped");
        } else if target.status == TargetStatus::Waiting && told.contains(&id) {
            prop_assert!(
                status == TargetStatus::Waiting || status == TargetStatus::Canceled,
                "{id}: {status}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_rerun_is_exactly_what_the_oracle_says(shapes in shapes(), rounds in rounds()) {
        let mut story = story(&shapes);
        for round in &rounds {
            end(&mut story, round);
            story.basis.workflow.settle(story.now);
            let selection = selection(&story, round);
            let oracle = Oracle::of(&story.basis, &story.life, story.now);
            let expected = oracle.redo(&selection);
            let unfinished: BTreeSet<TargetId> = expected
                .iter()
                .copied()
                .filter(|id| !story.basis.workflow.targets[id].status.is_finished())
                .collect();
            let planned = story.ask(&selection);
            prop_assert_eq!(&planned, &story.ask(&selection), "the same state, the same plan");
            match planned {
                Planned::NothingToDo(nothing) => {
                    prop_assert_eq!(&expected, &BTreeSet::new(), "{}", nothing.reason);
                    prop_assert_eq!(nothing.plan.wanted(), (0, 0, 0, 0));
                }
                Planned::Conflict(Conflict::Unfinished(open)) => {
                    prop_assert!(!selection.cancel_running);
                    prop_assert_eq!(open.into_keys().collect::<BTreeSet<_>>(), unfinished);
                }
                Planned::Conflict(conflict) => return Err(TestCaseError::fail(conflict.to_string())),
                Planned::Plan(plan) => {
                    prop_assert_eq!(ids(&plan.redo), expected);
                    prop_assert!(ids(&plan.cancel).is_superset(&unfinished));
                    tells_of_each_newest_attempt_once(&story.basis, &plan)?;
                    let before = story.basis.clone();
                    let rows = story.carry_out(&plan);
                    skips_what_was_told(&before, &story.basis, &ids(&plan.cancel), &ids(&plan.wait))?;
                    what_was_stays(&before, &story.basis)?;
                    comes_to_what_was_shown(&plan, &rows)?;
                    keeps_the_rules(&story.basis, &rows)?;
                    consumes_the_newest(&story.basis, &rows)?;
                    cannot_be_done_twice(&story, &plan)?;
                }
            }
            let empty = Selection { asked: Asked::Targets(BTreeSet::new()), ..selection };
            prop_assert!(matches!(story.ask(&empty), Planned::NothingToDo(_)), "an empty selection is nothing");
        }
    }
}

fn tells_of_each_newest_attempt_once(basis: &Basis, plan: &Plan) -> Result<(), TestCaseError> {
    let mut told: BTreeMap<TargetId, usize> = BTreeMap::new();
    for entry in [&plan.redo, &plan.share, &plan.wait, &plan.cannot, &plan.not_needed].into_iter().flatten() {
        *told.entry(entry.target_id).or_default() += 1;
    }
    // What is redone is canceled besides; what is lost by that is told of there alone.
    for lost in
        plan.cancel.iter().filter(|entry| !plan.redo.iter().any(|redo| redo.target_id == entry.target_id))
    {
        *told.entry(lost.target_id).or_default() += 1;
    }
    for (id, _) in basis.workflow.newest() {
        prop_assert_eq!(told.get(&id), Some(&1), "target {}", id);
    }
    Ok(())
}

/// Sharing changes no shared job, and nothing else that was.
fn what_was_stays(before: &Basis, after: &Basis) -> Result<(), TestCaseError> {
    let old = |targets: &BTreeMap<TargetId, Target>| -> BTreeMap<TargetId, Target> {
        let known = |id: &TargetId| before.workflow.targets.contains_key(id);
        // What was waiting may have become ready: nothing was waiting for inputs that are all there before.
        targets
            .iter()
            .filter(|(id, target)| known(id) && target.status.is_finished())
            .map(|(id, target)| (*id, target.clone()))
            .collect()
    };
    let finished_before = old(&before.workflow.targets);
    for (id, target) in &finished_before {
        prop_assert_eq!(&after.workflow.targets[id], target);
    }
    for (id, target) in &before.workflow.targets {
        let now = &after.workflow.targets[id];
        prop_assert_eq!(
            (now.job, now.chain, now.attempt, &now.inputs),
            (target.job, target.chain, target.attempt, &target.inputs)
        );
    }
    for (id, job) in &before.workflow.jobs {
        prop_assert_eq!(&after.workflow.jobs[id], job);
        prop_assert_eq!(&after.jobs[id], &before.jobs[id]);
        let members =
            |basis: &Basis| basis.workflow.targets.values().filter(|target| target.job == *id).count();
        prop_assert_eq!(members(before), members(after), "a shared job gets no target");
    }
    Ok(())
}

fn comes_to_what_was_shown(plan: &Plan, rows: &Rows) -> Result<(), TestCaseError> {
    let created: BTreeSet<TargetId> = rows.created.keys().copied().collect();
    prop_assert_eq!(created, ids(&plan.redo));
    prop_assert_eq!(rows.targets.len(), plan.redo.len());
    let shown: usize = plan.pipelines.iter().map(|pipeline| pipeline.steps.len()).sum();
    prop_assert_eq!(rows.steps.len(), shown);
    let steps = plan.pipelines.iter().flat_map(|pipeline| &pipeline.steps);
    for (step, row) in steps.zip(&rows.steps) {
        match &step.job {
            StepJob::Shared { job_id } => prop_assert_eq!(row.job, *job_id),
            StepJob::New { targets, .. } => {
                let of_job: Vec<&str> = rows
                    .targets
                    .values()
                    .filter(|target| target.job == row.job)
                    .map(|target| target.name.as_str())
                    .collect();
                let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
                prop_assert_eq!(of_job, names);
            }
        }
    }
    Ok(())
}

/// Rules 1 to 4 of the data model.
fn keeps_the_rules(basis: &Basis, rows: &Rows) -> Result<(), TestCaseError> {
    let mut seen = BTreeSet::new();
    for step in &rows.steps {
        prop_assert!(seen.insert((step.pipeline, step.job)), "rule 1: once in each pipeline");
        let previous = step.previous.map(|id| basis.steps[&id]);
        prop_assert!(previous.is_none_or(|previous| previous.pipeline == step.pipeline), "rule 2");
        prop_assert_eq!(previous.map(|previous| previous.job), basis.workflow.jobs[&step.job].previous);
        prop_assert!(step.previous.is_none_or(|previous| previous < step.id), "rule 2: a forest");
    }
    for target in rows.targets.values() {
        for Input { target: input, needs } in &target.inputs {
            prop_assert_eq!(*needs, Needs::Success);
            let job = basis.workflow.targets[input].job;
            prop_assert_eq!(Some(job), basis.workflow.jobs[&target.job].previous, "rule 3");
        }
        let of_name =
            rows.targets.values().filter(|other| other.job == target.job && other.name == target.name);
        prop_assert_eq!(of_name.count(), 1);
    }
    let mut chains: BTreeMap<TargetId, Vec<(i64, &str)>> = BTreeMap::new();
    for target in basis.workflow.targets.values() {
        chains.entry(target.chain).or_default().push((target.attempt, &target.name));
    }
    for (chain, attempts) in chains {
        let linear: Vec<(i64, &str)> = (1..).zip(attempts.iter().map(|(_, name)| *name)).collect();
        prop_assert_eq!(&attempts, &linear, "rule 4, chain {}", chain);
        prop_assert!(attempts.iter().all(|(_, name)| *name == attempts[0].1));
    }
    Ok(())
}

fn consumes_the_newest(basis: &Basis, rows: &Rows) -> Result<(), TestCaseError> {
    for (id, target) in &rows.targets {
        for input in &target.inputs {
            let chain = basis.workflow.targets[&input.target].chain;
            let newer = basis.workflow.targets.values().any(|other| {
                other.chain == chain && other.attempt > basis.workflow.targets[&input.target].attempt
            });
            prop_assert!(!newer, "target {} consumes a replaced attempt", id);
        }
    }
    Ok(())
}

/// Who comes second with the same targets is told which attempts replaced them.
fn cannot_be_done_twice(story: &Story, plan: &Plan) -> Result<(), TestCaseError> {
    let again = Selection { cancel_running: true, ..Selection::of(Asked::Targets(ids(&plan.redo))) };
    let Planned::Conflict(Conflict::Replaced(replaced)) = story.ask(&again) else {
        return Err(TestCaseError::fail("done twice"));
    };
    let told: BTreeSet<TargetId> = replaced.iter().map(|one| one.target_id).collect();
    prop_assert_eq!(told, ids(&plan.redo));
    Ok(())
}

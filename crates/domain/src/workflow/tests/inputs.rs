//! What inputs let a target do.

use proptest::prelude::*;

use super::support::*;
use crate::ids::{EventId, TargetId};
use crate::words::{EventStatus, JobKind, Needs, TargetStatus as T};
use crate::workflow::Workflow;

/// A job for each of the given inputs' kinds of end, and one target that consumes them all.
fn consumer_of(inputs: &[(T, Needs)]) -> Workflow {
    let mut workflow = Workflow::empty(EventId(1));
    add_job(&mut workflow, 1, JobKind::CoprBuild, None);
    add_job(&mut workflow, 2, JobKind::LogDetectiveAnalysis, Some(1));
    let mut consumed = Vec::new();
    for (id, (status, needs)) in (1..).zip(inputs) {
        add_target(&mut workflow, id, 1, &format!("fedora-{id}-x86_64"), &[]);
        workflow.targets.get_mut(&TargetId(id)).unwrap().status = *status;
        consumed.push((TargetId(id), *needs));
    }
    add_target(&mut workflow, 100, 2, "consumer", &consumed);
    workflow.settle(at(0));
    workflow
}

#[test]
fn each_need_is_met_by_its_own_ends_and_made_impossible_by_the_others() {
    let ends = [T::Succeeded, T::Failed, T::Errored, T::Canceled, T::Skipped];
    let table = [
        (Needs::Success, [T::Ready, T::Skipped, T::Skipped, T::Skipped, T::Skipped]),
        (Needs::Finished, [T::Ready, T::Ready, T::Ready, T::Ready, T::Ready]),
        (Needs::Failure, [T::Skipped, T::Ready, T::Ready, T::Skipped, T::Skipped]),
    ];
    for (needs, expected) in table {
        for (end, expected) in ends.into_iter().zip(expected) {
            let workflow = consumer_of(&[(end, needs)]);
            assert_eq!(status(&workflow, TargetId(100)), expected, "needs {needs}, input {end}");
        }
        for open in [T::Ready, T::Submitting, T::Submitted, T::Running] {
            let workflow = consumer_of(&[(open, needs)]);
            assert_eq!(status(&workflow, TargetId(100)), T::Waiting, "needs {needs}, input {open}");
        }
    }
}

#[test]
fn a_target_waits_for_the_last_of_its_inputs_but_is_skipped_by_the_first_that_cannot_serve() {
    let open = consumer_of(&[(T::Succeeded, Needs::Success), (T::Running, Needs::Success)]);
    assert_eq!(status(&open, TargetId(100)), T::Waiting);
    let met = consumer_of(&[(T::Succeeded, Needs::Success), (T::Failed, Needs::Finished)]);
    assert_eq!(status(&met, TargetId(100)), T::Ready);
    let lost = consumer_of(&[(T::Running, Needs::Success), (T::Failed, Needs::Success)]);
    assert_eq!(status(&lost, TargetId(100)), T::Skipped);
    assert_eq!(reason(&lost, TargetId(100)), "its input, copr_build fedora-2-x86_64, failed");
}

#[test]
fn a_skip_goes_down_all_levels_and_each_reason_names_the_nearest_input() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    tell(&mut workflow, SRPM, T::Errored);
    assert_eq!(statuses(&workflow), [T::Errored, T::Skipped, T::Skipped, T::Skipped, T::Skipped]);
    assert_eq!(reason(&workflow, F43), "its input, srpm_build srpm, ended with an error");
    assert_eq!(reason(&workflow, TEST_F43), "its input, copr_build fedora-43-x86_64, was skipped");
    assert!(workflow.targets.values().all(|target| target.finished_at == Some(at(1))));
    assert_eq!(workflow.status(), EventStatus::Errored);
}

#[test]
fn each_way_an_input_ends_reads_as_a_reason() {
    for (end, needs, words) in [
        (T::Failed, Needs::Success, "failed"),
        (T::Errored, Needs::Success, "ended with an error"),
        (T::Canceled, Needs::Success, "was canceled"),
        (T::Skipped, Needs::Success, "was skipped"),
        (T::Succeeded, Needs::Failure, "succeeded"),
    ] {
        let workflow = consumer_of(&[(end, needs)]);
        assert_eq!(
            reason(&workflow, TargetId(100)),
            format!("its input, copr_build fedora-1-x86_64, {words}")
        );
    }
}

#[test]
fn an_input_of_another_event_is_waited_for_and_named() {
    let mut workflow = consumer_of(&[]);
    workflow.targets.clear();
    add_target(&mut workflow, 7, 2, "consumer", &[(TargetId(900), Needs::Success)]);
    workflow.outside.insert(TargetId(900), T::Running);
    workflow.settle(at(0));
    assert_eq!(status(&workflow, TargetId(7)), T::Waiting);
    workflow.outside.insert(TargetId(900), T::Failed);
    workflow.settle(at(0));
    assert_eq!(status(&workflow, TargetId(7)), T::Skipped);
    assert_eq!(reason(&workflow, TargetId(7)), "its input, target 900 of another event, failed");
}

#[test]
fn only_what_moved_is_written_back() {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow.changed.clear();
    tell(&mut workflow, F42, T::Running);
    assert_eq!(Vec::from_iter(workflow.changed.clone()), [F42]);
    workflow.changed.clear();
    tell(&mut workflow, F42, T::Running);
    tell(&mut workflow, F42, T::Submitted);
    tell(&mut workflow, TargetId(77), T::Succeeded);
    assert!(workflow.changed.is_empty(), "{:?}", workflow.changed);
}

#[test]
fn the_event_is_what_its_newest_attempts_are() {
    let mut workflow = srpm_and_builds();
    assert_eq!(workflow.status(), EventStatus::Waiting);
    send(&mut workflow, 1);
    assert_eq!(workflow.status(), EventStatus::Running);
    tell(&mut workflow, SRPM, T::Succeeded);
    tell(&mut workflow, F42, T::Failed);
    tell(&mut workflow, F43, T::Succeeded);
    assert_eq!(workflow.status(), EventStatus::Waiting);
    tell(&mut workflow, TEST_F43, T::Succeeded);
    assert_eq!(workflow.status(), EventStatus::Failed);

    // The failed build and its skipped test are done again, and go well.
    for (id, redone) in [(12, F42), (14, TEST_F42)] {
        let old = workflow.targets[&redone].clone();
        let inputs = if redone == F42 { SRPM } else { TargetId(12) };
        add_target(&mut workflow, id, old.job.0, &old.name, &[(inputs, Needs::Success)]);
        let new = workflow.targets.get_mut(&TargetId(id)).unwrap();
        (new.chain, new.attempt) = (redone, 2);
    }
    workflow.settle(at(2));
    assert_eq!(workflow.status(), EventStatus::Waiting);
    tell(&mut workflow, TargetId(12), T::Succeeded);
    tell(&mut workflow, TargetId(14), T::Succeeded);
    assert_eq!(workflow.status(), EventStatus::Succeeded);
    assert_eq!(Workflow::empty(EventId(1)).status(), EventStatus::Nothing);
}

/// Inputs of each target: places before it, and what is needed.
fn graph() -> impl Strategy<Value = Vec<Vec<(usize, Needs)>>> {
    let needs = prop::sample::select(Needs::ALL);
    let inputs = prop::collection::vec((any::<prop::sample::Index>(), needs), 0..3);
    prop::collection::vec(inputs, 1..12).prop_map(|targets| {
        let resolve = |(place, inputs): (usize, Vec<(prop::sample::Index, Needs)>)| {
            let mut resolved: Vec<(usize, Needs)> = Vec::new();
            for (index, needs) in inputs.into_iter().filter(|_| place > 0) {
                let input = index.index(place);
                if resolved.iter().all(|(other, _)| *other != input) {
                    resolved.push((input, needs));
                }
            }
            resolved
        };
        targets.into_iter().enumerate().map(resolve).collect()
    })
}

/// Ids are dealt out so that inputs may have greater ids than what consumes them.
fn workflow_of(graph: &[Vec<(usize, Needs)>], reversed: bool) -> (Workflow, Vec<TargetId>) {
    let count = graph.len() as i64;
    let id = |place: usize| if reversed { count - place as i64 } else { place as i64 + 1 };
    let mut workflow = Workflow::empty(EventId(1));
    add_job(&mut workflow, 1, JobKind::KojiBuild, None);
    for (place, inputs) in graph.iter().enumerate() {
        let inputs: Vec<_> = inputs.iter().map(|(input, needs)| (TargetId(id(*input)), *needs)).collect();
        add_target(&mut workflow, id(place), 1, &place.to_string(), &inputs);
    }
    workflow.settle(at(0));
    (workflow, (0..graph.len()).map(|place| TargetId(id(place))).collect())
}

proptest! {
    /// Waiting means that an input is not finished; ready that all gave what is needed; skipped that one cannot.
    #[test]
    fn nothing_waits_once_its_inputs_are_finished(
        graph in graph(),
        reversed in any::<bool>(),
        ends in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(&[T::Succeeded, T::Failed, T::Errored, T::Canceled][..])),
            0..40,
        ),
    ) {
        let (mut workflow, ids) = workflow_of(&graph, reversed);
        let check = |workflow: &Workflow| {
            for target in workflow.targets.values() {
                let met = |input: T, needs| match needs {
                    Needs::Success => input == T::Succeeded,
                    Needs::Finished => true,
                    Needs::Failure => input == T::Failed || input == T::Errored,
                };
                let inputs: Vec<(T, Needs)> =
                    target.inputs.iter().map(|input| (workflow.targets[&input.target].status, input.needs)).collect();
                let lost = inputs.iter().any(|(input, needs)| input.is_finished() && !met(*input, *needs));
                let all_met = inputs.iter().all(|(input, needs)| input.is_finished() && met(*input, *needs));
                prop_assert_eq!(target.status == T::Skipped, lost, "{:?}", target);
                prop_assert_eq!(target.status == T::Waiting, !lost && !all_met, "{:?}", target);
                prop_assert_eq!(target.finished_at.is_some(), target.status.is_finished());
            }
            Ok(())
        };
        check(&workflow)?;
        for (index, end) in ends {
            // Only what is ready can come to an end at a build system.
            let id = ids[index.index(ids.len())];
            if workflow.targets[&id].status == T::Ready {
                tell(&mut workflow, id, end);
                check(&workflow)?;
            }
        }
        while let Some(id) = ids.iter().find(|id| workflow.targets[id].status == T::Ready) {
            tell(&mut workflow, *id, T::Succeeded);
        }
        prop_assert!(workflow.targets.values().all(|target| target.status.is_finished()));
    }
}

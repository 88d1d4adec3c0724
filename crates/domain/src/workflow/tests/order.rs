//! The same messages end in the same state, whatever their order and however often they come.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::support::*;
use crate::details::TargetDetails;
use crate::ids::{SubmissionId, TargetId};
use crate::words::TargetStatus as T;
use crate::workflow::{Seen, Workflow};

const ONE: SubmissionId = SubmissionId(1);

/// An SRPM with the builds that ride along on submission 1, sent, no answer yet.
fn sent() -> Workflow {
    let mut workflow = srpm_and_builds();
    send(&mut workflow, 1);
    workflow
}

#[test]
fn the_result_of_what_rides_along_is_held_until_the_result_of_its_input_is_known() {
    let mut workflow = sent();
    workflow.submitted(ONE, "42", at(1));
    tell(&mut workflow, F42, T::Running);
    tell(&mut workflow, F42, T::Succeeded);
    assert_eq!(status(&workflow, F42), T::Running);
    assert_eq!(status(&workflow, TEST_F42), T::Waiting);
    assert!(workflow.targets[&F42].finished_at.is_none());
    workflow.observe(Seen::new(SRPM, T::Succeeded), at(5));
    assert_eq!(status(&workflow, F42), T::Succeeded);
    assert_eq!(status(&workflow, TEST_F42), T::Ready);
    assert_eq!(workflow.targets[&F42].finished_at, Some(at(5)));
    assert_eq!(workflow.targets[&F42].held, None);
}

#[test]
fn what_rides_along_is_skipped_if_the_srpm_failed_whatever_copr_calls_it() {
    for srpm in [T::Failed, T::Errored, T::Canceled] {
        for follower in [T::Succeeded, T::Failed, T::Canceled] {
            let mut first = sent();
            tell(&mut first, F42, follower);
            tell(&mut first, SRPM, srpm);
            let mut last = sent();
            tell(&mut last, SRPM, srpm);
            tell(&mut last, F42, follower);
            for workflow in [first, last] {
                assert_eq!(status(&workflow, SRPM), srpm);
                assert_eq!(status(&workflow, F42), T::Skipped, "{srpm}, {follower}");
                assert_eq!(workflow.targets[&F42].held, None);
            }
        }
    }
}

#[test]
fn the_reason_of_a_held_result_is_kept() {
    let mut workflow = sent();
    let failed = Seen { reason: Some("rpmbuild says no".into()), ..Seen::new(F42, T::Failed) };
    workflow.observe(failed, at(1));
    tell(&mut workflow, SRPM, T::Succeeded);
    assert_eq!(reason(&workflow, F42), "rpmbuild says no");
}

#[test]
fn the_first_result_stays_held_or_not() {
    let mut workflow = sent();
    tell(&mut workflow, F42, T::Failed);
    tell(&mut workflow, F42, T::Succeeded);
    tell(&mut workflow, SRPM, T::Succeeded);
    assert_eq!(status(&workflow, F42), T::Failed);
    tell(&mut workflow, F42, T::Succeeded);
    assert_eq!(status(&workflow, F42), T::Failed);
}

#[test]
fn what_rides_along_does_not_wait_any_more_once_its_srpm_is_there_though_no_answer_came() {
    let mut workflow = sent();
    tell(&mut workflow, SRPM, T::Succeeded);
    assert_eq!(status(&workflow, F42), T::Submitting);
    assert!(workflow.to_submit().is_empty());
    workflow.submitted(ONE, "42", at(2));
    assert_eq!(status(&workflow, F42), T::Submitted);
}

#[test]
fn a_finished_target_gets_the_id_that_comes_after_its_end() {
    let mut workflow = sent();
    tell(&mut workflow, SRPM, T::Failed);
    let before = statuses(&workflow);
    workflow.submitted(ONE, "42", at(9));
    assert_eq!(statuses(&workflow), before);
    assert_eq!(workflow.targets[&SRPM].external_id.as_deref(), Some("42"));
    assert_eq!(workflow.targets[&SRPM].finished_at, Some(at(1)));
    assert!(workflow.changed.contains(&SRPM));
}

#[test]
fn an_earlier_state_told_later_only_adds_links_and_times() {
    let mut workflow = sent();
    workflow.submitted(ONE, "42", at(1));
    workflow.observe(Seen::new(SRPM, T::Running), at(2));
    let late = Seen {
        url: Some("https://copr.example/42".into()),
        peer_started_at: Some(at(-5)),
        ..Seen::new(SRPM, T::Submitted)
    };
    workflow.observe(late, at(3));
    let target = &workflow.targets[&SRPM];
    assert_eq!(target.status, T::Running);
    assert_eq!(target.url.as_deref(), Some("https://copr.example/42"));
    assert_eq!(target.peer_started_at, Some(at(-5)));
    assert_eq!((target.submitted_at, target.started_at), (Some(at(1)), Some(at(2))));
    // What says nothing of a link takes none away.
    tell(&mut workflow, SRPM, T::Running);
    assert_eq!(workflow.targets[&SRPM].url.as_deref(), Some("https://copr.example/42"));
}

#[test]
fn an_end_without_a_start_leaves_the_start_unknown() {
    let mut workflow = sent();
    workflow.observe(Seen::new(SRPM, T::Succeeded), at(3));
    let target = &workflow.targets[&SRPM];
    assert_eq!((target.submitted_at, target.started_at), (Some(at(3)), None));
    assert_eq!(target.finished_at, Some(at(3)));
}

#[test]
fn what_was_made_joins_what_was_planned() {
    let mut workflow = sent();
    workflow.targets.get_mut(&SRPM).unwrap().details.with_opts = vec!["docs".into()];
    let made = TargetDetails {
        artifact_url: Some("https://copr.example/a.src.rpm".into()),
        ..TargetDetails::default()
    };
    workflow.observe(Seen { made: Some(made), ..Seen::new(SRPM, T::Succeeded) }, at(1));
    let details = &workflow.targets[&SRPM].details;
    assert_eq!(details.with_opts, ["docs"]);
    assert_eq!(details.artifact_url.as_deref(), Some("https://copr.example/a.src.rpm"));
}

/// One thing that reaches the state machine while submissions are out.
#[derive(Debug, Clone)]
enum Told {
    /// The build system's word on a target.
    Of(TargetId, T),
    /// The answer to the call of submission 1.
    Answer,
}

/// For each target of submission 1 its one result, and the messages on the way there, shuffled and repeated.
fn messages() -> impl Strategy<Value = (BTreeMap<TargetId, T>, Vec<Told>, Vec<Told>)> {
    let result = || prop::sample::select(&[T::Succeeded, T::Failed, T::Errored, T::Canceled][..]);
    (result(), result(), result()).prop_flat_map(|(srpm, f42, f43)| {
        let results = BTreeMap::from([(SRPM, srpm), (F42, f42), (F43, f43)]);
        let mut all = vec![Told::Answer];
        for (target, result) in &results {
            all.extend([T::Submitted, T::Running, *result].map(|status| Told::Of(*target, status)));
        }
        let repeated = prop::sample::subsequence(all.clone(), 0..=all.len());
        let shuffled =
            repeated.prop_flat_map(move |again| Just([all.clone(), again].concat()).prop_shuffle());
        (Just(results), shuffled.clone(), shuffled)
    })
}

fn apply(workflow: &mut Workflow, told: &Told) {
    match told {
        Told::Of(target, status) => tell(workflow, *target, *status),
        Told::Answer => workflow.submitted(ONE, "42", at(1)),
    }
}

/// What must be the same in the end. Times are by our clock, and so by the order in which we learned.
fn ended(workflow: &Workflow) -> Vec<(T, Option<&str>, Option<&str>)> {
    let told = |target: &'_ crate::workflow::Target| {
        assert!(target.held.is_none());
        target.status
    };
    workflow
        .targets
        .values()
        .map(|target| (told(target), target.external_id.as_deref(), target.reason.as_deref()))
        .collect()
}

proptest! {
    #[test]
    fn any_order_of_any_messages_ends_in_the_same_state((results, one, other) in messages()) {
        let (mut left, mut right) = (sent(), sent());
        one.iter().for_each(|told| apply(&mut left, told));
        other.iter().for_each(|told| apply(&mut right, told));
        prop_assert_eq!(ended(&left), ended(&right));

        prop_assert_eq!(status(&left, SRPM), results[&SRPM]);
        for (build, test) in [(F42, TEST_F42), (F43, TEST_F43)] {
            let built = if results[&SRPM] == T::Succeeded { results[&build] } else { T::Skipped };
            prop_assert_eq!(status(&left, build), built);
            prop_assert_eq!(status(&left, test), if built == T::Succeeded { T::Ready } else { T::Skipped });
        }
    }

    #[test]
    fn a_finished_target_never_changes_and_none_goes_back((_, messages, _) in messages()) {
        let mut workflow = sent();
        for told in &messages {
            let before = workflow.clone();
            apply(&mut workflow, told);
            for (id, old) in &before.targets {
                let new = &workflow.targets[id];
                prop_assert!(new.status.progress() >= old.status.progress(), "{:?} to {:?}", old, new);
                if old.status.is_finished() {
                    let with_id = crate::workflow::Target { external_id: new.external_id.clone(), ..old.clone() };
                    prop_assert_eq!(&with_id, new);
                }
                prop_assert_eq!(new.finished_at.is_some(), new.status.is_finished());
            }
        }
    }

    /// A state that was reached by some messages goes on as if it had been loaded from the rows.
    #[test]
    fn every_message_twice_is_as_once((_, messages, _) in messages()) {
        let (mut once, mut twice) = (sent(), sent());
        for told in &messages {
            apply(&mut once, told);
            apply(&mut twice, told);
            apply(&mut twice, told);
            prop_assert_eq!(&once, &twice);
        }
    }
}

//! What only a command asks for: variables, and builds of other pull requests.

use std::collections::BTreeMap;

use super::support::*;
use crate::details::JobDetails;
use crate::ids::{EventId, TargetId};
use crate::rerun::{Asked, Elsewhere, Selection};
use crate::words::{JobKind, TargetStatus};

const ELSEWHERE: TargetId = TargetId(900);

/// A good build of another pull request.
fn build_elsewhere(name: &str) -> Elsewhere {
    Elsewhere {
        event: EventId(2),
        newest: ELSEWHERE,
        kind: JobKind::CoprBuild,
        name: name.to_owned(),
        status: TargetStatus::Succeeded,
        finished_at: Some(day(0)),
    }
}

fn variables(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn variables_go_over_the_planned_ones_and_into_the_hash() {
    let mut e = EventE::ended(&[], &[]);
    for facts in e.story.basis.jobs.values_mut() {
        if let JobDetails::TestRun(run) = &mut facts.details {
            run.variables = variables(&[("KEPT", "a"), ("GONE", "b")]);
        }
    }
    let plain = targets(&[e.test("f42")]);
    let asked = Selection { variables: variables(&[("GONE", ""), ("NEW", "c")]), ..plain.clone() };
    let plan = e.story.plan(&asked);
    assert_ne!(plan.hash, e.story.plan(&plain).hash, "another test is another plan");
    let rows = e.story.carry_out(&plan);
    let told = rows.jobs.iter().filter_map(|row| match &e.story.basis.jobs[&row.id].details {
        JobDetails::TestRun(run) => Some(run.variables.clone()),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [variables(&[("KEPT", "a"), ("NEW", "c")])]);
    // They were for that one run.
    e.story.all_end(&[]);
    let again = e.story.plan(&targets(&[e.test("f42")]));
    let rows = e.story.carry_out(&again);
    let JobDetails::TestRun(run) = &e.story.basis.jobs[&rows.jobs[0].id].details else { panic!() };
    assert_eq!(run.variables, variables(&[("KEPT", "a"), ("GONE", "b")]));
}

#[test]
fn builds_of_another_event_are_consumed_by_the_redone_test_of_their_chroot_alone() {
    let mut e = EventE::ended(&[], &[]);
    e.story.basis.consume_as_well([(ELSEWHERE, build_elsewhere("f42"))].into());
    let plan = e.story.plan(&asked(Asked::Steps([e.step_of(e.tests)].into())));
    assert_eq!(ids(&plan.redo), set(&[e.test("f42"), e.test("f43"), e.test("rawhide")]));
    assert!(ids(&plan.share).contains(&ELSEWHERE), "{plan:?}");
    let rows = e.story.carry_out(&plan);
    for target in rows.targets.values() {
        let inputs: Vec<TargetId> = target.inputs.iter().map(|input| input.target).collect();
        let own = e.build(&target.name);
        let expected = if target.name == "f42" { vec![own, ELSEWHERE] } else { vec![own] };
        assert_eq!(inputs, expected, "{}", target.name);
        assert_eq!(target.status, TargetStatus::Waiting);
    }
    let ready = e.story.basis.workflow.to_submit().len();
    assert!(ready > 0, "all that they consume is there");
}

#[test]
fn a_build_of_another_event_that_failed_meanwhile_cannot_be_consumed() {
    let mut e = EventE::ended(&[], &[]);
    let failed = Elsewhere { status: TargetStatus::Failed, ..build_elsewhere("f42") };
    e.story.basis.consume_as_well([(ELSEWHERE, failed)].into());
    let nothing = e.story.nothing(&targets(&[e.test("f42")]));
    assert_eq!(ids(&nothing.plan.cannot), set(&[e.test("f42")]));
    assert!(nothing.reason.contains("of event 2"), "{}", nothing.reason);
}

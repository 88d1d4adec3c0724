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

/// As variables are: what one run was told to test as well, the next one tests only if it is told again.
#[test]
fn builds_of_another_event_were_for_that_one_run() {
    let mut e = EventE::ended(&[], &[]);
    e.story.basis.consume_as_well([(ELSEWHERE, build_elsewhere("f42"))].into());
    let with = Selection { with_builds: [ELSEWHERE].into(), ..targets(&[e.test("f42")]) };
    let (plan, first) = (e.story.plan(&with), e.test("f42"));
    e.story.carry_out(&plan);
    e.story.all_end(&[]);
    // What is stored of the first attempt is what it consumed.
    let first = e.story.basis.workflow.targets.get_mut(&first).unwrap();
    first.inputs.retain(|input| input.target != ELSEWHERE);
    let inputs = |plan: &crate::rerun::Plan| {
        let step = plan.pipelines[0].steps.last().unwrap();
        let crate::rerun::StepJob::New { targets, .. } = &step.job else { panic!("{step:?}") };
        targets[0].inputs.iter().map(|input| input.target_id).collect::<Vec<_>>()
    };
    let (own, test) = (e.build("f42"), e.test("f42"));
    assert_eq!(
        inputs(&e.story.plan(&Selection { with_builds: with.with_builds, ..targets(&[test]) })),
        [own, ELSEWHERE]
    );
    let later = e.story.plan(&targets(&[test]));
    assert_eq!(inputs(&later), [own]);
    assert!(!ids(&later.share).contains(&ELSEWHERE), "{later:?}");
    // Nor does it matter any more what became of it there.
    e.story.basis.elsewhere.get_mut(&ELSEWHERE).unwrap().status = TargetStatus::Failed;
    assert_eq!(inputs(&e.story.plan(&targets(&[test]))), [own]);
}

/// What a test was planned with is no argument of one run, whatever was redone of it since; nor is what an update is made of.
#[test]
fn builds_of_another_event_that_were_planned_are_consumed_by_every_attempt() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    for kind in ["test_run", "bodhi_update"] {
        let job = story.step(p, None, kind, &["f42"]);
        let target = story.at(job, "f42");
        let other = crate::workflow::Input { target: ELSEWHERE, needs: crate::words::Needs::Success };
        story.basis.workflow.targets.get_mut(&target).unwrap().inputs.push(other);
    }
    let redone = Elsewhere { newest: TargetId(901), ..build_elsewhere("f42") };
    story.basis.elsewhere.insert(ELSEWHERE, redone);
    story.all_end(&[]);
    for _ in 0..2 {
        let plan = story.plan(&asked(Asked::Everything));
        let rows = story.carry_out(&plan);
        assert_eq!(rows.targets.len(), 2);
        for target in rows.targets.values() {
            assert_eq!(target.inputs.iter().map(|input| input.target).collect::<Vec<_>>(), [TargetId(901)]);
        }
        story.all_end(&[]);
    }
}

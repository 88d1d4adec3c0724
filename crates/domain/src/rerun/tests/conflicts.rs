//! What is refused, what is waited for, and what a plan's hash stands for.

use std::collections::{BTreeMap, BTreeSet};

use super::support::*;
use crate::ids::{StepId, TargetId};
use crate::rerun::{Asked, Conflict, DurationKey, Plan, Selection};
use crate::words::{JobKind, TargetStatus};

#[test]
fn what_the_event_does_not_have_is_refused() {
    let e = EventE::of_the_design();
    let unknown = TargetId(999);
    let conflict = e.story.conflict(&targets(&[e.build("f42"), unknown]));
    assert_eq!(conflict, Conflict::NoSuchTarget(set(&[unknown])));
    assert_eq!(conflict.to_string(), "the event has no target 999");
    let steps = BTreeSet::from([StepId(999)]);
    assert_eq!(e.story.conflict(&asked(Asked::Steps(steps.clone()))), Conflict::NoSuchStep(steps));
}

#[test]
fn a_running_input_is_waited_for() {
    let mut e = EventE::begun();
    e.story.submit();
    for id in [e.source(), e.build("f42")] {
        e.story.tell(id, TargetStatus::Succeeded);
    }
    e.story.submit();
    e.story.tell(e.test("f42"), TargetStatus::Failed);
    let plan = e.story.plan(&asked(Asked::Failed));
    e.story.carry_out(&plan);
    e.story.submit();
    // The build of rawhide still runs; its test never began.
    let build = e.build("rawhide");
    e.story.tell(build, TargetStatus::Running);
    let test = e.test("rawhide");
    let selection = Selection { cancel_running: true, ..targets(&[test]) };
    let plan = e.story.plan(&selection);
    assert_eq!((ids(&plan.redo), ids(&plan.wait)), (set(&[test]), set(&[build])));
    assert_eq!(plan.wait[0].why, "it is running; what is redone waits for it");
    let rows = e.story.carry_out(&plan);
    let status = |e: &EventE| e.story.basis.workflow.targets[&rows.created[&test]].status;
    assert_eq!(status(&e), TargetStatus::Waiting);
    e.story.tell(build, TargetStatus::Succeeded);
    assert_eq!(status(&e), TargetStatus::Ready);
}

#[test]
fn a_follow_up_that_has_not_ended_is_refused_as_well() {
    let mut e = EventE::begun();
    e.story.submit();
    for id in [e.source(), e.build("f42")] {
        e.story.tell(id, TargetStatus::Succeeded);
    }
    e.story.submit();
    let open = BTreeMap::from([(e.test("f42"), "test_run f42".to_owned())]);
    assert_eq!(e.story.conflict(&targets(&[e.build("f42")])), Conflict::Unfinished(open));
    let alone = Selection { follow_ups: false, ..targets(&[e.build("f42")]) };
    assert_eq!(ids(&e.story.plan(&alone).redo), set(&[e.build("f42")]));
}

#[test]
fn a_refusal_names_a_few_targets_and_counts_the_others() {
    let open = (1..=8).map(|id| (TargetId(id), format!("copr_build f{id}"))).collect();
    let conflict = Conflict::Unfinished(open);
    assert_eq!(
        conflict.to_string(),
        "not ended yet: copr_build f1, target 1; copr_build f2, target 2; copr_build f3, target 3; copr_build f4, target 4; \
         copr_build f5, target 5; and 3 more; ask to cancel what runs, or wait for its end"
    );
    // Programs get all of them.
    let told = serde_json::to_value(&conflict).unwrap();
    assert_eq!(told, serde_json::json!({ "conflict": "unfinished", "what": [1, 2, 3, 4, 5, 6, 7, 8] }));
    let many = Conflict::NoSuchTarget((11..=17).map(TargetId).collect());
    assert_eq!(many.to_string(), "the event has no target 11, 12, 13, 14, 15, and 2 more");
}

#[test]
fn a_step_of_a_rerun_stands_for_the_folded_step() {
    let mut e = EventE::of_the_design();
    let plan = e.story.plan(&targets(&[e.build("f43")]));
    let rows = e.story.carry_out(&plan);
    e.story.all_end(&[]);
    let copr = rows.steps.iter().find(|step| step.job == rows.jobs[0].id).unwrap().id;
    let plan = e.story.plan(&asked(Asked::Steps(BTreeSet::from([copr]))));
    let builds = ["f42", "f43", "rawhide", "epel9"].map(|name| e.build(name));
    assert!(builds.iter().all(|build| ids(&plan.redo).contains(build)));
    assert_eq!(plan.redo.len(), 7);
    // Attempts 2 and 3 behind one new job again.
    assert_eq!(plan.pipelines[0].steps.len(), 3);
}

#[test]
fn the_hash_names_what_is_done_not_how_it_is_explained() {
    let mut e = EventE::of_the_design();
    let selection = targets(&[e.build("f43")]);
    let shown = e.story.plan(&selection);
    assert_eq!(shown.hash.len(), 64);
    let key = DurationKey { kind: JobKind::CoprBuild, identifier: None, name: "f43".to_owned() };
    e.story.basis.durations.insert(key, chrono::TimeDelta::minutes(5));
    e.story.now = day(2);
    assert_eq!(e.story.plan(&selection).hash, shown.hash);
    // All failed targets of that part come to the same as these two.
    let both = e.story.plan(&targets(&[e.build("f43"), e.test("f43")]));
    assert_eq!(both.hash, shown.hash);
    e.story.now = day(30);
    assert_ne!(e.story.plan(&selection).hash, shown.hash, "the SRPM is redone as well");
}

#[test]
fn a_plan_and_a_selection_are_read_back_as_they_are_written() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&asked(Asked::Failed));
    let json = serde_json::to_value(&plan).unwrap();
    for key in
        ["hash", "redo", "share", "wait", "cancel", "cannot", "not_needed", "outside", "pipelines", "cost"]
    {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["redo"][0]["kind"], "copr_build");
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
    let selection: Selection = serde_json::from_str(r#"{"asked": {"targets": [7]}}"#).unwrap();
    assert_eq!(selection, targets(&[TargetId(7)]));
    assert!(
        serde_json::from_str::<Selection>(r#"{"asked": "failed", "kind": []}"#).is_err(),
        "a typing error"
    );
    assert!(serde_json::from_str::<Selection>("{}").is_err(), "nothing never means everything");
}

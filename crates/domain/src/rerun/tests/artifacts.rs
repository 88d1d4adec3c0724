//! How long what was made can be used, and what a plan costs.

use chrono::TimeDelta;

use super::support::*;
use crate::rerun::{Asked, DurationKey, Life, Selection};
use crate::words::{BuildSystem, JobKind, Needs, TargetStatus};

#[test]
fn an_srpm_serves_until_its_last_moment() {
    let mut e = EventE::of_the_design();
    let selection = targets(&[e.build("f43")]);
    e.story.now = day(14) - TimeDelta::seconds(1);
    assert_eq!(e.story.plan(&selection).redo.len(), 2);
    e.story.now = day(14);
    assert_eq!(e.story.plan(&selection).redo.len(), 3);
}

#[test]
fn what_the_build_system_says_outweighs_the_days() {
    let mut e = EventE::of_the_design();
    let selection = targets(&[e.build("f43")]);
    e.story.now = day(100);
    e.story.life.seen.insert(e.source(), true);
    assert_eq!(e.story.plan(&selection).redo.len(), 2);
}

#[test]
fn a_life_is_configured_by_kind() {
    let mut e = EventE::ended(&[], &[("rawhide", TargetStatus::Failed)]);
    let selection = targets(&[e.test("rawhide")]);
    e.story.now = day(60);
    assert_eq!(e.story.plan(&selection).redo.len(), 1, "good builds are kept");
    let month = Some(TimeDelta::days(30));
    e.story.life.of_kind.insert(JobKind::CoprBuild, Life { succeeded: month, otherwise: month });
    assert_eq!(e.story.plan(&selection).redo.len(), 3, "the build, and the SRPM that it needs");
}

#[test]
fn an_analysis_of_a_failure_needs_the_failure_still() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let copr = story.step(p, None, "copr_build", &["f42", "f43"]);
    let logs = story.step(p, Some(copr), "log_detective_analysis", &["f42<f42", "f43<f43"]);
    for target in story.basis.workflow.targets.values_mut() {
        target.inputs.iter_mut().for_each(|input| input.needs = Needs::Failure);
    }
    let (f42, f43) = (story.at(copr, "f42"), story.at(copr, "f43"));
    story.all_end(&[(f42, TargetStatus::Failed), (story.at(logs, "f42"), TargetStatus::Errored)]);
    let analysis = story.at(logs, "f42");
    assert_eq!(ids(&story.plan(&targets(&[analysis])).share), set(&[f42]));
    story.now = day(20);
    assert_eq!(ids(&story.plan(&targets(&[analysis])).redo), set(&[f42, analysis]));
    // Nothing is redone in the hope that it fails.
    let nothing = story.nothing(&targets(&[story.at(logs, "f43")]));
    let why = "it has something to do only if copr_build f43 fails; that succeeded";
    assert_eq!(nothing.plan.cannot[0].why, why);
    assert!(!ids(&nothing.plan.cannot).contains(&f43));
}

#[test]
fn a_skipped_analysis_of_a_good_build_did_not_fail() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let copr = story.step(p, None, "copr_build", &["f42"]);
    story.step(p, Some(copr), "log_detective_analysis", &["f42<f42"]);
    for target in story.basis.workflow.targets.values_mut() {
        target.inputs.iter_mut().for_each(|input| input.needs = Needs::Failure);
    }
    story.all_end(&[]);
    assert_eq!(story.nothing(&asked(crate::rerun::Asked::Failed)).reason, "nothing failed");
}

#[test]
fn the_cost_is_what_history_says_and_unknown_where_it_says_nothing() {
    let mut e = EventE::of_the_design();
    let selection = targets(&[e.build("f43")]);
    let unknown = e.story.plan(&selection).cost;
    assert_eq!((unknown.expected_minutes, unknown.without_history), (None, 2));
    let key = |kind| DurationKey { kind, identifier: None, name: "f43".to_owned() };
    e.story.basis.durations.insert(key(JobKind::CoprBuild), TimeDelta::seconds(601));
    let half = e.story.plan(&selection).cost;
    assert_eq!((half.expected_minutes, half.without_history), (Some(11), 1));
    e.story.basis.durations.insert(key(JobKind::TestRun), TimeDelta::minutes(30));
    let plan = e.story.plan(&selection);
    assert_eq!((plan.cost.expected_minutes, plan.cost.without_history), (Some(41), 0));
}

#[test]
fn without_follow_ups_the_tests_stay_and_are_marked() {
    let e = EventE::of_the_design();
    let selection = Selection { follow_ups: false, ..targets(&[e.build("f42")]) };
    let plan = e.story.plan(&selection);
    assert_eq!(ids(&plan.redo), set(&[e.build("f42")]));
    let left = plan.not_needed.iter().find(|entry| entry.target_id == e.test("f42")).unwrap();
    assert_eq!(left.why, "without follow-ups: it stays what came of the attempt before");
}

/// It would wait for ever. What needs it cannot be redone either; what does not is.
#[test]
fn what_no_build_system_here_does_cannot_be_redone() {
    let mut e = EventE::of_the_design();
    e.story.life.missing = [BuildSystem::TestingFarm].into();
    let plan = e.story.plan(&asked(Asked::Failed));
    assert_eq!(ids(&plan.redo), set(&[e.build("f43")]));
    assert_eq!(ids(&plan.cannot), set(&[e.test("f43"), e.test("rawhide")]));
    for entry in &plan.cannot {
        assert_eq!(entry.why, "no testing-farm is configured here, which would carry it out");
    }
    let nothing = e.story.nothing(&targets(&[e.test("rawhide")]));
    assert!(nothing.reason.contains("no testing-farm is configured here"), "{}", nothing.reason);
    e.story.life.missing = [BuildSystem::Copr].into();
    let plan = e.story.plan(&asked(Asked::Failed));
    assert_eq!(ids(&plan.redo), set(&[e.test("rawhide")]), "its build is there");
}

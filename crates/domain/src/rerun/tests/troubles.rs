//! A1 to A16 of `docs/acceptance.md`, as far as they are about what is planned.

use std::collections::BTreeSet;

use super::support::*;
use crate::ids::EventId;
use crate::rerun::{Asked, Consumer, Elsewhere, Selection, StepJob};
use crate::words::{JobKind, Needs, TargetStatus};
use crate::workflow::Input;

fn words(all: &[&str]) -> Option<BTreeSet<String>> {
    Some(all.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a1_nothing_failed_is_an_answer_not_everything() {
    let e = EventE::ended(&[], &[]);
    for (part, reason) in [
        (Asked::Failed, "nothing failed"),
        (Asked::FailedBuilds, "no build failed"),
        (Asked::FailedTests, "no test failed"),
        (Asked::Targets(BTreeSet::new()), "no target was asked for"),
        (Asked::NewestOf(BTreeSet::new()), "no target was asked for"),
        (Asked::Steps(BTreeSet::new()), "no step was asked for"),
    ] {
        let nothing = e.story.nothing(&asked(part));
        assert_eq!(nothing.reason, reason);
        assert_eq!(nothing.plan.not_needed.len(), 8, "and each target is told of");
    }
}

#[test]
fn a1_an_empty_filter_admits_nothing() {
    let e = EventE::of_the_design();
    let all = || asked(Asked::Everything);
    let empty = words(&[]);
    for selection in [
        Selection { kinds: Some(BTreeSet::new()), ..all() },
        Selection { identifiers: empty.clone(), ..all() },
        Selection { labels: empty.clone(), ..all() },
        Selection { packages: empty.clone(), ..all() },
    ] {
        assert_eq!(e.story.nothing(&selection).reason, "nothing is of what was asked for");
    }
    let selection = Selection { kinds: Some(BTreeSet::new()), ..asked(Asked::Failed) };
    assert_eq!(e.story.nothing(&selection).reason, "nothing of what was asked for failed");
}

#[test]
fn a2_passed_chroots_are_not_done_again() {
    let e = EventE::of_the_design();
    for part in [Asked::Failed, Asked::FailedBuilds] {
        let plan = e.story.plan(&asked(part));
        let redone = ids(&plan.redo);
        assert!(redone.iter().all(|id| e.story.basis.workflow.targets[id].status != TargetStatus::Succeeded));
    }
}

/// One build, three test jobs on it, told apart by identifiers only.
fn three_identifiers() -> (Story, crate::ids::JobId, [crate::ids::JobId; 3]) {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let srpm = story.step(p, None, "srpm_build", &["srpm"]);
    let copr = story.step(p, Some(srpm), "copr_build", &["f42<srpm", "f43<srpm"]);
    let tests = ["test_run:a", "test_run:b", "test_run:c"]
        .map(|job| story.step(p, Some(copr), job, &["f42<f42", "f43<f43"]));
    (story, copr, tests)
}

#[test]
fn a3_one_of_three_tests_on_a_chroot_is_one() {
    let (mut story, _, tests) = three_identifiers();
    story.all_end(&[]);
    let one = story.at(tests[1], "f42");
    assert_eq!(ids(&story.plan(&targets(&[one])).redo), set(&[one]));
    let entry = &story.plan(&targets(&[one])).redo[0];
    assert_eq!(entry.identifier.as_deref(), Some("b"));
}

#[test]
fn by_kind_identifier_label_and_package() {
    let (mut story, copr, tests) = three_identifiers();
    story.all_end(&[]);
    let [a, b, c] = tests.map(|job| [story.at(job, "f42"), story.at(job, "f43")]);
    let all = || asked(Asked::Everything);
    let by_identifier = Selection { identifiers: words(&["b"]), ..all() };
    assert_eq!(ids(&story.plan(&by_identifier).redo), set(&b));
    let by_labels = Selection { labels: words(&["label-a", "label-c", "other"]), ..all() };
    assert_eq!(ids(&story.plan(&by_labels).redo), set(&[a, c].concat()));
    let by_kind = Selection { kinds: Some(BTreeSet::from([JobKind::CoprBuild])), ..all() };
    let builds = [story.at(copr, "f42"), story.at(copr, "f43")];
    assert_eq!(ids(&story.plan(&by_kind).redo), set(&[&builds[..], &a, &b, &c].concat()));
    let other = Selection { packages: words(&["other"]), ..all() };
    assert_eq!(story.nothing(&other).reason, "nothing is of what was asked for");
}

#[test]
fn a5_a_test_of_another_pull_requests_build_takes_its_newest_attempt() {
    let mut e = EventE::of_the_design();
    let (old, newest) = (crate::ids::TargetId(1001), crate::ids::TargetId(1002));
    let test = e.test("f42");
    let also = Input { target: old, needs: Needs::Success };
    e.story.basis.workflow.targets.get_mut(&test).unwrap().inputs.push(also);
    let other = |status| Elsewhere {
        event: EventId(9),
        newest,
        kind: JobKind::CoprBuild,
        name: "f42".to_owned(),
        status,
        finished_at: Some(day(0)),
    };
    e.story.basis.elsewhere.insert(old, other(TargetStatus::Succeeded));
    let plan = e.story.plan(&targets(&[test]));
    assert_eq!(ids(&plan.share), set(&[e.source(), e.build("f42"), newest]));
    let StepJob::New { targets: new, .. } = &plan.pipelines[0].steps[2].job else { panic!() };
    assert_eq!(
        new[0].inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(),
        [e.build("f42"), newest]
    );

    e.story.basis.elsewhere.insert(old, other(TargetStatus::Running));
    assert_eq!(ids(&e.story.plan(&targets(&[test])).wait), set(&[newest]));

    e.story.basis.elsewhere.insert(old, other(TargetStatus::Failed));
    let nothing = e.story.nothing(&targets(&[test]));
    let why = "it consumes copr_build f42 of event 9, target 1002, which is not redone here: it failed";
    assert_eq!(nothing.plan.cannot[0].why, why);
}

#[test]
fn a6_one_chroot_shares_the_srpm() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&targets(&[e.build("epel9")]));
    assert_eq!(ids(&plan.redo), set(&[e.build("epel9")]));
    assert_eq!(plan.pipelines[0].steps[0].job, StepJob::Shared { job_id: e.srpm });
}

#[test]
fn a7_a_build_whose_artifacts_are_gone_is_redone_for_its_test() {
    let mut e = EventE::ended(&[], &[("rawhide", TargetStatus::Failed)]);
    let (build, test) = (e.build("rawhide"), e.test("rawhide"));
    assert_eq!(ids(&e.story.plan(&targets(&[test])).redo), set(&[test]));
    e.story.life.seen.insert(build, false);
    let plan = e.story.plan(&targets(&[test]));
    assert_eq!(ids(&plan.redo), set(&[build, test]));
    assert_eq!(
        plan.redo[0].why,
        "test_run rawhide needs it, and its artifacts are gone from the build system"
    );
}

#[test]
fn a8_three_tests_that_miss_one_build_share_one_new_build() {
    let (mut story, copr, tests) = three_identifiers();
    story.all_end(&[(story.at(copr, "f43"), TargetStatus::Failed)]);
    let asked_for = tests.map(|job| story.at(job, "f43"));
    let plan = story.plan(&targets(&asked_for));
    assert_eq!(ids(&plan.redo), set(&[&asked_for[..], &[story.at(copr, "f43")]].concat()));
    assert_eq!(plan.cost.builds, 1);
}

#[test]
fn what_is_redone_for_one_test_leaves_the_others_until_they_are_asked_for() {
    let (mut story, copr, tests) = three_identifiers();
    let build = story.at(copr, "f43");
    story.all_end(&[(build, TargetStatus::Failed)]);
    let one = story.at(tests[0], "f43");
    let plan = story.plan(&targets(&[one]));
    assert_eq!(ids(&plan.redo), set(&[build, one]));
    story.carry_out(&plan);
    story.all_end(&[]);
    // The others were skipped although their input's newest attempt succeeded: that counts as failed.
    let rest = [story.at(tests[1], "f43"), story.at(tests[2], "f43")];
    assert_eq!(ids(&story.plan(&asked(Asked::FailedTests)).redo), set(&rest));
}

#[test]
fn a9_every_kind_that_failed_is_failed() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let srpm = story.step(p, None, "srpm_build", &["srpm"]);
    let copr = story.step(p, Some(srpm), "copr_build", &["f42<srpm"]);
    let koji = story.step(p, Some(srpm), "koji_build", &["rawhide<srpm"]);
    let (build, scratch) = (story.at(copr, "f42"), story.at(koji, "rawhide"));
    story.all_end(&[(build, TargetStatus::Failed), (scratch, TargetStatus::Failed)]);
    assert_eq!(ids(&story.plan(&asked(Asked::FailedBuilds)).redo), set(&[build, scratch]));
}

#[test]
fn a9b_errored_and_canceled_are_failed_and_what_was_skipped_comes_along() {
    let ends = [("f42", TargetStatus::Errored), ("f43", TargetStatus::Canceled)];
    let e = EventE::ended(&ends, &[]);
    let plan = e.story.plan(&asked(Asked::Failed));
    assert_eq!(ids(&plan.redo), set(&[e.build("f42"), e.build("f43"), e.test("f42"), e.test("f43")]));
    let follow_up = plan.redo.iter().find(|entry| entry.target_id == e.test("f42")).unwrap();
    assert_eq!(follow_up.why, "it consumes copr_build f42, which is redone");
}

#[test]
fn a10_only_the_branch_that_failed_is_proposed_again() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let job = story.step(p, None, "propose_downstream", &["rawhide", "f43", "epel9"]);
    let failed = story.at(job, "f43");
    story.all_end(&[(failed, TargetStatus::Failed)]);
    let plan = story.plan(&asked(Asked::Failed));
    assert_eq!(ids(&plan.redo), set(&[failed]));
    let rows = story.carry_out(&plan);
    assert_eq!(
        story.basis.jobs[&rows.jobs[0].id].details, story.basis.jobs[&job].details,
        "as it was planned"
    );
}

#[test]
fn a11_everything_is_one_plan() {
    let e = EventE::of_the_design();
    assert_eq!(e.story.plan(&asked(Asked::Everything)).redo.len(), e.story.basis.workflow.targets.len());
}

#[test]
fn a13_one_hanging_target_is_canceled_and_done_again() {
    let mut e = EventE::begun();
    e.story.submit();
    for id in [e.source(), e.build("f42"), e.build("f43"), e.build("rawhide"), e.build("epel9")] {
        e.story.tell(id, TargetStatus::Succeeded);
    }
    e.story.submit();
    e.story.tell(e.test("f42"), TargetStatus::Running);
    let selection = Selection { cancel_running: true, ..targets(&[e.test("f42")]) };
    let plan = e.story.plan(&selection);
    assert_eq!((ids(&plan.redo), ids(&plan.cancel)), (set(&[e.test("f42")]), set(&[e.test("f42")])));
}

#[test]
fn a13_canceling_at_copr_tells_what_it_takes_along() {
    let mut e = EventE::begun();
    e.story.submit();
    e.story.tell(e.source(), TargetStatus::Succeeded);
    e.story.tell(e.build("f42"), TargetStatus::Succeeded);
    let selection = Selection { cancel_running: true, ..targets(&[e.build("f43")]) };
    let plan = e.story.plan(&selection);
    assert_eq!(ids(&plan.redo), set(&[e.build("f43"), e.test("f43")]));
    let along = [e.build("rawhide"), e.build("epel9")];
    // What waits for those is lost with them.
    let lost = [e.test("rawhide")];
    assert_eq!(ids(&plan.cancel), set(&[&along[..], &lost, &[e.build("f43"), e.test("f43")]].concat()));
}

#[test]
fn an_srpm_that_is_canceled_along_is_redone_too() {
    let mut e = EventE::begun();
    e.story.submit();
    let selection = Selection { cancel_running: true, ..targets(&[e.build("f43")]) };
    let plan = e.story.plan(&selection);
    assert_eq!(ids(&plan.redo), set(&[e.source(), e.build("f43"), e.test("f43")]));
    assert!(plan.wait.is_empty(), "it would wait for what is canceled");
    assert!(ids(&plan.cancel).contains(&e.build("f42")));
}

#[test]
fn a15_two_parents_of_one_update_are_redone_once_each() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let copr = story.step(p, None, "copr_build", &["f42", "f43"]);
    let update = story.step(p, Some(copr), "bodhi_update", &["all<f42+f43"]);
    let roots = [story.at(copr, "f42"), story.at(copr, "f43")];
    story.all_end(&[(roots[0], TargetStatus::Failed), (roots[1], TargetStatus::Failed)]);
    let plan = story.plan(&targets(&roots));
    assert_eq!(plan.redo.len(), 3);
    let rows = story.carry_out(&plan);
    let new = &rows.targets[&rows.created[&story.basis.workflow.targets[&story.at(update, "all")].chain]];
    assert_eq!(new.inputs.len(), 2);
}

#[test]
fn what_one_target_consumes_together_stands_in_one_job() {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let srpm = story.step(p, None, "srpm_build", &["srpm"]);
    let copr = story.step(p, Some(srpm), "copr_build", &["f42<srpm", "f43<srpm", "f44<srpm"]);
    let update = story.step(p, Some(copr), "bodhi_update", &["all<f42+f43"]);
    let (f42, f43) = (story.at(copr, "f42"), story.at(copr, "f43"));
    story.all_end(&[(f43, TargetStatus::Failed)]);
    let plan = story.plan(&targets(&[f43]));
    assert_eq!(ids(&plan.redo), set(&[f42, f43, story.at(update, "all")]));
    assert_eq!(plan.redo[0].why, "bodhi_update all consumes it together with others that are redone");

    // A Koji build that is completed cannot be redone with the other.
    let mut story = Story::new();
    let p = story.pipeline(None);
    let koji = story.step(p, None, "koji_build", &["f42", "f43"]);
    let update = story.step(p, Some(koji), "bodhi_update", &["all<f42+f43"]);
    let (f42, f43) = (story.at(koji, "f42"), story.at(koji, "f43"));
    story.all_end(&[(f43, TargetStatus::Failed)]);
    let plan = story.plan(&targets(&[f43]));
    assert_eq!(ids(&plan.redo), set(&[f43]));
    let all = story.at(update, "all");
    assert!(ids(&plan.cannot).contains(&all) && ids(&plan.cannot).contains(&f42), "{plan:?}");
}

#[test]
fn a16_only_the_newest_attempt_is_done_again() {
    let mut e = EventE::of_the_design();
    for attempt in 2..5 {
        let plan = e.story.plan(&asked(Asked::Failed));
        assert_eq!(plan.redo.len(), 3, "no attempt multiplies");
        let rows = e.story.carry_out(&plan);
        assert!(rows.targets.values().all(|target| target.attempt == attempt));
        let ends = [(e.build("f43"), TargetStatus::Failed), (e.test("rawhide"), TargetStatus::Failed)];
        e.story.all_end(&ends);
    }
}

#[test]
fn consumers_in_other_events_are_told_and_left() {
    let mut e = EventE::of_the_design();
    let consumer = crate::ids::TargetId(2000);
    e.story.basis.consumers.push(Consumer {
        input: e.build("f42"),
        target: consumer,
        event: EventId(9),
        kind: JobKind::BodhiUpdate,
        name: "sidetag".to_owned(),
    });
    assert!(e.story.plan(&targets(&[e.build("f43")])).outside.is_empty());
    let plan = e.story.plan(&targets(&[e.build("f42")]));
    assert_eq!(ids(&plan.outside), set(&[consumer]));
    assert_eq!(ids(&plan.redo), set(&[e.build("f42"), e.test("f42")]));
}

#[test]
fn a21_only_what_is_redone_is_canceled() {
    let mut e = EventE::begun();
    e.story.submit();
    for id in [e.source(), e.build("f42"), e.build("rawhide"), e.build("epel9")] {
        e.story.tell(id, TargetStatus::Succeeded);
    }
    e.story.tell(e.build("f43"), TargetStatus::Failed);
    e.story.submit();
    e.story.tell(e.test("f42"), TargetStatus::Running);
    let plan = e.story.plan(&Selection { cancel_running: true, ..asked(Asked::FailedBuilds) });
    assert_eq!(ids(&plan.redo), set(&[e.build("f43"), e.test("f43")]));
    assert_eq!(ids(&plan.cancel), set(&[]), "the running tests of the others go on");
}

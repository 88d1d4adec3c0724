//! R1 to R13 of `docs/design.md`. R7 and R8 need rows that stay, and are told again in the store's tests.

use std::collections::{BTreeMap, BTreeSet};

use super::support::*;
use crate::details::JobDetails;
use crate::ids::{JobId, TargetId};
use crate::rerun::{Asked, Conflict, Replaced, Selection};
use crate::words::TargetStatus;

fn shared(job: JobId) -> String {
    format!("shared {job}")
}

#[test]
fn r1_everything_is_done_again() {
    let mut e = EventE::of_the_design();
    let plan = e.story.plan(&asked(Asked::Everything));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            "new 0 srpm_build [srpm]".to_owned(),
            "new 1 copr_build [f42 f43 rawhide epel9] <- new 0".to_owned(),
            "new 2 test_run [f42 f43 rawhide] <- new 1".to_owned(),
        ]]
    );
    assert_eq!((plan.redo.len(), plan.share.len(), plan.not_needed.len()), (8, 0, 0));
    let rows = e.story.carry_out(&plan);
    assert!(rows.targets.values().all(|target| target.attempt == 2));
    assert_eq!(rows.created.len(), 8);
}

#[test]
fn r2_a_step_shares_what_is_before_it_and_takes_what_follows() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&asked(Asked::Steps(BTreeSet::from([e.step_of(e.copr)]))));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            shared(e.srpm),
            format!("new 1 copr_build [f42 f43 rawhide epel9] <- {}", shared(e.srpm)),
            "new 2 test_run [f42 f43 rawhide] <- new 1".to_owned(),
        ]]
    );
    assert_eq!(ids(&plan.share), set(&[e.source()]));
}

#[test]
fn r3_a_failed_build_is_redone_since_a_test_needs_it() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&asked(Asked::Steps(BTreeSet::from([e.step_of(e.tests)]))));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            shared(e.srpm),
            format!("{} <- {}", shared(e.copr), shared(e.srpm)),
            format!("new 2 copr_build [f43] <- {}", shared(e.srpm)),
            format!("new 3 test_run [f42 rawhide] <- {}", shared(e.copr)),
            "new 4 test_run [f43] <- new 2".to_owned(),
        ]]
    );
    let build = plan.redo.iter().find(|entry| entry.target_id == e.build("f43")).unwrap();
    assert_eq!(build.why, "test_run f43 needs it, and it failed");
    assert_eq!(ids(&plan.share), set(&[e.source(), e.build("f42"), e.build("rawhide")]));
    assert_eq!(ids(&plan.not_needed), set(&[e.build("epel9")]));
}

#[test]
fn r4_all_failed_leaves_what_passed_untouched() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&asked(Asked::Failed));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            shared(e.srpm),
            format!("{} <- {}", shared(e.copr), shared(e.srpm)),
            format!("new 2 copr_build [f43] <- {}", shared(e.srpm)),
            format!("new 3 test_run [rawhide] <- {}", shared(e.copr)),
            "new 4 test_run [f43] <- new 2".to_owned(),
        ]]
    );
    assert_eq!(ids(&plan.redo), set(&[e.build("f43"), e.test("f43"), e.test("rawhide")]));
    assert_eq!(ids(&plan.not_needed), set(&[e.build("f42"), e.build("epel9"), e.test("f42")]));
}

#[test]
fn r5_one_chroot_brings_its_tests_and_nothing_else() {
    let e = EventE::of_the_design();
    let plan = e.story.plan(&targets(&[e.build("f43")]));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            shared(e.srpm),
            format!("new 1 copr_build [f43] <- {}", shared(e.srpm)),
            "new 2 test_run [f43] <- new 1".to_owned(),
        ]]
    );
    assert_eq!((plan.cost.builds, plan.cost.tests), (1, 1));
}

#[test]
fn r6_no_failed_test_is_an_answer_that_names_the_failed_build() {
    let e = EventE::ended(&[("f43", TargetStatus::Failed)], &[]);
    let nothing = e.story.nothing(&asked(Asked::FailedTests));
    let build = e.build("f43");
    assert_eq!(
        nothing.reason,
        format!(
            "no test failed; failed builds: copr_build f43, target {build}; redo these, and their tests come along"
        )
    );
    assert!(nothing.plan.redo.is_empty() && nothing.plan.pipelines.is_empty());
}

#[test]
fn r8_what_is_being_redone_is_not_redone_once_more() {
    let mut e = EventE::of_the_design();
    let (build, test) = (e.build("f43"), e.test("f43"));
    let first = e.story.plan(&targets(&[build]));
    let overlapping = e.story.plan(&asked(Asked::Failed));
    let rows = e.story.carry_out(&first);
    assert_ne!(e.story.plan(&asked(Asked::Failed)).hash, overlapping.hash, "the shown plan is stale");
    let Conflict::Replaced(replaced) = e.story.conflict(&targets(&[build, test])) else { panic!() };
    let newest: Vec<_> = replaced.iter().map(|one| one.newest_id).collect();
    assert_eq!(newest, [rows.created[&build], rows.created[&test]]);
    let nothing = e.story.nothing(&asked(Asked::FailedBuilds));
    let open = rows.created[&build];
    assert!(nothing.reason.contains(&format!("not ended yet: copr_build f43, target {open}")), "{nothing:?}");
}

#[test]
fn r9_a_replaced_attempt_is_refused_with_the_newest_one() {
    let mut e = EventE::of_the_design();
    let old = e.build("f43");
    let plan = e.story.plan(&targets(&[old]));
    e.story.carry_out(&plan);
    let newest = e.build("f43");
    e.story.all_end(&[(newest, TargetStatus::Errored)]);
    assert_eq!(
        e.story.conflict(&targets(&[old])),
        Conflict::Replaced(vec![Replaced {
            target_id: old,
            name: "copr_build f43".to_owned(),
            newest_id: newest,
            status: TargetStatus::Errored
        }])
    );
    let button = e.story.plan(&asked(Asked::NewestOf(set(&[old]))));
    assert!(ids(&button.redo).contains(&newest), "through a check run's button it means the newest attempt");
}

#[test]
fn r10_a_running_target_is_refused_unless_it_is_canceled() {
    let mut e = EventE::begun();
    e.story.submit();
    e.story.tell(e.source(), TargetStatus::Succeeded);
    e.story.tell(e.build("f42"), TargetStatus::Succeeded);
    e.story.submit();
    e.story.tell(e.test("f42"), TargetStatus::Running);
    let selection = targets(&[e.test("f42")]);
    let open = BTreeMap::from([(e.test("f42"), "test_run f42".to_owned())]);
    assert_eq!(e.story.conflict(&selection), Conflict::Unfinished(open));
    let plan = e.story.plan(&Selection { cancel_running: true, ..selection });
    assert_eq!(ids(&plan.cancel), set(&[e.test("f42")]));
    assert_eq!(ids(&plan.redo), set(&[e.test("f42")]));
}

/// At Koji and Bodhi both attempts would be the same thing: the new one waits there, whatever becomes of attempts meanwhile.
#[test]
fn r10_a_build_of_koji_and_an_update_are_submitted_when_what_was_canceled_first_has_ended() {
    let (mut story, koji_job, bodhi) = koji(false);
    story.submit();
    let again = |story: &mut Story, target: TargetId| {
        let plan = story.plan(&Selection { cancel_running: true, ..targets(&[target]) });
        let cancel = story.basis.workflow.plan_cancel(&ids(&plan.redo));
        let new = story.carry_out(&plan).created[&target];
        story.basis.workflow.cancel_now(&cancel, "canceled, to be done again", day(1));
        new
    };
    for job in [koji_job, bodhi] {
        let first = story.at(job, "f42");
        let second = again(&mut story, first);
        let third = again(&mut story, second);
        let stands = |story: &Story, target: TargetId| story.basis.workflow.targets[&target].status;
        assert_eq!(stands(&story, second), TargetStatus::Canceled, "nobody has it");
        assert_eq!(stands(&story, third), TargetStatus::Ready);
        let why = story.basis.workflow.targets[&third].reason.as_deref();
        let before = story.basis.workflow.targets[&first].attempt;
        let expected = format!("it is submitted when attempt {before}, which is being canceled, has ended");
        assert_eq!(why, Some(expected.as_str()));
        assert!(story.basis.workflow.to_submit().is_empty(), "it is not canceled there yet");
        story.tell(first, TargetStatus::Canceled);
        let groups = story.basis.workflow.to_submit();
        assert_eq!(groups.iter().flat_map(|group| &group.targets).collect::<Vec<_>>(), [&third]);
        story.submit();
        assert_eq!(story.basis.workflow.targets[&third].reason, None);
        story.tell(third, TargetStatus::Succeeded);
        story.submit();
    }
}

/// Copr tells attempts apart: the new one need not wait.
#[test]
fn r10_a_build_of_copr_is_submitted_at_once() {
    let mut e = EventE::begun();
    e.story.submit();
    e.story.tell(e.source(), TargetStatus::Succeeded);
    let build = e.build("f43");
    let plan = e.story.plan(&Selection { cancel_running: true, ..targets(&[build]) });
    let new = e.story.carry_out(&plan).created[&build];
    let groups = e.story.basis.workflow.to_submit();
    assert!(groups.iter().any(|group| group.targets == [new]), "{groups:?}");
}

#[test]
fn r11_an_expired_srpm_is_redone_and_the_next_rerun_takes_the_new_one() {
    let mut e = EventE::of_the_design();
    e.story.now = day(21);
    let source = e.source();
    let plan = e.story.plan(&targets(&[e.build("f43")]));
    assert_eq!(
        e.story.drawn(&plan),
        [[
            "new 0 srpm_build [srpm]".to_owned(),
            "new 1 copr_build [f43] <- new 0".to_owned(),
            "new 2 test_run [f43] <- new 1".to_owned(),
        ]]
    );
    let srpm = plan.redo.iter().find(|entry| entry.target_id == source).unwrap();
    assert_eq!(
        srpm.why,
        "copr_build f43 needs it, and its artifacts expired at the build system on 2023-11-28"
    );
    let rows = e.story.carry_out(&plan);
    let redone = rows.created[&source];
    e.story.submit();
    for id in rows.targets.keys() {
        e.story.basis.workflow.observe(crate::workflow::Seen::new(*id, TargetStatus::Succeeded), day(21));
    }
    let next = e.story.plan(&targets(&[e.build("epel9")]));
    assert_eq!(ids(&next.share), set(&[redone]), "the newest attempt is shared");
}

#[test]
fn r12_all_failed_in_two_packages_is_two_pipelines() {
    let mut story = Story::new();
    let mut failed = Vec::new();
    for package in ["one", "two"] {
        let p = story.pipeline(Some(package));
        let srpm = story.step(p, None, "srpm_build", &["srpm"]);
        let copr = story.step(p, Some(srpm), "copr_build", &["f42<srpm", "f43<srpm"]);
        story.step(p, Some(copr), "test_run", &["f42<f42", "f43<f43"]);
        failed.push((story.at(copr, "f43"), TargetStatus::Failed));
    }
    story.all_end(&failed);
    let plan = story.plan(&asked(Asked::Failed));
    let packages: Vec<_> = plan.pipelines.iter().map(|pipeline| pipeline.package.as_deref()).collect();
    assert_eq!(packages, [Some("one"), Some("two")]);
    assert_eq!(plan.redo.len(), 4);
    let rows = story.carry_out(&plan);
    assert_eq!(rows.pipelines.len(), 2);
    assert!(rows.pipelines.iter().all(|pipeline| story.basis.pipelines[&pipeline.origin].origin.is_none()));
}

/// Koji in two branches, an update of each.
fn koji(scratch: bool) -> (Story, JobId, JobId) {
    let mut story = Story::new();
    let p = story.pipeline(None);
    let koji = story.step(p, None, "koji_build", &["f42", "f43"]);
    let bodhi = story.step(p, Some(koji), "bodhi_update", &["f42<f42", "f43<f43"]);
    if let JobDetails::KojiBuild(details) = &mut story.basis.jobs.get_mut(&koji).unwrap().details {
        details.scratch = scratch;
    }
    (story, koji, bodhi)
}

#[test]
fn r13_a_koji_build_that_failed_is_redone_with_its_update() {
    let (mut story, koji, bodhi) = koji(false);
    story.all_end(&[(story.at(koji, "f42"), TargetStatus::Failed)]);
    let plan = story.plan(&targets(&[story.at(koji, "f42")]));
    assert_eq!(ids(&plan.redo), set(&[story.at(koji, "f42"), story.at(bodhi, "f42")]));
    assert_eq!(plan.pipelines.len(), 1);
}

#[test]
fn r13_a_completed_nvr_cannot_be_redone_a_scratch_build_can() {
    let (mut story, koji_job, bodhi) = koji(false);
    story.all_end(&[]);
    let build = story.at(koji_job, "f42");
    let nothing = story.nothing(&targets(&[build]));
    assert_eq!(ids(&nothing.plan.cannot), set(&[build]));
    assert!(
        nothing.reason.contains("an NVR that was built once can never be built again"),
        "{}",
        nothing.reason
    );
    let update = story.plan(&targets(&[story.at(bodhi, "f42")]));
    assert_eq!(ids(&update.share), set(&[build]), "its update can");
    let (mut story, koji_job, _) = koji(true);
    story.all_end(&[]);
    assert_eq!(story.plan(&targets(&[story.at(koji_job, "f42")])).redo.len(), 2);
}

#[test]
fn r13_a_failed_build_whose_nvr_was_completed_elsewhere_cannot_be_redone() {
    let (mut story, koji_job, _) = koji(false);
    let build = story.at(koji_job, "f42");
    story.all_end(&[(build, TargetStatus::Failed)]);
    story.basis.workflow.targets.get_mut(&build).unwrap().details.nvr = Some("hello-1-1.fc42".to_owned());
    story.basis.completed_elsewhere.insert(build);
    let nothing = story.nothing(&targets(&[build]));
    assert_eq!(ids(&nothing.plan.cannot), set(&[build]));
    assert!(
        nothing.reason.contains("Koji completed hello-1-1.fc42 for another target"),
        "{}",
        nothing.reason
    );
}

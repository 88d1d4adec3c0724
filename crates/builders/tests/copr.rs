//! The Copr client against the simulator.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;

use builders::{Builder, BuilderError, Made, Work};
use common::{
    begun, calls, chroot, chroot_of, consuming, copr, copr_job, of, poll_to_the_end, refusal, simulator,
    srpm, submit, work,
};
use domain::details::{CoprBuild, JobDetails};
use domain::ids::TargetId;
use domain::words::{JobKind, TargetStatus};
use simulator::{
    Behaviour, BuildOutcome, BuildRule, Latencies, LostAnswers, Outage, OutageKind, SeedProject, System,
    Trouble,
};

fn failing(chroot: &str) -> BuildRule {
    BuildRule { chroot: chroot.to_owned(), package: None, project: None, outcome: BuildOutcome::Failed }
}

fn trouble(trouble: Trouble) -> Behaviour {
    Behaviour { troubles: BTreeMap::from([(System::Copr, trouble)]), ..Behaviour::immediate() }
}

fn first_build() -> Work {
    work(11, vec![srpm(1), chroot(2, "fedora-42-x86_64"), chroot(3, "fedora-43-x86_64")])
}

#[tokio::test]
async fn an_srpm_and_its_first_chroots_are_one_build_and_each_target_gets_its_own_end() {
    let simulator =
        simulator(Behaviour { builds: vec![failing("fedora-43-x86_64")], ..Behaviour::immediate() }).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    let submitted = submit(&copr, &mut work).await;
    assert_eq!(submitted.observations, []);
    let observations = poll_to_the_end(&copr, &work).await;

    let srpm = of(&observations, 1);
    assert_eq!(srpm.status, TargetStatus::Succeeded);
    let address = srpm.details.as_ref().unwrap().artifact_url.as_deref().unwrap();
    assert!(address.ends_with(".src.rpm"), "{address}");

    let built = of(&observations, 2);
    assert_eq!(built.status, TargetStatus::Succeeded);
    assert_eq!(built.details.as_ref().unwrap().packages, ["hello-1.0.0-1.fc42.x86_64"]);
    assert!(built.peer_started_at.is_some() && built.peer_finished_at.is_some());
    assert!(built.logs_url.as_deref().unwrap().ends_with("/builder-live.log.gz"));
    let page = format!(
        "{}/coprs/packflow/packit-hello-world-7/build/{}/",
        simulator.copr_url(),
        submitted.external_id
    );
    assert_eq!(built.url.as_ref(), Some(&page));

    let failed = of(&observations, 3);
    assert_eq!((failed.status, failed.reason.as_deref()), (TargetStatus::Failed, Some("the build failed")));
    assert_eq!(begun(&simulator), 1);
}

/// A rerun asks before it uses what was made.
#[tokio::test]
async fn what_copr_has_deleted_is_gone_and_of_the_rest_it_says_nothing() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    submit(&copr, &mut work).await;
    poll_to_the_end(&copr, &work).await;
    let made = |target, kind, id: &str| Made { target: TargetId(target), kind, external_id: id.to_owned() };
    let id = work.external_id.clone().unwrap();
    let all = [
        made(1, JobKind::SrpmBuild, &id),
        made(2, JobKind::CoprBuild, &id),
        made(3, JobKind::CoprBuild, "4711"),
        made(4, JobKind::CoprBuild, "not of copr"),
    ];
    let before = calls(&simulator, "GET", "/api_3/build/");
    assert_eq!(copr.gone(&all).await.unwrap(), [TargetId(3)].into(), "the build 4711 is not there");
    assert_eq!(calls(&simulator, "GET", "/api_3/build/"), before + 2, "one call for each build");

    let project = format!("{}/api_3/project/delete/packflow/packit-hello-world-7", simulator.copr_url());
    let accounts = simulator::Accounts::default();
    let delete =
        reqwest::Client::new().delete(project).basic_auth(accounts.copr_login, Some(accounts.copr_token));
    delete.send().await.unwrap().error_for_status().unwrap();
    assert_eq!(
        copr.gone(&all).await.unwrap(),
        [1, 2, 3].map(TargetId).into(),
        "with a project go its builds"
    );
}

#[tokio::test]
async fn chroots_move_on_only_when_the_srpm_is_made() {
    let latencies = Latencies { source_ms: 60_000, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    submit(&copr, &mut work).await;
    let observations = copr.poll(&work).await.unwrap();
    assert_eq!(of(&observations, 1).status, TargetStatus::Running);
    assert_eq!(of(&observations, 2).status, TargetStatus::Submitted);

    copr.cancel(&work).await.unwrap();
    for observation in poll_to_the_end(&copr, &work).await {
        assert_eq!(observation.status, TargetStatus::Canceled);
    }
    copr.cancel(&work).await.expect("what is canceled can be canceled again");
}

#[tokio::test]
async fn a_failed_srpm_fails_its_chroots() {
    let simulator =
        simulator(Behaviour { builds: vec![failing("srpm-builds")], ..Behaviour::immediate() }).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    submit(&copr, &mut work).await;
    let observations = poll_to_the_end(&copr, &work).await;
    assert_eq!(of(&observations, 1).reason.as_deref(), Some("the SRPM could not be made"));
    assert!(observations.iter().all(|observation| observation.status == TargetStatus::Failed));
}

#[tokio::test]
async fn an_srpm_that_no_chroot_waits_for_is_made_beside_a_build_of_its_chroot() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut alone = work(11, vec![srpm(1)]);
    let submitted = submit(&copr, &mut alone).await;
    let made = poll_to_the_end(&copr, &alone).await.remove(0);
    assert_eq!(made.status, TargetStatus::Succeeded);
    assert!(made.details.unwrap().artifact_url.unwrap().ends_with(".src.rpm"));
    let asked = simulator.log().into_iter().rfind(|entry| entry.began.is_some()).unwrap().body;
    assert_eq!(asked["projectname"], "packit-hello-world-srpms");
    assert_eq!(asked["chroots"], serde_json::json!(["fedora-43-x86_64"]));
    assert_eq!(copr.look_up(&alone).await.unwrap(), Some(submitted));
}

#[tokio::test]
async fn a_redone_chroot_is_a_new_build_of_the_shared_srpm() {
    let simulator = simulator(Behaviour {
        builds: vec![BuildRule { outcome: BuildOutcome::FailedOnce, ..failing("fedora-43-x86_64") }],
        ..Behaviour::immediate()
    })
    .await;
    let copr = copr(&simulator);
    let mut first = first_build();
    let build = submit(&copr, &mut first).await.external_id;
    let observations = poll_to_the_end(&copr, &first).await;
    assert_eq!(of(&observations, 3).status, TargetStatus::Failed);

    let redone = consuming(chroot(4, "fedora-43-x86_64"), &first.targets[0], of(&observations, 1), &build);
    let mut second = work(12, vec![redone]);
    assert_ne!(submit(&copr, &mut second).await.external_id, build);
    assert_eq!(poll_to_the_end(&copr, &second).await[0].status, TargetStatus::Succeeded);
    let last = simulator.log().into_iter().rfind(|entry| entry.began.is_some()).unwrap();
    assert_eq!(last.path, "/api_3/build/create/url");
    assert_eq!(last.body["chroots"], serde_json::json!(["fedora-43-x86_64"]));
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_built_twice() {
    let lost_answers = LostAnswers { next: 1, percent: 0 };
    let simulator = simulator(trouble(Trouble { lost_answers, ..Trouble::default() })).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    assert!(copr.look_up(&work).await.unwrap().is_none(), "nothing was submitted yet");
    let error = copr.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");

    let found = copr.look_up(&work).await.unwrap().expect("the build was begun");
    work.external_id = Some(found.external_id);
    assert_eq!(of(&poll_to_the_end(&copr, &work).await, 2).status, TargetStatus::Succeeded);
    assert_eq!(begun(&simulator), 1);

    let mut other = first_build();
    other.submission.0 += 1;
    assert!(copr.look_up(&other).await.unwrap().is_none(), "another submission's build is not taken");
    let stranger = Work { installation: "ba9876543210".to_owned(), ..first_build() };
    assert!(
        copr.look_up(&stranger).await.unwrap().is_none(),
        "nor another installation's of the same number"
    );
}

#[tokio::test]
async fn the_build_of_an_earlier_attempt_is_never_taken_for_this_one() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut first = first_build();
    let build = submit(&copr, &mut first).await.external_id;
    let made = poll_to_the_end(&copr, &first).await;
    let redone = |id| consuming(chroot(id, "fedora-43-x86_64"), &first.targets[0], of(&made, 1), &build);

    let mut second = work(12, vec![redone(4)]);
    let second_build = submit(&copr, &mut second).await.external_id;
    let mut third = work(13, vec![redone(5)]);
    third.earlier_external_ids = vec![build.clone(), second_build];
    assert_eq!(copr.look_up(&third).await.unwrap(), None);

    let third_build = submit(&copr, &mut third).await.external_id;
    assert_eq!(copr.look_up(&third).await.unwrap().unwrap().external_id, third_build);
    let subset = work(
        14,
        vec![redone(6), consuming(chroot(7, "fedora-42-x86_64"), &first.targets[0], of(&made, 1), &build)],
    );
    assert_eq!(copr.look_up(&subset).await.unwrap(), None, "other chroots are another submission");
}

#[tokio::test]
async fn chroots_that_copr_does_not_have_are_left_out_with_the_reason() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let targets = vec![srpm(1), chroot(2, "fedora-43-x86_64"), chroot(3, "fedora-99-x86_64")];
    let mut mixed = work(11, targets);
    let submitted = submit(&copr, &mut mixed).await;
    let left_out = of(&submitted.observations, 3);
    assert_eq!(submitted.observations.len(), 1);
    assert_eq!(left_out.status, TargetStatus::Errored);
    assert_eq!(left_out.reason.as_deref(), Some("Copr does not have the chroot fedora-99-x86_64"));
    assert_eq!(copr.look_up(&mixed).await.unwrap(), Some(submitted), "it is found without them");

    let none = work(12, vec![srpm(1), chroot(3, "fedora-99-x86_64")]);
    assert!(refusal(copr.submit(&none).await).contains("none of the chroots"));
    assert_eq!(begun(&simulator), 1);
}

#[tokio::test]
async fn our_project_is_added_once_and_changed_as_the_configuration_changes() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut with_options = chroot(2, "fedora-43-x86_64");
    with_options.details.additional_packages = vec!["gcc".to_owned()];
    with_options.details.additional_modules = Some("nodejs:20 postgresql:16".to_owned());
    submit(&copr, &mut work(11, vec![srpm(1), with_options.clone()])).await;
    assert_eq!(calls(&simulator, "POST", "/api_3/project/add/"), 1);
    assert_eq!(calls(&simulator, "PUT", "/api_3/project-chroot/edit/"), 1);

    submit(&copr, &mut work(12, vec![srpm(3), with_options])).await;
    assert_eq!(calls(&simulator, "POST", "/api_3/project/add/"), 1);
    assert_eq!(calls(&simulator, "PUT", "/api_3/"), 1, "the same again changes nothing");

    // Another chroot is enabled, none is dropped, and options that are not configured any more are reset.
    submit(&copr, &mut work(13, vec![srpm(4), chroot(5, "fedora-42-x86_64")])).await;
    submit(&copr, &mut work(14, vec![srpm(6), chroot(7, "fedora-43-x86_64")])).await;
    let log = simulator.log();
    let edits: Vec<_> = log.iter().filter(|entry| entry.method == "PUT").map(|entry| &entry.body).collect();
    assert_eq!(edits[1]["chroots"], serde_json::json!(["fedora-42-x86_64", "fedora-43-x86_64"]));
    assert_eq!(edits[2]["reset_fields"], serde_json::json!(["additional_packages", "additional_modules"]));
    assert_eq!(edits.len(), 3);
}

#[tokio::test]
async fn a_project_of_somebody_else_is_built_in_only_if_it_allows_the_repository() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut job = copr_job();
    (job.owner, job.project, job.is_custom_project) = (Some("@python".to_owned()), "tools".to_owned(), true);
    let mut work = work(11, vec![srpm(1), chroot_of(2, "fedora-43-x86_64", job)]);
    assert!(refusal(copr.submit(&work).await).contains("does not exist"));

    let mut seed = SeedProject { chroots: vec!["fedora-43-x86_64".to_owned()], ..SeedProject::default() };
    simulator.put_copr_project("@python", "tools", seed.clone());
    let reason = refusal(copr.submit(&work).await);
    assert!(reason.contains("does not allow github.com/packit/hello-world"), "{reason}");

    seed.packit_forge_projects_allowed = vec!["github.com/packit/*".to_owned()];
    simulator.put_copr_project("@python", "tools", seed.clone());
    let reason = refusal(copr.submit(&work).await);
    assert!(reason.contains("the builder right was asked for"), "{reason}");
    assert!(reason.ends_with("/coprs/g/python/tools/permissions/"), "{reason}");
    let request = simulator.log().into_iter().rfind(|entry| entry.method == "PUT").unwrap();
    assert_eq!(request.body, serde_json::json!({"builder": true}));

    seed.builders.insert("packflow".to_owned());
    simulator.put_copr_project("@python", "tools", seed.clone());
    submit(&copr, &mut work).await;
    let build = simulator.log().into_iter().rfind(|entry| entry.began.is_some()).unwrap();
    assert_eq!(build.body["packit_forge_project"], "github.com/packit/hello-world");

    seed.chroots = vec!["fedora-42-x86_64".to_owned()];
    simulator.put_copr_project("@python", "tools", seed);
    let reason = refusal(copr.submit(&work).await);
    assert!(reason.contains("needs the admin right"), "{reason}");
    assert_eq!(begun(&simulator), 1);
}

#[tokio::test]
async fn an_outage_is_told_from_a_lost_answer() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let work = first_build();
    for kind in [OutageKind::Unavailable, OutageKind::Dropped] {
        let outage = Some(Outage { kind, for_ms: 60_000 });
        simulator.behave(trouble(Trouble { outage, ..Trouble::default() }));
        let error = copr.submit(&work).await.unwrap_err();
        assert!(matches!(error, BuilderError::Unavailable { .. }), "{kind:?}: {error:?}");
    }
    assert_eq!(begun(&simulator), 0);
    simulator.stop().await;
    let error = copr.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn credentials_are_checked_and_never_shown() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    assert!(copr.check().await.unwrap().ends_with("answers packflow"));
    assert!(!format!("{copr:?}").contains("simulated-copr-token"));

    let config = builders::copr::CoprConfig {
        url: simulator.copr_url(),
        ..builders::copr::CoprConfig::new("packflow", "simulated-login".into(), "wrong".into())
    };
    let error = builders::copr::Copr::new(config).unwrap().check().await.unwrap_err();
    assert!(error.to_string().contains("does not accept our credentials"), "{error}");
}

#[tokio::test]
async fn what_has_ended_can_be_canceled_and_what_is_gone_is_refused() {
    let simulator = simulator(Behaviour::immediate()).await;
    let copr = copr(&simulator);
    let mut work = first_build();
    submit(&copr, &mut work).await;
    copr.cancel(&work).await.unwrap();
    assert_eq!(of(&poll_to_the_end(&copr, &work).await, 2).status, TargetStatus::Succeeded);
    work.external_id = Some("4711".to_owned());
    assert!(refusal(copr.poll(&work).await).contains("does not have the build 4711"));
}

#[tokio::test]
async fn what_was_built_is_installed_from_its_project() {
    let copr = copr(&simulator(Behaviour::immediate()).await);
    let ours = JobDetails::CoprBuild(copr_job());
    assert_eq!(copr.repository(&ours).as_deref(), Some("packflow/packit-hello-world-7"));
    let owner = Some("@group".to_owned());
    let other = JobDetails::CoprBuild(CoprBuild { owner, project: "next".to_owned(), ..copr_job() });
    assert_eq!(copr.repository(&other).as_deref(), Some("@group/next"));
    assert_eq!(copr.repository(&srpm(1).job), None);
}

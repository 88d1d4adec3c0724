//! The Koji client against the simulator: builds.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use builders::{Builder, BuilderError};
use common::koji::{build_of, called, config, koji, pushed, real, scratch, source_of_commit, trouble};
use common::{begun, chroot, consuming, copr, of, poll_to_the_end, refusal, simulator, srpm, submit, work};
use domain::words::TargetStatus;
use serde_json::json;
use simulator::{
    Behaviour, BuildOutcome, KojiFault, KojiRule, Latencies, LostAnswers, Outage, OutageKind, Simulator,
    Trouble,
};

fn rule(target: &str, outcome: BuildOutcome) -> KojiRule {
    KojiRule { target: target.to_owned(), package: None, scratch: None, outcome }
}

fn fault(method: &str, code: i32, text: &str, next: u32) -> Behaviour {
    let fault = KojiFault { method: method.to_owned(), code, text: text.to_owned(), next };
    Behaviour { koji_faults: vec![fault], ..Behaviour::immediate() }
}

#[tokio::test]
async fn a_real_build_ends_with_its_nvr_and_is_linked_to() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = real(11, "f43");
    let task = submit(&koji, &mut work).await.external_id;
    let ended = poll_to_the_end(&koji, &work).await.remove(0);
    assert_eq!((ended.status, ended.reason), (TargetStatus::Succeeded, None));
    assert_eq!(ended.details.unwrap().nvr.as_deref(), Some("hello-1.0.0-1.fc43"));
    assert!(ended.peer_started_at.unwrap() <= ended.peer_finished_at.unwrap());
    assert!(ended.url.unwrap().starts_with(&format!("{}/buildinfo?buildID=", simulator.koji_web())));
    let logs = format!("{}/packages/hello/1.0.0/1.fc43/data/logs/", simulator.koji_web());
    assert_eq!(ended.logs_url.as_deref(), Some(logs.as_str()));

    let asked = called(&simulator, "build").remove(0);
    assert_eq!(asked[0], source_of_commit());
    assert_eq!(asked[1], "f43-candidate");
    assert_eq!(
        asked[2],
        json!({"custom_user_metadata": {"packflow": {"submission": 11, "page": "http://localhost:8080/events/1"}}})
    );
    assert!(task.parse::<u64>().is_ok());
}

#[tokio::test]
async fn a_build_moves_on_and_is_canceled_with_all_that_belongs_to_it() {
    let latencies = Latencies { source_ms: 60_000, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let koji = koji(&simulator);
    let mut work = real(11, "rawhide");
    submit(&koji, &mut work).await;
    let running = koji.poll(&work).await.unwrap().remove(0);
    assert_eq!((running.status, running.peer_finished_at), (TargetStatus::Running, None));
    assert!(running.url.unwrap().contains("/taskinfo?taskID="));
    koji.cancel(&work).await.unwrap();
    let canceled = poll_to_the_end(&koji, &work).await.remove(0);
    assert_eq!(
        (canceled.status, canceled.reason.as_deref()),
        (TargetStatus::Canceled, Some("canceled in Koji"))
    );
    koji.cancel(&work).await.expect("what is canceled can be canceled again");
    work.external_id = Some("4711".to_owned());
    assert!(refusal(koji.cancel(&work).await).contains("does not have the task 4711"));
}

#[tokio::test]
async fn a_failed_nvr_is_built_again_and_a_complete_one_never() {
    let rules = vec![rule("f43-candidate", BuildOutcome::FailedOnce)];
    let simulator = simulator(Behaviour { koji_builds: rules, ..Behaviour::immediate() }).await;
    let koji = koji(&simulator);
    let mut first = real(11, "f43");
    submit(&koji, &mut first).await;
    let failed = poll_to_the_end(&koji, &first).await.remove(0);
    assert_eq!(failed.status, TargetStatus::Failed);
    assert!(failed.reason.unwrap().starts_with("error building package (arch x86_64)"));
    assert!(failed.logs_url.unwrap().contains("/work/tasks/"));

    let mut second = real(12, "f43");
    submit(&koji, &mut second).await;
    let built = poll_to_the_end(&koji, &second).await.remove(0);
    assert_eq!(built.status, TargetStatus::Succeeded);
    let nvr = built.details.unwrap().nvr.unwrap();
    assert_eq!(nvr, "hello-1.0.0-1.fc43");

    // The same commit again: what was wanted is there.
    let mut third = real(13, "f43");
    submit(&koji, &mut third).await;
    let there = poll_to_the_end(&koji, &third).await.remove(0);
    assert_eq!((there.status, there.details.unwrap().nvr), (TargetStatus::Succeeded, Some(nvr)));
    assert_eq!(there.url, built.url);

    // Another commit with the same version and release.
    let other = "f".repeat(40);
    simulator.behave(Behaviour {
        versions: [(other.clone(), "1.0.0-1".to_owned())].into(),
        ..Behaviour::immediate()
    });
    let mut fourth = real(14, "f43");
    fourth.targets[0].details.revision = Some(other);
    submit(&koji, &mut fourth).await;
    let refused = poll_to_the_end(&koji, &fourth).await.remove(0);
    assert_eq!(refused.status, TargetStatus::Failed);
    assert!(refused.reason.unwrap().contains("has hello-1.0.0-1.fc43 already, of another commit"));
}

/// Somebody was quicker, or the same push was told of twice: what the other task makes is what was wanted.
#[tokio::test]
async fn what_another_task_is_building_already_is_waited_for() {
    let latencies = Latencies { build_ms: 300, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let koji = koji(&simulator);
    let (mut first, mut second) = (real(11, "f43"), real(12, "f43"));
    let earlier = submit(&koji, &mut first).await.external_id;
    submit(&koji, &mut second).await;
    let waits = koji.poll(&second).await.unwrap().remove(0);
    assert_eq!(waits.status, TargetStatus::Running, "{waits:?}");
    assert!(waits.url.unwrap().ends_with(&format!("taskID={earlier}")));
    let (made, there) =
        (poll_to_the_end(&koji, &first).await.remove(0), poll_to_the_end(&koji, &second).await.remove(0));
    assert_eq!((there.status, there.details), (TargetStatus::Succeeded, made.details));
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_built_twice() {
    let lost_answers = LostAnswers { next: 1, percent: 0 };
    let simulator = simulator(trouble(Trouble { lost_answers, ..Trouble::default() })).await;
    let koji = koji(&simulator);
    let mut work = real(11, "f43");
    assert_eq!(koji.look_up(&work).await.unwrap(), None, "nothing was submitted yet");
    let error = koji.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    let found = koji.look_up(&work).await.unwrap().expect("the build was begun");
    work.external_id = Some(found.external_id.clone());
    assert_eq!(poll_to_the_end(&koji, &work).await[0].status, TargetStatus::Succeeded);
    assert_eq!(begun(&simulator), 1);

    assert_eq!(koji.look_up(&real(12, "f43")).await.unwrap(), None, "another submission's task is not taken");
    assert_eq!(koji.look_up(&real(11, "f42")).await.unwrap(), None, "nor one for another target");
    work.earlier_external_ids = vec![found.external_id];
    assert_eq!(koji.look_up(&work).await.unwrap(), None, "nor one of an earlier attempt");
}

/// Makes an SRPM at the simulated Copr, and a scratch build that consumes it.
async fn scratch_of_an_srpm(simulator: &Simulator) -> builders::Work {
    let copr = copr(simulator);
    let mut made = work(1, vec![srpm(1), chroot(2, "fedora-43-x86_64")]);
    let build = submit(&copr, &mut made).await.external_id;
    let observations = poll_to_the_end(&copr, &made).await;
    let target = consuming(build_of("f43", scratch()), &made.targets[0], of(&observations, 1), &build);
    work(11, vec![target])
}

#[tokio::test]
async fn an_srpm_is_fetched_sent_in_pieces_and_built() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = scratch_of_an_srpm(&simulator).await;
    submit(&koji, &mut work).await;
    let built = poll_to_the_end(&koji, &work).await.remove(0);
    assert_eq!((built.status, built.reason), (TargetStatus::Succeeded, None));
    assert_eq!(built.details, None, "a scratch build has no NVR of its own");
    let asked = called(&simulator, "build").remove(0);
    let source = asked[0].as_str().unwrap();
    assert!(source.starts_with("cli-build/packflow-11-") && source.ends_with(".src.rpm"), "{source}");
    assert_eq!((&asked[1], &asked[2]["scratch"]), (&json!("f43"), &json!(true)));
    assert_eq!(offsets(&simulator), ["0", "4194304"]);
    let found = koji.look_up(&work).await.unwrap().unwrap();
    assert_eq!(Some(found.external_id), work.external_id);
}

/// Where the pieces that were sent begin.
fn offsets(simulator: &Simulator) -> Vec<String> {
    let log = simulator.log().into_iter().filter(|entry| entry.body["method"] == "rawUpload");
    log.map(|entry| entry.body["query"]["offset"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_upload_that_was_broken_off_goes_on_where_it_was() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = scratch_of_an_srpm(&simulator).await;
    simulator.behave(fault("build", 1014, "Server disabled for maintenance", 1));
    let error = koji.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    submit(&koji, &mut work).await;
    assert_eq!(offsets(&simulator), ["0", "4194304", "4194304"], "the last piece may not have been whole");
    assert_eq!(poll_to_the_end(&koji, &work).await[0].status, TargetStatus::Succeeded);

    // Another SRPM has nothing to do with it.
    let mut other = scratch_of_an_srpm(&simulator).await;
    submit(&koji, &mut other).await;
    assert_eq!(offsets(&simulator)[3..], ["0", "4194304"]);
}

#[tokio::test]
async fn an_srpm_is_fetched_from_configured_hosts_only() {
    let simulator = simulator(Behaviour::immediate()).await;
    let mut work = scratch_of_an_srpm(&simulator).await;
    let elsewhere = builders::koji::KojiConfig {
        srpm_origins: vec!["https://download.example.org".to_owned()],
        ..config(&simulator)
    };
    let koji = builders::koji::Koji::new(elsewhere).unwrap();
    assert!(refusal(koji.submit(&work).await).contains("is not on a host that is configured"));
    let koji = common::koji::koji(&simulator);
    let there = work.targets[0].inputs[0].details.artifact_url.clone().unwrap();
    for (address, reason) in [
        (there.replace(".src.rpm", "-gone.src.rpm"), "404"),
        // A page instead of a package.
        (format!("{}/other.src.rpm", simulator.copr_url()), "is no SRPM"),
    ] {
        work.targets[0].inputs[0].details.artifact_url = Some(address);
        let refused = refusal(koji.submit(&work).await);
        assert!(refused.contains(reason), "{refused}");
    }
    work.targets[0].inputs[0].details.artifact_url = None;
    assert!(refusal(koji.submit(&work).await).contains("is not known"));
    assert!(called(&simulator, "build").is_empty());
}

#[tokio::test]
async fn a_commit_is_built_as_scratch_and_may_be_again() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    for submission in [11, 12] {
        let mut work = pushed(submission, "rawhide", build_of("rawhide", scratch()));
        submit(&koji, &mut work).await;
        assert_eq!(poll_to_the_end(&koji, &work).await[0].status, TargetStatus::Succeeded);
    }
    let asked = called(&simulator, "build").remove(0);
    assert_eq!((&asked[0], &asked[1]), (&json!(source_of_commit()), &json!("rawhide")));
}

#[tokio::test]
async fn a_session_that_the_hub_forgot_is_made_anew_once() {
    let simulator = simulator(fault("build", 1002, "Invalid session or bad credentials", 1)).await;
    let koji = koji(&simulator);
    submit(&koji, &mut real(10, "f42")).await;
    for (code, text) in [(1007, "session has expired"), (1008, "5 > 4"), (1004, "policy violation")] {
        simulator.behave(fault("build", code, text, 1));
        let before = called(&simulator, "login").len();
        submit(&koji, &mut real(11 + i64::from(code), "f43")).await;
        assert_eq!(called(&simulator, "login").len(), before + 1, "{code}");
    }
    simulator.behave(fault("build", 1004, "policy violation (build_from_repo_id)", 9));
    assert!(refusal(koji.submit(&real(12, "f43")).await).contains("policy violation"));
    simulator.behave(fault("build", 1002, "Invalid session", 9));
    let error = koji.submit(&real(13, "f43")).await.unwrap_err();
    assert!(
        matches!(&error, BuilderError::Unavailable { reason, .. } if reason.contains("our session")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_outage_is_told_from_a_lost_answer_and_from_a_refusal() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let work = real(11, "f43");
    for kind in [OutageKind::Unavailable, OutageKind::Dropped] {
        let outage = Some(Outage { kind, for_ms: 60_000 });
        simulator.behave(trouble(Trouble { outage, ..Trouble::default() }));
        let error = koji.submit(&work).await.unwrap_err();
        assert!(matches!(error, BuilderError::Unavailable { .. }), "{kind:?}: {error:?}");
    }
    for (code, text) in
        [(1014, "Server disabled for maintenance"), (1, "<class 'psycopg2.OperationalError'>")]
    {
        simulator.behave(fault("*", code, text, 9));
        let error = koji.submit(&work).await.unwrap_err();
        assert!(matches!(error, BuilderError::Unavailable { .. }), "{code}: {error:?}");
    }
    simulator.behave(fault("build", 1009, "unable to retry call", 1));
    let error = koji.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    assert_eq!(begun(&simulator), 0);
    simulator.stop().await;
    let error = koji.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn what_koji_cannot_do_is_refused_with_the_reason() {
    let simulator = simulator(Behaviour::immediate()).await;
    let koji = koji(&simulator);
    let mut work = real(11, "f43");
    work.targets[0].details.revision = Some("main".to_owned());
    assert!(refusal(koji.submit(&work).await).contains("is no commit that Koji could build"));
    let unknown = real(12, "nowhere");
    let mut unknown_target = unknown.clone();
    submit(&koji, &mut unknown_target).await;
    let ended = poll_to_the_end(&koji, &unknown_target).await.remove(0);
    assert_eq!((ended.status, ended.reason.as_deref()), (TargetStatus::Failed, Some("invalid build target")));
}

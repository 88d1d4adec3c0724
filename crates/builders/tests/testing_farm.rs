//! The Testing Farm client against the simulator.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use builders::{Builder, BuilderError, Callback, Work, WorkTarget};
use common::{
    COMMIT, begun, calls, chroot, consuming, copr, of, poll_to_the_end, refusal, simulator, source, srpm,
    submit, target, work,
};
use domain::details::{JobDetails, PullRequestSource, TestRun};
use domain::words::{JobKind, TargetStatus};
use serde_json::{Value, json};
use simulator::{
    Accounts, Behaviour, Callbacks, Latencies, LostAnswers, Outage, OutageKind, Simulator, System,
    TestOutcome, TestRule, Trouble,
};

fn testing_farm(simulator: &Simulator) -> TestingFarm {
    let config = TestingFarmConfig {
        url: simulator.testing_farm_url(),
        timeout: Duration::from_secs(5),
        ..TestingFarmConfig::new(Accounts::default().testing_farm_key.into())
    };
    TestingFarm::new(config).unwrap()
}

fn run() -> TestRun {
    TestRun { source: source(), tmt_plan: Some("/plans/basic".to_owned()), ..TestRun::default() }
}

fn test_of(name: &str, run: TestRun) -> WorkTarget {
    target(5, JobKind::TestRun, name, JobDetails::TestRun(Box::new(run)))
}

fn one_test(submission: i64) -> Work {
    work(submission, vec![test_of("fedora-43-x86_64", run())])
}

fn rule(compose: &str, outcome: TestOutcome) -> TestRule {
    TestRule { compose: Some(compose.to_owned()), plan: None, url: None, variables: BTreeMap::new(), outcome }
}

fn trouble(trouble: Trouble) -> Behaviour {
    Behaviour { troubles: BTreeMap::from([(System::TestingFarm, trouble)]), ..Behaviour::immediate() }
}

/// The body of the newest request.
fn sent(simulator: &Simulator) -> Value {
    simulator.log().into_iter().rfind(|entry| entry.began.is_some()).unwrap().body
}

#[tokio::test]
async fn a_test_installs_the_build_of_its_chroot_and_passes() {
    let simulator = simulator(Behaviour::immediate()).await;
    let (copr, testing_farm) = (copr(&simulator), testing_farm(&simulator));
    let mut build = work(11, vec![srpm(1), chroot(2, "fedora-43-x86_64")]);
    let id = submit(&copr, &mut build).await.external_id;
    let built = poll_to_the_end(&copr, &build).await;

    let test = consuming(test_of("fedora-43-x86_64", run()), &build.targets[1], of(&built, 2), &id);
    let mut work = work(12, vec![test]);
    submit(&testing_farm, &mut work).await;
    let observations = poll_to_the_end(&testing_farm, &work).await;
    assert_eq!(observations[0].status, TargetStatus::Succeeded, "{observations:?}");
    assert!(observations[0].logs_url.is_some() && observations[0].peer_finished_at.is_some());

    let body = sent(&simulator);
    let expected = json!([{
        "type": "fedora-copr-build",
        "id": format!("{id}:fedora-43-x86_64"),
        "packages": ["hello-1.0.0-1.fc43.x86_64"],
    }]);
    assert_eq!(body["environments"][0]["artifacts"], expected);
    assert_eq!(body["environments"][0]["os"]["compose"], "Fedora-43");
    assert_eq!(
        body["test"]["tmt"],
        json!({"url": "https://github.com/packit/hello-world", "ref": COMMIT, "name": "/plans/basic"})
    );
}

#[tokio::test]
async fn a_test_of_a_build_that_is_not_there_is_an_error() {
    let simulator = simulator(Behaviour::immediate()).await;
    let (copr, testing_farm) = (copr(&simulator), testing_farm(&simulator));
    let mut build = work(11, vec![srpm(1), chroot(2, "fedora-43-x86_64")]);
    submit(&copr, &mut build).await;
    let built = poll_to_the_end(&copr, &build).await;
    let test = consuming(test_of("fedora-43-x86_64", run()), &build.targets[1], of(&built, 2), "4711");
    let mut work = work(12, vec![test]);
    submit(&testing_farm, &mut work).await;
    let observations = poll_to_the_end(&testing_farm, &work).await;
    assert_eq!(observations[0].status, TargetStatus::Errored);
    assert_eq!(observations[0].reason.as_deref(), Some("artifact 4711:fedora-43-x86_64 cannot be installed"));
}

#[tokio::test]
async fn a_pull_request_is_tested_as_it_would_be_merged() {
    let simulator = simulator(Behaviour::immediate()).await;
    let testing_farm = testing_farm(&simulator);
    let mut run = run();
    run.source.pull_request = Some(PullRequestSource {
        number: 7,
        target_branch: "main".to_owned(),
        target_hash: Some("f".repeat(40)),
        source_url: "https://github.com/fork/hello-world".to_owned(),
        merge: true,
    });
    run.variables.insert("PACKIT_PR_ID".to_owned(), "ours".to_owned());
    run.variables.insert("PACKFLOW_SUBMISSION".to_owned(), "forged".to_owned());
    run.extra = json!({"environments": [{"pool": "big", "variables": {"PACKFLOW_SUBMISSION": "forged"}}]});
    run.timeout_minutes = Some(90);
    submit(&testing_farm, &mut work(11, vec![test_of("epel-9-aarch64", run)])).await;

    let body = sent(&simulator);
    assert_eq!(body["test"]["tmt"]["url"], "https://github.com/fork/hello-world");
    assert_eq!(body["test"]["tmt"]["merge_sha"], *"f".repeat(40));
    assert_eq!(body["settings"]["pipeline"]["timeout"], 90);
    let environment = &body["environments"][0];
    assert_eq!(environment["os"]["compose"], "CentOS-Stream-9");
    assert_eq!(environment["tmt"]["context"]["distro"], "centos-stream-9");
    assert_eq!(environment["arch"], "aarch64");
    assert_eq!(environment["pool"], "big");
    let variable = |name: &str| environment["variables"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(variable("PACKIT_FULL_REPO_NAME"), "packit/hello-world");
    assert_eq!(variable("PACKIT_PR_ID"), "ours", "the job's own variables come first");
    assert_eq!(
        variable("PACKFLOW_SUBMISSION"),
        "0123456789ab/11",
        "but the request can always be found again"
    );
}

#[tokio::test]
async fn each_end_is_told_with_its_reason() {
    let tests = vec![
        rule("Fedora-41", TestOutcome::Failed),
        rule("Fedora-42", TestOutcome::Error),
        rule("Fedora-44", TestOutcome::Infrastructure),
    ];
    let simulator = simulator(Behaviour { tests, ..Behaviour::immediate() }).await;
    let testing_farm = testing_farm(&simulator);
    for (name, status, reason) in [
        ("fedora-41-x86_64", TargetStatus::Failed, Some("1 of 2 tests failed")),
        ("fedora-42-x86_64", TargetStatus::Errored, Some("a test could not be run")),
        ("fedora-43-x86_64", TargetStatus::Succeeded, None),
        ("fedora-44-x86_64", TargetStatus::Errored, Some("no machine could be provisioned")),
    ] {
        let mut work = work(11, vec![test_of(name, run())]);
        submit(&testing_farm, &mut work).await;
        let observations = poll_to_the_end(&testing_farm, &work).await;
        assert_eq!((observations[0].status, observations[0].reason.as_deref()), (status, reason), "{name}");
    }
    assert_eq!(calls(&simulator, "GET", "/v0.1/composes/"), 1, "the composes are asked for once");
}

#[tokio::test]
async fn a_flaky_test_passes_when_it_is_redone() {
    let tests = vec![rule("*", TestOutcome::FailedOnce)];
    let simulator = simulator(Behaviour { tests, ..Behaviour::immediate() }).await;
    let testing_farm = testing_farm(&simulator);
    for (submission, status) in [(11, TargetStatus::Failed), (12, TargetStatus::Succeeded)] {
        let mut work = one_test(submission);
        submit(&testing_farm, &mut work).await;
        assert_eq!(poll_to_the_end(&testing_farm, &work).await[0].status, status);
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_tested_twice() {
    let lost_answers = LostAnswers { next: 1, percent: 0 };
    let simulator = simulator(trouble(Trouble { lost_answers, ..Trouble::default() })).await;
    let testing_farm = testing_farm(&simulator);
    let mut work = one_test(11);
    assert_eq!(testing_farm.look_up(&work).await.unwrap(), None);
    let error = testing_farm.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    assert_eq!(testing_farm.look_up(&one_test(12)).await.unwrap(), None, "another submission's request");
    let other = Work { installation: "ba9876543210".to_owned(), ..work.clone() };
    assert_eq!(testing_farm.look_up(&other).await.unwrap(), None, "another installation with the same key");
    work.external_id = Some(testing_farm.look_up(&work).await.unwrap().unwrap().external_id);
    assert_eq!(poll_to_the_end(&testing_farm, &work).await[0].status, TargetStatus::Succeeded);
    assert_eq!(begun(&simulator), 1);
}

#[tokio::test]
async fn a_slow_answer_may_have_begun_the_work() {
    let slow = simulator::Slowness { percent: 100, ms: 5_000 };
    let simulator = simulator(Behaviour::immediate()).await;
    let config = TestingFarmConfig {
        url: simulator.testing_farm_url(),
        timeout: Duration::from_secs(1),
        ..TestingFarmConfig::new(Accounts::default().testing_farm_key.into())
    };
    let impatient = TestingFarm::new(config).unwrap();
    impatient.submit(&one_test(11)).await.unwrap();
    simulator.behave(trouble(Trouble { slow, ..Trouble::default() }));
    let error = impatient.submit(&one_test(12)).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    let error = impatient.look_up(&one_test(12)).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    simulator.behave(Behaviour::immediate());
    assert!(impatient.look_up(&one_test(12)).await.unwrap().is_some());
}

#[tokio::test]
async fn an_outage_and_a_bad_key_wait_and_a_bad_request_is_refused_by_field() {
    let simulator = simulator(Behaviour::immediate()).await;
    let testing_farm = testing_farm(&simulator);
    let reason = refusal(testing_farm.submit(&work(11, vec![test_of("fedora-43-s390x", run())])).await);
    assert!(reason.contains("environments.0.arch: Unsupported architecture s390x"), "{reason}");
    let reason = refusal(testing_farm.submit(&work(11, vec![test_of("plan9-4-x86_64", run())])).await);
    assert!(reason.contains("no compose for plan9-4"), "{reason}");
    let internal = TestRun { internal: true, ..run() };
    let reason = refusal(testing_farm.submit(&work(11, vec![test_of("fedora-43-x86_64", internal)])).await);
    assert!(reason.contains("internal ranch"), "{reason}");

    let config =
        TestingFarmConfig { url: simulator.testing_farm_url(), ..TestingFarmConfig::new("wrong".into()) };
    let stranger = TestingFarm::new(config).unwrap();
    let error = stranger.submit(&one_test(11)).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    assert!(stranger.check().await.unwrap_err().to_string().contains("does not accept our key"));
    assert!(testing_farm.check().await.unwrap().ends_with("ranch public"));

    let outage = Some(Outage { kind: OutageKind::Unavailable, for_ms: 60_000 });
    simulator.behave(trouble(Trouble { outage, ..Trouble::default() }));
    let error = testing_farm.submit(&one_test(11)).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    assert_eq!(begun(&simulator), 0);
}

#[tokio::test]
async fn a_cancel_shows_up_when_polled_and_can_be_repeated() {
    let latencies = Latencies { test_ms: 60_000, cancel_ms: 200, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let testing_farm = testing_farm(&simulator);
    let mut work = one_test(11);
    submit(&testing_farm, &mut work).await;
    assert_eq!(testing_farm.poll(&work).await.unwrap()[0].status, TargetStatus::Running);
    testing_farm.cancel(&work).await.unwrap();
    testing_farm.cancel(&work).await.unwrap();
    assert_eq!(poll_to_the_end(&testing_farm, &work).await[0].status, TargetStatus::Canceled);

    simulator.behave(Behaviour::immediate());
    let mut ended = one_test(12);
    submit(&testing_farm, &mut ended).await;
    testing_farm.cancel(&ended).await.expect("what has ended can be canceled");
}

type Received = Arc<Mutex<Vec<Value>>>;

async fn listen() -> (String, Received) {
    let received = Received::default();
    let take = |State(received): State<Received>, Json(body): Json<Value>| async move {
        received.lock().unwrap().push(body);
    };
    let router =
        axum::Router::new().route("/hook", axum::routing::post(take)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn the_callback_shows_its_token_and_may_come_twice() {
    let callbacks = Callbacks { repeats: 1, ..Callbacks::default() };
    let simulator = simulator(Behaviour { callbacks, ..Behaviour::immediate() }).await;
    let (url, received) = listen().await;
    let mut work = one_test(11);
    work.callback = Some(Callback { url, token: "only-for-this-one".into() });
    assert!(!format!("{work:?}").contains("only-for-this-one"));
    let id = submit(&testing_farm(&simulator), &mut work).await.external_id;
    while received.lock().unwrap().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let expected = json!({"request_id": id, "token": "only-for-this-one", "source": "testing-farm"});
    assert_eq!(*received.lock().unwrap(), [expected.clone(), expected]);
    assert!(!sent(&simulator).to_string().contains("only-for-this-one"), "the log shows no token");
}

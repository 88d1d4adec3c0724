//! The Bodhi client against the simulator: the login, and updates that move on with the clock.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use builders::bodhi::{Bodhi, BodhiConfig, Login, OidcLogin};
use builders::{Builder, BuilderError, Work, WorkInput};
use common::{begun, calls, poll_to_the_end, simulator, submit, target, work};
use domain::details::{BodhiUpdate, JobDetails, TargetDetails};
use domain::ids::TargetId;
use domain::words::{JobKind, TargetStatus};
use serde_json::{Value, json};
use simulator::{
    Behaviour, Latencies, LostAnswers, Outage, OutageKind, Simulator, System, Trouble, UpdateOutcome,
    UpdateRule,
};
use tempfile::TempDir;

/// A client with the login of a fresh file.
fn bodhi(simulator: &Simulator) -> (Bodhi, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("client.json"), simulator.bodhi_login().to_string()).unwrap();
    (with_file(simulator, &folder.path().join("client.json")), folder)
}

fn with_file(simulator: &Simulator, file: &Path) -> Bodhi {
    let login = OidcLogin::new(file.to_owned()).at(&simulator.bodhi_provider_url());
    let config = BodhiConfig { url: simulator.bodhi_url(), ..BodhiConfig::new(Login::Oidc(login)) };
    Bodhi::new(config).unwrap()
}

fn an_update(nvr: &str, sidetag: Option<&str>) -> Work {
    let job = BodhiUpdate { sidetag_group: sidetag.map(|_| "group".to_owned()), ..BodhiUpdate::default() };
    let mut target = target(1, JobKind::BodhiUpdate, "f43", JobDetails::BodhiUpdate(job));
    target.inputs.push(WorkInput {
        id: TargetId(10),
        kind: JobKind::KojiBuild,
        name: "f43".to_owned(),
        external_id: Some("100".to_owned()),
        details: TargetDetails {
            nvr: Some(nvr.to_owned()),
            sidetag: sidetag.map(str::to_owned),
            ..TargetDetails::default()
        },
    });
    work(7, vec![target])
}

fn becomes(build: &str, outcome: UpdateOutcome) -> UpdateRule {
    UpdateRule { build: build.to_owned(), outcome }
}

#[tokio::test]
async fn an_update_goes_through_testing_to_stable() {
    let latencies = Latencies { update_pending_ms: 150, update_testing_ms: 150, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let (bodhi, _folder) = bodhi(&simulator);
    let mut work = an_update("hello-1-1.fc43", None);
    let submitted = submit(&bodhi, &mut work).await;
    assert_eq!(submitted.observations[0].status, TargetStatus::Submitted);
    let mut seen = vec![TargetStatus::Submitted];
    while seen.last() != Some(&TargetStatus::Succeeded) {
        let status = bodhi.poll(&work).await.unwrap()[0].status;
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    assert_eq!(seen, [TargetStatus::Submitted, TargetStatus::Running, TargetStatus::Succeeded]);
    assert_eq!(begun(&simulator), 1);
}

#[tokio::test]
async fn what_people_do_with_an_update_is_told_and_a_rerun_brings_it_back() {
    let updates = vec![
        becomes("old-*", UpdateOutcome::Obsolete),
        becomes("shy-*", UpdateOutcome::UnpushedOnce),
        becomes("late-*", UpdateOutcome::TaggedLate),
    ];
    let simulator = simulator(Behaviour { updates, ..Behaviour::immediate() }).await;
    let (bodhi, _folder) = bodhi(&simulator);
    for (nvr, status) in [("old-1-1.fc43", TargetStatus::Failed), ("new-1-1.fc43", TargetStatus::Succeeded)] {
        let mut work = an_update(nvr, None);
        submit(&bodhi, &mut work).await;
        assert_eq!(poll_to_the_end(&bodhi, &work).await[0].status, status, "{nvr}");
    }
    let mut shy = an_update("shy-1-1.fc43", None);
    let alias = submit(&bodhi, &mut shy).await.external_id;
    assert_eq!(poll_to_the_end(&bodhi, &shy).await[0].status, TargetStatus::Failed);
    let mut again = an_update("shy-1-1.fc43", None);
    again.earlier_external_ids = vec![alias.clone()];
    assert_eq!(submit(&bodhi, &mut again).await.external_id, alias);
    assert_eq!(poll_to_the_end(&bodhi, &again).await[0].status, TargetStatus::Succeeded);

    let late = an_update("late-1-1.fc43", None);
    let error = bodhi.submit(&late).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    bodhi.submit(&late).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_made_twice() {
    let lost = Trouble { lost_answers: LostAnswers { next: 1, percent: 0 }, ..Trouble::default() };
    let troubles = BTreeMap::from([(System::Bodhi, lost)]);
    let simulator = simulator(Behaviour { troubles, ..Behaviour::immediate() }).await;
    let (bodhi, _folder) = bodhi(&simulator);
    let mut work = an_update("hello-1-1.fc43", None);
    let error = bodhi.submit(&work).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unknown(_)), "{error:?}");
    work.external_id = Some(bodhi.look_up(&work).await.unwrap().unwrap().external_id);
    assert_eq!(poll_to_the_end(&bodhi, &work).await[0].status, TargetStatus::Succeeded);
    assert_eq!(begun(&simulator), 1);

    let outage = Some(Outage { kind: OutageKind::Unavailable, for_ms: 60_000 });
    let troubles = BTreeMap::from([(System::Bodhi, Trouble { outage, ..Trouble::default() })]);
    simulator.behave(Behaviour { troubles, ..Behaviour::immediate() });
    let error = bodhi.submit(&an_update("other-1-1.fc43", None)).await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_sidetag_is_one_update_that_grows() {
    let latencies = Latencies { update_pending_ms: 60_000, ..Latencies::ZERO };
    let simulator = simulator(Behaviour { latencies, ..Behaviour::default() }).await;
    let (bodhi, _folder) = bodhi(&simulator);
    let side = "f43-build-side-7";
    simulator.put_tagged(side, "hello-1-1.fc43");
    let alias = bodhi.submit(&an_update("hello-1-1.fc43", Some(side))).await.unwrap().external_id;
    simulator.put_tagged(side, "tools-2-1.fc43");
    let mut more = an_update("tools-2-1.fc43", Some(side));
    assert_eq!(submit(&bodhi, &mut more).await.external_id, alias);
    let seen = bodhi.poll(&more).await.unwrap().remove(0).details.unwrap();
    assert_eq!(seen.packages, ["hello-1-1.fc43", "tools-2-1.fc43"]);
    bodhi.cancel(&more).await.unwrap();
    more.canceled = true;
    assert_eq!(poll_to_the_end(&bodhi, &more).await[0].status, TargetStatus::Canceled);
}

#[tokio::test]
async fn a_login_renews_itself_and_is_kept_in_its_file() {
    let simulator = simulator(Behaviour::immediate()).await;
    let (bodhi, folder) = bodhi(&simulator);
    let file = folder.path().join("client.json");
    let kept = || serde_json::from_str::<Value>(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let provider = simulator.bodhi_provider_url();
    let mut all = kept();
    all["tokens"]["https://elsewhere"] = json!({"access_token": "of another"});
    std::fs::write(&file, all.to_string()).unwrap();

    let renewals = || calls(&simulator, "POST", "/openidc/Token");
    assert!(bodhi.check().await.unwrap().contains("its token ends at"));
    assert!(bodhi.check().await.unwrap().contains("and renews itself"));
    assert_eq!(renewals(), 1, "a token that is good is used");
    let tokens = &kept()["tokens"];
    assert!(tokens[&provider]["expires_at"].is_number() && tokens[&provider]["id_token"].is_null());
    assert_ne!(tokens[&provider]["refresh_token"], "simulated-refresh-token", "it is good once");
    assert_eq!(tokens["https://elsewhere"]["access_token"], "of another");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // One that has ended, and one that was withdrawn before its time.
    let mut all = kept();
    all["tokens"][&provider]["expires_at"] = json!(1_000_000_000);
    std::fs::write(&file, all.to_string()).unwrap();
    bodhi.check().await.unwrap();
    assert_eq!(renewals(), 2);
    let mut all = kept();
    all["tokens"][&provider]["access_token"] = json!("withdrawn");
    std::fs::write(&file, all.to_string()).unwrap();
    bodhi.submit(&an_update("hello-1-1.fc43", None)).await.unwrap();
    assert_eq!(renewals(), 3);

    // When it cannot be renewed any more, people must log in again; till then things wait.
    let mut all = kept();
    all["tokens"][&provider] = json!({"refresh_token": "of last year"});
    std::fs::write(&file, all.to_string()).unwrap();
    let error = bodhi.check().await.unwrap_err();
    assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("has ended (invalid_grant): log in again"), "{error}");
    assert!(!error.to_string().contains("of last year"));
    let log = serde_json::to_string(&simulator.log()).unwrap();
    assert!(!log.contains("csrf-of-"), "the log shows no token");
}

#[tokio::test]
async fn a_token_is_not_sent_to_another_host() {
    let simulator = simulator(Behaviour::immediate()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.json");
    // The same machine by another name is another host.
    let provider = simulator.bodhi_provider_url().replace("127.0.0.1", "localhost");
    std::fs::write(&file, json!({"tokens": {&provider: {"refresh_token": "r"}}}).to_string()).unwrap();
    let config = BodhiConfig {
        url: simulator.bodhi_url(),
        ..BodhiConfig::new(Login::Oidc(OidcLogin::new(file).at(&provider)))
    };
    let error = Bodhi::new(config).unwrap().check().await.unwrap_err();
    assert!(error.to_string().contains("is not at"), "{error}");
    assert_eq!(calls(&simulator, "POST", "/openidc/Token"), 0);
}

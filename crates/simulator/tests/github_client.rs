//! The simulated GitHub is driven by our own client of GitHub.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use domain::words::ProjectKey;
use forges::github::{AppKey, Credentials, GithubClient};
use forges::{CommitAt, Forge, ForgeError, Permission, Redelivery, Status, StatusState, Thread};
use serde_json::json;
use simulator::{
    Accounts, Behaviour, Delivery, Outage, OutageKind, Pull, Repository, Simulator, SimulatorConfig, System,
    Trouble,
};

const HEAD: &str = "1111111111111111111111111111111111111111";

fn app(simulator: &Simulator) -> GithubClient {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../forges/tests/forges/keys/test-only-app-key.pkcs1.pem");
    let key = AppKey::from_pem(&std::fs::read_to_string(file).unwrap().into()).unwrap();
    let credentials = Credentials::App { id: Accounts::default().github_app_id, key };
    GithubClient::new("github.com", &simulator.github_url(), credentials).unwrap()
}

fn hello() -> ProjectKey {
    ProjectKey::new("github.com", "packit", "hello")
}

async fn with_repository() -> Simulator {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let repository = Repository {
        files: BTreeMap::from([
            ("packit.yml".to_owned(), "jobs: []".to_owned()),
            ("dist/hello.spec".to_owned(), "Name: hello".to_owned()),
        ]),
        references: BTreeMap::from([("topic/one".to_owned(), HEAD.to_owned())]),
        permissions: BTreeMap::from([("alice".to_owned(), "admin".to_owned())]),
        pulls: BTreeMap::from([(
            7,
            Pull { head: HEAD.to_owned(), base: "main".to_owned(), author: "bob".to_owned() },
        )]),
        ..Repository::default()
    };
    simulator.put_repository("packit", "hello", repository);
    simulator
}

#[tokio::test]
async fn an_app_reads_all_that_a_plan_needs_and_tells_a_status() {
    let simulator = with_repository().await;
    let github = app(&simulator);
    let at = CommitAt { project: hello(), hash: HEAD.to_owned() };
    let configuration = github.configuration(&at).await.unwrap().unwrap();
    assert_eq!((configuration.path.as_str(), configuration.text.as_str()), ("packit.yml", "jobs: []"));
    assert_eq!(github.spec_files(&at).await.unwrap(), ["dist/hello.spec"]);
    assert_eq!(github.permission(&hello(), "alice").await.unwrap(), Permission::Admin);
    assert_eq!(github.permission(&hello(), "carol").await.unwrap(), Permission::Read);
    assert_eq!(github.resolve(&hello(), "topic/one").await.unwrap().as_deref(), Some(HEAD));
    assert_eq!(github.resolve(&hello(), "nowhere").await.unwrap(), None);
    let pull = github.pull_request(&hello(), 7).await.unwrap().unwrap();
    assert_eq!((pull.hash.as_str(), pull.author.as_deref()), (HEAD, Some("bob")));
    assert!(github.pull_request(&hello(), 8).await.unwrap().is_none());

    let status = Status {
        context: "rpm-build:fedora-43-x86_64".to_owned(),
        state: StatusState::Pending,
        description: "x".repeat(200),
        target_url: None,
        pull_request: None,
    };
    github.set_status(&at, &status).await.unwrap();
    let told = simulator.log().into_iter().rfind(|entry| entry.began.is_some()).unwrap();
    assert_eq!(told.body["context"], "rpm-build:fedora-43-x86_64");
}

#[tokio::test]
async fn a_repository_without_the_app_is_refused_and_an_outage_is_not() {
    let simulator = with_repository().await;
    let elsewhere =
        CommitAt { project: ProjectKey::new("github.com", "else", "where"), hash: HEAD.to_owned() };
    let error = app(&simulator).configuration(&elsewhere).await.unwrap_err();
    assert!(matches!(error, ForgeError::Refused(_)), "{error:?}");

    let outage = Some(Outage { kind: OutageKind::Unavailable, for_ms: 60_000 });
    let troubles = BTreeMap::from([(System::GitHub, Trouble { outage, ..Trouble::default() })]);
    simulator.behave(Behaviour { troubles, ..Behaviour::immediate() });
    let error = app(&simulator).permission(&hello(), "alice").await.unwrap_err();
    assert!(matches!(error, ForgeError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn all_failed_deliveries_are_found_over_several_pages() {
    let simulator = with_repository().await;
    for number in 0..120 {
        let delivery = Delivery {
            // Nothing listens there.
            url: "http://127.0.0.1:9/".to_owned(),
            secret: "shared".to_owned(),
            event: "push".to_owned(),
            payload: json!({"ref": "refs/heads/main"}),
            guid: Some(format!("delivery-{number}")),
        };
        assert_eq!(simulator.deliver(delivery).await, None);
    }
    let github = app(&simulator);
    let since = Utc::now() - TimeDelta::hours(1);
    let failed = github.failed_deliveries(since).await.unwrap();
    assert_eq!(failed.len(), 120);
    assert_eq!(failed[0].delivery_id, "delivery-0", "oldest first");
    github.redeliver(failed[0].id).await.unwrap();
}

#[tokio::test]
async fn repositories_come_from_a_folder_and_a_person_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("packit/hello");
    std::fs::create_dir_all(repository.join("dist")).unwrap();
    std::fs::write(repository.join(".packit.yaml"), "jobs: []").unwrap();
    std::fs::write(repository.join("dist/hello.spec"), "Name: hello").unwrap();
    std::fs::write(repository.join("picture"), [0xff, 0xfe]).unwrap();
    let config =
        SimulatorConfig { repositories: Some(folder.path().to_owned()), ..SimulatorConfig::default() };
    let simulator = Simulator::start(config).await.unwrap();

    let token = Credentials::Token(Accounts::default().github_token.into());
    let github = GithubClient::new("github.com", &simulator.github_url(), token).unwrap();
    let at = CommitAt { project: hello(), hash: HEAD.to_owned() };
    assert_eq!(github.configuration(&at).await.unwrap().unwrap().path, ".packit.yaml");
    assert_eq!(github.spec_files(&at).await.unwrap(), ["dist/hello.spec"]);
}

#[tokio::test]
async fn a_comment_is_seen_and_answered_and_the_answer_is_found_again() {
    let simulator = with_repository().await;
    let github = app(&simulator);
    let (begun, project) = (Utc::now(), hello());
    for thread in [Thread::Issue(7), Thread::Commit(HEAD.to_owned())] {
        github.react(&hello(), &thread, 12).await.unwrap();
        github.react(&hello(), &thread, 12).await.unwrap();
        let find = |marker| github.find_comment(&project, &thread, marker, begun);
        assert_eq!(find("<!-- one -->").await.unwrap(), None);
        for number in 0..120 {
            github.comment(&hello(), &thread, &format!("{number}")).await.unwrap();
        }
        github.comment(&hello(), &thread, "an answer\n\n<!-- one -->").await.unwrap();
        let found = find("<!-- one -->").await.unwrap();
        assert!(found.is_some(), "it stands on the second page");
        assert_eq!(find("<!-- two -->").await.unwrap(), None);
    }
    let pull = github.pull_request(&hello(), 7).await.unwrap().unwrap();
    assert_eq!(pull.source, Some(hello()));
}

//! Addresses in configurations and payloads that nobody may be made to call.

use std::collections::BTreeMap;
use std::net::TcpListener;

use serde_json::{Value, json};
use simulator::{Accounts, GitServer, Repository};
use test_support::TestDatabase;

use crate::harness::{Setup, World, hash, quick, reason, status};
use crate::releases::{HOST, PACKAGE, STORY, Scene, hear};

/// Somebody listens; nobody may come.
struct Bait(TcpListener);

impl Bait {
    fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    /// Addresses of this listener, and of what else must not be called.
    fn addresses(&self) -> Vec<String> {
        let here = self.0.local_addr().unwrap();
        vec![
            format!("http://{here}/upstream/hello"),
            format!("https://{here}/upstream/hello"),
            format!("http://localhost:{}/upstream/hello", here.port()),
            format!("https://github.com@{here}/upstream/hello"),
            format!("ext::sh -c curl% {here}"),
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "http://[fe80::1]/upstream/hello".to_owned(),
            "http://[::1]/upstream/hello".to_owned(),
            "https://elsewhere.example/upstream/hello".to_owned(),
            "https://github.com.elsewhere.example/upstream/hello".to_owned(),
            "file:///etc/passwd".to_owned(),
            "git://github.com/upstream/hello".to_owned(),
        ]
    }

    fn nobody_came(&self) {
        assert!(self.0.accept().is_err(), "somebody called");
    }
}

fn bug_is_filed(world: &World, number: usize) -> String {
    let body = json!({
        "bug": {"bug_id": 1}, "package": "hello",
        "trigger": {"msg": {
            "project": {"id": 77, "name": "hello"},
            "message": {"upstream_versions": [format!("2.{number}")], "packages": []},
        }},
    });
    hear(world, "hotness.update.bug.file", &format!("70{number:02}"), &body)
}

/// What a package's configuration calls its upstream, and where it wants issues.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_configurations_are_refused_and_never_called() {
    if !test_support::sandbox("addresses_in_configurations_are_refused_and_never_called") {
        return;
    }
    let database = TestDatabase::sqlite();
    let bait = Bait::lay();
    let git = GitServer::start("packflow", &Accounts::default().pagure_token).await.unwrap();
    let scene = Scene { keys: &[("dist_git.failure_issues", "true")], ..STORY };
    let (world, _) = scene.world(database.url(), &git).await;
    let server = world.serve().await;
    let hostile = bait.addresses();
    for (number, address) in hostile.iter().enumerate() {
        let address = Value::from(address.as_str());
        let configuration = format!(
            "specfile_path: hello.spec\nupstream_project_url: {address}\nissue_repository: {address}\n\
             jobs:\n- {{job: pull_from_upstream, trigger: release, dist_git_branches: rawhide}}\n"
        );
        let package = Repository {
            default_branch: "rawhide".to_owned(),
            files: BTreeMap::from([(".packit.yaml".to_owned(), configuration)]),
            references: BTreeMap::from([("rawhide".to_owned(), hash(1))]),
            ..Repository::default()
        };
        world.simulator.put_on_pagure(PACKAGE, package);
        let said = bug_is_filed(&world, number);
        assert!(said.contains("planned to be pulled"), "{address}: {said}");
    }
    let told = world.events().await;
    let told: Vec<i64> = told
        .iter()
        .filter(|event| event["kind"] == "upstream_version")
        .map(|event| event["id"].as_i64().unwrap())
        .collect();
    assert_eq!(told.len(), hostile.len());
    for event in told {
        let workflow = world.ended(event).await;
        // What has no proper address is at no forge, so the version is release monitoring's.
        assert_eq!(workflow["project"], "release-monitoring.org/project/77/hello");
        assert_eq!(status(&workflow, "pull_from_upstream rawhide"), "errored");
        let why = reason(&workflow, "pull_from_upstream rawhide");
        assert!(why.contains("is not fetched"), "{why}");
    }
    assert!(server.stop().await.success());
    let written = world.sent().0.into_iter().filter(|entry| entry.path.contains("/issues")).count();
    assert_eq!(written, 0);
    bait.nobody_came();
}

/// What GitHub's and Pagure's deliveries say about where things are.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_payloads_are_refused_or_not_looked_at_and_never_called() {
    let database = TestDatabase::sqlite();
    let bait = Bait::lay();
    let keys = [("access.allow", "[\"github.com\", \"src.fedoraproject.org\"]")];
    let world = Setup { database: database.url(), behaviour: quick(), keys: &keys }.world().await;
    world.also_pagure(HOST, &world.simulator.pagure_url(), &Accounts::default().pagure_token);
    let server = world.serve().await;
    for (number, address) in bait.addresses().into_iter().enumerate() {
        // GitHub's projects are known by their names: all addresses may lie.
        let head = hash(100 + number as u64);
        let mut payload = crate::harness::pull_request("opened", 100 + number as u64, &head, None);
        for place in ["/repository", "/pull_request/head/repo", "/pull_request", "/sender"] {
            let Some(object) = payload.pointer_mut(place) else { continue };
            for key in [
                "clone_url",
                "html_url",
                "git_url",
                "ssh_url",
                "url",
                "archive_url",
                "statuses_url",
                "patch_url",
            ] {
                object[key] = address.as_str().into();
            }
        }
        assert_eq!(world.deliver_event("pull_request", payload, None).await, Some(202));
        world.ended(world.event_of(&head).await).await;
        // Pagure's are known by their addresses.
        let body = json!({
            "agent": "ann", "branch": "rawhide", "old_commit": hash(1), "end_commit": hash(2), "forced": false,
            "total_commits": 1, "repo": {"id": 1, "namespace": "rpms", "name": "hello", "full_url": address},
        });
        let said = hear(&world, "pagure.git.receive", &format!("80{number:02}"), &body);
        // What is of a host that is not configured is kept, and nothing is asked of it.
        let is_kept = said.contains("configuration not read");
        assert!(is_kept || said.contains("refused") || said.contains("ignored"), "{address}: {said}");
    }
    assert!(server.stop().await.success());
    bait.nobody_came();
}

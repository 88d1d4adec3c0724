//! The story of a pull request on GitLab and on Forgejo: opened from a fork, built, tested, told there by a status for each
//! target, commanded by comments.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use simulator::{Accounts, BuildOutcome, BuildRule, Delivery, Pull, Repository, System};
use test_support::{TestDatabase, on_both_databases};

use crate::harness::{Setup, World, hash, quick, status, until};

const SECRET: &str = "another webhook's secret";

/// What differs from one forge to the other.
struct Place {
    system: System,
    kind: &'static str,
    host: &'static str,
    path: &'static str,
    fork: &'static str,
    /// What a failed, a succeeded target is shown as.
    words: [&'static str; 2],
}

const GITLAB: Place = Place {
    system: System::GitLab,
    kind: "gitlab",
    host: "gitlab.example",
    path: "group/rpms/hello",
    fork: "bob/hello",
    words: ["failed", "success"],
};
const FORGEJO: Place = Place {
    system: System::Forgejo,
    kind: "forgejo",
    host: "forgejo.example",
    path: "group/hello",
    fork: "bob/hello",
    words: ["failure", "success"],
};

impl Place {
    fn project(&self, path: &str) -> Value {
        json!({"id": 18, "web_url": format!("https://{}/{path}", self.host), "visibility_level": 20,
            "html_url": format!("https://{}/{path}", self.host), "private": false, "default_branch": "main"})
    }

    /// Bob opens a pull request from his fork.
    fn opened(&self, head: &str) -> (&'static str, Value) {
        match self.system {
            System::GitLab => (
                "Merge Request Hook",
                json!({
                    "object_kind": "merge_request", "user": {"id": 6, "username": "bob"},
                    "project": self.project(self.path), "labels": [],
                    "object_attributes": {
                        "iid": 7, "author_id": 6, "state": "opened", "action": "open", "target_branch": "main",
                        "last_commit": {"id": head}, "source": self.project(self.fork),
                        "updated_at": "2026-05-04T10:00:00Z",
                    },
                }),
            ),
            _ => (
                "pull_request",
                json!({
                    "action": "opened", "number": 7, "repository": self.project(self.path), "sender": {"login": "alice"},
                    "pull_request": {
                        "number": 7, "user": {"login": "bob"}, "labels": [], "base": {"ref": "main"},
                        "head": {"sha": head, "repo": self.project(self.fork)},
                        "updated_at": "2026-05-04T10:00:00Z",
                    },
                }),
            ),
        }
    }

    /// Somebody comments there.
    fn comment(&self, id: u64, who: &str, text: &str) -> (&'static str, Value) {
        match self.system {
            System::GitLab => (
                "Note Hook",
                json!({
                    "object_kind": "note", "event_type": "note", "user": {"id": id, "username": who},
                    "project": self.project(self.path),
                    "object_attributes": {"id": id, "note": text, "created_at": "2026-05-04T11:00:00Z"},
                    "merge_request": {"iid": 7, "author_id": 6, "state": "opened"},
                }),
            ),
            _ => (
                "issue_comment",
                json!({
                    "action": "created", "is_pull": true, "repository": self.project(self.path),
                    "sender": {"login": who}, "issue": {"number": 7, "user": {"login": "bob"}},
                    "comment": {"id": id, "body": text, "updated_at": "2026-05-04T11:00:00Z"},
                }),
            ),
        }
    }

    /// Where statuses of the fork's commit are told.
    fn statuses_path(&self, head: &str) -> String {
        match self.system {
            System::GitLab => format!("/api/v4/projects/{}/statuses/{head}", self.fork.replace('/', "%2F")),
            _ => format!("/api/v1/repos/{}/statuses/{head}", self.fork),
        }
    }

    async fn world(&self, database: &str, head: &str) -> World {
        // fedora-43 does not build at first.
        let mut behaviour = quick();
        behaviour.builds = vec![BuildRule {
            chroot: "fedora-43-*".to_owned(),
            package: None,
            project: None,
            outcome: BuildOutcome::Failed,
        }];
        let allowed = format!("[\"{}\"]", self.host);
        let keys = [("access.allow", allowed.as_str())];
        let world = Setup { database, behaviour, keys: &keys }.world().await;
        let pull = Pull { head: head.to_owned(), base: "main".to_owned(), author: "bob".to_owned() };
        let repository = Repository {
            permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
            pulls: BTreeMap::from([(7, pull)]),
            ..world.repository()
        };
        let accounts = Accounts::default();
        let (api, token) = match self.system {
            System::GitLab => {
                world.simulator.put_on_gitlab(self.path, repository);
                (world.simulator.gitlab_url(), accounts.gitlab_token)
            }
            _ => {
                world.simulator.put_on_forgejo(self.path, repository);
                (world.simulator.forgejo_url(), accounts.forgejo_token)
            }
        };
        world.simulator.fork(self.system, self.path, 7, self.fork);
        world.also_forge(self.kind, self.host, &api, &token, SECRET);
        world
    }

    async fn deliver(&self, world: &World, secret: &str, (event, payload): (&str, Value)) -> Option<u16> {
        let delivery = Delivery {
            url: world.webhook(self.kind),
            secret: secret.to_owned(),
            event: event.to_owned(),
            payload,
            guid: None,
        };
        world.simulator.deliver_as(self.system, delivery).await
    }

    /// What was shown under each name at the commit, each time that it was told.
    fn told(&self, world: &World, head: &str) -> BTreeMap<String, Vec<String>> {
        let path = self.statuses_path(head);
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in world.sent().0 {
            if entry.system == self.system && entry.path == path && entry.status == Some(201) {
                let name = entry.body.get("context").or(entry.body.get("name")).and_then(Value::as_str);
                let state = entry.body["state"].as_str().unwrap_or_default().to_owned();
                told.entry(name.unwrap_or_default().to_owned()).or_default().push(state);
            }
        }
        told
    }

    /// Waits until the newest status of a name is this.
    async fn shows(&self, world: &World, head: &str, name: &str, state: &str) {
        until(&format!("{name} is shown as {state}"), async || {
            let told = self.told(world, head);
            (told.get(name)?.last()? == state).then_some(())
        })
        .await;
    }

    async fn story(&self, database: TestDatabase) {
        let head = hash(1);
        let world = self.world(database.url(), &head).await;
        let server = world.serve().await;

        // Whoever does not know the secret is turned away, and nothing is kept of it.
        assert_eq!(self.deliver(&world, "a wrong secret", self.opened(&head)).await, Some(401));
        assert_eq!(world.said(&["inbox", "list", "--json"]).trim(), "");

        // A stranger to the project may open a pull request that somebody else vouches for; here Bob is no writer.
        assert_eq!(self.deliver(&world, SECRET, self.opened(&head)).await, Some(202));
        let event = world.event_of(&head).await;
        let workflow = world.ended(event).await;
        assert_eq!(workflow["status"], "failed");
        assert_eq!(status(&workflow, "copr_build fedora-42-x86_64"), "succeeded");
        assert_eq!(status(&workflow, "test_run fedora-42-x86_64"), "succeeded");
        assert_eq!(status(&workflow, "copr_build fedora-43-x86_64"), "failed");

        // Each target has a status of its own in the fork, under the names that checks have, and nothing has another.
        let [failed, succeeded] = self.words;
        for (name, state) in [
            ("srpm-build", succeeded),
            ("rpm-build:fedora-42-x86_64", succeeded),
            ("rpm-build:fedora-43-x86_64", failed),
            ("rpm-build:epel-9-x86_64", succeeded),
            ("testing-farm:fedora-42-x86_64", succeeded),
            // It was not started, since its build failed: it has not passed.
            ("testing-farm:fedora-43-x86_64", failed),
        ] {
            self.shows(&world, &head, name, state).await;
        }
        assert_eq!(self.told(&world, &head).len(), 6);

        // Who may not write is told so; who may does part of it again, and gets eyes for it.
        let command = |id, who| self.comment(id, who, "/packit rebuild-failed");
        assert_eq!(self.deliver(&world, SECRET, command(501, "mallory")).await, Some(202));
        until("mallory is answered", async || {
            let sent = world.sent();
            let mut answers = sent.0.iter().filter(|entry| {
                entry.system == self.system
                    && entry.method == "POST"
                    && entry.status == Some(201)
                    && (entry.path.ends_with("/notes") || entry.path.ends_with("/comments"))
            });
            answers.next().map(|answer| assert!(answer.body["body"].as_str().unwrap().contains("mallory")))
        })
        .await;
        world.simulator.behave(quick());
        assert_eq!(self.deliver(&world, SECRET, command(502, "alice")).await, Some(202));
        self.shows(&world, &head, "rpm-build:fedora-43-x86_64", succeeded).await;
        self.shows(&world, &head, "testing-farm:fedora-43-x86_64", succeeded).await;
        let workflow = world.ended(event).await;
        assert_eq!(workflow["status"], "succeeded", "{workflow:#}");
        let sent = world.sent();
        let reactions: BTreeSet<&str> = sent
            .0
            .iter()
            .filter(|entry| entry.path.ends_with("/award_emoji") || entry.path.ends_with("/reactions"))
            .map(|entry| entry.path.split('/').rev().nth(1).unwrap())
            .collect();
        assert_eq!(reactions, BTreeSet::from(["502"]));

        // Nothing of it was for GitHub.
        let strays =
            sent.0.iter().filter(|entry| entry.system == System::GitHub && entry.path.starts_with("/repos"));
        assert_eq!(strays.count(), 0);
        let said = world.said(&["doctor"]);
        assert!(said.contains(&format!("ok      {}: it knows us as packflow", self.host)), "{said}");
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
    }
}

on_both_databases! {
    async fn a_merge_request_on_gitlab_is_built_and_tested_and_its_forge_is_told(database: TestDatabase) {
        GITLAB.story(database).await;
    }

    async fn a_pull_request_on_forgejo_is_built_and_tested_and_its_forge_is_told(database: TestDatabase) {
        FORGEJO.story(database).await;
    }
}

/// Addresses that a delivery may hold and that nobody may be made to call.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_deliveries_are_refused_and_never_called() {
    let database = TestDatabase::sqlite();
    for place in [GITLAB, FORGEJO] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let here = listener.local_addr().unwrap();
        let head = hash(9);
        let world = place.world(database.url(), &head).await;
        let server = world.serve().await;
        let hostile = [
            format!("http://{here}/group/hello"),
            format!("http://localhost:{}/group/hello", here.port()),
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "http://[fe80::1]/group/hello".to_owned(),
            "https://elsewhere.example/group/hello".to_owned(),
            "file:///etc/passwd".to_owned(),
            format!("https://{}@{here}/group/hello", place.host),
        ];
        for address in &hostile {
            for of_fork in [false, true] {
                let (event, mut payload) = place.opened(&head);
                let project = match (place.system, of_fork) {
                    (_, false) if payload.pointer("/project").is_some() => "/project",
                    (_, false) => "/repository",
                    (System::GitLab, true) => "/object_attributes/source",
                    (_, true) => "/pull_request/head/repo",
                };
                for key in ["web_url", "html_url"] {
                    payload.pointer_mut(project).unwrap()[key] = address.as_str().into();
                }
                assert_eq!(place.deliver(&world, SECRET, (event, payload)).await, Some(422), "{address}");
            }
        }
        let kept = world.said(&["inbox", "list", "--limit", "100", "--json"]);
        let mine: Vec<Value> = kept
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|row| row["source"] == place.host)
            .collect();
        assert_eq!(mine.len(), 2 * hostile.len());
        for row in &mine {
            assert_eq!(row["outcome"], "refused", "{row}");
            assert!(
                row["reason"].as_str().unwrap().contains("_url")
                    || row["reason"].as_str().unwrap().contains("a project of"),
                "{row}"
            );
        }
        assert!(server.stop().await.success());
        assert!(listener.accept().is_err(), "somebody called");
    }
}

//! What Forgejo delivers, by webhook and by the bus, and what it is read as.

use domain::event::{ForgeEvent, Happened, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::Reading;
use forges::bus::{self, BusForge, BusHosts};
use forges::forgejo::delivery::{host, read};
use serde_json::{Value, json};

use crate::payloads::{BEFORE, HASH, ZEROS, with};
use crate::support::corpus;
use crate::table::line;

const HOST: &str = "codeberg.org";

fn reading(kind: &str, payload: &Value) -> Reading {
    read(kind, payload.to_string().as_bytes(), HOST)
}

#[track_caller]
fn event(kind: &str, payload: &Value) -> ForgeEvent {
    match reading(kind, payload) {
        Reading::Event(event) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

#[track_caller]
fn ignored(kind: &str, payload: &Value) -> String {
    match reading(kind, payload) {
        Reading::Ignored(reason) => reason,
        other => panic!("not ignored: {other:?}"),
    }
}

#[track_caller]
fn refused(kind: &str, payload: &Value) -> String {
    match reading(kind, payload) {
        Reading::Refused(reason) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn repository(path: &str) -> Value {
    json!({"id": 42, "full_name": path, "html_url": format!("https://codeberg.org/{path}"), "private": false,
        "default_branch": "main"})
}

fn pull_request(action: &str) -> Value {
    json!({
        "action": action, "number": 3, "repository": repository("packit/hello"), "sender": {"login": "ann"},
        "pull_request": {
            "number": 3, "user": {"login": "ben"}, "labels": [{"name": "ci"}], "base": {"ref": "main", "sha": BEFORE},
            "head": {"ref": "topic", "sha": HASH, "repo": repository("ben/hello")},
            "updated_at": "2026-05-25T13:14:09Z",
        },
    })
}

fn comment(action: &str, is_pull: bool) -> Value {
    json!({
        "action": action, "is_pull": is_pull, "repository": repository("packit/hello"), "sender": {"login": "ann"},
        "issue": {"number": 3, "user": {"login": "ben"}},
        "comment": {"id": 77, "body": "/packit build", "updated_at": "2026-05-25T13:14:09Z"},
    })
}

#[test]
fn a_pull_request_names_where_its_commits_come_from() {
    for (action, expected) in [
        ("opened", PullRequestAction::Opened),
        ("reopened", PullRequestAction::Reopened),
        ("synchronized", PullRequestAction::Synchronized),
        ("closed", PullRequestAction::Closed),
    ] {
        let event = event("pull_request", &pull_request(action));
        assert_eq!(event.project.key, ProjectKey::new(HOST, "packit", "hello"));
        assert_eq!((event.project.visibility, event.actor.as_deref()), (Visibility::Public, Some("ann")));
        let Happened::PullRequest(opened) = event.happened else { panic!() };
        assert_eq!((opened.action, opened.number, opened.head.as_str()), (expected, 3, HASH));
        assert_eq!(opened.source, Some(ProjectKey::new(HOST, "ben", "hello")));
        assert_eq!((opened.author.as_deref(), opened.labels), (Some("ben"), vec!["ci".to_owned()]));
    }
    // GitHub's spelling is none of Forgejo's.
    for other in ["synchronize", "label_updated", "assigned"] {
        assert!(ignored("pull_request", &pull_request(other)).contains("asks for no work"));
    }
    let gone = with(pull_request("opened"), "/pull_request/head/repo", Value::Null);
    assert!(ignored("pull_request", &gone).contains("was deleted"));
}

#[test]
fn pushes_of_branches_and_tags_are_told_apart() {
    let push = |reference: &str| {
        json!({"ref": reference, "before": ZEROS, "after": HASH, "head_commit": {"id": BEFORE},
            "repository": repository("packit/hello"), "sender": {"login": "ann"}})
    };
    for (full, kind, name, after) in [
        ("refs/heads/main", ReferenceKind::Branch, "main", HASH),
        ("refs/tags/v1", ReferenceKind::Tag, "v1", BEFORE),
    ] {
        let expected = Happened::Push {
            reference: Reference::new(kind, name),
            before: None,
            after: after.to_owned(),
            pull_request: None,
        };
        assert_eq!(event("push", &push(full)).happened, expected);
    }
    assert!(ignored("push", &with(push("refs/heads/x"), "/after", json!(ZEROS))).contains("was deleted"));
}

#[test]
fn a_published_release_is_one_unless_it_is_a_draft() {
    let release = |action: &str, draft: bool| {
        json!({"action": action, "release": {"tag_name": "v1", "draft": draft, "published_at": "2026-05-25T13:14:09Z"},
            "repository": repository("packit/hello"), "sender": {"login": "ann"}})
    };
    assert_eq!(
        event("release", &release("published", false)).happened,
        Happened::Release { tag: "v1".to_owned() }
    );
    assert!(ignored("release", &release("published", true)).contains("draft"));
    assert!(ignored("release", &release("updated", false)).contains("asks for no work"));
}

#[test]
fn a_comment_says_itself_what_it_is_at() {
    for (is_pull, kind) in [(true, ReferenceKind::PullRequest), (false, ReferenceKind::Issue)] {
        let expected = Happened::IssueComment {
            comment: 77,
            reference: Reference::new(kind, 3),
            body: "/packit build".to_owned(),
            author: Some("ben".to_owned()),
        };
        assert_eq!(event("issue_comment", &comment("created", is_pull)).happened, expected);
    }
    assert!(ignored("issue_comment", &comment("edited", true)).contains("edited"));
}

#[test]
fn addresses_of_other_hosts_are_refused() {
    for bad in ["https://evil.example/a/b", "http://[::1]/a/b", "http://169.254.1.1/a/b", "file:///a/b"] {
        let place = "/repository/html_url";
        assert!(
            !refused("pull_request", &with(pull_request("opened"), place, json!(bad))).is_empty(),
            "{bad}"
        );
        let place = "/pull_request/head/repo/html_url";
        assert!(
            !refused("pull_request", &with(pull_request("opened"), place, json!(bad))).is_empty(),
            "{bad}"
        );
    }
    assert_eq!(host(comment("created", true).to_string().as_bytes()).as_deref(), Some(HOST));
}

#[test]
fn the_bus_puts_a_delivery_into_a_message() {
    let hosts: BusHosts = [(HOST.to_owned(), BusForge::Forgejo)].into();
    let told = |topic: &str, message: &Value| bus::read(topic, message.to_string().as_bytes(), &hosts);
    let message = json!({"body": pull_request("synchronized"), "headers": {}});
    let Reading::Event(event) = told("forgejo.pull_request", &message) else { panic!() };
    assert_eq!(Reading::Event(event), reading("pull_request", &pull_request("synchronized")));
    assert!(matches!(told("forgejo.pull_request", &pull_request("opened")), Reading::Refused(_)));
    let elsewhere = with(message, "/body/repository/html_url", json!("https://other.example/a/b"));
    let Reading::Ignored(reason) = told("forgejo.pull_request", &elsewhere) else { panic!() };
    assert!(reason.contains("other.example"), "{reason}");
    // A host is believed to be what it is configured as.
    let pagure: BusHosts = [(HOST.to_owned(), BusForge::Pagure)].into();
    let body = json!({"body": pull_request("opened")}).to_string();
    assert!(matches!(bus::read("forgejo.pull_request", body.as_bytes(), &pagure), Reading::Ignored(_)));
}

#[test]
fn each_recorded_delivery_is_understood() {
    let Some(folder) = corpus("webhooks/forgejo") else { return };
    let hosts: BusHosts = [("forge.fedoraproject.org".to_owned(), BusForge::Forgejo)].into();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut table = String::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".headers") {
            continue;
        }
        let body = std::fs::read(&file).unwrap();
        let recorded: Value = serde_json::from_slice(&body).unwrap();
        let reading = match recorded.get("topic").and_then(Value::as_str) {
            Some(topic) => bus::read(topic.trim_start_matches("org.fedoraproject.prod."), &body, &hosts),
            None => read("push", &body, HOST),
        };
        table.push_str(&line(&name, &reading));
    }
    insta::assert_snapshot!(table, @r"
    packit-forgejo_action_run_push: ignored, `action_run_success` with action `success` asks for no work
    packit-forgejo_issue_comment: issue_comment forge.fedoraproject.org/infra/tickets, issue 13131, zlopez, -, 2026-07-14 07:56:19
    packit-forgejo_pr_comment: issue_comment forge.fedoraproject.org/infra/ansible, pull request 3366, kparal, -, 2026-05-25 13:14:09
    packit-forgejo_push: push forge.fedoraproject.org/infra/docs, branch main, zlopez, 139828ad, -
    w2fm-push: push codeberg.org/fedora/w2fm-test, branch pull, gridhead, 1c5ccba3, -
    ");
}

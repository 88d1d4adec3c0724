//! What GitLab delivers, and what it is read as.

use domain::event::{ForgeEvent, Happened, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::Reading;
use forges::gitlab::delivery::{host, read};
use serde_json::{Value, json};

use crate::payloads::{BEFORE, HASH, ZEROS, with};
use crate::support::corpus;
use crate::table::line;

const HOST: &str = "gitlab.com";

fn reading(payload: &Value) -> Reading {
    read("Some Hook", payload.to_string().as_bytes(), HOST)
}

#[track_caller]
fn event(payload: &Value) -> ForgeEvent {
    match reading(payload) {
        Reading::Event(event) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

#[track_caller]
fn ignored(payload: &Value) -> String {
    match reading(payload) {
        Reading::Ignored(reason) => reason,
        other => panic!("not ignored: {other:?}"),
    }
}

#[track_caller]
fn refused(payload: &Value) -> String {
    match reading(payload) {
        Reading::Refused(reason) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn project(path: &str) -> Value {
    json!({"id": 18, "name": "Hello", "web_url": format!("https://gitlab.com/{path}"), "visibility_level": 20,
        "default_branch": "main"})
}

fn merge_request(action: &str) -> Value {
    json!({
        "object_kind": "merge_request", "user": {"id": 5, "username": "ann"},
        "project": project("redhat/centos-stream/rpms/luksmeta"),
        "object_attributes": {
            "id": 58_759_529, "iid": 7, "author_id": 6, "state": "opened", "action": action,
            "target_branch": "c9s", "last_commit": {"id": HASH}, "source": project("ben/luksmeta"),
            "updated_at": "2020-06-01 07:24:00 UTC",
        },
        "labels": [{"title": "ci"}],
    })
}

fn note(place: &str, noteable: Value) -> Value {
    json!({
        "object_kind": "note", "event_type": "note", "user": {"id": 5, "username": "ann"},
        "project": project("packit/hello"),
        "object_attributes": {"id": 355, "note": "/packit build", "created_at": "2020-06-04T22:01:29.000Z"},
        place: noteable,
    })
}

#[test]
fn a_merge_request_is_a_pull_request_of_its_source_project() {
    let event = event(&merge_request("open"));
    assert_eq!(event.project.key, ProjectKey::new(HOST, "redhat/centos-stream/rpms", "luksmeta"));
    assert_eq!((event.project.visibility, event.actor.as_deref()), (Visibility::Public, Some("ann")));
    assert_eq!(event.occurred_at.unwrap().to_rfc3339(), "2020-06-01T07:24:00+00:00");
    let Happened::PullRequest(opened) = event.happened else { panic!() };
    assert_eq!((opened.action, opened.number, opened.head.as_str()), (PullRequestAction::Opened, 7, HASH));
    assert_eq!(opened.source, Some(ProjectKey::new(HOST, "ben", "luksmeta")));
    assert_eq!((opened.target_branch.as_str(), opened.labels), ("c9s", vec!["ci".to_owned()]));
    assert_eq!(opened.author.as_deref(), Some("ann"), "who opens it is its author");
}

#[test]
fn only_new_commits_make_an_update_a_push() {
    assert!(ignored(&merge_request("update")).contains("not its commits"));
    let pushed = with(merge_request("update"), "/object_attributes/oldrev", json!(BEFORE));
    let Happened::PullRequest(update) = event(&pushed).happened else { panic!() };
    assert_eq!((update.action, update.before.as_deref()), (PullRequestAction::Synchronized, Some(BEFORE)));
    assert_eq!(update.author, None, "somebody else acts than its author");
    let by_author = with(pushed, "/user/id", json!(6));
    let Happened::PullRequest(update) = event(&by_author).happened else { panic!() };
    assert_eq!(update.author.as_deref(), Some("ann"));
}

#[test]
fn a_merge_request_is_reopened_closed_and_merged() {
    for (action, state, expected) in [
        ("reopen", "opened", PullRequestAction::Reopened),
        ("close", "closed", PullRequestAction::Closed),
        ("merge", "merged", PullRequestAction::Closed),
    ] {
        let payload = with(merge_request(action), "/object_attributes/state", json!(state));
        let Happened::PullRequest(pull) = event(&payload).happened else { panic!() };
        assert_eq!(pull.action, expected);
    }
    let closed = with(merge_request("open"), "/object_attributes/state", json!("closed"));
    assert!(ignored(&closed).contains("is closed"));
    assert!(ignored(&merge_request("approved")).contains("asks for no work"));
    let gone = with(merge_request("open"), "/object_attributes/source", Value::Null);
    assert!(ignored(&gone).contains("was deleted"));
}

#[test]
fn pushes_of_branches_and_tags_are_told_apart() {
    let push = |kind: &str, reference: &str| {
        json!({"object_kind": kind, "ref": reference, "before": ZEROS, "after": HASH, "checkout_sha": BEFORE,
            "user_username": "ann", "project": project("packit/hello")})
    };
    for (kind, full, expected, name) in [
        ("push", "refs/heads/feature/ž", ReferenceKind::Branch, "feature/ž"),
        ("tag_push", "refs/tags/v1.0", ReferenceKind::Tag, "v1.0"),
    ] {
        let expected = Happened::Push {
            reference: Reference::new(expected, name),
            before: None,
            after: BEFORE.to_owned(),
            pull_request: None,
        };
        assert_eq!(event(&push(kind, full)).happened, expected);
    }
    let deleted =
        with(with(push("push", "refs/heads/x"), "/after", json!(ZEROS)), "/checkout_sha", Value::Null);
    assert!(ignored(&deleted).contains("was deleted"));
    assert!(refused(&push("push", "refs/heads/")).starts_with("ref: "));
}

#[test]
fn a_created_release_is_one() {
    let release = |action: &str| {
        json!({"object_kind": "release", "action": action, "tag": "v1.0", "name": "One", "project": project("packit/hello"),
            "released_at": "2020-11-02 12:55:12 UTC"})
    };
    let event = event(&release("create"));
    assert_eq!((event.happened, event.actor), (Happened::Release { tag: "v1.0".to_owned() }, None));
    for other in ["update", "delete"] {
        assert!(ignored(&release(other)).contains("asks for no work"));
    }
}

#[test]
fn a_note_is_at_a_merge_request_an_issue_or_a_commit() {
    let noteable = json!({"iid": 7, "author_id": 5, "state": "opened"});
    for (place, kind) in [("merge_request", ReferenceKind::PullRequest), ("issue", ReferenceKind::Issue)] {
        let expected = Happened::IssueComment {
            comment: 355,
            reference: Reference::new(kind, 7),
            body: "/packit build".to_owned(),
            author: Some("ann".to_owned()),
        };
        assert_eq!(event(&note(place, noteable.clone())).happened, expected);
        let closed = with(noteable.clone(), "/state", json!("merged"));
        assert!(ignored(&note(place, closed)).contains("not open"));
    }
    let expected =
        Happened::CommitComment { comment: 355, hash: HASH.to_owned(), body: "/packit build".to_owned() };
    assert_eq!(event(&note("commit", json!({"id": HASH}))).happened, expected);
    assert!(ignored(&note("snippet", json!({"id": 1}))).contains("nothing that work"));
    let base = note("merge_request", noteable);
    assert!(ignored(&with(base.clone(), "/object_attributes/system", json!(true))).contains("own"));
    assert!(ignored(&with(base.clone(), "/object_attributes/action", json!("update"))).contains("edited"));
    assert!(ignored(&with(base, "/event_type", json!("confidential_note"))).contains("confidential"));
}

#[test]
fn a_project_that_is_not_public_is_private() {
    for (level, expected) in [
        (json!(20), Visibility::Public),
        (json!(10), Visibility::Private),
        (json!(0), Visibility::Private),
        (Value::Null, Visibility::Unknown),
    ] {
        let event = event(&with(merge_request("open"), "/project/visibility_level", level));
        assert_eq!(event.project.visibility, expected);
    }
}

#[test]
fn addresses_of_other_hosts_are_refused() {
    for bad in [
        "https://evil.example/a/b",
        "http://127.0.0.1:1/a/b",
        "http://169.254.169.254/a/b",
        "file:///a/b",
        "https://me:pw@gitlab.com/a/b",
    ] {
        let hostile = with(merge_request("open"), "/project/web_url", json!(bad));
        assert!(!refused(&hostile).contains("pw"), "{bad}");
        let hostile = with(merge_request("open"), "/object_attributes/source/web_url", json!(bad));
        assert!(!refused(&hostile).is_empty(), "{bad}");
    }
    assert_eq!(host(merge_request("open").to_string().as_bytes()).as_deref(), Some(HOST));
    assert_eq!(host(b"{}"), None);
}

#[test]
fn each_recorded_delivery_is_understood() {
    let Some(folder) = corpus("webhooks/gitlab") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut table = String::new();
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with(".json")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".headers") {
            table.push_str(&line(&name, &read("", &std::fs::read(file).unwrap(), HOST)));
        }
    }
    insta::assert_snapshot!(table, @r"
    packit-issue_comment: issue_comment gitlab.com/testing/packit/hello-there, issue 1, shreyaspapi, -, 2020-06-04 22:01:29
    packit-issue_propose_downstream: issue_comment gitlab.com/packit-service/packit, issue 1, shreyaspapi, -, 2020-06-04 22:01:29
    packit-mr_event: pull_request gitlab.com/testing/packit/hello-there, pull request 1, shreyaspapi, 1f6a716a, 2020-05-26 20:21:48
    packit-mr_pipeline: ignored, `pipeline` asks for no work
    packit-mr_update_event: pull_request gitlab.com/testing/packit/hello-there, pull request 2, shreyaspapi, 45e272a5, 2020-06-01 07:24:00
    packit-push_branch: push gitlab.com/testing/packit/hello-there, branch test, shreyaspapi, 952cfd32, -
    packit-push_with_many_commits: push gitlab.com/packit-service/rpms/open-vm-tools, branch c9s, jpopelka, 15af9222, -
    packit-tag_push: push gitlab.com/fedora/src/python-teamcity-messages, tag v1.32, mmassari1, 6147b3de, -
    w2fm-push: push gitlab.com/sdglitched/w2fm-test, branch test-branch, sdglitched, 7aa00b22, -
    ");
}

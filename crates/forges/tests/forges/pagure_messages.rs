//! Messages of the bus about a Pagure, and what they are read as.

use std::path::Path;

use domain::event::{ForgeEvent, Happened, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::bus::{BusForge, BusHosts, read};
use forges::{BUS_SOURCE, Reader, Reading};
use serde_json::{Value, json};

use crate::payloads::{BEFORE, HASH, ZEROS, with};
use crate::support::corpus;
use crate::table::line;

const HOST: &str = "src.fedoraproject.org";

fn hosts() -> BusHosts {
    [HOST, "pagure.io", "localhost.localdomain"]
        .into_iter()
        .map(|host| (host.to_owned(), BusForge::Pagure))
        .collect()
}

fn reading(topic: &str, message: &Value) -> Reading {
    read(topic, message.to_string().as_bytes(), &hosts())
}

#[track_caller]
fn event(topic: &str, message: &Value) -> ForgeEvent {
    match reading(topic, message) {
        Reading::Event(event) => *event,
        other => panic!("not an event: {other:?}"),
    }
}

#[track_caller]
fn ignored(topic: &str, message: &Value) -> String {
    match reading(topic, message) {
        Reading::Ignored(reason) => reason,
        other => panic!("not ignored: {other:?}"),
    }
}

#[track_caller]
fn refused(topic: &str, message: &Value) -> String {
    match reading(topic, message) {
        Reading::Refused(reason) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn repository(path: &str) -> Value {
    json!({"id": 4014, "name": "ftp", "namespace": "rpms", "full_url": format!("https://{HOST}/{path}")})
}

fn receive() -> Value {
    json!({
        "agent": "mruprich", "branch": "refs/heads/f42", "old_commit": BEFORE, "start_commit": HASH,
        "end_commit": HASH, "total_commits": 1, "forced": false, "repo": repository("rpms/ftp"),
        "pull_request_id": 6,
    })
}

fn pull_request() -> Value {
    json!({
        "agent": "pagure",
        "pullrequest": {
            "id": 6, "branch": "rawhide", "branch_from": "plans", "commit_start": BEFORE, "commit_stop": HASH,
            "project": repository("rpms/ftp"), "repo_from": repository("fork/omejzlik/rpms/ftp"),
            "user": {"name": "omejzlik"}, "tags": ["ci"], "last_updated": "1729685933", "comments": [],
        },
    })
}

fn commented(comment: &Value) -> Value {
    let older =
        json!({"id": 1, "comment": "/packit build", "user": {"name": "somebody"}, "date_created": "1"});
    with(pull_request(), "/pullrequest/comments", json!([older, comment]))
}

#[test]
fn a_push_is_a_push_with_the_pull_request_that_was_merged() {
    let event = event("pagure.git.receive", &receive());
    assert_eq!(event.project.key, ProjectKey::new(HOST, "rpms", "ftp"));
    assert_eq!(
        (event.project.forge_id.as_deref(), event.project.visibility),
        (Some("4014"), Visibility::Public)
    );
    assert_eq!(event.actor.as_deref(), Some("mruprich"));
    let expected = Happened::Push {
        reference: Reference::new(ReferenceKind::Branch, "f42"),
        before: Some(BEFORE.to_owned()),
        after: HASH.to_owned(),
        pull_request: Some(6),
    };
    assert_eq!(event.happened, expected);
}

#[test]
fn a_branch_is_named_with_or_without_what_git_puts_before_it() {
    for (written, name) in [("refs/heads/epel9", "epel9"), ("epel9", "epel9"), ("refs/heads/a/b", "a/b")] {
        let event = event("pagure.git.receive", &with(receive(), "/branch", json!(written)));
        assert_eq!(event.reference(), Reference::new(ReferenceKind::Branch, name));
    }
    assert!(
        ignored("pagure.git.receive", &with(receive(), "/branch", json!("refs/notes/commits")))
            .contains("no branch")
    );
    assert!(ignored("pagure.git.receive", &with(receive(), "/end_commit", json!(ZEROS))).contains("deleted"));
}

#[test]
fn a_pull_request_of_a_fork_names_the_fork() {
    for (topic, action) in [
        ("pagure.pull-request.new", PullRequestAction::Opened),
        ("pagure.pull-request.reopened", PullRequestAction::Reopened),
        ("pagure.pull-request.updated", PullRequestAction::Synchronized),
        ("pagure.pull-request.rebased", PullRequestAction::Synchronized),
        ("pagure.pull-request.closed", PullRequestAction::Closed),
    ] {
        let event = event(topic, &pull_request());
        assert_eq!(event.occurred_at.unwrap().to_rfc3339(), "2024-10-23T12:18:53+00:00");
        assert_eq!(event.actor.as_deref(), Some("omejzlik"), "Pagure itself is nobody");
        let Happened::PullRequest(opened) = event.happened else { panic!("{topic}") };
        assert_eq!((opened.action, opened.number, opened.head.as_str()), (action, 6, HASH));
        assert_eq!((opened.target_branch.as_str(), opened.author.as_deref()), ("rawhide", Some("omejzlik")));
        assert_eq!(opened.source, Some(ProjectKey::new(HOST, "fork/omejzlik/rpms", "ftp")));
        assert_eq!(opened.labels, ["ci"]);
    }
}

#[test]
fn without_a_source_or_a_commit_there_is_nothing_to_build() {
    let sourceless = with(pull_request(), "/pullrequest/repo_from", Value::Null);
    assert!(ignored("pagure.pull-request.new", &sourceless).contains("comes from a repository"));
    let Happened::PullRequest(closed) = event("pagure.pull-request.closed", &sourceless).happened else {
        panic!()
    };
    assert_eq!(closed.source, None);
    let empty = with(pull_request(), "/pullrequest/commit_stop", Value::Null);
    assert!(ignored("pagure.pull-request.new", &empty).contains("no commit"));
}

#[test]
fn the_newest_comment_is_the_one_that_is_told_of() {
    let comment = json!({"id": 110401, "comment": "/packit koji-build", "notification": false,
        "user": {"name": "mmassari"}, "date_created": "1657783448"});
    let event = event("pagure.pull-request.comment.added", &commented(&comment));
    assert_eq!(event.actor.as_deref(), Some("mmassari"));
    let expected = Happened::IssueComment {
        comment: 110401,
        reference: Reference::new(ReferenceKind::PullRequest, 6),
        body: "/packit koji-build".to_owned(),
        author: Some("omejzlik".to_owned()),
    };
    assert_eq!(event.happened, expected);
    let notification = with(comment, "/notification", json!(true));
    assert!(ignored("pagure.pull-request.comment.added", &commented(&notification)).contains("notification"));
    assert!(refused("pagure.pull-request.comment.added", &pull_request()).contains("is empty"));
}

#[test]
fn only_configured_hosts_are_believed() {
    let elsewhere = |url: &str| with(receive(), "/repo/full_url", json!(url));
    let told = ignored("pagure.git.receive", &elsewhere("https://other.example/rpms/ftp"));
    assert_eq!(told, "no forge is configured for other.example, of which the message tells");
    for bad in ["file:///rpms/ftp", "https://me:pw@src.fedoraproject.org/rpms/ftp", "rpms/ftp"] {
        assert!(refused("pagure.git.receive", &elsewhere(bad)).contains("full_url"), "{bad}");
    }
    // A project of a configured host may claim to have a fork anywhere.
    for fork in
        ["http://127.0.0.1:9/rpms/ftp", "http://169.254.169.254/rpms/ftp", "https://other.example/rpms/ftp"]
    {
        let message = with(pull_request(), "/pullrequest/repo_from/full_url", json!(fork));
        assert!(refused("pagure.pull-request.new", &message).contains("a project of"), "{fork}");
    }
    assert!(
        refused("pagure.git.receive", &with(receive(), "/repo", json!({"name": "ftp"}))).contains("full_url")
    );
}

#[test]
fn other_topics_ask_for_nothing() {
    assert_eq!(
        ignored("pagure.issue.new", &json!({"project": repository("rpms/ftp")})),
        "`pagure.issue.new` asks for no work"
    );
    assert!(matches!(reading("copr.build.end", &json!({})), Reading::NotHandledYet(_)));
}

#[test]
fn each_recorded_message_is_understood() {
    let Some(folder) = corpus("webhooks/pagure") else { return };
    let mut files: Vec<_> = ["", "../../messages/distgit"]
        .iter()
        .flat_map(|below| std::fs::read_dir(folder.join(below)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|file| !file.file_name().unwrap().to_string_lossy().starts_with("invalid-"))
        .collect();
    files.sort_by_key(|file| file.file_name().map(ToOwned::to_owned));
    let mut table = String::new();
    let reader = Reader::of_bus(hosts());
    for file in files {
        let (topic, body) = message(&file);
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let reading = reader.read(&topic, &body);
        assert_eq!(reading, reader.read(&topic, &body), "{name} read twice");
        table.push_str(&line(&name, &reading));
    }
    assert_eq!(BUS_SOURCE, "fedora-messaging");
    insta::assert_snapshot!(table, @r"
    packit-distgit_commit: REFUSED, full_url: is missing, so its host is unknown
    packit-pagure_pr_comment: issue_comment src.fedoraproject.org/rpms/python-teamcity-messages, pull request 36, mmassari, -, 2022-07-14 07:24:08
    packit-pagure_pr_new_no_fork: REFUSED, full_url: not the address of a project (https://host/namespace/name)
    packit-pagure_pr_rebased: pull_request src.fedoraproject.org/rpms/ftp, pull request 6, omejzlik, 196f3c99, 2024-10-23 12:18:53
    packit-pagure_pr_updated: pull_request src.fedoraproject.org/rpms/marshalparser, pull request 32, lbalhar, f2f04132, 2024-10-23 10:26:47
    wire-pagure.commit.flag.updated-CommitFlagUpdatedV1-01: ignored, `pagure.commit.flag.updated` asks for no work
    wire-pagure.git.branch.creation-GitBranchCreationV1-01: ignored, `pagure.git.branch.creation` asks for no work
    wire-pagure.git.branch.deletion-GitBranchDeletionV1-01: ignored, `pagure.git.branch.deletion` asks for no work
    wire-pagure.git.receive-GitReceiveV1-01: REFUSED, end_commit: not a commit hash (40 or 64 hexadecimal digits) at line 1 column 203
    wire-pagure.git.receive-GitReceiveV1-02: REFUSED, end_commit: not a commit hash (40 or 64 hexadecimal digits) at line 1 column 192
    wire-pagure.git.receive-GitReceiveV1-04: REFUSED, end_commit: not a commit hash (40 or 64 hexadecimal digits) at line 1 column 183
    wire-pagure.git.receive-GitReceiveV1-05: REFUSED, end_commit: not a commit hash (40 or 64 hexadecimal digits) at line 1 column 183
    wire-pagure.git.receive-GitReceiveV1-06: REFUSED, end_commit: not a commit hash (40 or 64 hexadecimal digits) at line 1 column 183
    wire-pagure.group.edit-GroupEditV1-01: REFUSED, it names no project
    wire-pagure.issue.assigned.reset-IssueAssignedResetV1-01: ignored, `pagure.issue.assigned.reset` asks for no work
    wire-pagure.issue.comment.added-IssueCommentAddedV1-01: ignored, `pagure.issue.comment.added` asks for no work
    wire-pagure.issue.dependency.added-IssueDependencyAddedV1-01: ignored, `pagure.issue.dependency.added` asks for no work
    wire-pagure.issue.drop-IssueDropV1-01: ignored, `pagure.issue.drop` asks for no work
    wire-pagure.issue.edit-IssueEditV1-01: ignored, `pagure.issue.edit` asks for no work
    wire-pagure.issue.new-IssueNewV1-01: ignored, `pagure.issue.new` asks for no work
    wire-pagure.project.edit-ProjectEditV1-01: ignored, `pagure.project.edit` asks for no work
    wire-pagure.project.forked-ProjectForkedV1-01: ignored, `pagure.project.forked` asks for no work
    wire-pagure.project.group.access.updated-ProjectGroupAccessUpdatedV1-01: ignored, `pagure.project.group.access.updated` asks for no work
    wire-pagure.project.group.added-ProjectGroupAddedV1-01: ignored, `pagure.project.group.added` asks for no work
    wire-pagure.project.new-ProjectNewV1-01: ignored, `pagure.project.new` asks for no work
    wire-pagure.project.tag.edited-ProjectTagEditedV1-01: ignored, `pagure.project.tag.edited` asks for no work
    wire-pagure.project.tag.removed-ProjectTagRemovedV1-01: ignored, `pagure.project.tag.removed` asks for no work
    wire-pagure.project.user.access.updated-ProjectUserAccessUpdatedV1-01: ignored, `pagure.project.user.access.updated` asks for no work
    wire-pagure.project.user.removed-ProjectUserRemovedV1-01: ignored, `pagure.project.user.removed` asks for no work
    wire-pagure.pull-request.assigned.added-PullRequestAssignedAddedV1-01: ignored, `pagure.pull-request.assigned.added` asks for no work
    wire-pagure.pull-request.closed-PullRequestClosedV1-02: REFUSED, full_url: is missing, so its host is unknown
    wire-pagure.pull-request.comment.added-PullRequestCommentAddedV1-01: ignored, the comment is a notification of Pagure's own
    wire-pagure.pull-request.comment.added-PullRequestCommentAddedV1-02: ignored, the comment is a notification of Pagure's own
    wire-pagure.pull-request.comment.edited-PullRequestCommentEditedV1-01: ignored, `pagure.pull-request.comment.edited` asks for no work
    wire-pagure.pull-request.comment.edited-PullRequestCommentEditedV1-02: ignored, `pagure.pull-request.comment.edited` asks for no work
    wire-pagure.pull-request.flag.added-PullRequestFlagAddedV1-01: ignored, `pagure.pull-request.flag.added` asks for no work
    wire-pagure.pull-request.flag.updated-PullRequestFlagUpdatedV1-01: ignored, `pagure.pull-request.flag.updated` asks for no work
    wire-pagure.pull-request.rebased-PullRequestRebasedV1-01: REFUSED, full_url: is missing, so its host is unknown
    wire-pagure.pull-request.reopened-PullRequestReopenedV1-01: REFUSED, full_url: is missing, so its host is unknown
    wire-pagure.pull-request.tag.added-PullRequestTagAddedV1-01: ignored, `pagure.pull-request.tag.added` asks for no work
    ");
}

/// A recorded message's topic, without what stands before it on the bus, and its body.
fn message(file: &Path) -> (String, Vec<u8>) {
    let recorded: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let topic = recorded.get("routing_key").or(recorded.get("topic")).unwrap().as_str().unwrap();
    let topic = topic.trim_start_matches("org.fedoraproject.prod.").to_owned();
    let body = if recorded.get("properties").is_some() { &recorded["body"] } else { &recorded };
    (topic, body.to_string().into_bytes())
}

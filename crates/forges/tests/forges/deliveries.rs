//! What a delivery of GitHub means, rule by rule.

use domain::event::{CheckApp, Happened, PullRequestAction};
use domain::words::{ProjectKey, Reference, ReferenceKind, Visibility};
use forges::Reading;
use serde_json::{Value, json};

use crate::payloads::{
    BEFORE, HASH, ZEROS, check_run, comment, delivery, event, ignored, pull_request, push, reading, refused,
    with,
};

#[test]
fn a_pull_request_tells_its_facts() {
    let event = event("pull_request", &pull_request("opened"));
    assert_eq!(event.project.key, ProjectKey::new("github.com", "packit", "hello-world"));
    assert_eq!(event.project.forge_id.as_deref(), Some("184635124"));
    assert_eq!(event.project.visibility, Visibility::Public);
    assert_eq!(event.project.default_branch.as_deref(), Some("main"));
    assert_eq!(event.actor.as_deref(), Some("lbarcziova"));
    assert_eq!(event.occurred_at.unwrap().to_rfc3339(), "2019-05-21T14:30:50+00:00");
    assert_eq!(event.reference(), Reference::new(ReferenceKind::PullRequest, 342));
    let Happened::PullRequest(opened) = event.happened else { panic!("{:?}", event.happened) };
    assert_eq!(opened.action, PullRequestAction::Opened);
    assert_eq!(opened.author.as_deref(), Some("author"));
    assert_eq!(opened.head, HASH);
    assert_eq!(opened.before, None);
    assert_eq!(opened.target_branch, "stable");
    assert_eq!(opened.source, Some(ProjectKey::new("github.com", "author", "hello-fork")));
    assert_eq!(opened.labels, ["trusted", "needs tests"]);
}

#[test]
fn four_actions_of_a_pull_request_are_events() {
    for (action, expected) in [
        ("opened", PullRequestAction::Opened),
        ("reopened", PullRequestAction::Reopened),
        ("synchronize", PullRequestAction::Synchronized),
        ("closed", PullRequestAction::Closed),
    ] {
        let Happened::PullRequest(told) = event("pull_request", &pull_request(action)).happened else {
            panic!()
        };
        assert_eq!(told.action, expected);
    }
    for action in ["labeled", "edited", "converted_to_draft"] {
        let reason = ignored("pull_request", &pull_request(action));
        assert_eq!(reason, format!("`pull_request` with action `{action}` asks for no work"));
    }
}

#[test]
fn new_commits_of_a_pull_request_name_the_commit_before() {
    let payload = with(pull_request("synchronize"), "/before", json!(BEFORE));
    let Happened::PullRequest(told) = event("pull_request", &payload).happened else { panic!() };
    assert_eq!(told.before.as_deref(), Some(BEFORE));
}

#[test]
fn a_pull_request_whose_repository_was_deleted_starts_nothing_but_can_be_closed() {
    for action in ["opened", "reopened", "synchronize"] {
        let payload = with(pull_request(action), "/pull_request/head/repo", Value::Null);
        assert_eq!(
            ignored("pull_request", &payload),
            "the repository that pull request 342 comes from was deleted"
        );
    }
    let payload = with(pull_request("closed"), "/pull_request/head/repo", Value::Null);
    let Happened::PullRequest(told) = event("pull_request", &payload).happened else { panic!() };
    assert_eq!(told.source, None);
}

#[test]
fn accounts_that_are_gone_have_no_name() {
    let payload = with(pull_request("opened"), "/pull_request/user", Value::Null);
    let event = event("pull_request", &with(payload, "/sender", Value::Null));
    assert_eq!(event.actor, None);
    let Happened::PullRequest(told) = event.happened else { panic!() };
    assert_eq!(told.author, None);
}

#[test]
fn a_project_is_as_visible_as_it_says() {
    for (private, expected) in [
        (json!(true), Visibility::Private),
        (json!(false), Visibility::Public),
        (Value::Null, Visibility::Unknown),
    ] {
        let payload = with(pull_request("opened"), "/repository/private", private);
        assert_eq!(event("pull_request", &payload).project.visibility, expected);
    }
}

#[test]
fn branches_and_tags_are_pushed() {
    for (full, kind, name) in [
        ("refs/heads/main", ReferenceKind::Branch, "main"),
        ("refs/heads/feature/ž", ReferenceKind::Branch, "feature/ž"),
        ("refs/tags/v1.0", ReferenceKind::Tag, "v1.0"),
    ] {
        let event = event("push", &push(full));
        assert_eq!(event.occurred_at.unwrap().to_rfc3339(), "2020-03-04T12:39:38+00:00");
        let expected = Happened::Push {
            reference: Reference::new(kind, name),
            before: Some(BEFORE.to_owned()),
            after: HASH.to_owned(),
            pull_request: None,
        };
        assert_eq!(event.happened, expected);
    }
    assert_eq!(
        ignored("push", &push("refs/notes/commits")),
        "`refs/notes/commits` is neither a branch nor a tag"
    );
    assert!(refused("push", push("refs/heads/").to_string().as_bytes()).starts_with("ref: "));
}

#[test]
fn a_new_branch_has_no_commit_before() {
    let Happened::Push { before, .. } =
        event("push", &with(push("refs/heads/new"), "/before", json!(ZEROS))).happened
    else {
        panic!()
    };
    assert_eq!(before, None);
}

#[test]
fn an_annotated_tag_stands_for_the_commit_that_it_points_to() {
    let tag_object = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let payload = with(push("refs/tags/v1.0"), "/after", json!(tag_object));
    assert_eq!(event("push", &payload).hash(), Some(HASH));
    let payload = with(payload, "/head_commit", Value::Null);
    assert_eq!(event("push", &payload).hash(), Some(tag_object));
}

#[test]
fn what_was_deleted_is_not_built() {
    let payload = with(push("refs/heads/old"), "/deleted", json!(true));
    assert_eq!(ignored("push", &payload), "branch old was deleted");
    let payload = with(push("refs/tags/v1.0"), "/after", json!(ZEROS));
    assert_eq!(ignored("push", &payload), "tag v1.0 was deleted");
}

#[test]
fn only_a_published_release_counts() {
    let release = |action: &str| {
        let release = json!({"tag_name": "0.0.1", "published_at": "2019-05-15T15:20:53Z"});
        with(delivery("release", release), "/action", json!(action))
    };
    let event = event("release", &release("published"));
    assert_eq!(event.reference(), Reference::new(ReferenceKind::Release, "0.0.1"));
    assert_eq!(event.hash(), None);
    for action in ["created", "released", "prereleased", "edited", "deleted"] {
        ignored("release", &release(action));
    }
}

#[test]
fn a_comment_belongs_to_an_issue_or_to_a_pull_request() {
    let on_issue = event("issue_comment", &comment("created"));
    assert_eq!(on_issue.reference(), Reference::new(ReferenceKind::Issue, 7));
    let Happened::IssueComment { body, author, .. } = on_issue.happened else { panic!() };
    assert_eq!((body.as_str(), author.as_deref()), ("/packit build", Some("author")));
    assert!(ignored("issue_comment", &comment("edited")).contains("not when it is edited"));
    let on_pull_request =
        with(comment("created"), "/issue/pull_request", json!({"url": "https://example.com"}));
    let event = event("issue_comment", &on_pull_request);
    assert_eq!(event.reference(), Reference::new(ReferenceKind::PullRequest, 7));
    assert_eq!(event.hash(), None);
    ignored("issue_comment", &comment("deleted"));
}

#[test]
fn a_comment_on_a_commit_belongs_to_the_default_branch() {
    let what =
        json!({"id": 78, "commit_id": HASH, "body": "/packit build", "created_at": "2019-05-15T15:20:39Z"});
    let event = event("commit_comment", &with(delivery("comment", what), "/action", json!("created")));
    assert_eq!(event.reference(), Reference::new(ReferenceKind::Branch, "main"));
    assert_eq!(event.hash(), Some(HASH));
}

#[test]
fn a_check_run_is_asked_for_again_or_one_of_its_buttons_is_pressed() {
    let again = event("check_run", &check_run("rerequested"));
    let expected = Happened::CheckRun {
        hash: HASH.to_owned(),
        reference: Some(Reference::new(ReferenceKind::Branch, "changes")),
        external_id: Some("123456".to_owned()),
        requested_action: None,
        app: None,
    };
    assert_eq!(again.happened, expected);
    let ours = with(
        check_run("rerequested"),
        "/check_run/app",
        json!({"id": 7, "client_id": "Iv1", "slug": "packit"}),
    );
    let Happened::CheckRun { app, .. } = event("check_run", &ours).happened else { panic!() };
    let client_id = Some("Iv1".to_owned());
    assert_eq!(app, Some(CheckApp { id: 7, client_id, slug: Some("packit".to_owned()) }));

    let pressed =
        with(check_run("requested_action"), "/requested_action", json!({"identifier": "rebuild-failed"}));
    let Happened::CheckRun { requested_action, .. } = event("check_run", &pressed).happened else { panic!() };
    assert_eq!(requested_action.as_deref(), Some("rebuild-failed"));

    let without = check_run("requested_action").to_string();
    assert!(refused("check_run", without.as_bytes()).starts_with("requested_action: is missing"));
    for action in ["created", "completed"] {
        ignored("check_run", &check_run(action));
    }
}

#[test]
fn a_check_run_without_our_id_has_none() {
    let Happened::CheckRun { external_id, .. } =
        event("check_run", &with(check_run("rerequested"), "/check_run/external_id", json!(""))).happened
    else {
        panic!()
    };
    assert_eq!(external_id, None);
}

#[test]
fn a_check_belongs_to_the_pull_request_of_its_own_project() {
    let elsewhere = json!({"number": 1, "base": {"repo": {"id": 99}}});
    let here = json!({"number": 2, "base": {"repo": {"id": 184_635_124}}});
    let suite = json!({"head_sha": HASH, "head_branch": "changes", "pull_requests": [elsewhere, here]});
    let payload = with(delivery("check_suite", suite), "/action", json!("rerequested"));
    let told = event("check_suite", &payload);
    assert_eq!(told.reference(), Reference::new(ReferenceKind::PullRequest, 2));
    assert_eq!(told.hash(), Some(HASH));

    let payload = with(payload, "/check_suite/pull_requests", json!([elsewhere]));
    assert_eq!(event("check_suite", &payload).reference(), Reference::new(ReferenceKind::Branch, "changes"));
    let payload = with(payload, "/check_suite/head_branch", Value::Null);
    assert_eq!(event("check_suite", &payload).reference(), Reference::new(ReferenceKind::Branch, "main"));
    ignored("check_suite", &with(payload, "/action", json!("completed")));
}

#[test]
fn pings_and_installations_are_kept_in_the_inbox() {
    assert_eq!(
        ignored("ping", &json!({"zen": "Keep it logically awesome.", "hook_id": 1})),
        "`ping` starts nothing; it is kept as a row of the inbox"
    );
    for kind in ["installation", "installation_repositories"] {
        let reason = ignored(kind, &json!({"action": "created"}));
        assert_eq!(
            reason,
            format!("`{kind}` with action `created` starts nothing; it is kept as a row of the inbox")
        );
    }
}

#[test]
fn what_a_repository_is_now_is_told() {
    let now = json!({
        "action": "privatized",
        "repository": {"id": 42, "full_name": "packit/ogr", "private": true, "default_branch": "main"}
    });
    let Reading::Project(facts) = reading("repository", &now) else { panic!("{now}") };
    assert_eq!(
        (facts.key.to_string(), facts.visibility),
        ("github.com/packit/ogr".to_owned(), Visibility::Private)
    );
    let public = with(with(now.clone(), "/action", json!("publicized")), "/repository/private", json!(false));
    assert!(
        matches!(reading("repository", &public), Reading::Project(facts) if facts.visibility == Visibility::Public)
    );
    ignored("repository", &with(now, "/action", json!("deleted")));
}

#[test]
fn all_else_is_ignored_by_name() {
    assert_eq!(
        ignored("star", &json!({"action": "created"})),
        "`star` with action `created` asks for no work"
    );
    assert_eq!(ignored("create", &json!({"ref": "x"})), "`create` asks for no work");
    let reason = ignored(&"x".repeat(9000), &json!({"action": "y\n".repeat(9000)}));
    assert!(reason.len() < 300 && !reason.contains('\n'), "{reason}");
}

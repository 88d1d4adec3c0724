//! The clients of GitLab, Forgejo and Pagure against what these really answered.

use std::path::Path;

use chrono::DateTime;
use domain::words::ProjectKey;
use forges::forgejo::ForgejoClient;
use forges::gitlab::GitlabClient;
use forges::pagure::PagureClient;
use forges::{CommitAt, Forge, Permission, Status, StatusState, Thread};
use serde_json::{Value, json};

use crate::support::{Seen, Server, Told, corpus, outage, refusal, told};

fn recording(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The recorded answer to a call, by its method and the end of its path, without regard to its query.
fn recorded(exchanges: &[Value], seen: &Seen, own: &str, theirs: &str) -> Told {
    let asked = seen.call.split('?').next().unwrap().replacen(own, theirs, 1);
    let exchange = exchanges.iter().find(|exchange| {
        let (method, url) = (&exchange["request"]["method"], exchange["request"]["url"].as_str().unwrap());
        let path = url.split_once("://").map_or(url, |(_, rest)| &rest[rest.find('/').unwrap_or(0)..]);
        format!("{} {}", method.as_str().unwrap(), path.split('?').next().unwrap()) == asked
    });
    let Some(response) = exchange.map(|exchange| &exchange["response"]) else {
        return told(404, json!({"message": "404 Not Found"}));
    };
    told(u16::try_from(response["status"].as_u64().unwrap()).unwrap(), &response["body"])
}

/// A GitLab that answers as it was recorded. Calls that went by a project's number then go by its name now.
async fn gitlab(name: &str) -> Option<(Server, GitlabClient, ProjectKey)> {
    let exchanges = recording(&corpus("api/gitlab")?, name);
    let server = Server::start(move |seen| {
        if seen.call == "GET /api/v4/user" || seen.call == "GET /api/v4/projects/packit-service%2Fogr-tests" {
            return recorded(&exchanges, seen, "", "");
        }
        recorded(&exchanges, seen, "/projects/packit-service%2Fogr-tests/", "/projects/14233409/")
    })
    .await;
    let client =
        GitlabClient::new("gitlab.com", &format!("{}/api/v4", server.url), "personal".into()).unwrap();
    Some((server, client, ProjectKey::new("gitlab.com", "packit-service", "ogr-tests")))
}

#[tokio::test]
async fn gitlab_tells_who_may_merge() {
    let Some((server, client, project)) = gitlab("generic_commands-pr_permissions.json").await else {
        return;
    };
    for (account, expected) in [
        ("lachmanfrantisek", Permission::Admin),
        ("mfocko", Permission::Write),
        ("nobody-recorded", Permission::None),
    ] {
        let permission = client.permission(&project, account).await.unwrap();
        assert!(
            permission >= expected && (expected > Permission::None) == permission.can_merge(),
            "{account}: {permission:?}"
        );
    }
    assert!(client.check().await.unwrap().contains("mfocko"));
    let asked =
        "GET /api/v4/projects/packit-service%2Fogr-tests/members/all?query=mfocko&per_page=100&page=1";
    assert!(server.calls().contains(&asked.to_owned()), "{:?}", server.calls());
}

#[tokio::test]
async fn gitlab_tells_of_a_merge_request_and_its_notes() {
    let Some((_server, client, project)) = gitlab("pull_requests-pr_comments_updates.json").await else {
        return;
    };
    let head = client.pull_request(&project, 19).await.unwrap().unwrap();
    assert_eq!(head.hash, "59b1a9bab5b5198c619270646410867788685c16");
    assert_eq!((head.target_branch.as_str(), head.author.as_deref()), ("master", Some("mfocko")));
    assert_eq!(head.source.as_ref(), Some(&project));
    let since = DateTime::UNIX_EPOCH;
    let thread = Thread::PullRequest(19);
    let found = client.find_comment(&project, &thread, "comment to be updated", since).await.unwrap();
    assert_eq!(found, Some(252_289_087));
    let late = DateTime::from_timestamp(1_900_000_000, 0).unwrap();
    assert_eq!(client.find_comment(&project, &thread, "comment to be updated", late).await.unwrap(), None);
    assert_eq!(client.pull_request(&project, 20).await.unwrap(), None);
}

#[tokio::test]
async fn gitlab_takes_and_lists_comments_at_commits() {
    let hash = "11b37d913374b14f8519d16c2a2cca3ebc14ac64";
    let thread = Thread::Commit(hash.to_owned());
    if let Some((server, client, project)) = gitlab("generic_commands-commit_comment.json").await {
        assert_eq!(client.resolve(&project, hash).await.unwrap().as_deref(), Some(hash));
        client.comment(&project, &thread, "Hello").await.unwrap();
        assert_eq!(server.seen().last().unwrap().body, json!({"note": "Hello"}));
    }
    if let Some((_server, client, project)) = gitlab("generic_commands-get_commit_comment.json").await {
        let found = client.find_comment(&project, &thread, "e", DateTime::UNIX_EPOCH).await.unwrap();
        assert!(found.is_some());
    }
}

/// A Forgejo that answers with the recorded bodies. Their addresses were not recorded: what is asked tells which is meant.
async fn forgejo(name: &str, fits: fn(&Seen, &Value) -> bool) -> Option<(Server, ForgejoClient, ProjectKey)> {
    let exchanges = recording(&corpus("api/forgejo")?, name);
    let server = Server::start(move |seen| {
        let method = seen.call.split(' ').next().unwrap();
        let exchange = exchanges.iter().find(|exchange| {
            exchange["request"]["method"] == method && fits(seen, &exchange["response"]["body"])
        });
        exchange.map_or_else(
            || told(404, json!({"message": "The target couldn't be found."})),
            |exchange| {
                let response = &exchange["response"];
                told(u16::try_from(response["status"].as_u64().unwrap()).unwrap(), &response["body"])
            },
        )
    })
    .await;
    let url = format!("{}/api/v1", server.url);
    let client = ForgejoClient::new("v10.next.forgejo.org", &url, "personal".into()).unwrap();
    Some((server, client, ProjectKey::new("v10.next.forgejo.org", "packit-validator", "ogr-tests")))
}

#[tokio::test]
async fn forgejo_tells_who_may_merge() {
    let fits = |seen: &Seen, body: &Value| {
        let login = body["user"]["login"].as_str().unwrap_or_default();
        !login.is_empty() && seen.call.contains(&format!("/collaborators/{login}/permission"))
    };
    let Some((_server, client, project)) = forgejo("project-pr_permissions.json", fits).await else { return };
    for (account, expected) in [
        ("lbarcziova", Permission::Read),
        ("mfocko", Permission::Admin),
        ("packit-validator", Permission::Admin),
        ("nobody-recorded", Permission::None),
    ] {
        assert_eq!(client.permission(&project, account).await.unwrap(), expected, "{account}");
    }
}

#[tokio::test]
async fn forgejo_tells_of_a_pull_request_from_a_fork_and_of_none() {
    let fits = |seen: &Seen, body: &Value| seen.call.contains("/pulls/") && body.get("head").is_some();
    if let Some((_server, client, project)) = forgejo("pull_request-source_project_fork.json", fits).await {
        let head = client.pull_request(&project, 1).await.unwrap().unwrap();
        assert_eq!(head.source, Some(ProjectKey::new("v10.next.forgejo.org", "lbarcziova", "ogr-tests")));
        assert_eq!((head.hash.len(), head.target_branch.as_str()), (40, "master"));
    }
    if let Some((_server, client, project)) = forgejo("pull_request-pr_not_exists.json", fits).await {
        assert_eq!(client.pull_request(&project, 1).await.unwrap(), None);
    }
}

#[tokio::test]
async fn forgejo_lists_comments_and_takes_reactions() {
    let fits = |seen: &Seen, body: &Value| {
        (seen.call.contains("/comments?") && body.is_array())
            || (seen.call.ends_with("/reactions") && body.get("content").is_some())
    };
    if let Some((_server, client, project)) = forgejo("comments-pr_comments.json", fits).await {
        let thread = Thread::PullRequest(209);
        let found = client.find_comment(&project, &thread, "LGTM", DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(found, Some(3171));
        let none = client.find_comment(&project, &thread, "not there", DateTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(none, None);
        refusal(client.comment(&project, &Thread::Commit("0".repeat(40)), "text").await);
    }
    if let Some((server, client, project)) = forgejo("comments-issue_get_reactions.json", fits).await {
        client.react(&project, &Thread::Issue(245), 3246).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert!(seen.call.ends_with("/repos/packit-validator/ogr-tests/issues/comments/3246/reactions"));
        assert_eq!((seen.body, seen.token.as_str()), (json!({"content": "eyes"}), "token personal"));
    }
}

/// A Pagure that answers as it was recorded. The recorded project has no namespace, as those of a dist-git have.
async fn pagure(name: &str) -> Option<(Server, PagureClient, ProjectKey)> {
    let exchanges = recording(&corpus("api/pagure")?, name);
    let server = Server::start(move |seen| recorded(&exchanges, seen, "/api/0/rpms/", "/api/0/")).await;
    let client = PagureClient::new("pagure.io", &server.url, "personal".into()).unwrap();
    Some((server, client, ProjectKey::new("pagure.io", "rpms", "ogr-tests")))
}

#[tokio::test]
async fn pagure_tells_who_may_merge_by_name_and_by_group() {
    let Some((_server, client, project)) = pagure("generic_commands-pr_permissions.json").await else {
        return;
    };
    for (account, expected) in [
        ("lachmanfrantisek", Permission::Admin),
        ("mfocko", Permission::Admin),
        ("nobody-recorded", Permission::Read),
    ] {
        assert_eq!(client.permission(&project, account).await.unwrap(), expected, "{account}");
    }
    let grouped = ProjectKey::new("pagure.io", "rpms", "ogr-tests-group");
    assert_eq!(client.permission(&grouped, "jpopelka").await.unwrap(), Permission::Admin);
    assert_eq!(client.permission(&grouped, "nobody-recorded").await.unwrap(), Permission::Read);
    assert!(client.is_member("packit-service", "ttomecek").await.unwrap());
    assert!(!client.is_member("packit-service", "nobody-recorded").await.unwrap());
    refusal(client.is_member("no-such-group", "ttomecek").await);
}

#[tokio::test]
async fn pagure_tells_of_a_pull_request_and_its_comments() {
    let Some((_server, client, project)) = pagure("project_token-pr_comments_author.json").await else {
        return;
    };
    let head = client.pull_request(&project, 4).await.unwrap().unwrap();
    assert_eq!(head.hash, "1b491a6718ca39c249e4e15a1b9d74fb2ff9d90a");
    assert_eq!((head.target_branch.as_str(), head.author.as_deref()), ("master", Some("mfocko")));
    let thread = Thread::PullRequest(4);
    let found = client.find_comment(&project, &thread, "PR comment 10", DateTime::UNIX_EPOCH).await.unwrap();
    assert_eq!(found, Some(103_404));
    assert_eq!(client.pull_request(&project, 5).await.unwrap(), None);
    assert!(client.check().await.unwrap().contains("jscotka"));
}

#[tokio::test]
async fn pagure_takes_flags_at_pull_requests_and_at_commits() {
    let status = |pull_request| Status {
        context: "rpm-build:fedora-43-x86_64".to_owned(),
        state: StatusState::Running,
        description: "Running".to_owned(),
        target_url: Some("https://packflow.example/targets/1".to_owned()),
        pull_request,
    };
    let hash = "1b491a6718ca39c249e4e15a1b9d74fb2ff9d90a";
    if let Some((server, client, project)) = pagure("pull_requests-set_pr_flag.json").await {
        let at = CommitAt { project, hash: hash.to_owned() };
        client.set_status(&at, &status(Some(6))).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.call, "POST /api/0/rpms/ogr-tests/pull-request/6/flag");
        assert_eq!(seen.token, "token personal");
        let without_url = Status { target_url: None, ..status(Some(6)) };
        refusal(client.set_status(&at, &without_url).await);
    }
    if let Some((server, client, project)) = pagure("project_token-pr_status.json").await {
        let at = CommitAt { project, hash: hash.to_owned() };
        client.set_status(&at, &status(None)).await.unwrap();
        assert_eq!(server.calls(), [format!("POST /api/0/rpms/ogr-tests/c/{hash}/flag")]);
    }
}

#[tokio::test]
async fn pagure_says_that_a_token_is_not_good() {
    let Some((_server, client, _)) = pagure("project_token-token_is_none_then_set.json").await else {
        return;
    };
    assert!(outage(client.check().await).0.contains("Invalid or expired token"));
}

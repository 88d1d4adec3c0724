//! The client against a server that speaks like GitHub.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use domain::words::ProjectKey;
use forges::{CommitAt, Forge, ForgeError, Permission, Status, StatusState};
use serde_json::json;

use crate::support::{Seen, Server, Told, hash, project, told};

fn at() -> CommitAt {
    CommitAt { project: project(), hash: hash() }
}

/// Answers what the App asks for first: its installation is 17, its tokens are good for this long.
fn installed(seen: &Seen, token: &str, lasts: TimeDelta) -> Option<Told> {
    match seen.call.as_str() {
        "GET /repos/packit/hello-world/installation" => {
            Some(told(200, json!({"id": 17, "app_slug": "packflow"})))
        }
        "POST /app/installations/17/access_tokens" => {
            Some(told(201, json!({"token": token, "expires_at": Utc::now() + lasts})))
        }
        _ => None,
    }
}

fn not_found() -> Told {
    told(404, json!({"message": "Not Found", "status": "404"}))
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, ForgeError>) -> String {
    match result {
        Err(ForgeError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn outage<T: std::fmt::Debug>(result: Result<T, ForgeError>) -> (String, Option<Duration>) {
    match result {
        Err(ForgeError::Unavailable { reason, retry_after }) => (reason, retry_after),
        other => panic!("not unavailable: {other:?}"),
    }
}

#[tokio::test]
async fn the_app_acts_with_the_token_of_its_installation_and_keeps_it() {
    let server = Server::start(|seen| {
        let answer = installed(seen, "installation-token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "write", "role_name": "maintain"})))
    })
    .await;
    let client = server.app();
    for _ in 0..3 {
        assert_eq!(client.permission(&project(), "lbarcziova").await.unwrap(), Permission::Write);
    }
    let seen = server.seen();
    let permission = "GET /repos/packit/hello-world/collaborators/lbarcziova/permission";
    assert_eq!(
        server.calls(),
        [
            "GET /repos/packit/hello-world/installation",
            "POST /app/installations/17/access_tokens",
            permission,
            permission,
            permission,
        ]
    );
    // A signed token has three parts; the installation's is used as it was given.
    assert_eq!(seen[0].token.split('.').count(), 3);
    assert_eq!(seen[1].token.split('.').count(), 3);
    assert!(seen[2..].iter().all(|seen| seen.token == "installation-token"));
}

#[tokio::test]
async fn a_token_that_ends_soon_is_replaced() {
    let fetched = Mutex::new(0);
    let server = Server::start(move |seen| {
        let mut fetched = fetched.lock().unwrap();
        if seen.call.ends_with("access_tokens") {
            *fetched += 1;
        }
        let lasts = if *fetched == 1 { TimeDelta::minutes(4) } else { TimeDelta::hours(1) };
        installed(seen, &format!("token-{fetched}"), lasts)
            .unwrap_or_else(|| told(200, json!({"permission": "read"})))
    })
    .await;
    let client = server.app();
    for _ in 0..3 {
        client.permission(&project(), "somebody").await.unwrap();
    }
    let used: Vec<String> = server
        .seen()
        .into_iter()
        .filter(|seen| seen.call.contains("collaborators"))
        .map(|seen| seen.token)
        .collect();
    assert_eq!(used, ["token-1", "token-2", "token-2"]);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let server = Server::start(|seen| {
        let answer = installed(seen, "installation-token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "read"})))
    })
    .await;
    let (client, project) = (server.app(), project());
    let (one, two, three) = tokio::join!(
        client.permission(&project, "one"),
        client.permission(&project, "two"),
        client.permission(&project, "three"),
    );
    assert!([one, two, three].into_iter().all(|permission| permission.is_ok()));
    assert_eq!(server.calls().iter().filter(|call| call.ends_with("access_tokens")).count(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let fetched = Mutex::new(0);
    let server = Server::start(move |seen| {
        let mut fetched = fetched.lock().unwrap();
        if seen.call.ends_with("access_tokens") {
            *fetched += 1;
        }
        if seen.token == "token-1" {
            return told(401, json!({"message": "Bad credentials"}));
        }
        let answer = installed(seen, &format!("token-{fetched}"), TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(200, json!({"permission": "admin"})))
    })
    .await;
    assert_eq!(server.app().permission(&project(), "owner").await.unwrap(), Permission::Admin);

    let server = Server::start(|seen| {
        let answer = installed(seen, "token", TimeDelta::hours(1));
        answer.unwrap_or_else(|| told(401, json!({"message": "Bad credentials"})))
    })
    .await;
    assert!(refusal(server.app().permission(&project(), "owner").await).contains("401: Bad credentials"));
    assert_eq!(server.calls().len(), 6);
}

#[tokio::test]
async fn where_the_app_is_not_installed_it_says_so() {
    for status in [401, 404] {
        let server = Server::start(move |_| told(status, json!({"message": "Not Found"}))).await;
        let reason = refusal(server.app().configuration(&at()).await);
        assert!(reason.starts_with("the app is not installed on github.com/packit/hello-world"), "{reason}");
        assert_eq!(server.calls(), ["GET /repos/packit/hello-world/installation"]);
    }
}

#[tokio::test]
async fn an_app_that_was_installed_anew_is_found_again() {
    let removed = Mutex::new(true);
    let server = Server::start(move |seen| {
        let mut removed = removed.lock().unwrap();
        match seen.call.as_str() {
            "GET /repos/packit/hello-world/installation" => {
                told(200, json!({"id": if *removed { 16 } else { 17 }}))
            }
            "POST /app/installations/16/access_tokens" => {
                *removed = false;
                not_found()
            }
            _ => installed(seen, "token", TimeDelta::hours(1))
                .unwrap_or_else(|| told(200, json!({"permission": "read"}))),
        }
    })
    .await;
    let client = server.app();
    refusal(client.permission(&project(), "somebody").await);
    assert_eq!(client.permission(&project(), "somebody").await.unwrap(), Permission::Read);
}

#[tokio::test]
async fn the_first_configuration_that_exists_is_read() {
    let server = Server::start(|seen| {
        if seen.call.contains("/contents/packit.yaml?") {
            // "žluť: 1\n", in two lines as GitHub writes it
            return told(
                200,
                json!({"type": "file", "encoding": "base64", "content": "xb5sdcWl\nOiAxCg==\n"}),
            );
        }
        not_found()
    })
    .await;
    let file = server.with_token().configuration(&at()).await.unwrap().unwrap();
    assert_eq!((file.path.as_str(), file.text.as_str()), ("packit.yaml", "žluť: 1\n"));
    let hash = hash();
    let expected = [".packit.yaml", ".packit.yml", "packit.yaml"]
        .map(|name| format!("GET /repos/packit/hello-world/contents/{name}?ref={hash}"));
    assert_eq!(server.calls(), expected);
    assert!(server.seen().iter().all(|seen| seen.token == "personal"));
}

#[tokio::test]
async fn no_configuration_is_not_the_same_as_no_commit() {
    let server = Server::start(|_| not_found()).await;
    assert_eq!(server.with_token().configuration(&at()).await.unwrap(), None);
    assert_eq!(server.calls().len(), 4);

    let server = Server::start(|_| told(404, json!({"message": "No commit found for the ref 7cf6"}))).await;
    assert!(refusal(server.with_token().configuration(&at()).await).contains("No commit found"));
}

#[tokio::test]
async fn a_configuration_that_is_no_text_file_is_refused() {
    let cases = [
        (json!([{"type": "file", "name": "x"}]), "`.packit.yaml` is not a file"),
        (json!({"type": "submodule", "name": ".packit.yaml"}), "`.packit.yaml` is not a file"),
        (json!({"type": "file", "encoding": "none", "content": ""}), "`.packit.yaml` is larger than 1 MB"),
        (
            json!({"type": "file", "encoding": "base64", "content": "/w=="}),
            "`.packit.yaml` is not UTF-8 text",
        ),
        (json!({"type": "file", "encoding": "base64", "content": "!"}), "`.packit.yaml` is not UTF-8 text"),
    ];
    for (body, expected) in cases {
        let server = Server::start(move |_| told(200, &body)).await;
        assert_eq!(refusal(server.with_token().configuration(&at()).await), expected);
    }
}

#[tokio::test]
async fn spec_files_are_found_in_the_whole_tree() {
    let tree = json!({"truncated": false, "tree": [
        {"path": "fedora/hello.spec", "type": "blob"},
        {"path": "README.md", "type": "blob"},
        {"path": "old.spec", "type": "tree"},
        {"path": "a.spec", "type": "blob"},
        {"path": "vendored.spec", "type": "commit"},
    ]});
    let server = Server::start(move |_| told(200, &tree)).await;
    assert_eq!(server.with_token().spec_files(&at()).await.unwrap(), ["a.spec", "fedora/hello.spec"]);
    assert_eq!(server.calls(), [format!("GET /repos/packit/hello-world/git/trees/{}?recursive=1", hash())]);
}

#[tokio::test]
async fn a_truncated_tree_is_not_taken_for_the_whole() {
    let server = Server::start(|_| told(200, json!({"truncated": true, "tree": []}))).await;
    assert!(refusal(server.with_token().spec_files(&at()).await).contains("name `specfile_path`"));
}

#[tokio::test]
async fn permissions_are_read_and_unknown_accounts_have_none() {
    let server = Server::start(|seen| match seen.call.split('/').rev().nth(1) {
        Some("stranger") => not_found(),
        Some(word) => told(200, json!({"permission": word})),
        None => not_found(),
    })
    .await;
    let client = server.with_token();
    for (account, expected) in [
        ("admin", Permission::Admin),
        ("write", Permission::Write),
        ("read", Permission::Read),
        ("none", Permission::None),
        ("stranger", Permission::None),
    ] {
        assert_eq!(client.permission(&project(), account).await.unwrap(), expected, "{account}");
    }
    assert!(
        refusal(client.permission(&project(), "emperor").await).contains("`emperor` is not a permission")
    );
}

#[tokio::test]
async fn a_revision_is_resolved_whatever_it_is_called() {
    let server = Server::start(|seen| match seen.call.split_once("/commits/").map(|(_, rest)| rest) {
        Some("gone?per_page=1") => not_found(),
        Some("v0?per_page=1") => told(422, json!({"message": "No commit found for SHA: v0"})),
        _ => told(200, json!({"sha": hash(), "files": []})),
    })
    .await;
    let client = server.with_token();
    assert_eq!(client.resolve(&project(), "feature/a b?c#d%").await.unwrap(), Some(hash()));
    assert_eq!(client.resolve(&project(), "gone").await.unwrap(), None);
    assert_eq!(client.resolve(&project(), "v0").await.unwrap(), None);
    let first = &server.calls()[0];
    assert_eq!(first, "GET /repos/packit/hello-world/commits/feature%2Fa%20b%3Fc%23d%25?per_page=1");
}

#[tokio::test]
async fn a_pull_request_is_asked_for_its_head() {
    let server = Server::start(|seen| match seen.call.as_str() {
        "GET /repos/packit/hello-world/pulls/9" => {
            told(200, json!({"head": {"sha": hash()}, "base": {"ref": "main"}, "user": {"login": "phracek"}}))
        }
        "GET /repos/packit/hello-world/pulls/8" => {
            told(200, json!({"head": {"sha": hash()}, "base": {"ref": "main"}, "user": null}))
        }
        _ => not_found(),
    })
    .await;
    let client = server.with_token();
    let head = client.pull_request(&project(), 9).await.unwrap().unwrap();
    assert_eq!((head.hash, head.target_branch.as_str()), (hash(), "main"));
    assert_eq!(head.author.as_deref(), Some("phracek"));
    assert_eq!(client.pull_request(&project(), 8).await.unwrap().unwrap().author, None);
    assert_eq!(client.pull_request(&project(), 7).await.unwrap(), None);
}

#[tokio::test]
async fn a_status_is_set_with_a_description_that_fits() {
    let server = Server::start(|_| told(201, json!({"id": 1}))).await;
    let status = Status {
        context: "packflow".to_owned(),
        state: StatusState::Pending,
        description: "ž".repeat(141),
        target_url: Some("https://packflow.example/events/1".to_owned()),
    };
    server.with_token().set_status(&at(), &status).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.call, format!("POST /repos/packit/hello-world/statuses/{}", hash()));
    let expected = json!({
        "state": "pending",
        "context": "packflow",
        "description": format!("{}…", "ž".repeat(139)),
        "target_url": "https://packflow.example/events/1",
    });
    assert_eq!(seen.body, expected);
}

/// An answer, given the time at which the limit ends, and the seconds to wait that it must lead to.
type Limit = (fn(i64) -> Told, std::ops::RangeInclusive<u64>);

#[tokio::test]
async fn limits_are_obeyed() {
    let reset = (Utc::now() + TimeDelta::minutes(10)).timestamp();
    let cases: [Limit; 6] = [
        (|_| told(403, "{}").header("retry-after", 7), 7..=7),
        (|_| told(429, "{}").header("retry-after", 7), 7..=7),
        (|_| told(429, "not even JSON"), 60..=60),
        (|_| told(403, json!({"message": "You have exceeded a secondary rate limit."})), 60..=60),
        (
            |reset| told(403, "{}").header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", reset),
            500..=600,
        ),
        (|_| told(429, "{}").header("retry-after", u32::MAX), 3600..=3600),
    ];
    for (answer, expected) in cases {
        let server = Server::start(move |_| answer(reset)).await;
        let (reason, wait) = outage(server.with_token().resolve(&project(), "main").await);
        assert!(expected.contains(&wait.unwrap().as_secs()), "{reason}: {wait:?}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_not_a_limit() {
    let server = Server::start(|_| {
        told(403, json!({"message": "Resource not accessible by integration"}))
            .header("x-ratelimit-remaining", 4000)
    })
    .await;
    let reason = refusal(server.with_token().resolve(&project(), "main").await);
    assert!(reason.ends_with("403: Resource not accessible by integration"), "{reason}");
}

#[tokio::test]
async fn outages_may_be_asked_again() {
    for status in [408, 500, 502, 503] {
        let server = Server::start(move |_| told(status, "<html>").header("retry-after", 5)).await;
        let (_, wait) = outage(server.with_token().resolve(&project(), "main").await);
        assert_eq!(wait, Some(Duration::from_secs(5)));
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nobody = forges::github::Credentials::Token("personal".into());
    let client = forges::github::GithubClient::new("github.com", &url, nobody).unwrap();
    let (reason, wait) = outage(client.resolve(&project(), "main").await);
    assert_eq!(wait, None);
    assert!(!reason.contains("personal"), "{reason}");
}

#[tokio::test]
async fn a_renamed_project_is_found_but_no_other_host_is_asked() {
    let elsewhere = Server::start(|_| told(200, json!({"sha": hash()}))).await;
    let server = Server::start(|seen| {
        if seen.call.contains("/repositories/1/") {
            return told(200, json!({"sha": hash()}));
        }
        told(301, json!({"message": "Moved Permanently"})).header("location", "/repositories/1/commits/main")
    })
    .await;
    assert_eq!(server.with_token().resolve(&project(), "main").await.unwrap(), Some(hash()));
    assert_eq!(server.seen()[1].token, "personal");

    let target = elsewhere.url.clone();
    let server = Server::start(move |_| told(302, "").header("location", &target)).await;
    let reason = refusal(server.with_token().resolve(&project(), "main").await);
    assert!(reason.ends_with("302: it points to another host, which is not followed"), "{reason}");
    assert_eq!(elsewhere.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_that_turns_writing_into_reading_is_no_success() {
    let server = Server::start(|seen| {
        if seen.call.starts_with("GET") {
            return told(200, json!([]));
        }
        told(301, "").header("location", "/repositories/1/statuses")
    })
    .await;
    let status = Status {
        context: "c".into(),
        state: StatusState::Error,
        description: String::new(),
        target_url: None,
    };
    refusal(server.with_token().set_status(&at(), &status).await);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Server::start(|_| told(200, format!("\"{}\"", "x".repeat(17 * 1024 * 1024)))).await;
    assert!(refusal(server.with_token().resolve(&project(), "main").await).contains("is longer than"));
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_refused_with_its_key() {
    let server = Server::start(|_| told(200, json!({"head": {"sha": 7}}))).await;
    let reason = refusal(server.with_token().pull_request(&project(), 7).await);
    assert!(reason.contains("head.sha: invalid type"), "{reason}");
}

#[tokio::test]
async fn another_forges_project_is_not_asked_for() {
    let server = Server::start(|_| told(200, json!({"sha": hash()}))).await;
    let foreign = ProjectKey::new("gitlab.com", "packit", "hello-world");
    refusal(server.with_token().resolve(&foreign, "main").await);
    let dots = ProjectKey::new("github.com", "..", "hello-world");
    refusal(server.with_token().resolve(&dots, "main").await);
    assert_eq!(server.calls(), Vec::<String>::new());
}

//! The client against what GitHub really answered.

use std::path::Path;

use domain::words::ProjectKey;
use forges::{CommitAt, Forge, Permission, Status, StatusState};
use serde_json::Value;

use crate::support::{Seen, Server, Told, corpus, told};

/// The exchanges of one recording.
fn recording(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The recorded answer to a call, without regard to its query.
fn recorded(exchanges: &[Value], seen: &Seen, fits: impl Fn(&Value) -> bool) -> Told {
    let asked = seen.call.split('?').next().unwrap();
    let exchange = exchanges.iter().find(|exchange| {
        let (method, url) = (&exchange["request"]["method"], exchange["request"]["url"].as_str().unwrap());
        let path = url.trim_start_matches("https://api.github.com").trim_start_matches(":443");
        format!("{} {path}", method.as_str().unwrap()) == asked && fits(&exchange["response"])
    });
    let Some(response) = exchange.map(|exchange| &exchange["response"]) else {
        return told(404, r#"{"message": "Not Found"}"#);
    };
    let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap();
    let limits = response["headers"].as_object().unwrap().iter();
    limits
        .filter(|(name, _)| name.to_ascii_lowercase().starts_with("x-ratelimit"))
        .fold(told(status, &response["body"]), |told, (name, value)| {
            told.header(name, value.as_str().unwrap())
        })
}

#[tokio::test]
async fn an_installation_and_its_token_are_read() {
    let Some(folder) = corpus("api/github") else { return };
    let exchanges = recording(&folder, "check_run-change_url.json");
    let server = Server::start(move |seen| recorded(&exchanges, seen, |_| true)).await;
    let project = ProjectKey::new("github.com", "packit", "hello-world");
    let hash = "7cf6d0cbeca285ecbeb19a0067cb243783b3c768";
    assert_eq!(server.app().resolve(&project, hash).await.unwrap().as_deref(), Some(hash));
    assert_eq!(
        server.calls(),
        [
            "GET /repos/packit/hello-world/installation",
            "POST /app/installations/1924121/access_tokens",
            &format!("GET /repos/packit/hello-world/commits/{hash}?per_page=1"),
        ]
    );
    assert_eq!(server.seen()[2].token, "REDACTED");
}

#[tokio::test]
async fn permissions_are_read() {
    let Some(folder) = corpus("api/github") else { return };
    let exchanges = recording(&folder, "generic_commands-pr_permissions.json");
    let server = Server::start(move |seen| recorded(&exchanges, seen, |_| true)).await;
    let (client, project) = (server.with_token(), ProjectKey::new("github.com", "packit", "ogr"));
    for (account, expected) in [
        ("TomasTomecek", Permission::Admin),
        ("marusinm", Permission::Write),
        ("torvalds", Permission::Read),
        ("nobody-recorded", Permission::None),
    ] {
        assert_eq!(client.permission(&project, account).await.unwrap(), expected, "{account}");
    }
}

#[tokio::test]
async fn a_pull_request_is_read() {
    let Some(folder) = corpus("api/github") else { return };
    let exchanges = recording(&folder, "comments-pr_react_to_comment_and_delete.json");
    let server = Server::start(move |seen| recorded(&exchanges, seen, |_| true)).await;
    let project = ProjectKey::new("github.com", "nikromen", "playground");
    let head = server.with_token().pull_request(&project, 4).await.unwrap().unwrap();
    assert_eq!(head.hash.len(), 40);
    assert_eq!(head.target_branch, "main");
}

#[tokio::test]
async fn a_long_description_is_not_refused() {
    let Some(folder) = corpus("api/github") else { return };
    let exchanges = recording(&folder, "generic_commands-set_commit_status_long_description.json");
    // GitHub answered the long description with 422 and the cut one with 201.
    let server = Server::start(move |seen| {
        let fits = seen.body["description"].as_str().is_some_and(|text| text.chars().count() <= 140);
        recorded(&exchanges, seen, |response| response["status"] == if fits { 201 } else { 422 })
    })
    .await;
    let at = CommitAt {
        project: ProjectKey::new("github.com", "packit", "ogr"),
        hash: "c891a9e4ac01e6575f3fd66cf1b7db2f52f10128".to_owned(),
    };
    let status = Status {
        context: "test".to_owned(),
        state: StatusState::Success,
        description: "a long description ".repeat(20),
        target_url: Some("https://example.com".to_owned()),
        pull_request: None,
    };
    server.with_token().set_status(&at, &status).await.unwrap();
}

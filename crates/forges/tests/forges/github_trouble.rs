//! Answers that are no answers: limits, outages, redirects and what nobody asked for.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use domain::words::ProjectKey;
use forges::{Forge, Status, StatusState};
use serde_json::json;

use crate::support::{Server, Told, at, hash, outage, project, refusal, told};

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
        pull_request: None,
    };
    refusal(server.with_token().set_status(&at(), &status).await);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Server::start(|_| told(200, format!("\"{}\"", "x".repeat(17 * 1024 * 1024)))).await;
    assert!(refusal(server.with_token().resolve(&project(), "main").await).contains("is longer than"));
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_told_with_its_key_and_asked_for_again() {
    let server = Server::start(|_| told(200, json!({"head": {"sha": 7}}))).await;
    let (reason, _) = outage(server.with_token().pull_request(&project(), 7).await);
    assert!(reason.contains("head.sha: invalid type"), "{reason}");
}

/// Whatever answers in GitHub's place says nothing about the files of a commit.
#[tokio::test]
async fn a_yes_that_cannot_be_read_is_no_answer_about_the_configuration() {
    for body in ["<html>We are back soon</html>", "null", "{}", r#"{"message": "ok"}"#, "7", ""] {
        let server = Server::start(move |_| told(200, body)).await;
        let (reason, _) = outage(server.with_token().configuration(&at()).await);
        assert!(reason.contains("/contents/.packit.yaml: the answer is not understood"), "{reason}");
    }
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

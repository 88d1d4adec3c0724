//! Check runs as GitHub takes them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::event::CheckApp;
use forges::{Check, CheckAction, CheckStage, Conclusion, Forge, KnownCheck, Shows};
use serde_json::{Value, json};

use crate::support::{Server, at, corpus, hash, outage, project, refusal, told};

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute) + TimeDelta::milliseconds(7)
}

fn check() -> Check {
    Check {
        name: "rpm-build:fedora-43-x86_64".to_owned(),
        external_id: "12".to_owned(),
        details_url: "https://packflow.example/targets/12".to_owned(),
        stage: CheckStage::Queued,
        started_at: None,
        title: "Queued".to_owned(),
        summary: "It waits.".to_owned(),
        text: String::new(),
        actions: Vec::new(),
    }
}

/// The API as an App sees it; a call about check runs is answered so.
async fn server(status: u16, body: Value) -> Server {
    let expires_at = Utc::now() + TimeDelta::hours(1);
    Server::start(move |seen| match &seen.call {
        call if call.ends_with("/installation") => told(200, json!({"id": 3})),
        call if call.ends_with("/access_tokens") => {
            told(201, json!({"token": "installation", "expires_at": expires_at}))
        }
        _ => told(status, &body),
    })
    .await
}

#[tokio::test]
async fn a_check_run_is_made_with_what_has_a_value() {
    let server = server(201, json!({"id": 77, "name": "x"})).await;
    assert_eq!(server.app().create_check(&at(), &check()).await.unwrap(), "77");
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.call, "POST /repos/packit/hello-world/check-runs");
    assert_eq!(
        seen.body,
        json!({
            "name": "rpm-build:fedora-43-x86_64",
            "head_sha": hash(),
            "external_id": "12",
            "details_url": "https://packflow.example/targets/12",
            "status": "queued",
            "output": {"title": "Queued", "summary": "It waits.", "text": ""},
            "actions": [],
        })
    );
}

#[tokio::test]
async fn an_end_is_told_with_its_time_and_conclusion() {
    let server = server(200, json!({"id": 77})).await;
    for (conclusion, expected) in [
        (Conclusion::Success, "success"),
        (Conclusion::Failure, "failure"),
        (Conclusion::Neutral, "neutral"),
        (Conclusion::Cancelled, "cancelled"),
        (Conclusion::Skipped, "skipped"),
    ] {
        let ended = Check {
            stage: CheckStage::Completed { conclusion, at: minute(5) },
            started_at: Some(minute(1)),
            actions: vec![CheckAction { label: "Redo", description: "All of it", identifier: "redo" }],
            ..check()
        };
        server.app().update_check(&project(), "77", &ended).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.call, "PATCH /repos/packit/hello-world/check-runs/77");
        assert_eq!((&seen.body["status"], &seen.body["conclusion"]), (&json!("completed"), &json!(expected)));
        assert_eq!(seen.body["started_at"], "1970-01-01T00:01:00Z");
        assert_eq!(seen.body["completed_at"], "1970-01-01T00:05:00Z");
        assert_eq!(
            seen.body["actions"],
            json!([{"label": "Redo", "description": "All of it", "identifier": "redo"}])
        );
        assert!(seen.body.get("head_sha").is_none(), "a check run stays at its commit");
    }
}

/// Longer ones are answered with 422 and would never be shown.
#[tokio::test]
async fn texts_are_cut_to_what_github_takes() {
    let server = server(201, json!({"id": 77})).await;
    let long =
        Check { title: "ž".repeat(1000), summary: "ž".repeat(70_000), text: "x".repeat(70_000), ..check() };
    server.app().create_check(&at(), &long).await.unwrap();
    let output = server.seen().pop().unwrap().body["output"].clone();
    let length = |name: &str| output[name].as_str().unwrap().len();
    assert_eq!((length("summary"), length("text")), (65_535, 65_535));
    assert!(output["title"].as_str().unwrap().chars().count() <= 255);
}

#[tokio::test]
async fn only_our_own_check_runs_are_found() {
    let run = |id: u64, external_id: Value, app: u64| json!({"id": id, "external_id": external_id, "app": {"id": app}});
    let list = json!({"total_count": 4, "check_runs": [
        run(1, json!("12"), 4711), run(9, json!("13"), 4711), run(7, json!("12"), 15_368), run(8, json!(null), 4711),
    ]});
    let server = server(200, list).await;
    let known =
        |id: &str, external_id: &str| KnownCheck { id: id.to_owned(), external_id: external_id.to_owned() };
    assert_eq!(
        server.app().our_checks(&at(), "rpm-build:fedora-43-x86_64").await.unwrap(),
        [known("9", "13"), known("8", ""), known("1", "12")]
    );
    let expected = format!(
        "GET /repos/packit/hello-world/commits/{}/check-runs?check_name=rpm-build%3Afedora-43-x86_64&filter=all&per_page=100",
        hash()
    );
    assert_eq!(server.calls().pop().unwrap(), expected);
}

#[tokio::test]
async fn our_app_is_known_by_its_number_or_its_client_id() {
    let server = server(200, json!({})).await;
    let app =
        |id, client_id: Option<&str>| CheckApp { id, client_id: client_id.map(str::to_owned), slug: None };
    assert!(server.app().is_our_app(&app(4711, None)) && server.app().is_our_app(&app(1, Some("4711"))));
    assert!(!server.app().is_our_app(&app(1, Some("Iv1.x"))));
    assert!(!server.with_token().is_our_app(&app(4711, None)), "a token is no App");
    assert_eq!((server.app().shows(), server.with_token().shows()), (Shows::Checks, Shows::Summary));
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait_and_a_refusal_is_for_good() {
    let expires_at = Utc::now() + TimeDelta::hours(1);
    let server = Server::start(move |seen| match &seen.call {
        call if call.ends_with("/installation") => told(200, json!({"id": 3})),
        call if call.ends_with("/access_tokens") => {
            told(201, json!({"token": "installation", "expires_at": expires_at}))
        }
        call if call.starts_with("POST") => {
            told(403, json!({"message": "You have exceeded a secondary rate limit"}))
                .header("retry-after", 90)
        }
        _ => told(422, json!({"message": "Invalid request."})),
    })
    .await;
    let (_, wait) = outage(server.app().create_check(&at(), &check()).await);
    assert_eq!(wait, Some(std::time::Duration::from_secs(90)));
    assert!(refusal(server.app().update_check(&project(), "1", &check()).await).contains("Invalid request."));
}

/// What GitHub answered to others who made check runs is understood.
#[tokio::test]
async fn recorded_check_runs_are_read() {
    let Some(folder) = corpus("api/github") else { return };
    let mut read = 0;
    for file in
        ["check_run-create_neutral_completed.json", "check_run-change_url.json", "check_run-get_list.json"]
    {
        let exchanges: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        for exchange in exchanges {
            let (request, response) = (&exchange["request"], exchange["response"].clone());
            let url = request["url"].as_str().unwrap();
            let is_made =
                request["method"] == "POST" && url.ends_with("/check-runs") && response["status"] == 201;
            let is_list =
                request["method"] == "GET" && url.contains("/check-runs?") && response["status"] == 200;
            let is_list = is_list || (request["method"] == "GET" && url.ends_with("/check-runs"));
            if is_made {
                let id = response["body"]["id"].as_u64().unwrap().to_string();
                let server = server(201, response["body"].clone()).await;
                assert_eq!(server.app().create_check(&at(), &check()).await.unwrap(), id, "{file}");
                read += 1;
            } else if is_list {
                let server = server(200, response["body"].clone()).await;
                // They are another App's.
                assert_eq!(server.app().our_checks(&at(), "x").await.unwrap(), [], "{file}");
                read += 1;
            }
        }
    }
    assert!(read >= 2, "{read}");
}

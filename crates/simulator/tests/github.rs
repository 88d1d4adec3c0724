//! The simulated GitHub: who may call, what a repository tells, what it takes, what it delivers.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use simulator::{Behaviour, Delivery, Pull, Repository, Simulator};

const HEAD: &str = "1111111111111111111111111111111111111111";

/// A token in the shape of an App's, with so many seconds to live.
fn app_token(seconds: i64) -> String {
    let now = chrono::Utc::now().timestamp();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = part(json!({"iss": "1", "iat": now - 60, "exp": now + seconds}));
    format!("{}.{claims}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), URL_SAFE_NO_PAD.encode([7; 256]))
}

async fn call(
    simulator: &Simulator,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", simulator.github_url()));
    request = request.bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn installed() -> (Simulator, String) {
    let simulator = common::simulator(Behaviour::immediate()).await;
    let files = |text: &str| {
        BTreeMap::from([
            (".packit.yaml".to_owned(), text.to_owned()),
            ("dist/hello.spec".to_owned(), "Name: hello".to_owned()),
        ])
    };
    let repository = Repository {
        files: files("jobs: []"),
        commits: BTreeMap::from([(HEAD.to_owned(), files("jobs: [new]"))]),
        references: BTreeMap::from([
            ("main".to_owned(), "2".repeat(40)),
            ("topic/one".to_owned(), HEAD.to_owned()),
        ]),
        permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
        pulls: BTreeMap::from([(
            7,
            Pull { head: HEAD.to_owned(), base: "main".to_owned(), author: "bob".to_owned() },
        )]),
        ..Repository::default()
    };
    simulator.put_repository("packit", "Hello", repository);
    let (status, installation) =
        call(&simulator, "GET", "/repos/packit/hello/installation", &app_token(500), None).await;
    assert_eq!(status, 200);
    let path = format!("/app/installations/{}/access_tokens", installation["id"]);
    let (status, answer) = call(&simulator, "POST", &path, &app_token(500), None).await;
    assert_eq!(status, 201);
    (simulator, answer["token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn only_the_app_and_its_installations_are_let_in() {
    let (simulator, token) = installed().await;
    let app_calls = ["/app", "/app/hook/deliveries", "/repos/packit/hello/installation"];
    for path in app_calls {
        assert_eq!(call(&simulator, "GET", path, &app_token(500), None).await.0, 200, "{path}");
        for bad in [&token, &app_token(-1), &app_token(3600), "nonsense"] {
            assert_eq!(call(&simulator, "GET", path, bad, None).await.0, 401, "{path}");
        }
    }
    assert_eq!(call(&simulator, "GET", "/repos/packit/hello", &token, None).await.0, 200);
    assert_eq!(call(&simulator, "GET", "/repos/packit/hello", &app_token(500), None).await.0, 401);
    simulator.put_repository("else", "where", Repository { not_installed: true, ..Repository::default() });
    let path = "/repos/else/where/installation";
    assert_eq!(call(&simulator, "GET", path, &app_token(500), None).await.0, 404);
}

#[tokio::test]
async fn a_repository_tells_its_files_commits_people_and_pull_requests() {
    let (simulator, token) = installed().await;
    let get = |path: &'static str| call(&simulator, "GET", path, &token, None);
    let text = |answer: &Value| {
        String::from_utf8(STANDARD.decode(answer["content"].as_str().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(text(&get("/repos/packit/hello/contents/.packit.yaml").await.1), "jobs: []");
    let at_head = "/repos/packit/hello/contents/.packit.yaml?ref=1111111111111111111111111111111111111111";
    assert_eq!(text(&get(at_head).await.1), "jobs: [new]");
    assert_eq!(get("/repos/packit/hello/contents/packit.yaml").await.0, 404);

    let tree = get("/repos/packit/hello/git/trees/topic/one?recursive=1").await.1;
    let paths: Vec<&str> =
        tree["tree"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [".packit.yaml", "dist", "dist/hello.spec"]);

    assert_eq!(get("/repos/packit/hello/commits/topic/one").await.1["sha"], HEAD);
    assert_eq!(get("/repos/packit/hello/commits/1111111").await.1["sha"], HEAD);
    assert_eq!(get("/repos/packit/hello/commits/nowhere").await.0, 422);
    let pull = get("/repos/packit/hello/pulls/7").await.1;
    assert_eq!((&pull["head"]["sha"], &pull["base"]["sha"]), (&json!(HEAD), &json!("2".repeat(40))));
    for (path, permission) in [
        ("/repos/packit/hello/collaborators/alice/permission", "write"),
        ("/repos/packit/hello/collaborators/carol/permission", "read"),
    ] {
        assert_eq!(get(path).await.1["permission"], permission);
    }
}

#[tokio::test]
async fn statuses_and_check_runs_are_taken_within_githubs_bounds() {
    let (simulator, token) = installed().await;
    let statuses = format!("/repos/packit/hello/statuses/{HEAD}");
    let good = json!({"state": "pending", "context": "rpm-build:f43", "description": "waiting"});
    assert_eq!(call(&simulator, "POST", &statuses, &token, Some(good)).await.0, 201);
    for bad in [json!({"state": "running"}), json!({"state": "success", "description": "x".repeat(141)})] {
        assert_eq!(call(&simulator, "POST", &statuses, &token, Some(bad)).await.0, 422);
    }
    let told = call(&simulator, "GET", &format!("/repos/packit/hello/commits/{HEAD}/statuses"), &token, None)
        .await
        .1;
    assert_eq!((told.as_array().unwrap().len(), &told[0]["context"]), (1, &json!("rpm-build:f43")));

    let checks = "/repos/packit/hello/check-runs";
    for bad in [
        json!({"name": "a"}),
        json!({"name": "a", "head_sha": HEAD, "status": "completed"}),
        json!({"name": "a", "head_sha": HEAD, "details_url": ""}),
        json!({"name": "a", "head_sha": HEAD, "actions": [{"label": "x".repeat(21)}]}),
    ] {
        assert_eq!(call(&simulator, "POST", checks, &token, Some(bad.clone())).await.0, 422, "{bad}");
    }
    let check = json!({"name": "a", "head_sha": HEAD, "external_id": "5"});
    let (status, check) = call(&simulator, "POST", checks, &token, Some(check)).await;
    assert_eq!((status, &check["status"]), (201, &json!("queued")));
    let one = format!("{checks}/{}", check["id"]);
    let ended = call(&simulator, "PATCH", &one, &token, Some(json!({"conclusion": "success"}))).await.1;
    assert_eq!(ended["status"], "completed", "a conclusion alone means that it is completed");
    let listed =
        call(&simulator, "GET", &format!("/repos/packit/hello/commits/{HEAD}/check-runs"), &token, None)
            .await
            .1;
    assert_eq!(
        (&listed["total_count"], &listed["check_runs"][0]["conclusion"]),
        (&json!(1), &json!("success"))
    );
}

#[derive(Clone, Default)]
struct Receiver {
    received: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    awake: Arc<Mutex<bool>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    if !*receiver.awake.lock().unwrap() {
        return StatusCode::BAD_GATEWAY;
    }
    receiver.received.lock().unwrap().push((headers, body));
    StatusCode::ACCEPTED
}

#[tokio::test]
async fn a_failed_delivery_is_delivered_again_only_when_the_app_asks_for_it() {
    let (simulator, _) = installed().await;
    let receiver = Receiver::default();
    let router =
        axum::Router::new().route("/hook", axum::routing::post(receive)).with_state(receiver.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let delivery = Delivery {
        url,
        secret: "shared".to_owned(),
        event: "push".to_owned(),
        payload: json!({"ref": "refs/heads/main"}),
        guid: Some("the-delivery".to_owned()),
    };
    assert_eq!(simulator.deliver(delivery).await, Some(502));
    let deliveries = call(&simulator, "GET", "/app/hook/deliveries", &app_token(500), None).await.1;
    assert_eq!(
        (&deliveries[0]["guid"], &deliveries[0]["status_code"]),
        (&json!("the-delivery"), &json!(502))
    );

    *receiver.awake.lock().unwrap() = true;
    let path = format!("/app/hook/deliveries/{}/attempts", deliveries[0]["id"]);
    assert_eq!(call(&simulator, "POST", &path, &app_token(500), None).await.0, 202);
    while receiver.received.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (headers, body) = receiver.received.lock().unwrap()[0].clone();
    assert_eq!(headers["x-github-delivery"], "the-delivery", "the same id again");
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").unwrap();
    mac.update(body.as_bytes());
    let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(headers["x-hub-signature-256"], format!("sha256={expected}"));
}

//! Webhooks of GitLab and Forgejo: several hosts behind one address, each with its secret.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::words::DeliveryOutcome;
use forges::{Reading, WebhookSecrets, forgejo, gitlab};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use store::inbox;
use test_support::{TestDatabase, on_both_databases};
use tower::ServiceExt;
use web::{Door, Look, WebState, router};

use crate::server::Server;

/// A GitLab's or a Forgejo's door.
struct Host {
    host: &'static str,
    secrets: WebhookSecrets,
    is_gitlab: bool,
}

fn door(host: &'static str, secret: &str, is_gitlab: bool) -> Arc<dyn Door> {
    let secrets = WebhookSecrets::new(vec![SecretString::from(secret)]).unwrap();
    Arc::new(Host { host, secrets, is_gitlab })
}

impl Door for Host {
    fn source(&self) -> &str {
        self.host
    }

    fn verify(&self, signature: &str, body: &[u8]) -> Result<(), String> {
        let verified = match self.is_gitlab {
            true => self.secrets.verify_token(Some(signature)),
            false => self.secrets.verify(Some(signature), body),
        };
        verified.map_err(|error| error.to_string())
    }

    fn is_of(&self, body: &[u8]) -> bool {
        let host = if self.is_gitlab { gitlab::delivery::host(body) } else { forgejo::delivery::host(body) };
        host.as_deref() == Some(self.host)
    }

    fn look(&self, kind: &str, body: &[u8]) -> Look {
        let read = if self.is_gitlab { gitlab::delivery::read } else { forgejo::delivery::read };
        match read(kind, body, self.host) {
            Reading::Event(_) | Reading::Notice(_) | Reading::Project(_) => Look::Work,
            Reading::Ignored(reason) => Look::Settled(DeliveryOutcome::Ignored, reason),
            Reading::Refused(reason) => Look::Refused(reason),
            Reading::NotHandledYet(reason) => Look::Settled(DeliveryOutcome::NotHandledYet, reason),
        }
    }
}

fn push(host: &str) -> Value {
    let url = format!("https://{host}/group/hello");
    json!({
        "object_kind": "push", "ref": "refs/heads/main", "before": "0".repeat(40), "after": "1".repeat(40),
        "checkout_sha": "1".repeat(40), "user_username": "ann",
        "project": {"id": 1, "web_url": url, "visibility_level": 20},
        "repository": {"id": 1, "html_url": url, "private": false}, "sender": {"login": "ann"},
    })
}

fn gitlab_request(token: Option<&str>, key: Option<&str>, payload: &Value) -> Request<Body> {
    let mut request = Request::post("/webhooks/gitlab").header("X-Gitlab-Event", "Push Hook");
    if let Some(token) = token {
        request = request.header("X-Gitlab-Token", token);
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    request.body(Body::from(payload.to_string())).unwrap()
}

fn forgejo_request(header: &str, secret: &str, payload: &Value) -> Request<Body> {
    let body = payload.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let sum: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = if header == "X-Forgejo-Signature" { sum } else { format!("sha256={sum}") };
    Request::post("/webhooks/forgejo")
        .header("X-Forgejo-Event", "push")
        .header("X-Forgejo-Delivery", format!("{header}-{secret}"))
        .header(header, signature)
        .body(Body::from(body))
        .unwrap()
}

/// The status of the answer, and the answer.
async fn answer(state: &WebState, request: Request<Body>) -> (StatusCode, Value) {
    let (parts, body) = router(state.clone()).oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, serde_json::from_slice(&body).unwrap())
}

async fn state(database: &TestDatabase) -> WebState {
    let server = Server::new(database).await;
    WebState {
        gitlab: vec![
            door("one.example", "shared", true),
            door("two.example", "shared", true),
            door("three.example", "own", true),
        ],
        forgejo: vec![door("one.example", "first", false), door("two.example", "second", false)],
        ..server.state.clone()
    }
}

on_both_databases! {
    async fn a_delivery_is_of_the_host_whose_secret_it_carries_and_that_it_names(database: TestDatabase) {
        let state = state(&database).await;
        for (token, host) in [("shared", "one.example"), ("shared", "two.example"), ("own", "three.example")] {
            let (status, body) = answer(&state, gitlab_request(Some(token), Some(host), &push(host))).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{body}");
            assert!(inbox::find(&state.db, host, host).await.unwrap().is_some(), "{host}");
        }
        // The secret of one host does not speak for another.
        let (status, body) = answer(&state, gitlab_request(Some("own"), Some("foreign"), &push("one.example"))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(inbox::find(&state.db, "one.example", "foreign").await.unwrap().is_none());
    }

    async fn without_the_token_nothing_is_kept(database: TestDatabase) {
        let state = state(&database).await;
        for token in [None, Some("wrong"), Some("")] {
            let (status, body) = answer(&state, gitlab_request(token, Some("k"), &push("one.example"))).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert!(body["detail"].as_str().unwrap().contains("X-Gitlab-Token"), "{body}");
        }
        let (status, _) = answer(&state, forgejo_request("X-Hub-Signature-256", "third", &push("one.example"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(inbox::pending(&state.db).await.unwrap().0, 0);
    }

    async fn a_gitlab_that_names_no_key_is_known_by_what_it_says(database: TestDatabase) {
        let state = state(&database).await;
        let send = async |payload: &Value| answer(&state, gitlab_request(Some("own"), None, payload)).await.1;
        let first = send(&push("three.example")).await;
        let again = send(&push("three.example")).await;
        assert_eq!((&first["repeated"], &again["repeated"]), (&json!(false), &json!(true)));
        assert_eq!(first["inbox_id"], again["inbox_id"]);
        let mut other = push("three.example");
        other["ref"] = json!("refs/heads/other");
        assert_eq!(send(&other).await["repeated"], false);
    }

    async fn both_signatures_of_forgejo_are_believed(database: TestDatabase) {
        let state = state(&database).await;
        for (header, secret, host) in [
            ("X-Hub-Signature-256", "first", "one.example"),
            ("X-Forgejo-Signature", "second", "two.example"),
        ] {
            let (status, body) = answer(&state, forgejo_request(header, secret, &push(host))).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{body}");
            let key = format!("{header}-{secret}");
            assert!(inbox::find(&state.db, host, &key).await.unwrap().is_some());
        }
    }
}

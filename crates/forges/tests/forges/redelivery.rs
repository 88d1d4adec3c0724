//! What was missed while we were away is asked for again.

use chrono::{DateTime, Utc};
use forges::{ForgeError, Redelivery};
use serde_json::{Value, json};

use crate::support::{Server, told};

fn time(minute: u32) -> DateTime<Utc> {
    format!("2026-01-01T10:{minute:02}:00Z").parse().unwrap()
}

fn attempt(id: u64, guid: &str, minute: u32, status_code: u16) -> Value {
    json!({
        "id": id, "guid": guid, "delivered_at": time(minute), "redelivery": false, "duration": 0.1,
        "status": "whatever", "status_code": status_code, "event": "push", "action": null,
        "installation_id": 17, "repository_id": 1,
    })
}

async fn failed(attempts: Vec<Value>, since: u32) -> Vec<(u64, String)> {
    let server = Server::start(move |_| told(200, json!(attempts))).await;
    let failed = server.app().failed_deliveries(time(since)).await.unwrap();
    assert_eq!(server.calls(), ["GET /app/hook/deliveries?per_page=100"]);
    failed.into_iter().map(|delivery| (delivery.id, delivery.delivery_id)).collect()
}

#[tokio::test]
async fn deliveries_without_an_answer_are_failed_oldest_first() {
    let attempts = vec![
        attempt(4, "d", 40, 503),
        attempt(3, "c", 30, 202),
        attempt(2, "b", 20, 0),
        attempt(1, "a", 10, 504),
    ];
    let expected = [(1, "a".to_owned()), (2, "b".to_owned()), (4, "d".to_owned())];
    assert_eq!(failed(attempts.clone(), 0).await, expected);
    assert_eq!(failed(attempts, 15).await, expected[1..]);
}

#[tokio::test]
async fn a_delivery_that_an_attempt_has_brought_is_not_failed() {
    let attempts = vec![
        attempt(4, "later", 40, 202),
        attempt(3, "earlier", 30, 500),
        attempt(2, "earlier", 20, 202),
        attempt(1, "later", 10, 500),
    ];
    assert_eq!(failed(attempts, 0).await, []);
}

#[tokio::test]
async fn a_delivery_that_failed_twice_is_asked_for_once_by_its_newest_attempt() {
    let attempts = vec![attempt(2, "a", 20, 502), attempt(1, "a", 10, 0)];
    assert_eq!(failed(attempts, 0).await, [(2, "a".to_owned())]);
}

#[tokio::test]
async fn a_refused_delivery_would_be_refused_again() {
    let attempts = [(5, 401), (4, 422), (3, 400), (2, 429), (1, 408)]
        .map(|(id, status)| attempt(id, &id.to_string(), 10, status));
    assert_eq!(failed(attempts.to_vec(), 0).await, [(1, "1".to_owned()), (2, "2".to_owned())]);
}

#[tokio::test]
async fn all_pages_since_then_are_read_as_the_app() {
    let server = Server::start(|seen| {
        let page = |attempts: Vec<Value>, next: &str| {
            let link = format!(r#"<http://elsewhere.example/x?per_page=100&cursor={next}>; rel="next""#);
            told(200, json!(attempts)).header("link", link)
        };
        match seen.call.as_str() {
            "GET /app/hook/deliveries?per_page=100" => page(vec![attempt(3, "c", 30, 0)], "v1_30"),
            "GET /app/hook/deliveries?per_page=100&cursor=v1_30" => {
                page(vec![attempt(2, "b", 20, 0)], "v1_20")
            }
            "GET /app/hook/deliveries?per_page=100&cursor=v1_20" => {
                page(vec![attempt(1, "a", 10, 0)], "v1_10")
            }
            other => panic!("not expected: {other}"),
        }
    })
    .await;
    let failed = server.app().failed_deliveries(time(15)).await.unwrap();
    assert_eq!(failed.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((failed[0].kind.as_str(), failed[0].delivered_at), ("push", time(20)));
    assert_eq!(server.calls().len(), 3);
    assert!(server.seen().iter().all(|seen| seen.token.split('.').count() == 3));
}

#[tokio::test]
async fn one_more_attempt_is_asked_for() {
    let server = Server::start(|seen| match seen.call.as_str() {
        "POST /app/hook/deliveries/12345/attempts" => told(202, json!({})),
        _ => told(404, json!({"message": "Not Found"})),
    })
    .await;
    server.app().redeliver(12345).await.unwrap();
    assert!(matches!(server.app().redeliver(1).await, Err(ForgeError::Refused(_))));
}

#[tokio::test]
async fn a_personal_token_cannot_ask() {
    let server = Server::start(|_| told(200, json!([]))).await;
    assert!(matches!(server.with_token().failed_deliveries(time(0)).await, Err(ForgeError::Refused(_))));
    assert_eq!(server.calls(), Vec::<String>::new());
}

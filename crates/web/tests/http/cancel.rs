//! `POST /api/v1/events/{id}/cancel`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use test_support::{TestDatabase, on_both_databases};

use crate::server::{Answer, Server};

async fn cancel(server: &Server, event: &str, token: Option<&str>, body: &'static str) -> Answer {
    let mut request =
        Request::post(format!("/api/v1/events/{event}/cancel")).header("Content-Type", "application/json");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    server.send(request.body(Body::from(body)).unwrap()).await
}

on_both_databases! {
    async fn nothing_is_canceled_without_a_valid_token(database: TestDatabase) {
        let server = Server::new(&database).await;
        for token in [None, Some("wrong"), Some("")] {
            let refused = cancel(&server, "1", token, "{}").await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    }

    async fn what_is_canceled_is_told(database: TestDatabase) {
        let server = Server::new(&database).await;
        let told = cancel(&server, "1", Some("right"), r#"{"targets": [7, 5], "dry_run": true}"#).await;
        assert_eq!(told.status, StatusCode::OK);
        let expected = serde_json::json!({
            "event_id": 1, "dry_run": true, "ends_now": [], "asked": [5, 7], "taken_along": [], "ended": [],
            "submissions": [],
        });
        assert_eq!(told.json(), expected);
    }

    async fn what_cannot_be_canceled_is_a_problem(database: TestDatabase) {
        let server = Server::new(&database).await;
        assert_eq!(cancel(&server, "2", Some("right"), "{}").await.status, StatusCode::NOT_FOUND);
        for (event, body) in [("x", "{}"), ("1", "{\"target\": [1]}"), ("1", "[")] {
            let refused = cancel(&server, event, Some("right"), body).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{event} {body}");
            assert!(refused.json()["field"].is_string());
        }
    }
}

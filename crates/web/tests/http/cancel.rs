//! `POST /api/v1/events/{id}/cancel`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::words::{Reference, ReferenceKind, Visibility};
use test_support::{TestDatabase, on_both_databases};

use crate::server::{Answer, Server};
use crate::workflows::{plan, record, record_public};

async fn cancel(server: &Server, event: &str, token: Option<&str>, body: &'static str) -> Answer {
    let mut request =
        Request::post(format!("/api/v1/events/{event}/cancel")).header("Content-Type", "application/json");
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    server.send(request.body(Body::from(body)).unwrap()).await
}

on_both_databases! {
    async fn nothing_is_canceled_without_a_token_that_may(database: TestDatabase) {
        let server = Server::new(&database).await;
        record_public(&server.db, &plan(&["f43"]), 0).await;
        for token in [None, Some("wrong"), Some("")] {
            let refused = cancel(&server, "1", token, "{}").await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
            assert_eq!(refused.problem()["field"], "Authorization");
        }
        let token = server.token("ci", "read,rerun").await;
        let refused = cancel(&server, "1", Some(&token), "{}").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.problem()["detail"].as_str().unwrap().contains("lacks the scope `cancel`"));
    }

    async fn what_is_canceled_is_told(database: TestDatabase) {
        let server = Server::new(&database).await;
        record_public(&server.db, &plan(&["f43"]), 0).await;
        for scopes in ["cancel", "admin"] {
            let token = server.token(scopes, scopes).await;
            let told = cancel(&server, "1", Some(&token), r#"{"targets": [3, 2], "dry_run": true}"#).await;
            assert_eq!(told.status, StatusCode::OK);
            let expected = serde_json::json!({
                "event_id": 1, "dry_run": true, "ends_now": [], "asked": [2, 3], "taken_along": [], "skipped": [], "ended": [],
                "submissions": [],
            });
            assert_eq!(told.json(), expected);
        }
    }

    async fn what_cannot_be_canceled_is_a_problem(database: TestDatabase) {
        let server = Server::new(&database).await;
        record_public(&server.db, &plan(&["f43"]), 0).await;
        let token = server.token("ci", "cancel").await;
        assert_eq!(cancel(&server, "2", Some(&token), "{}").await.status, StatusCode::NOT_FOUND);
        for (event, body, status) in [
            ("x", "{}", StatusCode::NOT_FOUND),
            ("1", "{\"target\": [1]}", StatusCode::BAD_REQUEST),
            ("1", "{\"targets\": [1.5]}", StatusCode::BAD_REQUEST),
            ("1", "[", StatusCode::BAD_REQUEST),
            ("1", "{\"targets\": []}", StatusCode::BAD_REQUEST),
            ("1", "{\"targets\": [1, 9999]}", StatusCode::CONFLICT),
        ] {
            let refused = cancel(&server, event, Some(&token), body).await;
            assert_eq!(refused.status, status, "{event} {body}");
            assert!(refused.json()["field"].is_string());
            for word in ["deserialize", "struct", "line 1"] {
                assert!(status == StatusCode::NOT_FOUND || body == "[" || !refused.body.contains(word), "{}", refused.body);
            }
        }
        let foreign = cancel(&server, "1", Some(&token), "{\"targets\": [9999]}").await.problem();
        assert_eq!(foreign["detail"], "the event has no target 9999");
        let long = format!("{{\"targets\": [{}1]}}", "1,".repeat(40_000));
        for (kind, body, status) in [
            ("text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("application/json", long.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let request = Request::post("/api/v1/events/1/cancel")
                .header("Content-Type", kind)
                .header("Authorization", format!("Bearer {token}"));
            let refused = server.send(request.body(Body::from(body.to_owned())).unwrap()).await;
            assert_eq!(refused.status, status, "{}", refused.body);
            refused.problem();
        }
    }

    /// Whoever cannot see it learns nothing from trying.
    async fn what_is_private_cannot_be_canceled_by_a_token_that_does_not_see_it(database: TestDatabase) {
        let server = Server::new(&database).await;
        let reference = Reference::new(ReferenceKind::Branch, "hidden");
        record(&server.db, "github.com/packit/secret", Visibility::Private, reference, &plan(&["f43"]), 0).await;
        let token = server.token("ci", "cancel").await;
        let (private, absent) = (cancel(&server, "1", Some(&token), "{}").await, cancel(&server, "2", Some(&token), "{}").await);
        assert_eq!((private.status, absent.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!(private.body.replace("event 1", "event 2"), absent.body);
        let token = server.token("all", "cancel,read_all").await;
        assert_eq!(cancel(&server, "1", Some(&token), "{}").await.status, StatusCode::OK);
    }
}

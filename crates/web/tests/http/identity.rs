//! Who calls: tokens, what is open to whom, and how often changes may be asked for.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use test_support::{TestDatabase, on_both_databases};
use web::{CHANGES_PER_MINUTE, Identity, ReadAccess};

use crate::server::{Answer, Server};
use crate::workflows::{plan, record_public};

async fn get(server: &Server, path: &str, header: (&str, &str)) -> Answer {
    server.send(Request::get(path).header(header.0, header.1).body(Body::empty()).unwrap()).await
}

fn closed() -> Identity {
    Identity::new(ReadAccess::Token, None, CHANGES_PER_MINUTE)
}

on_both_databases! {
    /// Whoever sends a token believes to be known, so a wrong one is never taken for none.
    async fn a_token_that_is_none_is_refused_even_where_nobody_needs_one(database: TestDatabase) {
        let server = Server::new(&database).await;
        let token = server.token("ci", "read").await;
        assert_eq!(get(&server, "/api/v1/events", ("Authorization", &format!("Bearer {token}"))).await.status, StatusCode::OK);
        assert_eq!(get(&server, "/api/v1/events", ("Authorization", &format!("bearer {token}"))).await.status, StatusCode::OK);
        store::tokens::revoke(&server.db, "ci", chrono::Utc::now()).await.unwrap();
        let revoked = format!("Bearer {token}");
        for wrong in [revoked.as_str(), "Bearer", "Bearer ", "Bearer x", "Basic dXNlcjpwYXNz", &token, "Bearer \u{e9}"] {
            let answer = get(&server, "/api/v1/events", ("Authorization", wrong)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.problem()["field"], "Authorization");
            assert!(!answer.body.contains(&token));
        }
    }

    async fn where_reading_is_closed_a_token_opens_it(database: TestDatabase) {
        let server = Server::with(&database, closed()).await;
        let event = record_public(&server.db, &plan(&["f43"]), 0).await;
        let token = format!("Bearer {}", server.token("ci", "rerun").await);
        for path in ["/api/v1/events", "/api/v1/openapi.json", "/api/v1/changes", &format!("/api/v1/events/{event}")] {
            let answer = get(&server, path, ("Accept", "*/*")).await;
            assert_eq!((answer.status, answer.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"), "{path}");
            assert_eq!(answer.header("cache-control"), "no-store");
            answer.problem();
            if path != "/api/v1/changes" {
                let answer = get(&server, path, ("Authorization", &token)).await;
                assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "private, no-cache"), "{path}");
            }
        }
        for path in ["/", &format!("/events/{event}"), "/api/v1/documentation", "/login"] {
            let page = get(&server, path, ("Accept", "text/html")).await;
            assert_eq!((page.status, page.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"), "{path}");
            assert!(page.body.contains("packflow token create") && !page.body.contains("packit/ogr"), "{path}: {}", page.body);
        }
        assert!(get(&server, "/", ("Authorization", &token)).await.body.contains("packit/ogr"));
    }

    async fn where_reading_is_open_nobody_need_log_in(database: TestDatabase) {
        let page = Server::new(&database).await.get("/login").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Nobody need log in") && !page.body.contains("Not open"), "{}", page.body);
    }

    async fn what_others_need_before_anybody_is_known_stays_open(database: TestDatabase) {
        let server = Server::with(&database, closed()).await;
        for path in ["/healthz", "/readyz", "/metrics", "/assets/live.js"] {
            assert_eq!(server.get(path).await.status, StatusCode::OK, "{path}");
        }
        let delivered = server.deliver("72d3162e", "ping", br#"{"zen": "Keep it simple."}"#).await;
        assert!(delivered.status.is_success(), "{}", delivered.status);
    }

    async fn a_caller_changes_things_only_so_often(database: TestDatabase) {
        let server = Server::with(&database, Identity::new(ReadAccess::Open, None, 2)).await;
        record_public(&server.db, &plan(&["f43"]), 0).await;
        let (one, other) = (server.token("one", "cancel").await, server.token("other", "cancel").await);
        let cancel = async |token: &str| {
            let request = Request::builder().method(Method::POST).uri("/api/v1/events/1/cancel");
            let request = request.header("Authorization", format!("Bearer {token}")).header("Content-Type", "application/json");
            server.send(request.body(Body::from("{\"dry_run\": true}")).unwrap()).await
        };
        for _ in 0..2 {
            assert_eq!(cancel(&one).await.status, StatusCode::OK);
        }
        let refused = cancel(&one).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        refused.problem();
        assert_eq!(cancel(&other).await.status, StatusCode::OK);
        let token = format!("Bearer {one}");
        for _ in 0..5 {
            assert_eq!(get(&server, "/api/v1/events", ("Authorization", &token)).await.status, StatusCode::OK, "reading is not counted");
        }
    }
}

//! `POST /webhooks/testing-farm`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use test_support::{TestDatabase, on_both_databases};

use crate::server::{Answer, Server};

async fn call(server: &Server, body: &'static str) -> Answer {
    let request = Request::post("/webhooks/testing-farm").header("Content-Type", "application/json");
    server.send(request.body(Body::from(body)).unwrap()).await
}

on_both_databases! {
    async fn only_the_right_token_of_a_known_request_is_taken(database: TestDatabase) {
        let server = Server::new(&database).await;
        let taken = call(&server, r#"{"request_id": "known", "token": "right", "source": "testing-farm"}"#).await;
        assert_eq!(taken.status, StatusCode::ACCEPTED);
        let wrong = call(&server, r#"{"request_id": "known", "token": "wrong"}"#).await;
        let unknown = call(&server, r#"{"request_id": "other", "token": "right"}"#).await;
        assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        assert_eq!(wrong.body, unknown.body, "nobody can find out which requests are ours");
    }

    async fn a_callback_that_cannot_be_taken_is_a_problem(database: TestDatabase) {
        let server = Server::new(&database).await;
        for body in ["", "[]", r#"{"request_id": "known"}"#, "{"] {
            assert_eq!(call(&server, body).await.status, StatusCode::BAD_REQUEST, "{body}");
        }
        let away = call(&server, r#"{"request_id": "broken", "token": "right"}"#).await;
        assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!away.body.contains("away"), "what went wrong is for the log");
    }
}

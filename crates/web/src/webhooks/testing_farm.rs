//! `POST /webhooks/testing-farm`: Testing Farm says that something changed with a request (`docs/contracts.md` section 4).

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::metrics::WEBHOOKS;
use crate::problem::Problem;
use crate::server::Shared;

const SOURCE: &str = "testing-farm";

/// What Testing Farm sends; further keys are of no interest.
#[derive(Deserialize)]
pub(crate) struct Notification {
    request_id: String,
    token: String,
}

/// Takes a notification. It is a hint: what it says of the request is not believed, the request is read back. An unknown
/// request and a wrong token are answered alike, so nobody can find out which requests are ours.
pub(crate) async fn testing_farm(
    State(state): State<Shared>,
    notification: Result<Json<Notification>, JsonRejection>,
) -> Response {
    let Ok(Json(notification)) = notification else {
        count("malformed");
        let detail = "The body must be a JSON object with request_id and token.";
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    };
    match state.callbacks.called(&notification.request_id, &notification.token).await {
        Ok(true) => {
            count("stored");
            StatusCode::ACCEPTED.into_response()
        }
        Ok(false) => {
            count("unsigned");
            let detail = "No request of ours has this id and token.";
            Problem::new(StatusCode::UNAUTHORIZED, detail).into_response()
        }
        Err(error) => {
            count("unavailable");
            tracing::error!(error, "a callback could not be taken; polling does without");
            Problem::unavailable().into_response()
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!(WEBHOOKS, "source" => SOURCE, "outcome" => outcome).increment(1);
}

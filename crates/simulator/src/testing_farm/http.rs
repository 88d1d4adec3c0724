//! How Testing Farm is asked: a bearer key for what is one's own; reads are open.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::shared::Shared;

/// The one ranch that the simulated key belongs to.
const RANCH: &str = "public";
/// What the key is known by.
const TOKEN_ID: &str = "7b8c5a5e-7f2e-4c3c-9a57-0d1f7c0a51b1";

/// The caller has shown the key.
pub(super) struct Caller;

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if shown.and_then(|value| value.strip_prefix("Bearer ")) == Some(&shared.accounts.testing_farm_key) {
            return Ok(Self);
        }
        Err((StatusCode::UNAUTHORIZED, Json(json!({"message": "Not authorized"}))).into_response())
    }
}

pub(super) async fn about() -> Json<Value> {
    Json(json!({"name": "Testing Farm", "version": "simulated"}))
}

pub(super) async fn whoami(_caller: Caller) -> Json<Value> {
    Json(json!({"token": {"id": TOKEN_ID, "name": "simulated", "ranch": RANCH, "role": "user"}}))
}

pub(super) async fn composes(State(shared): State<Arc<Shared>>, Path(ranch): Path<String>) -> Response {
    if !matches!(ranch.as_str(), "public" | "redhat") {
        return (StatusCode::NOT_FOUND, Json(json!({"message": format!("no ranch {ranch}")})))
            .into_response();
    }
    let composes: Vec<Value> =
        shared.behaviour().composes.into_iter().map(|name| json!({"name": name})).collect();
    Json(json!({"composes": composes})).into_response()
}

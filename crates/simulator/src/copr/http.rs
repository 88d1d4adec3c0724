//! How Copr is asked and answers: Basic authentication, JSON errors, lists with their bounds.

use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shared::Shared;

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(super) struct CoprError(StatusCode, String);

impl CoprError {
    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, reason.into())
    }

    pub(super) fn forbidden(reason: impl Into<String>) -> Self {
        Self(StatusCode::FORBIDDEN, reason.into())
    }

    pub(super) fn not_found(reason: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, reason.into())
    }
}

impl IntoResponse for CoprError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// The name of the account that calls.
pub(super) struct Caller(pub(super) String);

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = CoprError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, CoprError> {
        let accounts = &shared.accounts;
        let expected = format!("{}:{}", accounts.copr_login, accounts.copr_token);
        let shown = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|encoded| base64::engine::general_purpose::STANDARD.decode(encoded).ok());
        if shown.as_deref() == Some(expected.as_bytes()) {
            return Ok(Self(accounts.copr_user.clone()));
        }
        Err(CoprError(
            StatusCode::UNAUTHORIZED,
            format!(
                "Login invalid/expired. Please visit {}/copr/api to get or renew your API token.",
                shared.url
            ),
        ))
    }
}

/// The bounds of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Bounds {
    limit: Option<usize>,
    offset: Option<usize>,
    order: Option<String>,
    order_type: Option<String>,
}

impl Bounds {
    /// A list that has its items in ascending order, as it is asked for.
    pub(super) fn list(self, items: impl DoubleEndedIterator<Item = Value>) -> Json<Value> {
        // Newest first unless asked for otherwise, as Copr does for what is ordered by id.
        let descending = self.order_type.as_deref() != Some("ASC");
        let (offset, limit) = (self.offset.unwrap_or(0), self.limit.unwrap_or(usize::MAX));
        let items: Vec<Value> = if descending {
            items.rev().skip(offset).take(limit).collect()
        } else {
            items.skip(offset).take(limit).collect()
        };
        Json(json!({
            "items": items,
            "meta": {
                "limit": self.limit,
                "offset": offset,
                "order": self.order.as_deref().unwrap_or("id"),
                "order_type": if descending { "DESC" } else { "ASC" },
            },
        }))
    }
}

/// A list of words: Copr takes lists and texts with spaces alike.
pub(super) fn words(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

pub(super) async fn home() -> Json<Value> {
    Json(json!({"version": 3}))
}

pub(super) async fn auth_check(caller: Caller) -> Json<Value> {
    Json(json!({"name": caller.0}))
}

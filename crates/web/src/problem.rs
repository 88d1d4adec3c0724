//! Problem details (RFC 9457): what every answer that is an error says, to programs as JSON and to people as a page.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use utoipa::ToSchema;

/// What a client is told to wait before it asks again, in seconds.
const RETRY_AFTER_SECONDS: u16 = 10;

/// One error as it is told to the client. It never holds what only the log may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// No problem has a document of its own, so the status says which kind it is.
    r#type: &'static str,
    /// The status in words.
    pub(crate) title: &'static str,
    /// The status as a number.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    pub(crate) status: StatusCode,
    /// What is wrong, and where it can be told, what to do.
    pub(crate) detail: String,
    /// The parameter or header that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<Cow<'static, str>>,
    /// The stored delivery, if it is a delivery that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    inbox_id: Option<i64>,
    /// When to ask again, in seconds from now.
    #[serde(skip)]
    retry_after: Option<u16>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: detail.into(),
            field: None,
            inbox_id: None,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECONDS),
        }
    }

    /// A caller asked for changes too often.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = u16::try_from(wait.as_secs() + 1).unwrap_or(u16::MAX);
        let detail = format!("Too many changes were asked for; the next is taken in {seconds} seconds.");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    /// The same, at this parameter or header.
    pub(crate) fn at(self, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// The same, of this stored delivery.
    pub(crate) fn of_delivery(self, inbox_id: i64) -> Self {
        Self { inbox_id: Some(inbox_id), ..self }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no {what} here."))
    }

    pub(crate) fn bad_parameter(field: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail).at(field)
    }

    /// Something failed that the client has no part in; the log says what.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Packflow failed to answer. Its log says why, under the id in the header X-Request-Id.",
        )
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The database does not answer at the moment. Try again in a few seconds.",
        )
    }

    /// What headers say of it: "not now" when to come back, "who are you" how to say so.
    pub(crate) fn tell_in(&self, headers: &mut HeaderMap) {
        headers.extend(self.retry_after.map(|seconds| (RETRY_AFTER, seconds.into())));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl From<store::Error> for Problem {
    /// The error itself goes to the log, under the request's id; the client learns whether to try again.
    fn from(error: store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        if error.is_passing() { Self::unavailable() } else { Self::internal() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.tell_in(headers);
        response
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

//! The API described by itself: OpenAPI 3.1, made from the code.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::allowed;
use super::answer::{Usual, answer};
use super::changes::ChangeData;
use crate::problem::Problem;

/// What the document begins with.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Packflow",
        description = "Workflows from an event on a forge to builds and tests: what ran, where it stands, where it came \
            from. Times are UTC, RFC 3339. Lists are pages: `next_cursor`, and the same as `Link: rel=\"next\"`. Every \
            document that is read has an `ETag`. Errors are problem details, RFC 9457. Where reading is not open, and for \
            changes, a token is sent as `Authorization: Bearer TOKEN`.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, ChangeData)),
    modifiers(&Tokens),
    security((), ("token" = []))
)]
pub(super) struct Head;

/// Tells of tokens.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    // What is made of our own types can always be written.
    let mut document = serde_json::to_value(super::described().split_for_parts().1).unwrap_or_default();
    allowed::complete(&mut document);
    document
});

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "document",
    responses((status = 200, body = Object, description = "OpenAPI 3.1"), Usual))]
pub(super) async fn openapi(headers: HeaderMap) -> Result<Response, Problem> {
    answer(&headers, document())
}

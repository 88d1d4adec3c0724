//! The style sheet, compiled in.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../templates/packflow.css");

/// The query that names this very version of the style sheet, so that it may be cached for ever.
static STYLE_VERSION: LazyLock<String> = LazyLock::new(|| format!("v={}", short_hash(STYLE.as_bytes())));

/// Where pages link the style sheet.
pub(crate) static STYLE_URL: LazyLock<String> =
    LazyLock::new(|| format!("/assets/packflow.css?{}", *STYLE_VERSION));

/// The style sheet. Asked for by another version's name (a page of before an update), it is not kept.
pub(crate) async fn style(RawQuery(query): RawQuery) -> impl IntoResponse {
    let keep = if query.as_deref() == Some(STYLE_VERSION.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, keep)], STYLE)
}

/// The first 64 bits of the SHA-256 sum, in hexadecimal digits: enough to tell versions of one thing apart.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)[..8].iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

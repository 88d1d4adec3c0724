//! The style sheet and the script, compiled in.
//!
//! The style sheet stands in every page, so that the first paint needs one request: it is short, and nearly nothing once
//! compressed. The policy of `guard` lets in what has its hash and no other style. The script is not needed to read a page;
//! it is asked for once and kept.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rapidhash::v3::rapidhash_v3;
use sha2::{Digest, Sha256};

/// The style sheet of all pages.
pub(crate) const STYLE: &str = include_str!("../templates/packflow.css");

/// The style sheet as a source of a Content-Security-Policy (CSP3, 2.3.1): `'sha256-...'`.
pub(crate) fn style_source() -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE)))
}

/// The script of pages that move.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("/assets/live.js", "text/javascript; charset=utf-8", include_str!("../templates/live.js"))
});

/// A file that pages need.
pub(crate) struct Asset {
    /// Its address with a query that names this very version, so that it may be kept for ever.
    pub(crate) url: String,
    version: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(path: &str, kind: &'static str, text: &'static str) -> Self {
        let version = format!("v={}", short_hash(text.as_bytes()));
        Self { url: format!("{path}?{version}"), version, kind, text }
    }

    /// Asked for by another version's name (a page of before an update), it is not kept.
    fn answer(&self, query: Option<&str>) -> Response {
        let keep = if query == Some(self.version.as_str()) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        ([(CONTENT_TYPE, self.kind), (CACHE_CONTROL, keep)], self.text).into_response()
    }
}

/// `/assets/live.js`
pub(crate) async fn script(RawQuery(query): RawQuery) -> Response {
    SCRIPT.answer(query.as_deref())
}

/// A hash in hexadecimal digits, the same in every process: enough to tell versions of one thing apart, and no proof of anything.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    format!("{:016x}", rapidhash_v3(bytes))
}

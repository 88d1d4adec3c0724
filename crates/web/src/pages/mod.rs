//! Pages for people: rendered here, readable without scripts.
//!
//! Templates see text from outside only as [`text::Text`] and addresses only as [`text::Href`]: what payloads hold can
//! neither become markup nor reorder or hide what stands around it.

mod api;
mod duration;
mod error;
mod forge_links;
mod graph;
mod old_links;
mod recent;
mod text;
mod titles;
mod workflow;

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};

use crate::assets::{SCRIPT, STYLE, short_hash};
use crate::server::Shared;

pub(crate) use api::api_reference;
pub(crate) use error::ErrorPage;
pub(crate) use old_links::{old_job, old_pipeline};
pub(crate) use recent::recent;
pub(crate) use workflow::{event, pipeline};

/// What stands on every page.
struct Frame {
    style_url: &'static str,
    script_url: &'static str,
    /// None on pages that are made where the server's state is not at hand.
    version: Option<&'static str>,
}

impl Frame {
    fn of(web: &Shared) -> Self {
        Self { version: Some(web.version), ..Self::bare() }
    }

    fn bare() -> Self {
        Self { style_url: &STYLE.url, script_url: &SCRIPT.url, version: None }
    }
}

/// Renders a page that is looked for anew each time it is shown, and sent only if it differs from what the client has.
fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            // A weak one: the same page is sent plain and compressed.
            let tag = HeaderValue::from_str(&format!("W/\"{}\"", short_hash(html.as_bytes())));
            let mut response = html.into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            headers.extend(tag.ok().map(|tag| (ETAG, tag)));
            response
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a page could not be rendered");
            crate::problem::Problem::internal().into_response()
        }
    }
}

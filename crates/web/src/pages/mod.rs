//! Pages for people: rendered here, readable without scripts.
//!
//! Templates see text from outside only as [`text::Text`] and addresses only as [`text::Href`]: what payloads hold can
//! neither become markup nor reorder or hide what stands around it.

mod api;
mod duration;
mod error;
mod forge_links;
mod graph;
mod notice;
mod recent;
mod text;
mod titles;
mod workflow;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use self::text::Text;
use crate::assets::{SCRIPT, STYLE, short_hash};
use crate::identity::{Caller, login_address};
use crate::server::Shared;

pub(crate) use api::api_reference;
pub(crate) use error::ErrorPage;
pub(crate) use notice::Notice;
pub(crate) use recent::recent;
pub(crate) use workflow::{event, pipeline};

/// What stands on every page. A handler takes it as it takes who asks.
pub(crate) struct Frame {
    style_url: &'static str,
    script_url: &'static str,
    /// None on pages that are made where the server's state is not at hand.
    version: Option<&'static str>,
    /// Who is logged in.
    account: Option<Text>,
    /// Where to log in, if nobody is and that is possible.
    login_url: Option<String>,
}

impl Frame {
    fn bare() -> Self {
        let (style_url, script_url) = (&STYLE.url, &SCRIPT.url);
        Self { style_url, script_url, version: None, account: None, login_url: None }
    }
}

impl FromRequestParts<Shared> for Frame {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Response> {
        let (account, login_url) = match Caller::from_request_parts(parts, web).await? {
            Caller::User(account) => (Some(Text::new(account.login)), None),
            Caller::Token { .. } => (None, None),
            Caller::Anonymous => (None, login_address(web, Some(&parts.uri))),
        };
        Ok(Self { version: Some(web.version), account, login_url, ..Self::bare() })
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

//! Pages for people: rendered here, readable without scripts. Their addresses are those of the API without its prefix.
//!
//! Templates see text from outside only as [`text::Text`] and addresses only as [`text::Href`]: what payloads hold can
//! neither become markup nor reorder or hide what stands around it.

mod api;
mod attempt;
mod duration;
mod error;
mod filters;
mod flakiness;
mod forge_links;
mod graph;
mod history;
mod id;
mod known;
mod log;
mod notice;
mod old_links;
mod pipeline;
mod place;
mod projects;
mod provenance;
mod references;
mod reruns;
mod search;
mod state;
mod target;
mod text;
mod titles;
mod workflow;

use askama::Template;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::place::Named;
use self::text::{Href, Text};
use crate::assets::{SCRIPT, STYLE, short_hash};
use crate::identity::{Caller, login_address};
use crate::server::Shared;
use crate::sites::Sites;

pub(crate) use api::api_reference;
pub(crate) use error::{ErrorPage, framed};
pub(crate) use notice::Notice;

/// The pages' routes.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(history::recent))
        .route("/events/{id}", get(workflow::event))
        .route("/events/{id}/reruns", get(reruns::of_event).post(reruns::confirm))
        .route("/events/{id}/reruns/new", get(reruns::choose))
        .route("/reruns/{id}", get(reruns::rerun))
        .route("/pipelines/{id}", get(pipeline::pipeline))
        .route("/steps/{id}", get(pipeline::step))
        .route("/targets/{id}", get(target::target))
        .route("/targets/{id}/log", get(log::log))
        .route("/targets/{id}/provenance", get(provenance::provenance))
        .route("/projects", get(projects::projects))
        .route("/projects/{id}", get(history::workflows_of_project))
        .route("/projects/{id}/events", get(history::events_of_project))
        .route("/projects/{id}/references", get(references::references))
        .route("/projects/{id}/flakiness", get(flakiness::flakiness))
        .route("/references/{id}", get(history::reference))
        .route("/commits/{hash}", get(history::commit))
        .route("/search", get(search::search))
        .route("/jobs/{kind}/{id}", get(old_links::old_job))
        .route("/pipeline/{id}", get(old_links::old_pipeline))
}

/// What stands on every page. A handler takes it as it takes who asks.
pub(crate) struct Frame {
    style: &'static str,
    script_url: &'static str,
    /// None on pages that are made where the server's state is not at hand.
    version: Option<&'static str>,
    /// What stands in the field to search by.
    searched: Text,
    /// Who is logged in.
    account: Option<Text>,
    /// Where to log in, if nobody is and that is possible.
    login_url: Option<String>,
    /// Where forges show themselves to people.
    sites: Sites,
}

impl Frame {
    fn bare() -> Self {
        Self {
            style: STYLE,
            script_url: &SCRIPT.url,
            version: None,
            searched: Text::new(""),
            account: None,
            login_url: None,
            sites: Sites::default(),
        }
    }

    /// The page of something on its forge.
    fn out(&self, named: &Named) -> Option<Href> {
        named.there.href(&self.sites)
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
        Ok(Self { version: Some(web.version), account, login_url, sites: web.sites.clone(), ..Self::bare() })
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

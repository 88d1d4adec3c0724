//! Answers: JSON with a tag by which a client that has it already need not get it again.

use std::collections::BTreeMap;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, response};

use crate::assets::short_hash;
use crate::problem::Problem;
use crate::tag::matches;

/// This document, unless the client has it already (RFC 9110, 13.1.2). Its tag is a hash of it: a paused build system, or an
/// input in another event, shows in a workflow without being a change of its event.
pub(crate) fn answer(headers: &HeaderMap, document: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(document).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "an answer could not be written as JSON");
        Problem::internal()
    })?;
    let tag = format!("\"{}\"", short_hash(&body));
    let unchanged = matches(headers, &tag);
    let about = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_owned())];
    Ok(if unchanged {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, [(CONTENT_TYPE, "application/json")], body).into_response()
    })
}

/// A page of a list with a link to the next one.
pub(crate) fn page(
    headers: &HeaderMap,
    document: &impl Serialize,
    next: Option<String>,
) -> Result<Response, Problem> {
    let mut response = answer(headers, document)?;
    if let Some(link) = next.and_then(|next| format!("<{next}>; rel=\"next\"").parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

fn problem(description: &str) -> RefOr<response::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description);
    RefOr::T(response.content("application/problem+json", content).build())
}

/// What every change may answer besides its document and [`Refusals`].
pub(crate) struct Changing;

impl IntoResponses for Changing {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        BTreeMap::from([
            ("403".to_owned(), problem("The caller is known and may not do this.")),
            (
                "429".to_owned(),
                problem("The caller asked for too many changes; `Retry-After` says how long to wait."),
            ),
            ("413".to_owned(), problem("The body is larger than what is taken here.")),
            ("415".to_owned(), problem("The body is not sent as `application/json`.")),
        ])
    }
}

/// What every read of a document may answer besides it.
pub(crate) struct Usual;

impl IntoResponses for Usual {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        let unchanged =
            ResponseBuilder::new().description("The client has this answer already: its tag is the same.");
        let mut responses = Refusals::responses();
        responses.insert("304".to_owned(), RefOr::T(unchanged.build()));
        responses
    }
}

/// What every call may be refused with.
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        BTreeMap::from([
            ("400".to_owned(), problem("What was asked for is not as it has to be; `field` names what.")),
            ("401".to_owned(), problem("Reading is not open here, or the token is not valid.")),
            ("404".to_owned(), problem("There is no such thing, or not for whoever asks.")),
            ("500".to_owned(), problem("Packflow failed.")),
            ("503".to_owned(), problem("The database does not answer at the moment.")),
        ])
    }
}

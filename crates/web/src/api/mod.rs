//! `/api/v1`: JSON for programs. Handlers mirror the nouns of `docs/design.md`; each asks `store` one question.

mod allowed;
mod answer;
mod body;
mod by_reference;
mod cancel;
mod changes;
mod document;
mod event;
mod event_lists;
pub(crate) mod parameters;
mod pipelines;
mod projects;
mod reruns;
mod search;
mod targets;
mod whole;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::Shared;

pub(crate) use document::document;
pub(crate) use parameters::{read_cursor, wrong_cursor};
pub(crate) use projects::{Days, PageParameters};
pub(crate) use reruns::{NotLet, may_ask as may_rerun};
pub(crate) use targets::HowFar;

/// The routes of the API with the document that describes them.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(document::Head::openapi())
        .routes(routes!(event_lists::events))
        .routes(routes!(event_lists::workflows))
        .routes(routes!(event::event))
        .routes(routes!(event::workflow))
        .routes(routes!(changes::of_event))
        .routes(routes!(changes::of_all))
        .routes(routes!(cancel::cancel))
        .routes(routes!(reruns::ask))
        .routes(routes!(reruns::rerun))
        .routes(routes!(reruns::ask_of_event, reruns::of_event))
        .routes(routes!(pipelines::pipeline))
        .routes(routes!(pipelines::step))
        .routes(routes!(targets::target))
        .routes(routes!(targets::provenance))
        .routes(routes!(projects::projects))
        .routes(routes!(projects::project))
        .routes(routes!(event_lists::project_events))
        .routes(routes!(event_lists::project_workflows))
        .routes(routes!(projects::references))
        .routes(routes!(projects::flakiness))
        .routes(routes!(by_reference::reference))
        .routes(routes!(by_reference::commit))
        .routes(routes!(search::search))
        .routes(routes!(document::openapi))
}

/// The routes of the API.
pub(crate) fn routes() -> Router<Shared> {
    described().split_for_parts().0
}

//! Testing Farm's API v0.1 (`docs/contracts.md` section 4), checked with its own command line.

mod callbacks;
mod http;
mod request;
mod requests;
mod validate;
mod xunit;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::shared::Shared;

pub(crate) use request::TestingFarm;
pub(crate) use xunit::results;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/about", get(http::about))
        .route("/whoami", get(http::whoami))
        .route("/composes/{ranch}", get(http::composes))
        .route("/requests", get(requests::list).post(requests::create))
        .route("/requests/{id}", get(requests::get).delete(requests::cancel))
}

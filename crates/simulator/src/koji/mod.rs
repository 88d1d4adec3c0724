//! Koji's hub (`docs/contracts.md` section 5), checked with its own Python client.

mod builds;
mod calls;
mod http;
mod messages;
mod questions;
mod store;
mod tags;
mod tasks;
mod uploads;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

use crate::shared::Shared;

pub(crate) use http::Said;
pub(crate) use messages::KojiNews;
pub(crate) use store::Koji;

/// The version that it speaks as.
const VERSION: &str = "1.35.0";
/// The largest body that is read, in bytes: several times a piece of a file.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/kojihub", post(http::hub))
        .route("/kojihub/ssllogin", post(http::hub))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

//! The routes, and what stands around all of them.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use store::Db;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::problem::Problem;
use crate::{Callbacks, Door, Metrics, Operator, api, assets, guard, health, pages, webhooks};

/// Nothing but a webhook takes a body of any size.
const SMALL_BODY_BYTES: usize = 64 * 1024;

/// What the routes need.
#[derive(Clone)]
pub struct WebState {
    /// The database; its schema is this version's.
    pub db: Db,
    /// GitHub's side of `/webhooks/github`; none if no webhook secret is configured, and then nothing is taken there.
    pub github: Option<Arc<dyn Door>>,
    /// Who may change things by the API; none if nobody may.
    pub operator: Option<Arc<dyn Operator>>,
    /// Takes Testing Farm's callbacks.
    pub callbacks: Arc<dyn Callbacks>,
    /// Notified once for each delivery that was stored and is to be worked on.
    pub wake: Arc<Notify>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// How the server is reached from outside, without a slash at its end: `https://packflow.example`.
    pub public_url: String,
    /// The version that pages and `/healthz` name.
    pub version: &'static str,
}

pub(crate) type Shared = Arc<WebState>;

/// All routes of the server.
pub fn router(mut state: WebState) -> Router {
    state.public_url.truncate(state.public_url.trim_end_matches('/').len());
    let small = DefaultBodyLimit::max(SMALL_BODY_BYTES);
    Router::new()
        .route("/", get(pages::recent))
        .route("/events/{id}", get(pages::event))
        .route("/pipelines/{id}", get(pages::pipeline))
        .route("/assets/packflow.css", get(assets::style))
        .route("/api/v1/events", get(api::events))
        .route("/api/v1/events/{id}/workflow", get(api::workflow))
        .route("/api/v1/events/{id}/cancel", post(api::cancel))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures))
        .route("/webhooks/testing-farm", post(webhooks::testing_farm))
        .layer(small)
        .route(
            "/webhooks/github",
            post(webhooks::github).layer(DefaultBodyLimit::max(webhooks::GITHUB_BODY_BYTES)),
        )
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .layer(axum::middleware::from_fn(guard::guard))
        .with_state(Arc::new(state))
}

/// Answers on `listener` until `shutdown` ends, and then until what is being answered is.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: WebState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
}

async fn nothing_here(uri: Uri) -> Response {
    guard::answer(uri.path(), Problem::not_found("such address"))
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let detail = format!("{method} is not possible here; the header Allow names what is.");
    guard::answer(uri.path(), Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

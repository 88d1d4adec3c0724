//! The routes, and what stands around all of them.

use std::future::Future;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use store::Db;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::live::Live;
use crate::problem::Problem;
use crate::sites::Sites;
use crate::{
    Actions, Callbacks, Door, Identity, Line, Metrics, api, assets, guard, health, identity, pages, tag,
    webhooks,
};

/// Nothing but a webhook, which reads it by itself, takes a larger body.
const SMALL_BODY_BYTES: usize = 64 * 1024;
/// Browsers that came by https once come by it for a year.
const ONLY_BY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What the routes need.
#[derive(Clone)]
pub struct WebState {
    /// The database; its schema is this version's.
    pub db: Db,
    /// GitHub's side of `/webhooks/github`; none if no webhook secret is configured, and then nothing is taken there.
    pub github: Option<Arc<dyn Door>>,
    /// The sides of `/webhooks/gitlab` of all GitLabs that have a secret.
    pub gitlab: Vec<Arc<dyn Door>>,
    /// The sides of `/webhooks/forgejo` of all Forgejos that have a secret.
    pub forgejo: Vec<Arc<dyn Door>>,
    /// Does what callers of the API ask for.
    pub actions: Arc<dyn Actions>,
    /// How callers become known, and what is open to whom.
    pub identity: Identity,
    /// Where forges show themselves to people.
    pub sites: Sites,
    /// Takes Testing Farm's callbacks.
    pub callbacks: Arc<dyn Callbacks>,
    /// How the connection to the bus stands; none if no bus is configured.
    pub bus: Option<Arc<dyn Line>>,
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
pub fn router(state: WebState) -> Router {
    build(state).0
}

/// The routes, and what keeps live pages waiting for changes.
fn build(mut state: WebState) -> (Router, Arc<Live>) {
    let live = Arc::new(Live::new(state.db.clone()));
    state.public_url.truncate(state.public_url.trim_end_matches('/').len());
    let small = DefaultBodyLimit::max(SMALL_BODY_BYTES);
    let only_by_https = state.public_url.starts_with("https://").then_some(ONLY_BY_HTTPS);
    let state = Arc::new(state);
    // What shows or changes something: it has to know who calls.
    let known = Router::new()
        .merge(pages::routes().route_layer(from_fn_with_state(Arc::clone(&state), pages::framed)))
        .route("/api/v1/documentation", get(pages::api_reference))
        .route_layer(from_fn(tag::unless_known))
        .route_layer(CompressionLayer::new())
        .route("/logout", post(identity::logout))
        .merge(api::routes())
        .route_layer(from_fn_with_state(Arc::clone(&state), identity::identify));
    let router = Router::new()
        .route("/assets/live.js", get(assets::script))
        .route_layer(CompressionLayer::new())
        .merge(known)
        .route("/login", get(identity::begin))
        .route("/login/callback", get(identity::callback))
        .route("/logged-out", get(identity::ended))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures))
        .route("/webhooks/testing-farm", post(webhooks::testing_farm))
        .layer(small)
        .route("/webhooks/github", post(webhooks::github))
        .route("/webhooks/gitlab", post(webhooks::gitlab))
        .route("/webhooks/forgejo", post(webhooks::forgejo))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .layer(from_fn(guard::guard))
        .layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, only_by_https))
        .layer(Extension(Arc::clone(&live)))
        .layer(Extension(webhooks::Room::default()))
        .layer(Extension(health::LastStored::default()))
        .with_state(state);
    (router, live)
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
    let (router, live) = build(state);
    let shutdown = async move {
        shutdown.await;
        // A live page would wait for the next change for ever.
        live.close();
    };
    axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn nothing_here(uri: Uri) -> Response {
    guard::answer(uri.path(), Problem::not_found("such address"))
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let detail = format!("{method} is not possible here; the header Allow names what is.");
    guard::answer(uri.path(), Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

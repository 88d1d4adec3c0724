//! GitHub's HTTP as far as a GitHub App that reads configurations and reports needs it (`docs/contracts.md` section 1).

mod auth;
mod checks;
mod comments;
mod contents;
mod deliveries;
mod folder;
mod issues;
mod login;
mod presses;
mod repositories;
mod statuses;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, patch, post};

use crate::shared::Shared;

pub use deliveries::Delivery;
pub(crate) use deliveries::deliver;
pub(crate) use folder::read_repositories;
pub(crate) use presses::press;
pub use presses::{Press, PressedButton};
pub(crate) use store::GitHub;
pub use store::{Pull, Repository};

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/app", get(auth::app))
        .route("/rate_limit", get(auth::rate_limit))
        .route("/login/oauth/authorize", get(login::authorize))
        .route("/login/oauth/access_token", post(login::exchange))
        .route("/user", get(login::user))
        .route("/applications/{client_id}/token", delete(login::withdraw))
        .route("/app/installations/{id}/access_tokens", post(auth::access_token))
        .route("/app/hook/deliveries", get(deliveries::list))
        .route("/app/hook/deliveries/{id}", get(deliveries::get))
        .route("/app/hook/deliveries/{id}/attempts", post(deliveries::redeliver))
        .route("/repos/{owner}/{name}/installation", get(auth::installation))
        .route("/repos/{owner}/{name}", get(repositories::get))
        .route("/repos/{owner}/{name}/collaborators/{user}/permission", get(repositories::permission))
        .route("/repos/{owner}/{name}/releases/latest", get(repositories::latest_release))
        .route("/repos/{owner}/{name}/pulls/{number}", get(repositories::pull))
        .route("/repos/{owner}/{name}/contents/{*path}", get(contents::file))
        .route("/repos/{owner}/{name}/git/trees/{*revision}", get(contents::tree))
        .route("/repos/{owner}/{name}/commits/{*rest}", get(repositories::commit).post(comments::on_commit))
        .route("/repos/{owner}/{name}/statuses/{hash}", post(statuses::add_status))
        .route("/repos/{owner}/{name}/check-runs", post(checks::create))
        .route("/repos/{owner}/{name}/check-runs/{id}", patch(checks::update).get(checks::get))
        .route("/repos/{owner}/{name}/check-suites/{id}/check-runs", get(checks::of_suite))
        .route("/repos/{owner}/{name}/issues", post(issues::open).get(issues::list))
        .route("/repos/{owner}/{name}/issues/{number}", get(issues::get))
        .route(
            "/repos/{owner}/{name}/issues/{number}/comments",
            post(comments::on_issue).get(comments::of_issue),
        )
        .route("/repos/{owner}/{name}/issues/comments/{id}/reactions", post(comments::react))
        .route("/repos/{owner}/{name}/comments/{id}/reactions", post(comments::react))
}

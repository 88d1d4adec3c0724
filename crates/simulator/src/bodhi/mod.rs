//! Bodhi's API (`docs/contracts.md` section 6), and the OpenID Connect provider that people log in at. Checked with Bodhi's
//! own server: the same client drives both.

mod http;
mod login;
mod messages;
mod releases;
mod requests;
mod update;
mod updates;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::shared::Shared;

pub(crate) use messages::BodhiNews;
pub(crate) use update::Bodhi;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/releases/", get(releases::list))
        .route("/releases/{name}", get(releases::get))
        .route("/csrf", get(login::csrf))
        .route("/oidc/login-token", get(login::with_token))
        .route("/openidc/.well-known/openid-configuration", get(login::discovery))
        .route("/openidc/Token", post(login::token))
        .route("/openidc/TokenInfo", post(login::token_info))
        .route("/openidc/UserInfo", get(login::user_info).post(login::user_info))
        .route("/updates/", get(updates::list).post(updates::save))
        .route("/updates/{alias}", get(updates::get))
        .route("/updates/{alias}/request", post(requests::request))
        .route("/builds/{nvr}", get(updates::build))
}

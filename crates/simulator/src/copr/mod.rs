//! Copr's API v3 (`docs/contracts.md` section 3), checked with its own Python client.

mod build;
mod builds;
mod create;
mod http;
mod messages;
mod projects;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

use crate::shared::Shared;

pub(crate) use build::ChrootState;
pub(crate) use builds::srpm;
pub(crate) use messages::CoprNews;
pub(crate) use store::Copr;
pub use store::SeedProject;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(http::home))
        .route("/auth-check", get(http::auth_check))
        .route("/mock-chroots/list", get(projects::mock_chroots))
        .route("/project", get(projects::get))
        .route("/project/list", get(projects::list))
        .route("/project/add/{owner}", post(projects::add))
        .route("/project/edit/{owner}/{name}", put(projects::edit).post(projects::edit))
        .route("/project/delete/{owner}/{name}", delete(projects::delete).post(projects::delete))
        .route("/project-chroot", get(projects::chroot))
        .route(
            "/project-chroot/edit/{owner}/{name}/{chroot}",
            put(projects::edit_chroot).post(projects::edit_chroot),
        )
        .route("/project/permissions/get/{owner}/{name}", get(projects::permissions))
        .route("/project/permissions/request/{owner}/{name}", put(projects::request_permissions))
        .route("/project/permissions/can_build_in/{who}/{owner}/{name}", get(projects::can_build_in))
        .route("/build/create/custom", post(create::custom))
        .route("/build/create/url", post(create::url))
        .route("/build/list", get(builds::list))
        .route("/build/{id}", get(builds::get))
        .route("/build/cancel/{id}", put(builds::cancel).post(builds::cancel))
        .route("/build/source-chroot/{id}", get(builds::source_chroot))
        .route("/build/source-build-config/{id}", get(builds::source_build_config))
        .route("/build/built-packages/{id}", get(builds::built_packages))
        .route("/build-chroot", get(builds::chroot))
        .route("/build-chroot/list", get(builds::chroots))
        .route("/build-chroot/built-packages", get(builds::chroot_built_packages))
}

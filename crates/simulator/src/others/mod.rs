//! GitLab, Forgejo and Pagure, as far as a client with a token needs them that reads configurations and reports
//! (`docs/contracts.md` section 2). They keep repositories as GitHub's counterpart does, each its own.

mod deliver;
mod forgejo;
mod gitlab;
mod pagure;
mod proposals;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::shared::Shared;

pub(crate) use deliver::deliver;
pub(crate) use store::Other;

/// GitLab's API. A project stands as one part in its addresses, by number or by path.
pub(crate) fn gitlab() -> Router<Arc<Shared>> {
    let notes = || post(gitlab::add_note).get(gitlab::notes);
    Router::new()
        .route("/user", get(gitlab::user))
        .route("/projects/{project}", get(gitlab::project))
        .route("/projects/{project}/members/all", get(gitlab::members))
        .route("/projects/{project}/repository/files/{path}", get(gitlab::file))
        .route("/projects/{project}/repository/tree", get(gitlab::tree))
        .route("/projects/{project}/repository/commits/{revision}", get(gitlab::commit))
        .route("/projects/{project}/repository/commits/{hash}/comments", post(gitlab::add_comment))
        .route("/projects/{project}/repository/commits/{hash}/discussions", get(gitlab::discussions))
        .route("/projects/{project}/merge_requests/{number}", get(gitlab::merge_request))
        .route("/projects/{project}/merge_requests/{number}/notes", notes())
        .route("/projects/{project}/merge_requests/{number}/notes/{note}/award_emoji", post(gitlab::award))
        .route("/projects/{project}/issues", post(gitlab::open_issue).get(gitlab::issues))
        .route("/projects/{project}/issues/{number}", get(gitlab::issue))
        .route("/projects/{project}/issues/{number}/notes", notes())
        .route("/projects/{project}/releases", get(gitlab::releases))
        .route("/projects/{project}/statuses/{hash}", post(gitlab::set_status))
}

/// Forgejo's API.
pub(crate) fn forgejo() -> Router<Arc<Shared>> {
    let comments = post(forgejo::add_comment).get(forgejo::comments);
    Router::new()
        .route("/user", get(forgejo::user))
        .route("/repos/{owner}/{name}/collaborators/{user}/permission", get(forgejo::permission))
        .route("/repos/{owner}/{name}/releases/latest", get(forgejo::latest_release))
        .route("/repos/{owner}/{name}/pulls/{number}", get(forgejo::pull))
        .route("/repos/{owner}/{name}/contents/{*path}", get(forgejo::file))
        .route("/repos/{owner}/{name}/git/trees/{*revision}", get(forgejo::tree))
        .route("/repos/{owner}/{name}/git/commits/{*revision}", get(forgejo::commit))
        .route("/repos/{owner}/{name}/statuses/{hash}", post(forgejo::set_status))
        .route("/repos/{owner}/{name}/issues", post(forgejo::open_issue).get(forgejo::issues))
        .route("/repos/{owner}/{name}/issues/{number}", get(forgejo::issue))
        .route("/repos/{owner}/{name}/issues/{number}/comments", comments)
        .route("/repos/{owner}/{name}/issues/comments/{comment}/reactions", post(forgejo::react))
}

/// Pagure: its API, and the files beside it.
pub(crate) fn pagure() -> Router<Arc<Shared>> {
    let api = Router::new()
        .route("/-/whoami", post(pagure::whoami))
        .route("/group/{name}", get(pagure::group))
        .route("/fork", post(proposals::fork))
        .route("/{namespace}/{name}/pull-requests", get(proposals::list))
        .route("/{namespace}/{name}/pull-request/new", post(proposals::open))
        .route("/{namespace}/{name}", get(pagure::project))
        .route("/{namespace}/{name}/git/branches", get(pagure::branches))
        .route("/{namespace}/{name}/git/tags", get(pagure::tags))
        .route("/{namespace}/{name}/c/{hash}/info", get(pagure::commit))
        .route("/{namespace}/{name}/c/{hash}/flag", post(pagure::flag_commit))
        .route("/{namespace}/{name}/tree/{revision}", get(pagure::tree))
        .route("/{namespace}/{name}/pull-request/{number}", get(pagure::pull_request))
        .route("/{namespace}/{name}/pull-request/{number}/comment", post(pagure::add_comment))
        .route("/{namespace}/{name}/pull-request/{number}/flag", post(pagure::flag_pull_request));
    Router::new().nest("/api/0", api).route("/{namespace}/{name}/raw/{revision}/f/{*path}", get(pagure::raw))
}

//! Pages and logs that the answers link to: short texts, so that no link of a demonstration is dead.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// Anything below a system that is no call of its API.
pub(crate) async fn page(uri: Uri) -> Response {
    let path = uri.path();
    let is_api = path.contains("/api_3/")
        || path.contains("/v0.1/")
        || path.starts_with("/koji/kojihub")
        || ["/github/", "/bodhi/"].iter().any(|api| path.starts_with(api));
    if is_api || !["/copr/", "/testing-farm/", "/koji/"].iter().any(|system| path.starts_with(system)) {
        return (StatusCode::NOT_FOUND, axum::Json(serde_json::json!({"error": "no such address"})))
            .into_response();
    }
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("this page");
    format!("{name}: simulated, so there is nothing more to see.\n{path}\n").into_response()
}

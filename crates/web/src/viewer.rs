//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::words::Scope;
use store::reads::Viewer;

use crate::guard;
use crate::identity::Caller;
use crate::server::Shared;

/// Who asks, as the reads need to know it. Every handler that shows something takes one, so what a login or a token lets
/// somebody see is decided here and nowhere else.
pub(crate) struct Asker(pub(crate) Viewer);

impl FromRequestParts<Shared> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Response> {
        let viewer = match Caller::from_request_parts(parts, web).await? {
            Caller::Anonymous => Viewer::Public,
            Caller::Token { scopes, .. } if scopes.allow(Scope::ReadAll) => Viewer::Everything,
            Caller::Token { .. } => Viewer::Public,
            Caller::User(account) => {
                let readable = web.identity.readable(&web.db, &account).await;
                let readable = readable.map_err(|error| guard::answer(parts.uri.path(), error.into()))?;
                if readable.is_empty() { Viewer::Public } else { Viewer::Including(readable) }
            }
        };
        Ok(Self(viewer))
    }
}

//! Who asks.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use store::reads::Viewer;

use crate::server::Shared;

/// Who asks, as the reads need to know it. Every handler that shows something takes one, so what a session or a token lets
/// somebody see is decided here and nowhere else. Nobody can prove yet that they may see more than the public.
pub(crate) struct Asker(pub(crate) Viewer);

impl FromRequestParts<Shared> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        Ok(Self(Viewer::Public))
    }
}

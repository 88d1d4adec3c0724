//! The number in a page's address.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::ErrorPage;
use crate::problem::Problem;
use crate::server::Shared;

/// The number that names what a page shows. What is no number names nothing.
pub(crate) struct Id(pub(crate) i64);

impl FromRequestParts<Shared> for Id {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, ErrorPage> {
        let text: Option<Path<String>> = Path::from_request_parts(parts, web).await.ok();
        let id = text.and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Problem::not_found("such page").into())
    }
}

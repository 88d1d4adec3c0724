//! What a page is asked for in its address.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::ErrorPage;
use crate::query;
use crate::server::Shared;

/// What a page knows of its query. The rest is not its matter: chats and search engines add to the addresses that they hand
/// on.
pub(crate) struct Known<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Known<T> {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ErrorPage> {
        Ok(Self(query::known(parts.uri.query().unwrap_or_default())?))
    }
}

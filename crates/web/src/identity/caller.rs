use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::words::Scopes;
use store::sessions::Account;

use crate::guard;
use crate::problem::Problem;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody who said who they are.
    Anonymous,
    /// A program with a token.
    Token {
        /// The token's name.
        name: String,
        /// What it may be used for.
        scopes: Scopes,
    },
    /// A person who is logged in.
    User(Account),
}

impl Caller {
    /// How rows and logs name them. No two callers have one name: a login holds no space.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Token { name, .. } => format!("token {name}"),
            Self::User(account) => account.login.clone(),
        }
    }

    /// Tells callers apart whatever they are called: a login may become somebody else's.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::User(account) => format!("{} {}", account.forge, account.id),
            known => known.name(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts.extensions.get().cloned().ok_or_else(|| {
            tracing::error!("a route that asks who calls does not stand behind `identify`");
            guard::answer(parts.uri.path(), Problem::internal())
        })
    }
}

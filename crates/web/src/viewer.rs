//! Who asks.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use domain::words::Scope;
use store::reads::Viewer;
use tokio::time::Instant;

use crate::guard;
use crate::identity::{Caller, caller_of};
use crate::server::Shared;

/// How long it holds what somebody may see who is told of changes.
const HOLDS: Duration = Duration::from_secs(10);

/// Who asks, as the reads need to know it. Every handler that shows something takes one, so what a login or a token lets
/// somebody see is decided here and nowhere else.
pub(crate) struct Asker(pub(crate) Viewer);

impl FromRequestParts<Shared> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, web).await?;
        let viewer = viewer(web, &caller).await;
        viewer.map(Self).map_err(|error| guard::answer(parts.uri.path(), error.into()))
    }
}

async fn viewer(web: &Shared, caller: &Caller) -> store::Result<Viewer> {
    Ok(match caller {
        Caller::Anonymous => Viewer::Public,
        Caller::Token { scopes, .. } if scopes.allow(Scope::ReadAll) => Viewer::Everything,
        Caller::Token { .. } => Viewer::Public,
        Caller::User(account) => {
            let mut readable = web.identity.readable(&web.db, account).await?;
            // They come in the order of what happened in them last; who may see the same is the same viewer.
            readable.sort_unstable();
            if readable.is_empty() { Viewer::Public } else { Viewer::Including(readable) }
        }
    })
}

/// What was decided of somebody who goes on being told of changes after their request was let in.
pub(crate) struct Decision {
    web: Shared,
    headers: HeaderMap,
    caller: Caller,
    viewer: Viewer,
    decided_at: Instant,
}

impl Decision {
    pub(crate) fn new(web: Shared, headers: HeaderMap, caller: Caller, viewer: Viewer) -> Self {
        Self { web, headers, caller, viewer, decided_at: Instant::now() }
    }

    /// Whether they are still who they were and may see what they could: asked anew if that is a while ago. Where nobody can
    /// tell, they may not.
    pub(crate) async fn holds(&mut self) -> bool {
        // Who is not known sees what is public, and nobody can take that from them.
        if self.caller == Caller::Anonymous || self.decided_at.elapsed() < HOLDS {
            return true;
        }
        let is_same = match caller_of(&self.web, &self.headers).await {
            Ok(caller) if caller == self.caller => {
                viewer(&self.web, &caller).await.is_ok_and(|viewer| viewer == self.viewer)
            }
            _ => false,
        };
        self.decided_at = Instant::now();
        is_same
    }
}

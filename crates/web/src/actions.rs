//! What callers of the API can have done.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Planned, Selection};
use domain::workflow::CancelPlan;
use store::reruns::{Answer, Request};
use store::sessions::Account;

/// Does what a caller asked for, once it is known that they may.
#[async_trait]
pub trait Actions: Send + Sync {
    /// Cancels targets of an event, all unfinished ones if none are named; or, as a `dry_run`, tells what that would do.
    ///
    /// # Errors
    /// If there is no such event, or the database refuses.
    async fn cancel(
        &self,
        event: EventId,
        targets: Option<BTreeSet<TargetId>>,
        by: &str,
        dry_run: bool,
    ) -> store::Result<CancelPlan>;

    /// Whether somebody who is logged in may ask for reruns of an event.
    ///
    /// # Errors
    /// If they may not, or nobody can tell.
    async fn may_rerun(&self, event: EventId, account: &Account) -> Result<(), Denied>;

    /// Whether work may start where an event happened, whoever asks: what holds for a program with a token.
    ///
    /// # Errors
    /// If it may not, or nobody can tell.
    async fn may_start(&self, event: EventId) -> Result<(), Denied>;

    /// What a rerun would do now.
    ///
    /// # Errors
    /// If there is no such event, or the database cannot be read.
    async fn preview_rerun(&self, event: EventId, selection: &Selection) -> store::Result<Planned>;

    /// Carries a rerun out: all of it or nothing.
    ///
    /// # Errors
    /// If there is no such event, or the database refuses.
    async fn rerun(&self, request: &Request<'_>) -> store::Result<Answer>;
}

/// Why somebody may not have something done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// They may not, but who may write to the project may: why, and what would help.
    Refused(String),
    /// The access rules of the installation refuse the project or them: why.
    ByRules(String),
    /// Nobody can tell just now, since the forge or the database does not answer.
    Unavailable(String),
}

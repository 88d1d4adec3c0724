//! What callers of the API can have done.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ids::{EventId, TargetId};
use domain::workflow::CancelPlan;

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
}

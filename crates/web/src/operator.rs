//! What the API lets operators do.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ids::{EventId, TargetId};
use domain::workflow::CancelPlan;

/// Who may change things by the API, and what is done for them.
#[async_trait]
pub trait Operator: Send + Sync {
    /// The name of whom this token belongs to; none if it is nobody's. It takes the same time for every token of one length.
    fn recognise(&self, token: &str) -> Option<String>;

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

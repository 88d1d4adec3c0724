//! Canceling: what no build system has ends at once; the rest is asked of the build system, which cancels whole submissions.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::ids::{EventId, TargetId};
use domain::workflow::CancelPlan;
use store::{Tx, submissions};

use crate::Engine;

/// What was, or would be, canceled of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canceled {
    /// The event.
    pub event: EventId,
    /// What it does to the targets.
    pub plan: CancelPlan,
}

/// Cancels targets of an event, all unfinished ones if none are named; or, as a `dry_run`, tells what that would do. What the
/// build systems are asked for ends when they say so.
///
/// # Errors
/// If there is no such event, or the database refuses.
pub async fn cancel(
    engine: &Engine,
    event: EventId,
    targets: Option<BTreeSet<TargetId>>,
    by: &str,
    dry_run: bool,
) -> store::Result<Canceled> {
    let now = engine.clock.now();
    let mut tx = engine.db.write().await?;
    let why = format!("canceled by {by}");
    let plan = cancel_in(&mut tx, event, targets.as_ref(), by, &why, now).await?;
    if !dry_run {
        tx.commit().await?;
        engine.wake.workflow();
    }
    Ok(Canceled { event, plan })
}

/// The same inside a transaction that does more.
pub(crate) async fn cancel_in(
    tx: &mut Tx,
    event: EventId,
    targets: Option<&BTreeSet<TargetId>>,
    by: &str,
    why: &str,
    now: DateTime<Utc>,
) -> store::Result<CancelPlan> {
    submissions::change_event_in(tx, event, now, |submissions, workflow| {
        let all = workflow.unfinished();
        let plan = workflow.plan_cancel(targets.unwrap_or(&all));
        workflow.cancel_now(&plan, why, now);
        for submission in submissions.iter_mut() {
            if plan.submissions.contains(&submission.id) && submission.cancel_requested_at.is_none() {
                submission.cancel_requested_at = Some(now);
                submission.cancel_requested_by = Some(by.to_owned());
                if submission.leased_by.is_none() {
                    submission.due_at = Some(now);
                }
            }
        }
        plan
    })
    .await
}

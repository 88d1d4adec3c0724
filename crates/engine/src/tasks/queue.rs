//! How every queue is worked on: claim what is due, let each have its turn, wait when there is nothing.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::task::{JoinError, JoinSet};
use tracing::{error, warn};

use super::Run;
use crate::Engine;
use crate::intake::chain;

/// What a claim is made with.
pub(super) struct Claim<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) lease_end: DateTime<Utc>,
    pub(super) worker: &'a str,
    /// How much may be taken, at least 1.
    pub(super) free: usize,
}

impl Claim<'_> {
    /// How much may be taken, as a statement has it.
    pub(super) fn limit(&self) -> i64 {
        i64::try_from(self.free).unwrap_or(i64::MAX)
    }
}

/// Rows that are claimed with a lease, each for one turn.
pub(super) trait Queue: Send + 'static {
    /// A claimed row.
    type Item: Send + 'static;

    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// How many turns there are at once.
    fn slots(&self, engine: &Engine) -> usize;

    /// How long a turn may last: as long as its row is leased at most.
    fn longest_turn(&self, engine: &Engine) -> Duration {
        engine.settings.lease
    }

    /// Takes what is due; nothing only if nothing is.
    fn claim(
        &mut self,
        engine: &Engine,
        claim: &Claim<'_>,
    ) -> impl Future<Output = store::Result<Vec<Self::Item>>> + Send;

    /// One row's turn. What it could not write comes back when its lease ends.
    fn turn(
        engine: Engine,
        worker: String,
        item: Self::Item,
    ) -> impl Future<Output = store::Result<()>> + Send;

    /// Ends when something may have become due.
    fn woken(&mut self, engine: &Engine) -> impl Future<Output = ()> + Send;
}

/// Works on a queue until it is stopped, and lets the turns in flight end then.
pub(super) async fn serve<Q: Queue>(run: Run, mut queue: Q) {
    let Run { engine, worker, stop } = &run;
    let slots = queue.slots(engine);
    let mut turns = JoinSet::new();
    while !stop.is_cancelled() {
        while let Some(ended) = turns.try_join_next() {
            told(ended);
        }
        let free = slots.saturating_sub(turns.len());
        // Where there is no room nothing is asked for: that would look as if nothing were due.
        if free > 0 {
            let asked = Instant::now();
            let now = engine.clock.now();
            let claim = Claim { now, lease_end: now + engine.settings.lease, worker, free };
            // Over a line that is dead nothing ever comes back.
            let claimed = tokio::time::timeout(engine.settings.lease, queue.claim(engine, &claim)).await;
            match claimed.unwrap_or(Err(store::Error::Silent)) {
                Ok(items) => {
                    let is_idle = items.is_empty();
                    let longest = queue.longest_turn(engine);
                    for item in items {
                        let left = longest.saturating_sub(asked.elapsed());
                        turns.spawn(bounded::<Q>(run.clone(), queue.name(), item, left));
                    }
                    if !is_idle {
                        continue;
                    }
                }
                Err(error) => {
                    error!(what = queue.name(), error = %chain(&error), "the database cannot be asked; trying again");
                    run.pause(engine.settings.look_interval).await;
                    continue;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = turns.join_next() => told(ended),
            () = queue.woken(engine) => {}
            () = tokio::time::sleep(engine.settings.look_interval) => {}
        }
    }
    while let Some(ended) = turns.join_next().await {
        told(ended);
    }
}

/// A turn that lasts no longer than its lease, of which so much is left: beyond it somebody else may have the row, and a call
/// that never returns would hold its place for ever.
async fn bounded<Q: Queue>(run: Run, what: &'static str, item: Q::Item, left: Duration) {
    match tokio::time::timeout(left, Q::turn(run.engine.clone(), run.worker, item)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(what, error = %chain(&error), "nothing written; it comes back"),
        Err(_) => warn!(what, "it took longer than its lease; it comes back"),
    }
    run.engine.wake.workflow();
}

fn told(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        error!(%error, "a turn ended without an end; it comes back");
    }
}

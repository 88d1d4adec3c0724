//! A delivery becomes an event and its workflow, or an outcome with the reason why not.

mod checks;
mod comments;
mod configuration;
pub(crate) mod dist_git;
mod event;
mod koji;
mod notices;
mod prepared;
pub(crate) mod tags;
mod upstream;

use std::time::Duration;

use domain::event::{ForgeEvent, Happened, ProjectFacts, PullRequestAction};
use domain::ids::EventId;
use domain::words::DeliveryOutcome;
use forges::{ForgeError, Reader, Reading};
use store::inbox::{self, Delivery};
use store::{Tx, projects};
use tokio::sync::Semaphore;
use tracing::{info, warn};

use crate::{Engine, supersede};
use comments::Commented;
use prepared::Prepared;

/// How often it is looked whether somebody else has settled a delivery.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How often whoever works on a delivery may die of it before it is refused.
const MOST_DEATHS: i64 = 10;

/// The turn of the one large body that this process reads.
static LARGE_BODY: Semaphore = Semaphore::const_new(1);

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The outcome.
    pub outcome: DeliveryOutcome,
    /// Why.
    pub reason: String,
    /// The event it became.
    pub event: Option<EventId>,
}

/// Why a delivery is not settled yet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsettled {
    /// A forge could not answer just now.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The database could not.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Somebody else works on it.
    #[error("the lease was lost")]
    LeaseLost,
    /// Another commit of its pull request was recorded meanwhile: which is the newer one must be found out anew.
    #[error("another commit of the pull request was recorded meanwhile")]
    Overtaken,
    /// It is put off until others like it have come.
    #[error("it waits for others like it")]
    Held,
    /// It is put off until the work is known here that it tells of.
    #[error("it waits until its work is known here")]
    Parked,
}

/// What becomes of a delivery, why, and its event.
type Outcome = (DeliveryOutcome, String, Option<EventId>);

/// Writes what becomes of a delivery with all else that the transaction holds.
async fn settle(
    mut tx: Tx,
    delivery: &Delivery,
    worker: &str,
    (outcome, reason, event): Outcome,
) -> Result<Settled, Unsettled> {
    if !inbox::finish(&mut tx, delivery.id, worker, outcome, &reason, event).await? {
        return Err(Unsettled::LeaseLost);
    }
    tx.commit().await?;
    Ok(Settled { outcome, reason, event })
}

impl Engine {
    /// Works on a claimed delivery until it is settled or put off. None if it was put off, or if somebody else has it.
    ///
    /// # Errors
    /// If the database cannot be written; the lease ends by itself then.
    pub(crate) async fn take_in(&self, delivery: &Delivery, worker: &str) -> store::Result<Option<Settled>> {
        let settled = match self.settle_delivery(delivery, worker).await {
            Err(Unsettled::Forge(error)) => match self.pause_before_next_try(delivery, &error) {
                Some(pause) => return self.put_off_delivery(delivery, worker, pause, &error).await,
                None => self.give_up(delivery, worker, &error).await,
            },
            Err(Unsettled::Store(error)) if !error.is_passing() => {
                // A row that the database will never take must not come back for ever.
                let reason = format!("it cannot be recorded: {}", chain(&error));
                self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await
            }
            settled => settled,
        };
        match settled {
            Ok(settled) => {
                info!(inbox = %delivery.id, outcome = %settled.outcome, reason = settled.reason, "delivery settled");
                metrics::counter!("packflow_deliveries_settled_total", "outcome" => settled.outcome.as_str())
                    .increment(1);
                self.wake.workflow();
                Ok(Some(settled))
            }
            Err(Unsettled::Store(error)) => Err(error),
            Err(why) => {
                info!(inbox = %delivery.id, %why, "delivery left to others");
                Ok(None)
            }
        }
    }

    /// Settles a stored delivery now, or waits until whoever works on it has. For callers that want the answer; the inbox's
    /// own task does not need it.
    ///
    /// # Errors
    /// If there is no such delivery, or the database cannot be asked.
    pub async fn settle_now(&self, source: &str, delivery_id: &str) -> store::Result<Settled> {
        let worker = format!("{}-{:08x}", std::process::id(), fastrand::u32(..));
        loop {
            let delivery = inbox::find(&self.db, source, delivery_id)
                .await?
                .ok_or_else(|| store::Error::NotFound(format!("delivery {delivery_id} of {source}")))?;
            if let Some(outcome) = delivery.outcome() {
                let reason = delivery.reason.unwrap_or_default();
                return Ok(Settled { outcome, reason, event: delivery.event_id.map(EventId) });
            }
            let now = self.clock.now();
            let claimed =
                inbox::claim_one(&self.db, delivery.id, now, now + self.settings.lease, &worker).await?;
            match claimed {
                Some(claimed) => {
                    if let Some(settled) = self.take_in(&claimed, &worker).await? {
                        return Ok(settled);
                    }
                }
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    async fn settle_delivery(&self, delivery: &Delivery, worker: &str) -> Result<Settled, Unsettled> {
        if delivery.tries > i64::from(self.settings.outages.pauses) + MOST_DEATHS {
            let reason = format!("it was begun {} times and never ended", delivery.tries - 1);
            return self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await;
        }
        let Some(reader) = self.readers.get(&delivery.source) else {
            let reason = format!("deliveries of {} are not handled yet", delivery.source);
            return self.finish(delivery, worker, DeliveryOutcome::NotHandledYet, reason).await;
        };
        let Some(reading) = self.read(reader, delivery).await? else {
            let reason = "its body is not kept any more".to_owned();
            return self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await;
        };
        match reading {
            Reading::NotHandledYet(reason) => {
                self.finish(delivery, worker, DeliveryOutcome::NotHandledYet, reason).await
            }
            Reading::Ignored(reason) => self.finish(delivery, worker, DeliveryOutcome::Ignored, reason).await,
            Reading::Refused(reason) => self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await,
            Reading::Project(facts) => self.note_project(delivery, worker, &facts).await,
            Reading::Notice(notice) => self.settle_notice(delivery, worker, &notice).await,
            Reading::Event(event) if is_closing(&event) => self.close(delivery, worker, &event).await,
            Reading::Event(event) => {
                if let Some(commented) = Commented::of(&event) {
                    return self.settle_comment(delivery, worker, &commented).await;
                }
                if let Some(settled) = self.settle_check(delivery, worker, &event).await? {
                    return Ok(settled);
                }
                loop {
                    let prepared = self.prepare(&event).await?;
                    match self.record(delivery, worker, &event, &prepared).await {
                        Err(Unsettled::Overtaken) => {}
                        recorded => return recorded,
                    }
                }
            }
        }
    }

    /// Whoever may see a project may see all that happened in it: what became private is hidden at once.
    async fn note_project(
        &self,
        delivery: &Delivery,
        worker: &str,
        facts: &ProjectFacts,
    ) -> Result<Settled, Unsettled> {
        let mut tx = self.db.write().await?;
        let is_known = projects::note(&mut tx, facts).await?;
        let reason = if is_known {
            format!("{} is {} now; nothing is started by that", facts.key, facts.visibility)
        } else {
            format!("{} is not known here", facts.key)
        };
        settle(tx, delivery, worker, (DeliveryOutcome::Ignored, reason, None)).await
    }

    /// What a delivery tells; none if its body is gone. A large body is in memory for that long only, and one at a time.
    async fn read(&self, reader: &Reader, delivery: &Delivery) -> store::Result<Option<Reading>> {
        if !delivery.is_body_apart() {
            return Ok(delivery.body.as_deref().map(|body| reader.read(&delivery.kind, body)));
        }
        // It is never closed.
        let _turn = LARGE_BODY.acquire().await;
        let body = inbox::body(&self.db, delivery.id).await?;
        Ok(body.map(|body| reader.read(&delivery.kind, &body)))
    }

    /// A closed pull request starts nothing; what runs for it is canceled, if that is configured.
    async fn close(
        &self,
        delivery: &Delivery,
        worker: &str,
        event: &ForgeEvent,
    ) -> Result<Settled, Unsettled> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let canceled = if self.settings.cancel_closed {
            supersede::cancel_reference(&mut tx, event, "the pull request was closed", now).await?
        } else {
            0
        };
        let reason = match (self.settings.cancel_closed, canceled) {
            (false, _) => "a closed pull request starts nothing".to_owned(),
            (true, 0) => "the pull request was closed; nothing ran for it".to_owned(),
            (true, n) => format!("the pull request was closed: {n} unfinished targets are canceled"),
        };
        settle(tx, delivery, worker, (DeliveryOutcome::Ignored, reason, None)).await
    }

    async fn record(
        &self,
        delivery: &Delivery,
        worker: &str,
        event: &ForgeEvent,
        prepared: &Prepared,
    ) -> Result<Settled, Unsettled> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let recorded = prepared.record(&mut tx, delivery, event, &self.settings, now).await?;
        let outcome = prepared.outcome();
        let reason = prepared.reason();
        settle(tx, delivery, worker, (outcome, reason, Some(recorded))).await
    }

    async fn finish(
        &self,
        delivery: &Delivery,
        worker: &str,
        outcome: DeliveryOutcome,
        reason: String,
    ) -> Result<Settled, Unsettled> {
        let tx = self.db.write().await?;
        settle(tx, delivery, worker, (outcome, reason, None)).await
    }

    /// How long a delivery waits for its forge; none if it has waited long enough.
    fn pause_before_next_try(&self, delivery: &Delivery, error: &ForgeError) -> Option<Duration> {
        let asked_for = match error {
            ForgeError::Unavailable { retry_after, .. } => *retry_after,
            ForgeError::Refused(_) => None,
        };
        self.settings.outages.pause(delivery.tries, asked_for)
    }

    async fn put_off_delivery(
        &self,
        delivery: &Delivery,
        worker: &str,
        pause: Duration,
        error: &ForgeError,
    ) -> store::Result<Option<Settled>> {
        warn!(inbox = %delivery.id, %error, pause_s = pause.as_secs(), "delivery put off");
        let until = self.clock.now() + pause;
        inbox::postpone(&self.db, delivery.id, worker, until, &error.to_string()).await?;
        Ok(None)
    }

    /// After the last pause a delivery is refused, and can be retried by hand.
    async fn give_up(
        &self,
        delivery: &Delivery,
        worker: &str,
        error: &ForgeError,
    ) -> Result<Settled, Unsettled> {
        let reason = format!(
            "given up after {} tries over {}: {error}; `packflow inbox retry {}` tries again",
            delivery.tries,
            minutes(self.settings.outages.span()),
            delivery.id
        );
        self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await
    }
}

fn is_closing(event: &ForgeEvent) -> bool {
    matches!(&event.happened, Happened::PullRequest(pull) if pull.action == PullRequestAction::Closed)
}

fn minutes(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds / 60),
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

//! Takes messages from the broker, for as long as it is let.
//!
//! A message is acknowledged when it was dropped, or when its row is in the inbox; a crash before that brings it again, and
//! its key makes it the same row. lapin's own reconnecting is not used: with it a first connection to a broker that is away
//! never ends. What goes wrong ends the connection, and another one is made after a pause.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use domain::notice::Interest;
use futures_util::StreamExt;
use lapin::Connection;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable};
use store::inbox::{self, NewDelivery, Received};
use store::{Db, submissions};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::error::name;
use crate::judge::{Verdict, judge};
use crate::message::{Address, Message};
use crate::recorded::time;
use crate::standing::{Ledger, Standings};
use crate::tally::{Fate, Tally};
use crate::{BusError, Endpoint, Queue};

/// The first pause before another connection; each further one is twice as long,
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often it is told what was taken and dropped.
const TELL: Duration = Duration::from_secs(60);
/// How long a connection may take until messages come through it.
const OPENING: Duration = Duration::from_secs(20);
/// How long the broker is given to take a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// A connection that was ended so, by us.
const OK: u16 = 200;

/// What is taken from where.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The broker.
    pub endpoint: Endpoint,
    /// The exchange that topics come through: `amq.topic`.
    pub exchange: String,
    /// The queue.
    pub queue: Queue,
    /// The topics, with their senders' prefixes.
    pub topics: Vec<String>,
    /// How many messages the broker sends ahead.
    pub prefetch: u16,
}

/// Takes messages into the inbox.
#[derive(Debug)]
pub struct Consumer {
    subscription: Subscription,
    interest: Interest,
    db: Db,
    wake: Arc<Notify>,
    ledger: Ledger,
}

impl Consumer {
    /// A consumer that keeps what is of interest and notifies `wake` of it.
    pub fn new(subscription: Subscription, interest: Interest, db: Db, wake: Arc<Notify>) -> Self {
        Self { subscription, interest, db, wake, ledger: Ledger::new() }
    }

    /// How its connection stands.
    pub fn standings(&self) -> Standings {
        self.ledger.standings()
    }

    /// Takes messages until it is stopped; makes a new connection whenever there is none.
    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let mut tally = Tally::default();
            let Err(error) = self.take(&stop, &mut tally).await else { break };
            // One that worked is no failure in a row.
            failures = if tally.is_empty() { failures + 1 } else { 1 };
            let pause = pause(failures);
            warn!(broker = %self.subscription.endpoint, %error, pause_s = pause.as_secs_f32(), "no messages are taken; trying again");
            self.ledger.away(error.to_string());
            metrics::counter!("packflow_bus_failures_total").increment(1);
            let _ = tokio::time::timeout(pause, stop.cancelled()).await;
        }
    }

    /// One connection, until it is stopped or something goes wrong.
    async fn take(&self, stop: &CancellationToken, tally: &mut Tally) -> Result<(), BusError> {
        let (connection, mut messages) = tokio::select! {
            opened = tokio::time::timeout(OPENING, self.open()) => {
                opened.map_err(|_| BusError::Silent(OPENING.as_secs()))??
            }
            () = stop.cancelled() => return Ok(()),
        };
        let Subscription { endpoint, queue, topics, .. } = &self.subscription;
        info!(broker = %endpoint, queue = queue.name(), topics = topics.len(), "messages are taken");
        self.ledger.connected();
        let mut tell = tokio::time::interval(TELL);
        tell.tick().await;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                _ = tell.tick() => tally.tell(),
                message = messages.next() => {
                    let delivery = message.ok_or(BusError::Ended)??;
                    let (fate, lag) = self.keep(&delivery).await?;
                    delivery.acker.ack(BasicAckOptions::default()).await?;
                    tally.add(fate, lag);
                }
            }
        }
        tally.tell();
        // What was sent ahead and not acknowledged goes to somebody else, or comes again.
        let _ = tokio::time::timeout(GOODBYE, connection.close(OK, "stopped".into())).await;
        Ok(())
    }

    /// A connection, and what comes through it.
    async fn open(&self) -> Result<(Connection, lapin::Consumer), BusError> {
        let Subscription { endpoint, exchange, queue, topics, prefetch } = &self.subscription;
        let connection = endpoint.connect().await?;
        let channel = connection.create_channel().await?;
        channel.basic_qos(*prefetch, BasicQosOptions::default()).await?;
        queue.declare(&channel, exchange, topics).await?;
        let options = BasicConsumeOptions::default();
        let messages =
            channel.basic_consume(name(queue.name())?, "".into(), options, FieldTable::default()).await?;
        Ok((connection, messages))
    }

    /// Keeps a message if it is of interest: then its row is written when this ends.
    async fn keep(&self, delivery: &Delivery) -> Result<(Fate, Option<Duration>), BusError> {
        let now = Utc::now();
        let message = message(delivery);
        let lag = message.sent_at.and_then(|sent_at| (now - sent_at).to_std().ok());
        let fate = match judge(&message, &self.interest) {
            Verdict::Keep(address) => self.store(&address).await?,
            Verdict::IfKnown(address, system, external_id) => {
                if submissions::is_known(&self.db, system, &external_id).await? {
                    self.store(&address).await?
                } else {
                    Fate::Dropped
                }
            }
            Verdict::Drop => Fate::Dropped,
            Verdict::Refuse(reason) => {
                let id = message.id.as_deref().unwrap_or_default();
                warn!(topic = message.topic, id, reason, "a message that cannot be read was dropped");
                Fate::Refused
            }
        };
        Ok((fate, lag))
    }

    async fn store(&self, address: &Address) -> store::Result<Fate> {
        let new = NewDelivery {
            source: &address.source,
            delivery_id: &address.delivery_id,
            kind: &address.kind,
            received_at: inbox::now(),
            body: &address.body,
            settled: None,
        };
        Ok(match inbox::receive(&self.db, &new).await? {
            Received::New(_) => {
                self.wake.notify_one();
                Fate::Kept
            }
            Received::Repeated => Fate::Repeated,
        })
    }
}

/// A message as the broker delivered it (`docs/contracts.md` 7).
fn message(delivery: &Delivery) -> Message {
    let sent_at =
        delivery.properties.headers().as_ref().and_then(|headers| match headers.inner().get("sent-at") {
            Some(AMQPValue::LongString(text)) => time(&text.to_string()),
            _ => None,
        });
    Message {
        topic: delivery.routing_key.to_string(),
        id: delivery.properties.message_id().as_ref().map(ToString::to_string),
        sent_at,
        body: delivery.data.clone(),
    }
}

/// How long the next try waits: longer each time, with a tenth of jitter, so that not all of us come at once.
fn pause(failures: u32) -> Duration {
    let doubled =
        FIRST_PAUSE.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(LONGEST_PAUSE).mul_f64(1.0 + fastrand::f64() / 10.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for (failures, least) in [(0, 500), (1, 500), (2, 1000), (6, 16_000), (7, 30_000), (1000, 30_000)] {
            let pause = pause(failures);
            let least = Duration::from_millis(least);
            assert!(least <= pause && pause <= least.mul_f64(1.1), "{failures}: {pause:?}");
        }
    }
}

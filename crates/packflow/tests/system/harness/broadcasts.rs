//! What the simulator announces, on a real broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bus::{Certificates, Endpoint, Message};
use serde_json::Value;
use simulator::Simulator;
use test_support::Broker;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

use super::{World, until};

/// Nothing is polled by itself while a test lasts.
pub(crate) const NEVER: [(&str, &str); 2] =
    [("worker.poll_at_least_seconds", "3600"), ("worker.poll_at_most_seconds", "3600")];

/// How many messages may wait for the broker.
const WAITING: usize = 100;

/// How what is announced comes to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In its order.
    Plainly,
    /// Everything twice, and in another order: the later half of each handful before the earlier.
    Twisted,
}

/// Publishes announcements until it is dropped.
pub(crate) struct Broadcasts {
    sender: mpsc::Sender<Message>,
    told: Arc<AtomicU64>,
    publishing: JoinHandle<()>,
}

impl Broadcasts {
    pub(crate) fn begin(simulator: &Simulator, broker: &Broker, manner: Manner) -> Self {
        let endpoint = Endpoint::new(&broker.url(), None, Certificates::default()).unwrap();
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(bus::relay(endpoint, "amq.topic".to_owned(), receiver));
        let told = Arc::new(AtomicU64::new(0));
        let announced = simulator.announcements();
        let publishing = tokio::spawn(publish(announced, sender.clone(), Arc::clone(&told), manner));
        Self { sender, told, publishing }
    }

    /// Publishes something beside what is announced.
    pub(crate) async fn publish(&self, message: Message) {
        self.sender.send(message).await.unwrap();
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    /// How many messages were told so far.
    pub(crate) fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    /// Waits until the broker has all that waited for it, one at most excepted.
    pub(crate) async fn are_published(&self) {
        until("the broker has it", async || (self.sender.capacity() == WAITING).then_some(())).await;
    }
}

impl World {
    /// What the server says of itself, once it says this of the bus.
    pub(crate) async fn bus_is(&self, standing: &str) -> Value {
        until(&format!("the bus is {standing}"), async || {
            let ready: Value = serde_json::from_str(&self.get("/readyz").await?).unwrap();
            (ready["bus"] == standing).then_some(ready)
        })
        .await
    }
}

async fn publish(
    mut announced: broadcast::Receiver<simulator::Announcement>,
    sender: mpsc::Sender<Message>,
    told: Arc<AtomicU64>,
    manner: Manner,
) {
    const HANDFUL: std::time::Duration = std::time::Duration::from_millis(60);
    loop {
        let Ok(first) = announced.recv().await else { break };
        let mut handful = vec![Message::new(&first.topic, &first.body)];
        if manner == Manner::Twisted {
            tokio::time::sleep(HANDFUL).await;
            while let Ok(next) = announced.try_recv() {
                handful.push(Message::new(&next.topic, &next.body));
            }
            handful.reverse();
            let again = handful.clone();
            handful.extend(again);
        }
        for message in handful {
            if sender.send(message).await.is_err() {
                return;
            }
            told.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Broadcasts {
    fn drop(&mut self) {
        self.publishing.abort();
    }
}

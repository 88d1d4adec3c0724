//! What the simulator announces, on a real broker.

use bus::{Certificates, Endpoint, Message};
use simulator::Simulator;
use test_support::Broker;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

/// How what is announced comes to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In its order.
    Plainly,
    /// Everything twice, and in another order: the later half of each handful before the earlier.
    Twisted,
}

/// Publishes announcements until it is dropped.
pub(crate) struct Broadcasts(JoinHandle<()>);

impl Broadcasts {
    pub(crate) fn begin(simulator: &Simulator, broker: &Broker, manner: Manner) -> Self {
        let endpoint = Endpoint::new(&broker.url(), None, Certificates::default()).unwrap();
        let (sender, receiver) = mpsc::channel(100);
        tokio::spawn(bus::relay(endpoint, "amq.topic".to_owned(), receiver));
        Self(tokio::spawn(publish(simulator.announcements(), sender, manner)))
    }
}

async fn publish(
    mut announced: broadcast::Receiver<simulator::Announcement>,
    sender: mpsc::Sender<Message>,
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
        }
    }
}

impl Drop for Broadcasts {
    fn drop(&mut self) {
        self.0.abort();
    }
}

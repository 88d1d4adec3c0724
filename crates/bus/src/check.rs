//! What `doctor` asks a broker.

use crate::consumer::Subscription;
use crate::queue::find_exchange;
use crate::{BusError, Queue};

impl Subscription {
    /// Asks the broker whether messages could be taken, and changes nothing there. Says what was found.
    ///
    /// # Errors
    /// If it cannot be reached, does not let us in, or lacks the exchange or a queue that should be there.
    pub async fn check(&self) -> Result<String, BusError> {
        let connection = self.endpoint.connect().await?;
        let channel = connection.create_channel().await?;
        find_exchange(&channel, &self.exchange).await?;
        let topics = self.topics.len();
        let found = match &self.queue {
            Queue::Passing { .. } => {
                format!(
                    "{}: connected; {topics} topics through {}, no lasting queue",
                    self.endpoint, self.exchange
                )
            }
            Queue::Lasting { name } | Queue::Given { name } => {
                let given = Queue::Given { name: name.clone() };
                let declared = given.declare(&channel, &self.exchange, &[]).await;
                match (declared, &self.queue) {
                    (Ok(queue), _) => format!(
                        "{}: connected; {} messages wait in the queue {name}",
                        self.endpoint,
                        queue.message_count()
                    ),
                    // It is made when it is first taken from.
                    (Err(error), Queue::Lasting { .. }) if error.is_not_found() => {
                        format!("{}: connected; there is no queue {name} yet", self.endpoint)
                    }
                    (Err(error), _) => return Err(error),
                }
            }
        };
        let _ = connection.close(200, "checked".into()).await;
        Ok(found)
    }
}

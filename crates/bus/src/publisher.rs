//! Publishes messages: for tests, and for the simulator to be heard.

use std::time::Duration;

use chrono::SecondsFormat;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection};

use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::error::name;
use crate::message::Message;
use crate::{BusError, Endpoint};

/// Delivered again after the broker was restarted.
const PERSISTENT: u8 = 2;

/// How long a broker may take to take a message, before another connection is tried.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it is waited before another connection is tried.
const PAUSE: Duration = Duration::from_millis(200);

/// Publishes all that comes, in its order and over as many connections as it takes, until nothing more will come.
pub async fn relay(endpoint: Endpoint, exchange: String, mut messages: mpsc::Receiver<Message>) {
    let mut publisher: Option<Publisher> = None;
    while let Some(message) = messages.recv().await {
        loop {
            let tried = match &publisher {
                Some(publisher) => tokio::time::timeout(PATIENCE, publisher.publish(&message))
                    .await
                    .unwrap_or(Err(BusError::Silent(PATIENCE.as_secs()))),
                None => match Publisher::connect(&endpoint, &exchange).await {
                    Ok(connected) => {
                        publisher = Some(connected);
                        continue;
                    }
                    Err(error) => Err(error),
                },
            };
            let error = match tried {
                Ok(()) => break,
                Err(error @ BusError::TooLong(_)) => {
                    warn!(topic = message.topic, %error, "a message can never be published");
                    break;
                }
                Err(error) => error,
            };
            debug!(broker = %endpoint, %error, "a message was not taken; trying again");
            publisher = None;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// A connection that publishes, as `fedora-messaging` does (`docs/contracts.md` 7).
pub struct Publisher {
    channel: Channel,
    exchange: String,
    _connection: Connection,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Publisher")
    }
}

impl Publisher {
    /// Connects.
    ///
    /// # Errors
    /// If the broker cannot be reached or says no.
    pub async fn connect(endpoint: &Endpoint, exchange: &str) -> Result<Self, BusError> {
        let connection = endpoint.connect().await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { channel, exchange: exchange.to_owned(), _connection: connection })
    }

    /// Publishes a message; the broker has it when this ends.
    ///
    /// # Errors
    /// If it may not have it.
    pub async fn publish(&self, message: &Message) -> Result<(), BusError> {
        self.begin(message).await?.await
    }

    /// Publishes a message and does not wait: what is given back ends when the broker has it.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub async fn begin(
        &self,
        message: &Message,
    ) -> Result<impl Future<Output = Result<(), BusError>> + use<>, BusError> {
        let mut headers = FieldTable::default();
        if let Some(sent_at) = message.sent_at {
            let text = sent_at.to_rfc3339_opts(SecondsFormat::Micros, false);
            headers.insert("sent-at".into(), AMQPValue::LongString(text.into()));
        }
        let mut properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_content_encoding("utf-8".into())
            .with_delivery_mode(PERSISTENT)
            .with_headers(headers);
        if let Some(id) = &message.id {
            properties = properties.with_message_id(name(id)?);
        }
        let (exchange, topic) = (name(&self.exchange)?, name(&message.topic)?);
        let options = BasicPublishOptions::default();
        let confirm = self.channel.basic_publish(exchange, topic, options, &message.body, properties).await?;
        Ok(async move {
            match confirm.await? {
                Confirmation::Ack(_) | Confirmation::NotRequested => Ok(()),
                Confirmation::Nack(_) => Err(BusError::NotTaken),
            }
        })
    }
}

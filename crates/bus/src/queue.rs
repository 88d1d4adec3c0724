//! Whose queue messages are taken from, and what is bound to it.

use lapin::Channel;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{ExchangeKind, Queue as Declared};

use crate::BusError;
use crate::error::name;

/// The queue that messages are taken from (`docs/contracts.md` 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queue {
    /// One of our own that goes when nobody takes from it any more: what comes while we are away is not kept.
    Passing {
        /// Its name, which on Fedora's public virtual host has to be a UUID.
        name: String,
    },
    /// One that stays: what comes while we are away waits there.
    Lasting {
        /// Its name.
        name: String,
    },
    /// One that the broker's operators made and bound: it is only taken from.
    Given {
        /// Its name.
        name: String,
    },
}

impl Queue {
    /// A queue of this process alone, with a name that nobody else has: a UUID.
    pub fn random() -> Self {
        Self::Passing { name: uuid() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Passing { name } | Self::Lasting { name } | Self::Given { name } => name,
        }
    }

    /// Makes sure that it is there and that the topics come to it; what is there already is left as it is. `exchange` has to
    /// be there.
    pub(crate) async fn declare(
        &self,
        channel: &Channel,
        exchange: &str,
        topics: &[String],
    ) -> Result<Declared, BusError> {
        let options = match self {
            Self::Passing { .. } => QueueDeclareOptions { auto_delete: true, ..Default::default() },
            Self::Lasting { .. } => QueueDeclareOptions { durable: true, ..Default::default() },
            Self::Given { .. } => QueueDeclareOptions { passive: true, ..Default::default() },
        };
        let declared = channel.queue_declare(name(self.name())?, options, FieldTable::default()).await?;
        if !matches!(self, Self::Given { .. }) {
            for topic in topics {
                let options = QueueBindOptions::default();
                let arguments = FieldTable::default();
                channel
                    .queue_bind(
                        self.name().into(),
                        exchange.into(),
                        topic.as_str().into(),
                        options,
                        arguments,
                    )
                    .await?;
            }
        }
        Ok(declared)
    }
}

/// A random UUID (version 4).
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = std::array::from_fn(|_| fastrand::u8(..));
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// Whether the exchange is there; it is never made.
pub(crate) async fn find_exchange(channel: &Channel, exchange: &str) -> Result<(), BusError> {
    let options = ExchangeDeclareOptions { passive: true, durable: true, ..Default::default() };
    channel.exchange_declare(name(exchange)?, ExchangeKind::Topic, options, FieldTable::default()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn a_random_name_is_a_uuid_of_version_4() {
        let (first, second) = (Queue::random(), Queue::random());
        assert_ne!(first, second);
        let parts: Vec<&str> = first.name().split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts.concat().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{first:?}");
    }
}

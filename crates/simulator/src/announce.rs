//! What the simulated systems tell everybody, as they would over Fedora messaging (`docs/contracts.md` 7).

use serde_json::Value;

/// How many messages wait for a slow listener before it loses the oldest.
pub(crate) const BACKLOG: usize = 16 * 1024;

/// What the topics begin with.
const PREFIX: &str = "org.fedoraproject.prod";

/// A message for the bus; whoever listens publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its topic.
    pub topic: String,
    /// Its body.
    pub body: Value,
}

impl Announcement {
    /// A message of this topic, without the prefix.
    pub(crate) fn new(topic: &str, body: Value) -> Self {
        Self { topic: format!("{PREFIX}.{topic}"), body }
    }
}

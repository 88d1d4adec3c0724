//! A message, and where in the inbox it belongs.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use forges::BUS_SOURCE;
use forges::bus::BusForge;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::queue::uuid;
use crate::topic::kind;

/// Where messages come from, as the inbox names it.
pub const SOURCE: &str = BUS_SOURCE;

/// A message as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its topic, with the sender's prefix.
    pub topic: String,
    /// The sender's key of it, which a repeated one shares.
    pub id: Option<String>,
    /// When it was sent by the sender's clock, UTC.
    pub sent_at: Option<DateTime<Utc>>,
    /// The raw body.
    pub body: Vec<u8>,
}

/// Where in the inbox a message belongs, in the inbox's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// [`SOURCE`].
    pub source: String,
    /// What it is: the topic without the sender's prefix.
    pub kind: String,
    /// The key by which a repeated one is known.
    pub delivery_id: String,
    /// What is kept as its body: the message's own.
    pub body: Vec<u8>,
}

impl Message {
    /// A new message, with a key of its own, sent now.
    pub fn new(topic: &str, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { topic: topic.to_owned(), id: Some(uuid()), sent_at: Some(Utc::now()), body }
    }

    /// Where it belongs.
    pub fn address(&self) -> Address {
        let delivery_id = self.id.clone().unwrap_or_else(|| hash(&self.body));
        Address {
            source: SOURCE.to_owned(),
            kind: kind(&self.topic).to_owned(),
            delivery_id,
            body: self.body.clone(),
        }
    }
}

impl Address {
    /// The project of a forge that it tells of; none if it tells of none, or of a fork: what happens there is nobody's business
    /// until a pull request brings it.
    pub fn project(&self) -> Option<ProjectKey> {
        let host = BusForge::of_topic(&self.kind)?.host(&self.body).ok()?;
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let repository = ["/repo", "/pullrequest/project", "/body/repository", "/body/run/repository"]
            .iter()
            .find_map(|pointer| body.pointer(pointer))?;
        let text = |key: &str| repository.get(key).and_then(Value::as_str);
        if text("fullname").is_some_and(|name| name.starts_with("forks/")) {
            return None;
        }
        let namespace = match text("namespace") {
            Some(namespace) => namespace,
            None => repository.pointer("/owner/login").and_then(Value::as_str)?,
        };
        Some(ProjectKey::new(&host, namespace, text("name")?))
    }
}

/// The key of what was sent without one: the SHA-256 of source and body.
fn hash(body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(SOURCE.as_bytes());
    hash.update([0]);
    hash.update(body);
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;

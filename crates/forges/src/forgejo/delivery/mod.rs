//! A delivery's body becomes a closed event, or a reason why it does not (`docs/contracts.md` 2.2).

mod payload;
mod understand;

use serde::Deserialize;
use serde_json::Value;

use crate::Reading;
use crate::body::{parse, sound_text};
use payload::{Envelope, Place};

/// What topics of the bus about a Forgejo begin with; the rest is the name of the event.
const TOPIC: &str = "forgejo.";

/// What the bus puts around a payload (`docs/contracts.md` 2.2).
#[derive(Deserialize)]
struct Message {
    body: Value,
}

/// Whether messages of this topic (without what stands before `forgejo.`) are about a Forgejo.
pub fn is_topic(topic: &str) -> bool {
    topic.starts_with(TOPIC)
}

/// Reads a delivery. `kind` is its `X-Forgejo-Event` header, `body` what was received, `host` the Forgejo's host: a delivery
/// about a repository of another host is refused.
pub fn read(kind: &str, body: &[u8], host: &str) -> Reading {
    let understood = sound_text(body).and_then(|text| read_text(kind, text, host));
    understood.unwrap_or_else(Reading::Refused)
}

/// Reads a message of the bus: `topic` begins with `forgejo.`, `body` is the message's body, which holds the payload.
pub fn read_message(topic: &str, body: &[u8], host: &str) -> Reading {
    let kind = topic.strip_prefix(TOPIC).unwrap_or(topic);
    let understood = sound_text(body).and_then(|text| read_text(kind, &payload(text)?, host));
    understood.unwrap_or_else(Reading::Refused)
}

/// The host of the repository that a delivery tells of; none if it tells of none.
pub fn host(body: &[u8]) -> Option<String> {
    host_of(sound_text(body).ok()?)
}

/// The same of a message of the bus.
pub fn host_of_message(body: &[u8]) -> Option<String> {
    host_of(&payload(sound_text(body).ok()?).ok()?)
}

fn host_of(text: &str) -> Option<String> {
    let place: Place = parse(text).ok()?;
    place.host()
}

fn payload(text: &str) -> Result<String, String> {
    let Message { body } = parse(text)?;
    Ok(body.to_string())
}

fn read_text(kind: &str, text: &str, host: &str) -> Result<Reading, String> {
    let Envelope { action } = parse(text)?;
    understand::understand(kind, action.as_ref().map(|action| action.0.as_str()), text, host)
}

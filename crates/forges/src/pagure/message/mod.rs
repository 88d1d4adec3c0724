//! A message of the bus about a Pagure becomes a closed event, or a reason why it does not (`docs/contracts.md` 2.3).

mod payload;
mod understand;

use crate::Reading;
use crate::body::{parse, sound_text};
use payload::Place;

/// Whether messages of this topic (without what stands before `pagure.`) are about a Pagure.
pub fn is_topic(topic: &str) -> bool {
    topic.starts_with("pagure.")
}

/// The host of the project that a message tells of.
///
/// # Errors
/// If it tells of none: what is wrong with it.
pub fn host(body: &[u8]) -> Result<String, String> {
    let place: Place = parse(sound_text(body)?)?;
    place.host()
}

/// Reads a message. `topic` begins with `pagure.`, `body` is the message's body, `host` the Pagure's host: a message about
/// a project of another host is refused.
pub fn read(topic: &str, body: &[u8], host: &str) -> Reading {
    let understood = sound_text(body).and_then(|text| understand::understand(topic, text, host));
    understood.unwrap_or_else(Reading::Refused)
}

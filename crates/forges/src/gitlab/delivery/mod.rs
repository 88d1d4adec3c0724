//! A delivery's body becomes a closed event, or a reason why it does not (`docs/contracts.md` 2.1).

mod payload;
mod understand;

use crate::Reading;
use crate::body::{parse, sound_text};
use payload::Envelope;

/// Reads a delivery. What it is, the body says itself (`object_kind`), so the header `X-Gitlab-Event` is not needed; `host` is
/// the GitLab's host: a delivery about a project of another host is refused.
pub fn read(_kind: &str, body: &[u8], host: &str) -> Reading {
    let understood = sound_text(body).and_then(|text| {
        let Envelope { object_kind } = parse(text)?;
        understand::understand(&object_kind.0, text, host)
    });
    understood.unwrap_or_else(Reading::Refused)
}

/// The host of the project that a delivery tells of; none if it tells of none.
pub fn host(body: &[u8]) -> Option<String> {
    let payload::Place { project } = parse(sound_text(body).ok()?).ok()?;
    Some(project.web_url.host)
}

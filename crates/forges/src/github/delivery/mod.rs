//! A delivery's body becomes a closed event, or a reason why it does not (`docs/contracts.md` 1.3 and 1.4).
//!
//! Whoever asks has checked the signature; still nothing here trusts the body: text is checked as it is read, and
//! what cannot be read is refused with the place.

mod payload;
mod understand;

use crate::Reading;
use crate::body::{parse, sound_text};
use payload::Envelope;

/// Reads a delivery. `kind` is its `X-GitHub-Event` header, `body` what was received, `host` the forge's host.
///
/// Read again, the same delivery gives the same. Faults are [`Reading::Refused`]; nothing makes it panic, and the
/// time it takes grows with the body's length alone.
pub fn read(kind: &str, body: &[u8], host: &str) -> Reading {
    let understood = sound_text(body).and_then(|text| {
        let Envelope { action } = parse(text)?;
        understand::understand(kind, action.as_ref().map(|action| action.0.as_str()), text, host)
    });
    understood.unwrap_or_else(Reading::Refused)
}

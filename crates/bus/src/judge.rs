//! Whether a message is kept, by what it says itself.

use domain::notice::{Claim, Interest};
use domain::words::BuildSystem;
use forges::Reading;
use forges::bus::BusForge;
use serde_json::Value;

use crate::message::{Address, Message, SOURCE};
use crate::reading;

/// Bodies larger than this are none that anybody sends; a broker has limits of its own.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What is to be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is kept.
    Keep(Address),
    /// It is kept if this work is known here.
    IfKnown(Address, BuildSystem, String),
    /// It is nobody's here.
    Drop,
    /// It is not what its topic says, and nobody can tell whose it is: why.
    Refuse(String),
}

/// Judges a message.
pub(crate) fn judge(message: &Message, interest: &Interest) -> Verdict {
    if message.body.len() > MOST_BYTES {
        return Verdict::Refuse(format!(
            "the body has {} bytes; at most {MOST_BYTES} are taken",
            message.body.len()
        ));
    }
    let address = message.address();
    if BusForge::of_topic(&address.kind).is_some() {
        return match address.project().is_some_and(|project| interest.covers(&project)) {
            true => Verdict::Keep(address),
            false => Verdict::Drop,
        };
    }
    match reading::read(&address.kind, &address.body, SOURCE) {
        Reading::Notice(notice) => match (interest.claim(&notice), notice.work()) {
            (Claim::Ours | Claim::Work, _) => Verdict::Keep(address),
            (Claim::IfKnown, Some((system, external_id))) => Verdict::IfKnown(address, system, external_id),
            (Claim::IfKnown, None) | (Claim::Nobodys, _) => Verdict::Drop,
        },
        // A message that is ours and cannot be read has to be seen by somebody: the inbox keeps it with the reason.
        Reading::Refused(_) if names_us(&address.body, interest) => Verdict::Keep(address),
        Reading::Refused(reason) => Verdict::Refuse(reason),
        Reading::Event(_) | Reading::Project(_) | Reading::NotHandledYet(_) | Reading::Ignored(_) => {
            Verdict::Drop
        }
    }
}

/// Whether a body that cannot be read names us as the owner of what it tells.
fn names_us(body: &[u8], interest: &Interest) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let owner = body.get("owner").and_then(Value::as_str);
    owner.is_some()
        && (owner == interest.copr_owner.as_deref() || owner == interest.fedora_account.as_deref())
}

#[cfg(test)]
mod tests;

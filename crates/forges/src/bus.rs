//! Messages of the Fedora bus that tell of forges: which forge a message is of, and what it says.

use std::collections::BTreeMap;

use crate::text::one_line;
use crate::{Reading, forgejo, pagure};

/// The hosts of which the bus may tell, and what speaks there. Messages about other hosts are nobody's.
pub type BusHosts = BTreeMap<String, BusForge>;

/// A kind of forge that the bus tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusForge {
    /// A Pagure, by topics that begin with `pagure.`.
    Pagure,
    /// A Forgejo, by topics that begin with `forgejo.`.
    Forgejo,
}

impl BusForge {
    /// The kind of forge that messages of this topic are about; none if they are about none. A topic is written without what
    /// stands before it on the bus: `pagure.git.receive`, not `org.fedoraproject.prod.pagure.git.receive`.
    pub fn of_topic(topic: &str) -> Option<Self> {
        if pagure::message::is_topic(topic) {
            Some(Self::Pagure)
        } else if forgejo::delivery::is_topic(topic) {
            Some(Self::Forgejo)
        } else {
            None
        }
    }

    /// The host of the project that a message's body tells of.
    ///
    /// # Errors
    /// If it tells of none.
    pub fn host(self, body: &[u8]) -> Result<String, String> {
        match self {
            Self::Pagure => pagure::message::host(body),
            Self::Forgejo => forgejo::delivery::host_of_message(body)
                .ok_or_else(|| "body: names no repository, so its host is unknown".to_owned()),
        }
    }
}

/// Reads a message: `topic` as for [`BusForge::of_topic`], `body` the message's body. What tells of a host that is not among
/// `hosts` is ignored, with the reason.
pub fn read(topic: &str, body: &[u8], hosts: &BusHosts) -> Reading {
    let Some(forge) = BusForge::of_topic(topic) else {
        let topic = one_line(topic, 100);
        return Reading::NotHandledYet(format!("messages of the topic `{topic}` are not handled yet"));
    };
    let host = match forge.host(body) {
        Ok(host) => host,
        Err(reason) => return Reading::Refused(reason),
    };
    match hosts.get(&host) {
        Some(kind) if *kind == forge => match forge {
            BusForge::Pagure => pagure::message::read(topic, body, &host),
            BusForge::Forgejo => forgejo::delivery::read_message(topic, body, &host),
        },
        _ => Reading::Ignored(format!(
            "no forge is configured for {}, of which the message tells",
            one_line(&host, 100)
        )),
    }
}

use std::fmt;
use std::sync::Arc;

use domain::event::{ForgeEvent, ProjectFacts};
use domain::notice::Notice;

use crate::bus::{self, BusHosts};

/// What a delivery was understood to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It may ask for work.
    Event(Box<ForgeEvent>),
    /// A message of the bus that is of interest.
    Notice(Box<Notice>),
    /// It tells what a project is now, and starts nothing.
    Project(Box<ProjectFacts>),
    /// It is sound and of interest to a part of Packflow that is not there yet: which.
    NotHandledYet(String),
    /// It is sound but asks for nothing, for this reason.
    Ignored(String),
    /// It is not what it says it is: what is wrong, and at which key.
    Refused(String),
}

/// Reads a delivery of one kind of forge: the sender's name for what it is, the raw body, and the forge's host.
pub type ReadDelivery = fn(kind: &str, body: &[u8], host: &str) -> Reading;

/// The inbox's name for the Fedora bus, as the source of a delivery. Deliveries of webhooks have their forge's host there.
pub const BUS_SOURCE: &str = "fedora-messaging";

type Read = dyn Fn(&str, &[u8]) -> Reading + Send + Sync;

/// Reads the deliveries of one source.
#[derive(Clone)]
pub struct Reader(Arc<Read>);

impl Reader {
    /// Reads by this function: the sender's name for what a delivery is, and the raw body.
    pub fn new(read: impl Fn(&str, &[u8]) -> Reading + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Reads what the webhooks of this host deliver.
    pub fn of_host(read: ReadDelivery, host: &str) -> Self {
        let host = host.to_owned();
        Self(Arc::new(move |kind, body| read(kind, body, &host)))
    }

    /// Reads what the Fedora bus tells of these hosts.
    pub fn of_bus(hosts: BusHosts) -> Self {
        Self(Arc::new(move |topic, body| bus::read(topic, body, &hosts)))
    }

    /// Reads a delivery: the sender's name for what it is (of a message its topic), and the raw body.
    pub fn read(&self, kind: &str, body: &[u8]) -> Reading {
        (self.0)(kind, body)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

use domain::event::ForgeEvent;

/// What a delivery was understood to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It may ask for work.
    Event(Box<ForgeEvent>),
    /// It is sound but asks for nothing, for this reason.
    Ignored(String),
    /// It is not what it says it is: what is wrong, and at which key.
    Refused(String),
}

/// Reads a delivery of one kind of forge: the sender's name for what it is, the raw body, and the forge's host.
pub type ReadDelivery = fn(kind: &str, body: &[u8], host: &str) -> Reading;

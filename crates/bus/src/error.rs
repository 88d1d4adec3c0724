use lapin::types::ShortString;

/// The longest name that brokers know, in bytes.
pub const LONGEST_NAME: usize = 255;

/// A name as brokers know them.
pub(crate) fn name(text: &str) -> Result<ShortString, BusError> {
    ShortString::try_new(text).map_err(|_| BusError::TooLong(text.len()))
}

/// Why the broker could not be used just now.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The broker cannot be reached, or says no.
    #[error("{0}")]
    Broker(#[from] lapin::Error),
    /// A queue, an exchange, a topic or a key has a name that no broker knows.
    #[error("a name has {0} bytes; brokers know names of at most {LONGEST_NAME}")]
    TooLong(usize),
    /// It did not answer.
    #[error("the broker did not answer in {0} seconds")]
    Silent(u64),
    /// It ended the connection or took the queue away.
    #[error("the broker ended the delivery of messages")]
    Ended,
    /// What was published was not taken.
    #[error("the broker did not take a message")]
    NotTaken,
    /// What was received could not be kept.
    #[error("a message could not be kept: {0}")]
    Store(#[from] store::Error),
}

/// What a broker answers where there is no such queue or exchange (AMQP 0-9-1, `not-found`).
const NOT_FOUND: u16 = 404;

impl BusError {
    /// Whether the broker says that it has no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Broker(error)
            if matches!(error.kind(), lapin::ErrorKind::ProtocolError(said) if said.get_id() == NOT_FOUND))
    }
}

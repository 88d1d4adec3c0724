//! Fedora messaging: messages in over AMQP 0.9.1, and what they tell.
//!
//! Nearly all of the bus is somebody else's, so a message is judged by what it says before it is kept. What is kept is a row of
//! the inbox, written before the broker is told that it was taken; from there on it goes the way of every delivery.

mod check;
mod consumer;
mod encryption;
mod endpoint;
mod error;
mod judge;
mod message;
mod publisher;
mod queue;
mod reading;
mod recorded;
mod standing;
mod tally;
mod text;
mod topic;

pub use consumer::{Consumer, Subscription};
pub use endpoint::{Certificates, Endpoint, EndpointError};
pub use error::{BusError, LONGEST_NAME};
pub use message::{Address, Message, SOURCE};
pub use publisher::{Publisher, relay};
pub use queue::Queue;
pub use reading::{read, reader};
pub use standing::{Standing, Standings};
pub use topic::kind;

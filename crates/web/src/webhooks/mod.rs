//! Deliveries in: checked, stored, answered. What they ask for is done elsewhere.

mod forge;
mod room;
mod testing_farm;

pub use forge::BODY_BYTES;
pub(crate) use forge::{forgejo, github, gitlab};
pub(crate) use room::Room;
pub(crate) use testing_farm::testing_farm;

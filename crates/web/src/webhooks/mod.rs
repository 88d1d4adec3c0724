//! Deliveries in: checked, stored, answered. What they ask for is done elsewhere.

mod github;
mod testing_farm;

pub use github::GITHUB_BODY_BYTES;
pub(crate) use github::github;
pub(crate) use testing_farm::testing_farm;

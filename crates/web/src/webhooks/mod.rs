//! Deliveries in: checked, stored, answered. What they ask for is done elsewhere.

mod github;
mod testing_farm;

pub(crate) use github::{GITHUB_BODY_BYTES, github};
pub(crate) use testing_farm::testing_farm;

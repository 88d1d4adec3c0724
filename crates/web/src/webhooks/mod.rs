//! Deliveries in: checked, stored, answered. What they ask for is done elsewhere.

mod github;

pub(crate) use github::{GITHUB_BODY_BYTES, github};

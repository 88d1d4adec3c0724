//! `/api/v1`: JSON for programs.

mod events;
mod workflow;

pub(crate) use events::{events, read_cursor};
pub(crate) use workflow::workflow;

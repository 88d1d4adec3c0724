//! `/api/v1`: JSON for programs.

mod cancel;
mod events;
mod workflow;

pub(crate) use cancel::cancel;
pub(crate) use events::{events, read_cursor};
pub(crate) use workflow::workflow;

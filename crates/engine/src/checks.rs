//! What a check says, derived from how its target stands now; the same target in the same state gives the same check.

mod nothing;
mod status;
mod target;
mod words;

pub(crate) use nothing::{event_of, of_event};
pub(crate) use status::{pull_request, status_of_target};
pub(crate) use target::of_target;

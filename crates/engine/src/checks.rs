//! What a check says, derived from how its target stands now; the same target in the same state gives the same check.

mod nothing;
mod target;
mod words;

pub(crate) use nothing::{event_of, of_event};
pub(crate) use target::of_target;

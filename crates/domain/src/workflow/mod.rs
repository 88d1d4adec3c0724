//! One event's targets and how they move: the state machine of `docs/design.md` section 2, "Status of a target".
//!
//! A [`Workflow`] is loaded by the one writer of its event, moved by the methods here, and written back. The methods
//! converge: whatever the order in which results arrive, and however often, the same results end in the same state.

mod cancel;
mod graph;
mod news;
mod observe;
mod settle;
mod submit;
#[cfg(test)]
mod tests;

pub use cancel::CancelPlan;
pub use graph::{Held, Input, Job, Target, Workflow};
pub use news::{News, NewsKind};
pub use observe::Seen;
pub(crate) use settle::ended;
pub use submit::SubmissionGroup;

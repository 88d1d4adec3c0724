//! The words of `docs/design.md` section 1 as types, one small file each.

mod build_system;
mod delivery_outcome;
mod event_kind;
mod event_status;
mod job_kind;
mod needs;
mod project;
mod reference;
mod rerun_via;
mod scope;
mod target_status;

pub use build_system::BuildSystem;
pub use delivery_outcome::DeliveryOutcome;
pub use event_kind::EventKind;
pub use event_status::EventStatus;
pub use job_kind::JobKind;
pub use needs::{Fulfilment, Needs};
pub use project::{InvalidProject, ProjectKey, Visibility};
pub use reference::{Reference, ReferenceKind};
pub use rerun_via::RerunVia;
pub use scope::{Scope, Scopes};
pub use target_status::TargetStatus;

//! The only room that knows HTTP: webhooks in, the API and the pages out (`docs/design.md` section 6).
//!
//! Nothing here decides what an event starts. A delivery is checked at the door, stored, and the worker is woken; what
//! is shown is what `store` answers to whom `viewer::Asker` says is asking.

mod actions;
mod api;
mod assets;
mod cursor;
mod door;
mod guard;
mod health;
mod identity;
mod live;
mod metrics;
mod pages;
mod problem;
mod query;
mod search;
mod server;
mod sites;
mod tag;
mod viewer;
mod webhooks;

pub use actions::{Actions, Denied};
pub use door::{Callbacks, Door, Line, Look};
pub use identity::{CHANGES_PER_MINUTE, Identity, LoginError, LoginForge, ReadAccess};
pub use metrics::{Metrics, MetricsError};
pub use server::{WebState, router, serve};
pub use sites::{SiteKind, Sites};
pub use webhooks::BODY_BYTES;

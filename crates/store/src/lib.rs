//! The only room that knows SQL: migrations, statements and the rows they give.
//!
//! One SQL text serves SQLite and PostgreSQL (`sql/<noun>/<verb>.sql`); what only PostgreSQL understands stands in a
//! comment that is opened for it (see `sql`). Every transaction that changes an event's rows goes through
//! [`Tx::lock_event`] first, so an event has one writer at a time.

mod bulk;
pub mod changes;
mod database_url;
mod db;
mod error;
pub mod events;
pub mod generate;
mod ids;
pub mod import;
pub mod inbox;
pub mod installation;
pub mod logs;
mod migrate;
pub mod origins;
pub mod outside;
pub mod pauses;
pub mod projects;
#[cfg(feature = "bench")]
pub mod queue_fill;
pub mod queues;
pub mod reads;
pub mod releases;
pub mod replies;
pub mod reports;
pub mod reruns;
mod secrets;
pub mod sessions;
pub mod sidetags;
mod sql;
pub mod submissions;
pub mod tokens;
pub mod verify;
pub mod workflows;

pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use db::{Db, Dialect, Tx};
pub use error::{Error, Result};
pub use migrate::{MigrationState, Migrations};

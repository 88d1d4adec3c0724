//! Forgejo: its deliveries, by webhook or by the Fedora bus, and its HTTP API with a token (`docs/contracts.md` 2.2).

mod client;
mod comments;
pub mod delivery;
mod files;

pub use client::ForgejoClient;

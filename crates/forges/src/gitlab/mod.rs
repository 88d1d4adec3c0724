//! GitLab: its deliveries and its HTTP API with a token (`docs/contracts.md` 2.1).

mod client;
mod comments;
pub mod delivery;
mod files;
mod issues;
mod statuses;

pub use client::GitlabClient;

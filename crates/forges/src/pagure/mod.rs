//! Pagure, as Fedora's dist-git runs it: its messages and its HTTP API (`docs/contracts.md` 2.3). It has no webhooks for us;
//! what happens there is told by the Fedora bus alone.

mod access;
mod client;
mod files;
mod flags;
pub mod message;
mod pull_requests;

pub use client::PagureClient;
pub use pull_requests::WantedPullRequest;

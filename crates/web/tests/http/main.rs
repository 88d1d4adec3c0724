//! The routes as a client meets them: in-process, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod api;
mod callbacks;
mod cancel;
mod contract;
mod everywhere;
mod identity;
mod live;
mod pages;
mod questions;
mod reruns;
mod server;
mod webhooks;
mod workflows;

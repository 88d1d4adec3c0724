//! The routes as a client meets them: in-process, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod api;
mod callbacks;
mod cancel;
mod contract;
mod dashboard;
mod every_page;
mod everywhere;
mod forges;
mod identity;
mod links_out;
mod live;
mod login;
mod old_links;
mod pages;
mod people;
mod questions;
mod reruns;
mod searching;
mod secrecy;
mod server;
mod told_reruns;
mod webhooks;
mod workflows;

//! The routes as a client meets them: in-process, on both databases.

mod api;
mod everywhere;
mod pages;
mod server;
mod webhooks;
mod workflows;

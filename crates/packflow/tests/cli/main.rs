//! The real binary from outside: what it prints, how it ends, what it leaves in the database.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod aliases;
mod config_check;
mod configuration;
mod database;
mod demo;
mod doctor;
mod help;
mod inbox;
mod replay;
mod serve;
mod show;
mod support;
mod token;

//! What the store promises, told on both databases.

mod changes;
mod claims;
mod events;
mod inbox;
mod migrations;
mod outages;
mod plans;
mod projects;
mod questions;
mod raw;
mod reads;
mod reports;
mod rules;
mod submissions;
mod support;
mod verify;
mod workflows;

//! What the store promises, told on both databases.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod changes;
mod claims;
mod events;
mod generate;
mod histories;
mod identity;
mod inbox;
mod installation;
mod logs;
mod migrations;
mod news;
mod outages;
mod outside;
mod plans;
mod projects;
mod questions;
mod queues;
mod raw;
mod reads;
mod reports;
mod reruns;
mod rules;
mod sidetags;
mod submissions;
mod support;
mod verify;
mod workflows;

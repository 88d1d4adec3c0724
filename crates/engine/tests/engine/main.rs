//! The engine on both databases, with a forge and build systems that say what a test wants and remember what they were
//! asked. Time passes by setting the clock forward.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod access;
mod buttons;
mod callbacks;
mod cancels;
mod checks;
mod comments;
mod configurations;
mod deadlines;
mod deliveries;
mod downstream;
mod fairness;
mod lost_answers;
mod news;
mod notices;
mod outages;
mod releases;
mod reports;
mod results;
mod statuses;
mod succession;
mod tasks;

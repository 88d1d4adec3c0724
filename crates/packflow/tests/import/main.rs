//! `packflow import`, as an operator runs it: the report, what is found again by its old number, and old links.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod answers;
mod runs;
#[path = "../../../import/tests/import/schema.rs"]
#[allow(dead_code, reason = "only today's schema is of use here")]
mod schema;
mod served;
#[path = "../cli/support.rs"]
#[allow(dead_code, reason = "each test program uses its own part")]
mod support;

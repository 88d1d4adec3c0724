//! The whole system: the real program, killed and cut off at will, against the simulator. Tests that `docs/acceptance.md`
//! asks for carry the name of their row.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod bus;
mod bus_outages;
mod canceling;
mod check_runs;
mod crashes;
mod downstream;
mod forges;
mod harness;
mod hostile;
mod koji;
mod outages;
mod releases;
mod results;
mod said;
mod scratch;
mod service;
mod story;
mod supersede;

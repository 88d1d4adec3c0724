//! The plan of an event, told in the words of `docs/contracts.md` 8.2 and 8.3 and of `docs/design.md` section 4.

mod builds;
mod downstream;
mod others;
mod properties;
mod pull;
mod selection;
mod support;
mod test_inputs;
mod test_runs;

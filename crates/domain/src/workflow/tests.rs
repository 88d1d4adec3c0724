//! The state machine, told in the words of `docs/design.md` section 2, "Status of a target".

mod cancel;
mod inputs;
mod news;
mod order;
mod submissions;
mod support;

//! Reruns, told in the words of `docs/design.md` section 4 and by the numbers of its examples and of `docs/acceptance.md`.

mod artifacts;
mod commands;
mod conflicts;
mod examples;
mod oracle;
mod properties;
mod support;
mod troubles;

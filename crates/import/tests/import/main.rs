//! The import, from a source in PostgreSQL into both databases, read back by Packflow's own reads.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod columns;
mod corpus;
mod random;
mod reruns;
mod schema;
mod steps;
mod stories;
mod support;

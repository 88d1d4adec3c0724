//! The import, from a source in PostgreSQL into both databases, read back by Packflow's own reads.

mod corpus;
mod support;

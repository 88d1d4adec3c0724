//! What tests of every crate share: databases and a broker to test on, the recorded corpus, and how a test
//! says that it was skipped.
//!
//! The crate knows no other crate of the workspace and no database driver: it hands out URLs,
//! and the test opens them itself. So `store` can use it for its own tests.

mod broker;
mod browser;
mod corpus;
mod database;
mod ports;
mod postgres;
mod skip;
mod unprivileged;

pub use broker::{Broker, Certificates, server_program};
pub use browser::{Browser, interop_browser};
pub use corpus::corpus;
pub use database::TestDatabase;
pub use ports::free_port;
pub use postgres::{Cluster, Postgres, PostgresDatabase, Programs, TEST_POSTGRES_VARIABLE};
pub use skip::{
    interop_bodhi, interop_github, interop_packit, interop_python, missing_peer, sandbox, skip, soak,
};

//! A database of one test, and the macro that lets one test run on both kinds.

use tempfile::TempDir;

use crate::postgres::{Postgres, PostgresDatabase};

/// An empty database that belongs to one test and goes with this value.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Sqlite(#[expect(dead_code, reason = "held for its Drop")] TempDir),
    Postgres(#[expect(dead_code, reason = "held for its Drop")] PostgresDatabase),
}

impl TestDatabase {
    /// A SQLite file in a temporary folder; the file is not made yet.
    ///
    /// # Panics
    ///
    /// If there is no room for temporary files.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("packflow-sqlite-")
            .tempdir()
            .unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let url = format!("sqlite://{}", folder.path().join("packflow.sqlite").display());
        Self { url, home: Home::Sqlite(folder) }
    }

    /// A database on [`Postgres::shared`]; `None` if `test` is skipped, since PostgreSQL is not
    /// installed.
    ///
    /// # Panics
    ///
    /// As [`Postgres::shared`].
    #[must_use]
    pub fn postgres(test: &str) -> Option<Self> {
        let database = Postgres::shared(test)?.create_database();
        Some(Self { url: database.url().to_owned(), home: Home::Postgres(database) })
    }

    /// What `--database` takes: `sqlite://PATH` or `postgres://...`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is PostgreSQL, for what only one of the two can show.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.home, Home::Postgres(_))
    }
}

/// Makes two tests of each function, `NAME::sqlite` and `NAME::postgres`, on a multi-threaded
/// runtime. The crate that uses it needs `tokio` with `macros` and `rt-multi-thread`.
///
/// ```
/// use test_support::{TestDatabase, on_both_databases};
///
/// on_both_databases! {
///     /// What is told twice is kept once.
///     async fn a_repeated_delivery_changes_nothing(database: TestDatabase) {
///         assert!(database.url().contains("://"));
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident: $type:ty) $body:block)*) => {$(
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$attribute])*
            async fn story($database: $type) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                story($crate::TestDatabase::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                let test = concat!(module_path!(), "::postgres");
                let Some(database) = $crate::TestDatabase::postgres(test) else { return };
                story(database).await;
            }
        }
    )*};
}

//! A second way into the database, past the store: for rows that the store would never write.

use sqlx::error::ErrorKind;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use test_support::TestDatabase;

/// Connections that know no rule but the database's own.
pub(crate) enum Raw {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// What refuses a row.
#[derive(Debug)]
pub(crate) enum By {
    Unique,
    ForeignKey,
    NotNull,
    Check,
    /// A trigger, which names the rule.
    Trigger(&'static str),
}

impl Raw {
    pub(crate) async fn open(database: &TestDatabase) -> Self {
        if database.is_postgres() {
            Self::Postgres(PgPool::connect(database.url()).await.unwrap())
        } else {
            // What PRAGMA says holds for one connection.
            let one = SqlitePoolOptions::new().max_connections(1);
            Self::Sqlite(one.connect(database.url()).await.unwrap())
        }
    }

    /// Sends statements; says how many rows were written.
    pub(crate) async fn try_run(&self, sql: &str) -> sqlx::Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await?.rows_affected(),
            Self::Sqlite(pool) => sqlx::raw_sql(sql).execute(pool).await?.rows_affected(),
        })
    }

    /// Sends statements that must not fail.
    pub(crate) async fn run(&self, sql: &str) -> u64 {
        self.try_run(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// The one number that a query answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let query = AssertSqlSafe(sql.to_owned());
        let number: sqlx::Result<i64> = match self {
            Self::Postgres(pool) => sqlx::query_scalar(query).fetch_one(pool).await,
            Self::Sqlite(pool) => sqlx::query_scalar(query).fetch_one(pool).await,
        };
        number.unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// The column of texts that a query answers.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let query = AssertSqlSafe(sql.to_owned());
        let texts: sqlx::Result<Vec<String>> = match self {
            Self::Postgres(pool) => sqlx::query_scalar(query).fetch_all(pool).await,
            Self::Sqlite(pool) => sqlx::query_scalar(query).fetch_all(pool).await,
        };
        texts.unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// How the database would carry out a query, line by line.
    pub(crate) async fn plan(&self, sql: &str) -> Vec<String> {
        match self {
            Self::Postgres(_) => self.texts(&format!("EXPLAIN {sql}")).await,
            Self::Sqlite(pool) => {
                let query = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(query).fetch_all(pool).await.unwrap();
                rows.into_iter().map(|row| row.3).collect()
            }
        }
    }

    /// Asserts that the database refuses a statement, and by what.
    pub(crate) async fn refuses(&self, sql: &str, by: By) {
        let Err(sqlx::Error::Database(error)) = self.try_run(sql).await else {
            panic!("not refused: {sql}");
        };
        let expected = match by {
            By::Unique => error.kind() == ErrorKind::UniqueViolation,
            By::ForeignKey => error.kind() == ErrorKind::ForeignKeyViolation,
            By::NotNull => error.kind() == ErrorKind::NotNullViolation,
            By::Check => error.kind() == ErrorKind::CheckViolation,
            By::Trigger(rule) => error.message().starts_with(rule),
        };
        assert!(expected, "refused, but not by {by:?}: {error}\n{sql}");
    }

    /// Makes a table forget every rule: the same rows without keys, checks and triggers.
    pub(crate) async fn unguard(&self, table: &str) {
        let (before, drop) = match self {
            Self::Postgres(_) => ("", "CASCADE"),
            Self::Sqlite(_) => ("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;", ""),
        };
        self.run(&format!(
            r#"{before}
            CREATE TABLE "{table}_unguarded" AS SELECT * FROM "{table}";
            DROP TABLE "{table}" {drop};
            ALTER TABLE "{table}_unguarded" RENAME TO "{table}";"#
        ))
        .await;
    }
}

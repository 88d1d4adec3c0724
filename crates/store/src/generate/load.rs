//! Rows into tables, as fast as each database takes them.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Postgres, Sqlite};

use super::tables::{PACKAGES, Tables};
use crate::db::Each;
use crate::{Db, Result};

/// The last id of each table whose ids are given out here.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LastIds {
    pub(super) projects: i64,
    pub(super) references: i64,
    pub(super) commits: i64,
    pub(super) events: i64,
    pub(super) reruns: i64,
    pub(super) pipelines: i64,
    pub(super) jobs: i64,
    pub(super) steps: i64,
    pub(super) submissions: i64,
    pub(super) targets: i64,
}

/// One connection that writes.
pub(super) struct Loader(Each<(PoolConnection<Postgres>, bool), PoolConnection<Sqlite>>);

impl Loader {
    pub(super) async fn open(db: &Db) -> Result<Self> {
        Ok(Self(match db.writers() {
            Each::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let superuser =
                    sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
                let may_leave_out_triggers = superuser.fetch_one(&mut *connection).await?;
                Each::Postgres((connection, may_leave_out_triggers))
            }
            Each::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                // What is generated can be generated again.
                sqlx::raw_sql("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
                    .execute(&mut *connection)
                    .await?;
                Each::Sqlite(connection)
            }
        }))
    }

    pub(super) async fn last_ids(&mut self) -> Result<LastIds> {
        macro_rules! last {
            ($($field:ident: $table:literal),+ $(,)?) => {
                LastIds { $($field: {
                    let text = concat!("SELECT COALESCE(MAX(id), 0) FROM ", $table);
                    match &mut self.0 {
                        Each::Postgres((connection, _)) => sqlx::query_scalar(text).fetch_one(&mut **connection).await?,
                        Each::Sqlite(connection) => sqlx::query_scalar(text).fetch_one(&mut **connection).await?,
                    }
                }),+ }
            };
        }
        Ok(last! {
            projects: "projects",
            references: "\"references\"",
            commits: "commits",
            events: "events",
            reruns: "reruns",
            pipelines: "pipelines",
            jobs: "jobs",
            steps: "steps",
            submissions: "submissions",
            targets: "targets",
        })
    }

    /// Writes all rows in one transaction, and takes them out of the tables.
    pub(super) async fn write(&mut self, tables: &mut Tables) -> Result<()> {
        match &mut self.0 {
            Each::Postgres((connection, may_leave_out_triggers)) => {
                let mut tx = connection.begin().await?;
                if *may_leave_out_triggers {
                    sqlx::query("SET LOCAL session_replication_role = replica").execute(&mut *tx).await?;
                }
                for table in &mut tables.0 {
                    if *may_leave_out_triggers || table.name != PACKAGES {
                        table.write(Each::Postgres(&mut tx)).await?;
                    }
                    table.cells.clear();
                }
                tx.commit().await?;
            }
            Each::Sqlite(connection) => {
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                for table in &mut tables.0 {
                    if table.name != PACKAGES {
                        table.write(Each::Sqlite(&mut tx)).await?;
                    }
                    table.cells.clear();
                }
                // Nobody follows what was never there.
                sqlx::query("DELETE FROM changes").execute(&mut *tx).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Lets the database count what it has, and give out ids behind those that were written.
    pub(super) async fn finish(mut self) -> Result<()> {
        match &mut self.0 {
            Each::Postgres((connection, _)) => {
                for table in [
                    "projects",
                    "\"references\"",
                    "commits",
                    "events",
                    "reruns",
                    "pipelines",
                    "jobs",
                    "steps",
                    "submissions",
                    "targets",
                ] {
                    let text = format!(
                        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
                    );
                    sqlx::query(AssertSqlSafe(text)).execute(&mut **connection).await?;
                }
                sqlx::query("ANALYZE").execute(&mut **connection).await?;
            }
            Each::Sqlite(connection) => {
                sqlx::raw_sql("ANALYZE; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")
                    .execute(&mut **connection)
                    .await?;
            }
        }
        Ok(())
    }
}

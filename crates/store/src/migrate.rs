//! Migrations: the same names on both databases, in `migrations/{postgres,sqlite}`.

use sqlx::migrate::{Migrate, Migrator};

use crate::db::Each;
use crate::{Db, Result};

static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");

/// One migration and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// The migrations of a database.
#[derive(Debug)]
pub struct Migrations<'a>(pub &'a Db);

impl Migrations<'_> {
    /// Brings the database to this version's schema. Doing it again changes nothing; several servers may do it at once.
    ///
    /// # Errors
    /// If a migration fails, or the database was migrated by a newer version.
    pub async fn run(&self) -> Result<()> {
        // `run_direct` is `run` on one connection; the futures of `run` cannot be spawned.
        match self.0.writers() {
            Each::Postgres(pool) => POSTGRES.run_direct(None, &mut *pool.acquire().await?, false).await?,
            Each::Sqlite(pool) => {
                // PostgreSQL has a lock for this; SQLite's is its one writer.
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                SQLITE.run_direct(None, &mut *tx, false).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Every migration that this version knows and whether the database has it.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn state(&self) -> Result<Vec<MigrationState>> {
        let table = "_sqlx_migrations";
        let (migrator, applied) = match self.0.writers() {
            Each::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                connection.ensure_migrations_table(table).await?;
                (&POSTGRES, connection.list_applied_migrations(table).await?)
            }
            Each::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                connection.ensure_migrations_table(table).await?;
                (&SQLITE, connection.list_applied_migrations(table).await?)
            }
        };
        let applied: Vec<i64> = applied.iter().map(|migration| migration.version).collect();
        let state = migrator.iter().map(|migration| MigrationState {
            version: migration.version,
            name: migration.description.to_string(),
            applied: applied.contains(&migration.version),
        });
        Ok(state.collect())
    }
}

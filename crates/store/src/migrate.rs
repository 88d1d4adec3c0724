//! Migrations: the same names on both databases, in `migrations/{postgres,sqlite}`.

use sqlx::migrate::Migrator;

use crate::db::Each;
use crate::sql::{on, sql};
use crate::{Db, Error, Result};

static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");

/// What PostgreSQL has to keep texts in: those of forges are of all languages.
const ENCODING: &str = "UTF8";

/// One migration: whether the database has it, and whether this version knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether this version knows it; a newer one's it does not.
    pub known: bool,
}

/// The migrations of a database.
#[derive(Debug)]
pub struct Migrations<'a>(pub &'a Db);

/// A migration as the database keeps it.
#[derive(sqlx::FromRow)]
struct Applied {
    version: i64,
    description: String,
    checksum: Vec<u8>,
    success: bool,
}

impl Migrations<'_> {
    /// Brings the database to this version's schema. Doing it again only looks, which an account that may only read can do
    /// too; several servers may do it at once.
    ///
    /// # Errors
    /// If a migration fails, the database was migrated by a newer version, or is to be begun and keeps no UTF-8.
    pub async fn run(&self) -> Result<()> {
        let applied = self.applied().await?;
        if let Some(newer) = applied.iter().find(|applied| !self.migrator().version_exists(applied.version)) {
            return Err(Error::NewerSchema(newer.version));
        }
        let stands = |version, checksum: &[u8]| {
            applied.iter().any(|it| it.version == version && it.success && it.checksum == checksum)
        };
        if self.migrator().iter().all(|migration| stands(migration.version, &migration.checksum)) {
            return Ok(());
        }
        if applied.is_empty()
            && let Some(encoding) = self.other_encoding().await?
        {
            return Err(Error::Encoding(encoding));
        }
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

    /// Every migration that this version knows and whether the database has it, then those that only the database knows.
    /// Nothing is written.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn state(&self) -> Result<Vec<MigrationState>> {
        let applied = self.applied().await?;
        let known = self.migrator().iter().map(|migration| MigrationState {
            version: migration.version,
            name: migration.description.to_string(),
            applied: applied.iter().any(|it| it.version == migration.version),
            known: true,
        });
        let newer = applied.iter().filter(|it| !self.migrator().version_exists(it.version));
        let newer = newer.map(|it| MigrationState {
            version: it.version,
            name: it.description.clone(),
            applied: true,
            known: false,
        });
        Ok(known.chain(newer).collect())
    }

    /// Whether the database holds nothing at all, neither ours nor anybody's.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn is_empty(&self) -> Result<bool> {
        let holds: bool =
            on!(self.0, sql!("migrations/holds_tables.sql"), |query, pool| sqlx::query_scalar(query)
                .fetch_one(pool)
                .await)?;
        Ok(!holds)
    }

    /// What PostgreSQL keeps texts in, where that is not UTF-8: there it takes bytes for characters, or refuses what it has none for.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn other_encoding(&self) -> Result<Option<String>> {
        let Each::Postgres(pool) = self.0.each() else { return Ok(None) };
        let query = include_str!("../sql/migrations/encoding.postgres.sql");
        let encoding: String = sqlx::query_scalar(query).fetch_one(pool).await?;
        Ok(Some(encoding).filter(|encoding| encoding != ENCODING))
    }

    /// What the database keeps of migrations; nothing where none was ever done.
    async fn applied(&self) -> Result<Vec<Applied>> {
        let kept: bool =
            on!(self.0, sql!("migrations/are_kept.sql"), |query, pool| sqlx::query_scalar(query)
                .fetch_one(pool)
                .await)?;
        if !kept {
            return Ok(Vec::new());
        }
        Ok(on!(self.0, sql!("migrations/applied.sql"), |query, pool| sqlx::query_as(query)
            .fetch_all(pool)
            .await)?)
    }

    fn migrator(&self) -> &'static Migrator {
        match self.0.writers() {
            Each::Postgres(_) => &POSTGRES,
            Each::Sqlite(_) => &SQLITE,
        }
    }
}

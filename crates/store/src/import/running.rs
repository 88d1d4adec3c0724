//! One import at a time: two would both find that a row is not there.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::db::Each;
use crate::{Db, Result, Tx};

/// The key of PostgreSQL's lock: a number of our own.
const KEY: i64 = 0x7061_636b_696d_706f;
/// SQLite may hold so much of the database in memory, in KiB.
const CACHE_KIB: u32 = 64 * 1024;
/// Pages that SQLite's log grows to before they are moved to their places.
const LOG_PAGES: u32 = 16_000;

/// How often the lock is asked for before somebody else is said to have it: a process that was just killed may seem to run.
const TRIES: u32 = 20;
/// How long it is waited between.
const PAUSE: Duration = Duration::from_millis(100);

/// Held while an import runs. It is gone with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    connection: Option<PgConnection>,
    _file: Option<File>,
}

impl Lock {
    /// Waits until all that was written is on the disk, gives the lock back, and waits until it is.
    ///
    /// # Errors
    /// If the database cannot be reached; then it is given back all the same.
    pub async fn release(self) -> Result<()> {
        if let Some(mut connection) = self.connection {
            // Whatever is written with a wait for the disk takes all before it along: here a message that nobody reads.
            sqlx::query("SELECT pg_logical_emit_message(true, 'packflow', 'imported')")
                .execute(&mut connection)
                .await?;
            sqlx::query("SELECT pg_advisory_unlock($1)").bind(KEY).execute(&mut connection).await?;
            connection.close().await?;
        }
        Ok(())
    }
}

/// Takes the lock; none if somebody else has it.
///
/// # Errors
/// If the database cannot be reached, or the file beside it cannot be made.
pub async fn lock(db: &Db) -> Result<Option<Lock>> {
    for _ in 0..TRIES {
        if let Some(lock) = try_lock(db).await? {
            return Ok(Some(lock));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(None)
}

async fn try_lock(db: &Db) -> Result<Option<Lock>> {
    match db.writers() {
        Each::Postgres(pool) => {
            let mut connection = pool.acquire().await?.detach();
            let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut connection)
                .await?;
            Ok(is_ours.then_some(Lock { connection: Some(connection), _file: None }))
        }
        Each::Sqlite(_) => {
            let options = SqliteConnectOptions::from_str(db.url().expose())?;
            let file = lock_file(options.get_filename()).map_err(sqlx::Error::Io)?;
            Ok(file.map(|file| Lock { connection: None, _file: file }))
        }
    }
}

/// A file of its own: SQLite's locks on the database would be lost with any other handle on it.
fn lock_file(database: &Path) -> std::io::Result<Option<Option<File>>> {
    if !database.is_file() {
        // In memory: nobody else has it.
        return Ok(Some(None));
    }
    let mut path = database.as_os_str().to_owned();
    path.push("-import");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Some(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Readies the database for many large transactions.
///
/// # Errors
/// If the database refuses.
pub async fn prepare(db: &Db) -> Result<()> {
    if let Each::Sqlite(pool) = db.writers() {
        let text = format!("PRAGMA cache_size = -{CACHE_KIB}; PRAGMA wal_autocheckpoint = {LOG_PAGES}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(pool).await?;
    }
    Ok(())
}

/// PostgreSQL plans what is read by long lists of keys for these keys: with one plan for any, made while there was next to
/// nothing, it would compare each row with each key. What is asked again and again, as its checks of keys are, it plans once.
const PLANS: &str = "SET LOCAL plan_cache_mode = auto";

/// Begins the transaction of a batch. PostgreSQL may lose it in a crash of its own, since the next run writes it then; the end of
/// a run waits for the disk ([`Lock::release`]).
///
/// # Errors
/// If the database cannot be reached.
pub async fn transaction(db: &Db) -> Result<Tx> {
    let mut tx = db.write().await?;
    if let Each::Postgres(connection) = tx.each() {
        sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *connection).await?;
        sqlx::query(PLANS).execute(connection).await?;
    }
    Ok(tx)
}

/// Begins a transaction that looks up what was imported.
///
/// # Errors
/// If the database cannot be reached.
pub async fn look(db: &Db) -> Result<Tx> {
    let mut tx = db.look().await?;
    if let Each::Postgres(connection) = tx.each() {
        sqlx::query(PLANS).execute(connection).await?;
    }
    Ok(tx)
}

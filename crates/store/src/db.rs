//! The two databases behind one enum, and the transactions on them.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::EventId;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection, Postgres, Sqlite, Transaction};

use crate::reads::Remembered;
use crate::sql::{on, sql};
use crate::{DatabaseUrl, Error, Result};

/// Connections to PostgreSQL of each of three kinds: those that read, those that read lists, and those that write.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Connections to PostgreSQL for lists by several filters, which few ask for.
const POSTGRES_FILTERED: u32 = 4;
/// Connections to SQLite that only read. Writers have one of their own: SQLite writes one at a time anyway, and a queue in
/// the pool is fairer than its busy timeout.
const SQLITE_READERS: u32 = 4;
/// How long a caller waits for a connection before it is told that there is none.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// What was not used for so long may be broken.
const IDLE: Duration = Duration::from_secs(1);
/// How long SQLite waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
    statements: Arc<AtomicU64>,
    remembered: Remembered,
    url: DatabaseUrl,
}

#[derive(Debug, Clone)]
enum Pools {
    Postgres { read: PgPool, lists: PgPool, filtered: PgPool, write: PgPool },
    Sqlite { read: SqlitePool, write: SqlitePool },
}

/// One of two, by database.
pub(crate) enum Each<P, S> {
    Postgres(P),
    Sqlite(S),
}

impl Db {
    /// Opens a database; a SQLite file is created where there is none. Nothing is migrated.
    ///
    /// # Errors
    /// If the database cannot be reached or opened.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        let pools = match url.dialect() {
            Dialect::Postgres => open_postgres(url).await?,
            Dialect::Sqlite => open_sqlite(url).await?,
        };
        Ok(Self { pools, statements: Arc::default(), remembered: Remembered::default(), url: url.clone() })
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Postgres { .. } => Dialect::Postgres,
            Pools::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// Where it is; shown with its password left out.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// How many statements were sent so far, those that begin and end transactions left out. Tests count with it.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a transaction that writes. On SQLite it is the only one: others wait for it.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn write(&self) -> Result<Tx> {
        let inner = match &self.pools {
            #[expect(clippy::disallowed_methods, reason = "PostgreSQL's BEGIN is the right one")]
            Pools::Postgres { write, .. } => TxInner::Postgres(write.begin().await?),
            Pools::Sqlite { write, .. } => TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
        };
        Ok(Tx { inner, statements: Arc::clone(&self.statements) })
    }

    /// Begins a transaction that only reads; nobody who writes waits for it. On SQLite all that it reads is of one moment.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn look(&self) -> Result<Tx> {
        let inner = match &self.pools {
            #[expect(clippy::disallowed_methods, reason = "PostgreSQL's BEGIN is the right one")]
            Pools::Postgres { read, .. } => TxInner::Postgres(read.begin().await?),
            Pools::Sqlite { read, .. } => TxInner::Sqlite(read.begin_with("BEGIN DEFERRED").await?),
        };
        Ok(Tx { inner, statements: Arc::clone(&self.statements) })
    }

    /// Sends the smallest statement there is.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn ping(&self) -> Result<()> {
        on!(self, sql!("ping.sql"), |query, pool| sqlx::query(query).execute(pool).await.map(|_| ()))?;
        Ok(())
    }

    /// Closes all connections; what is in flight ends first, unless its line is dead.
    pub async fn close(&self) {
        let closed = tokio::time::timeout(ACQUIRE_TIMEOUT, async {
            match &self.pools {
                Pools::Postgres { read, lists, filtered, write } => {
                    tokio::join!(read.close(), lists.close(), filtered.close(), write.close());
                }
                Pools::Sqlite { read, write } => {
                    tokio::join!(read.close(), write.close());
                }
            }
        });
        if closed.await.is_err() {
            tracing::warn!("connections to the database do not end; they are left");
        }
    }

    /// Forgets what lists answered: another database stands in this one's place, in which a version may mean something else.
    pub fn forget_lists(&self) {
        self.remembered.forget();
    }

    /// What lists answered last.
    pub(crate) fn remembered(&self) -> &Remembered {
        &self.remembered
    }

    pub(crate) fn each(&self) -> Each<&PgPool, &SqlitePool> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            Pools::Postgres { read, .. } => Each::Postgres(read),
            Pools::Sqlite { read, .. } => Each::Sqlite(read),
        }
    }

    /// Where a list by several filters is read: which of them leaves most out is known by their values alone.
    pub(crate) fn filtered(&self) -> Each<&PgPool, &SqlitePool> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            Pools::Postgres { filtered, .. } => Each::Postgres(filtered),
            Pools::Sqlite { read, .. } => Each::Sqlite(read),
        }
    }

    /// Where a list is read.
    pub(crate) fn lists(&self) -> Each<&PgPool, &SqlitePool> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            Pools::Postgres { lists, .. } => Each::Postgres(lists),
            Pools::Sqlite { read, .. } => Each::Sqlite(read),
        }
    }

    /// Where a statement goes that writes and is a transaction of its own. It is read to its end (`fetch_all`): after the one
    /// row that was asked for SQLite's driver leaves it, and nobody hears that it could not be committed.
    pub(crate) fn autocommit(&self) -> Autocommit<'_> {
        Autocommit(self)
    }

    pub(crate) fn writers(&self) -> Each<&PgPool, &SqlitePool> {
        match &self.pools {
            Pools::Postgres { write, .. } => Each::Postgres(write),
            Pools::Sqlite { write, .. } => Each::Sqlite(write),
        }
    }
}

/// See [`Db::autocommit`].
pub(crate) struct Autocommit<'a>(&'a Db);

impl<'a> Autocommit<'a> {
    pub(crate) fn each(&self) -> Each<&'a PgPool, &'a SqlitePool> {
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        self.0.writers()
    }
}

async fn open_postgres(url: &DatabaseUrl) -> Result<Pools> {
    let options = PgConnectOptions::from_str(url.expose())?.application_name("packflow");
    // PostgreSQL's JIT costs more than it gives on short statements over estimates that are high; and to plan a statement anew
    // for the values of each run takes longer than the answer.
    let filtered = options.options([("jit", "off")]);
    let options = filtered.clone().options([("plan_cache_mode", "force_generic_plan")]);
    // Of one plan for all projects PostgreSQL takes the mean project to be small, and would read and sort all that a busy one
    // has. Without bitmaps it walks the index that has the order of the list, and ends with the page.
    let lists = options.clone().options([("enable_bitmapscan", "off")]);
    let pool = || {
        PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A ping before each statement costs as much as a small statement: only what lay idle is tried, so that a
            // database that was started anew costs no caller an error for each connection of before.
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for >= IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
    };
    // A pool would try again until its time is over, and then tell of that alone.
    let first = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&options)).await;
    first.map_err(|_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))??.close().await?;
    let write = pool().connect_with(options.clone()).await?;
    Ok(Pools::Postgres {
        read: pool().connect_lazy_with(options),
        lists: pool().connect_lazy_with(lists),
        filtered: pool().max_connections(POSTGRES_FILTERED).connect_lazy_with(filtered),
        write,
    })
}

async fn open_sqlite(url: &DatabaseUrl) -> Result<Pools> {
    let options = SqliteConnectOptions::from_str(url.expose())?
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    create_private(options.get_filename()).await.map_err(sqlx::Error::Io)?;
    // What cannot be looked at is told of by the connection that writes.
    let is_anothers = is_anothers(&options).await.unwrap_or(false);
    let options = if is_anothers { options } else { options.journal_mode(SqliteJournalMode::Wal) };
    // There is no line that could have broken since the last statement: none is sent to find out.
    let pool = || SqlitePoolOptions::new().test_before_acquire(false);
    let write = pool()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        // On a full disk SQLite rolls back by itself, which its driver does not know: no transaction would ever begin again.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options.clone())
        .await?;
    let read = pool()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.read_only(true).create_if_missing(false));
    Ok(Pools::Sqlite { read, write })
}

/// Whether a file is another program's. How SQLite writes stands in the file itself, so there it stays as it is.
async fn is_anothers(options: &SqliteConnectOptions) -> sqlx::Result<bool> {
    let options = options.clone().read_only(true).create_if_missing(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let (ours, tables) = (sql!("migrations/are_kept.sql"), sql!("migrations/holds_tables.sql"));
    let is_ours: bool = sqlx::query_scalar(ours.sqlite()).fetch_one(&mut connection).await?;
    let holds_tables: bool = sqlx::query_scalar(tables.sqlite()).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(holds_tables && !is_ours)
}

/// Creates the file if there is none, readable by its owner alone whatever the umask: it holds what forges tell of private
/// repositories. SQLite gives the files that it puts beside it the same mode.
async fn create_private(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
    }
    match tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
    statements: Arc<AtomicU64>,
}

#[derive(Debug)]
enum TxInner {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Tx {
    pub(crate) fn each(&mut self) -> Each<&mut PgConnection, &mut SqliteConnection> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.inner {
            TxInner::Postgres(tx) => Each::Postgres(&mut **tx),
            TxInner::Sqlite(tx) => Each::Sqlite(&mut **tx),
        }
    }

    /// Makes this transaction the event's only writer until it ends. Several events are locked in the order of their ids.
    /// Gives the event's version.
    ///
    /// # Errors
    /// If there is no such event.
    pub async fn lock_event(&mut self, event: EventId) -> Result<i64> {
        on!(self, sql!("events/lock.sql"), |query, connection| sqlx::query_scalar(query)
            .bind(event.0)
            .fetch_optional(connection)
            .await)?
        .ok_or_else(|| Error::NotFound(format!("event {event}")))
    }

    /// Counts the version of a locked event up: something that people see was changed.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn count_event(&mut self, event: EventId) -> Result<()> {
        on!(self, sql!("events/count.sql"), |query, connection| sqlx::query(query)
            .bind(event.0)
            .execute(connection)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Ends the transaction; what it wrote stands.
    ///
    /// # Errors
    /// If the database refuses, or cannot be reached any more; then it may stand or not.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            TxInner::Postgres(tx) => tx.commit().await?,
            TxInner::Sqlite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Db, Each};
    use crate::Migrations;

    /// SQLite gives the whole transaction up then, by itself.
    #[tokio::test]
    async fn a_disk_that_was_full_for_a_while_can_be_written_again() {
        let database = test_support::TestDatabase::sqlite();
        let db = Db::open(&database.url().parse().expect("an address")).await.expect("a database");
        Migrations(&db).run().await.expect("a schema");
        let Each::Sqlite(writer) = db.writers() else { panic!("{db:?}") };
        let run = |sql: &'static str| sqlx::query(sql).execute(writer);
        run("CREATE TABLE heap (body BLOB)").await.expect("a table");
        run("PRAGMA max_page_count = 1").await.expect("no page more than there are");
        assert!(crate::inbox::try_write(&db).await.is_err_and(|error| error.is_passing()));
        run("PRAGMA max_page_count = 1").await.expect("the connection, or a new one");
        let mut tx = db.write().await.expect("a transaction");
        let Each::Sqlite(connection) = tx.each() else { panic!("{tx:?}") };
        let full = sqlx::query("INSERT INTO heap VALUES (zeroblob(1000000))").execute(connection).await;
        assert!(crate::Error::from(full.expect_err("no room")).is_passing());
        drop(tx);
        let mut tx = db.write().await.expect("a transaction, over a new connection without that limit");
        let Each::Sqlite(connection) = tx.each() else { panic!("{tx:?}") };
        let room = sqlx::query("INSERT INTO heap VALUES (zeroblob(1000000))").execute(connection).await;
        room.expect("room");
        tx.commit().await.expect("written");
    }
}

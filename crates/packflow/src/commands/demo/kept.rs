//! The demo's database, which the next start continues where that can be: one demo at a time, and nothing that was cut off.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::words::EventStatus;
use store::reads::{self, EventFilter, Viewer};
use store::{DatabaseUrl, Db, inbox};

use crate::cli::Demo;
use crate::{configuration, database};

/// Stands in the lock file where a demo made the database, so that what others keep is never removed unasked.
const MARK: &[u8] = b"packflow demo made the database beside this file\n";
/// How often the lock is asked for before another demo is said to have it: one that was just killed may seem to run.
const TRIES: u32 = 20;
/// How long it is waited between.
const PAUSE: Duration = Duration::from_millis(100);

/// The database of a demo, held until the process ends.
pub(super) struct Kept {
    pub(super) url: DatabaseUrl,
    pub(super) db: Db,
    /// Nobody else plays with it as long as this is held; on PostgreSQL there is none.
    _lock: Option<File>,
}

/// Opens the demo's database, anew if that is asked for or if it cannot be continued.
pub(super) async fn open(arguments: &Demo) -> Result<Kept> {
    let url = database_url(arguments)?;
    let Some(path) = url.path() else {
        if arguments.fresh {
            bail!("--fresh removes a SQLite file; on PostgreSQL, name an empty database instead");
        }
        let db = database::begin(&url).await?;
        if is_unfinished(&db).await? {
            bail!("{url} holds work that had not ended and cannot go on here: name an empty database");
        }
        return Ok(Kept { url, db, _lock: None });
    };
    let path = path.to_owned();
    let mut lock = lock(&path).await?;
    if arguments.fresh {
        remove(&path)?;
    }
    let mut is_ours = arguments.database.is_none() || is_marked(&mut lock)?;
    if !path.exists() {
        mark(&mut lock)?;
        is_ours = true;
    }
    let mut db = database::begin(&url).await?;
    if is_unfinished(&db).await? {
        db.close().await;
        if !is_ours {
            bail!(
                "{url} holds work that had not ended and is not of a demo: name another file with --database, or remove this one \
                 and all that is in it with --fresh"
            );
        }
        if !arguments.json {
            say!("what the last demo left had not ended and cannot go on: this one begins anew");
        }
        remove(&path)?;
        mark(&mut lock)?;
        db = database::begin(&url).await?;
    }
    Ok(Kept { url, db, _lock: Some(lock) })
}

fn database_url(arguments: &Demo) -> Result<DatabaseUrl> {
    match &arguments.database {
        Some(_) => database::url(arguments.database.as_deref(), &configuration::Configuration::default()),
        None => Ok(DatabaseUrl::sqlite(&database::data_folder()?.join("demo.sqlite"))),
    }
}

/// Whether something waits or runs: builds and tests of a simulator that is gone.
async fn is_unfinished(db: &Db) -> Result<bool> {
    if inbox::pending(db).await?.0 > 0 {
        return Ok(true);
    }
    for status in [EventStatus::Running, EventStatus::Waiting] {
        let filter = EventFilter { status: Some(status), ..EventFilter::default() };
        if !reads::events(db, &Viewer::Everything, &filter, None, 1).await?.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the lock: a file of its own, since SQLite's locks on the database would be lost with any other handle on it.
async fn lock(database: &Path) -> Result<File> {
    let path = beside(database, "-demo");
    let what = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(what)?;
    }
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).read(true).write(true).mode(0o600);
    let file = options.open(&path).with_context(what)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(error).with_context(what),
        }
    }
    bail!(
        "another demo runs with {}: end it, or give this one a database of its own with --database sqlite://PATH",
        database.display()
    )
}

fn is_marked(lock: &mut File) -> Result<bool> {
    let mut text = Vec::new();
    lock.read_to_end(&mut text).context("cannot read the file that locks the demo's database")?;
    Ok(text == MARK)
}

fn mark(lock: &mut File) -> Result<()> {
    let written = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| lock.write_all(MARK));
    written.context("cannot write the file that locks the demo's database")
}

/// Removes what an earlier demo left. The lock stays: another demo may wait for it.
fn remove(database: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let file = beside(database, suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

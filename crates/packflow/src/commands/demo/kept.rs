//! The demo's database, which the next start continues where that can be: one demo at a time, and nothing that was cut off.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use domain::ids::InboxId;
use domain::words::EventStatus;
use store::reads::{self, EventFilter, Viewer};
use store::{DatabaseUrl, Db, Migrations, inbox, installation};

use crate::cli::Demo;
use crate::{configuration, database};

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

/// Whose a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// There is nothing in it.
    Nobodys,
    /// A demo's.
    Demos,
    /// Somebody else's, or nobody can say.
    Others,
}

/// Opens the demo's database, anew if that is asked for or if it cannot be continued.
pub(super) async fn open(arguments: &Demo) -> Result<Kept> {
    let url = database_url(arguments)?;
    // Whoever names none gets one that demos alone use, also those of versions that did not mark it.
    let unmarked = if arguments.database.is_none() { Whose::Demos } else { Whose::Others };
    let Some(path) = url.path() else {
        if arguments.fresh {
            bail!("--fresh removes a SQLite file; on PostgreSQL, name an empty database instead");
        }
        look(&url, unmarked).await?;
        let db = begin(&url).await?;
        if is_unfinished(&db).await? {
            bail!("{url} holds work that had not ended and cannot go on here: name an empty database");
        }
        return Ok(Kept { url, db, _lock: None });
    };
    let path = path.to_owned();
    let whose =
        if database::must_be_there(&url).is_ok() { look(&url, unmarked).await? } else { Whose::Nobodys };
    let lock = lock(&path).await?;
    if arguments.fresh && whose == Whose::Demos {
        remove(&path)?;
    }
    let mut db = begin(&url).await?;
    if is_unfinished(&db).await? {
        db.close().await;
        if !arguments.json {
            say!("what the last demo left had not ended and cannot go on: this one begins anew");
        }
        remove(&path)?;
        db = begin(&url).await?;
    }
    Ok(Kept { url, db, _lock: Some(lock) })
}

/// Whose the database is; nothing is changed in it.
///
/// # Errors
/// If it is neither a demo's nor empty: what others keep is not removed, and a demo's events and workers are not put beside it.
async fn look(url: &DatabaseUrl, unmarked: Whose) -> Result<Whose> {
    let db = match database::connect(url).await {
        Ok(db) => db,
        Err(_) if unmarked == Whose::Demos => return Ok(unmarked),
        Err(error) => return Err(error),
    };
    let whose = whose(&db, unmarked).await;
    db.close().await;
    match whose? {
        Whose::Others => Err(refusal(url)),
        whose => Ok(whose),
    }
}

async fn whose(db: &Db, unmarked: Whose) -> Result<Whose> {
    let state = Migrations(db).state().await?;
    if !state.iter().any(|migration| migration.applied) {
        return Ok(if Migrations(db).is_empty().await? { Whose::Nobodys } else { Whose::Others });
    }
    let is_current = state.iter().all(|migration| migration.applied && migration.known);
    let kept = match installation::get(db).await {
        Ok(kept) => kept,
        // The mark came with a later version.
        Err(_) if !is_current => None,
        Err(error) => return Err(error.into()),
    };
    Ok(match kept {
        Some(kept) if kept.is_demos => Whose::Demos,
        Some(kept) if kept.instance.is_some() => Whose::Others,
        _ if is_current && is_bare(db).await? => Whose::Nobodys,
        _ => unmarked,
    })
}

fn refusal(url: &DatabaseUrl) -> anyhow::Error {
    let way_out = match url.path() {
        Some(_) => "name another file with --database, or remove this one yourself",
        None => "name an empty database",
    };
    anyhow!("no demo made {url}, and it is in use: {way_out}")
}

/// Opens the database, and marks it as a demo's: servers and workers do not work in it.
async fn begin(url: &DatabaseUrl) -> Result<Db> {
    let db = database::begin(url).await?;
    if installation::keep_demo(&db).await?.is_demos { Ok(db) } else { Err(refusal(url)) }
}

/// Whether nothing was ever delivered, imported or generated.
async fn is_bare(db: &Db) -> Result<bool> {
    let deliveries = inbox::list(db, inbox::Filter::All, InboxId(i64::MAX), 1).await?;
    let events = reads::events(db, &Viewer::Everything, &EventFilter::default(), None, 1).await?;
    Ok(deliveries.is_empty() && events.rows.is_empty())
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

//! Which database a command works on, and opening it.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domain::package_config::Deployment;
use store::{DatabaseUrl, Db, Migrations};
use tracing::Level;

use crate::configuration::Configuration;
use crate::logging;

/// Where the database is: by the flag, else the configuration (file or environment), else the user's data folder.
pub(crate) fn url(flag: Option<&str>, configuration: &Configuration) -> Result<DatabaseUrl> {
    if let Some(text) = flag {
        let url = DatabaseUrl::parse(text)?;
        if url.has_password() && !text.starts_with('@') {
            logging::tell(
                Level::WARN,
                "a password in arguments can be read by every account of this machine; write --database @FILE, or leave it to \
                 PGPASSFILE",
            );
        }
        return Ok(url);
    }
    if let Some(text) = &configuration.database.url {
        return DatabaseUrl::parse(text).context("database.url");
    }
    Ok(DatabaseUrl::sqlite(&data_folder()?.join("packflow.sqlite")))
}

/// The user's folder for what Packflow keeps, by the XDG Base Directory Specification.
pub(crate) fn data_folder() -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    match data {
        Some(data) => Ok(data.join("packflow")),
        None => {
            bail!("neither XDG_DATA_HOME nor HOME is set: name the database with --database sqlite://PATH")
        }
    }
}

/// Opens a database that is there and ours, and brings it to this version's schema if it is an older one's.
///
/// # Errors
/// If it is not there, or holds nothing of ours: a slip in its name is told, and makes no file and no tables.
pub(crate) async fn open(url: &DatabaseUrl) -> Result<Db> {
    must_be_there(url)?;
    let db = connect(url).await?;
    let state = Migrations(&db).state().await.with_context(|| format!("cannot read {url}"))?;
    if !state.iter().any(|migration| migration.applied) {
        bail!("{url} is no database of Packflow's: if it is to be one, `packflow migrate` makes its tables");
    }
    bring_up(&db).await?;
    Ok(db)
}

/// Refuses a SQLite file that is not there. PostgreSQL refuses by itself.
pub(crate) fn must_be_there(url: &DatabaseUrl) -> Result<()> {
    // The driver may read other characters from behind a `%`, and SQLite knows addresses that begin with `file:`: what they are is
    // left to them.
    let is_plain = |file: &&Path| !file.as_os_str().as_bytes().iter().any(|byte| matches!(byte, b'%' | b':'));
    if url.path().filter(is_plain).is_some_and(|file| !file.exists()) {
        bail!("there is no database {url}: `packflow migrate` or `packflow serve` makes one");
    }
    Ok(())
}

/// Opens a database, makes it if it is a SQLite file that is not there, and brings it to this version's schema.
pub(crate) async fn begin(url: &DatabaseUrl) -> Result<Db> {
    let db = connect(url).await?;
    bring_up(&db).await?;
    Ok(db)
}

/// Opens a database as it is.
pub(crate) async fn connect(url: &DatabaseUrl) -> Result<Db> {
    Db::open(url).await.with_context(|| format!("cannot open the database {url}"))
}

async fn bring_up(db: &Db) -> Result<()> {
    let migrated = Migrations(db).run().await;
    migrated.with_context(|| format!("cannot bring {} to this version's schema", db.url()))
}

/// Keeps whose database it is, by its first server or worker.
///
/// # Errors
/// If it is another instance's: each plans what is its own alone, so either would settle the other's events as nothing.
pub(crate) async fn keep_instance(db: &Db, configured: Deployment) -> Result<()> {
    let kept = store::installation::keep(db, configured).await?;
    if kept.is_demos {
        bail!("{} was made by `packflow demo`, which alone works in it: name another database", db.url());
    }
    if let Some(kept) = kept.instance.filter(|kept| *kept != configured) {
        bail!("{}: {}", other_instance(kept, configured), way_out(configured));
    }
    Ok(())
}

/// What is wrong where the database is another instance's.
pub(crate) fn other_instance(kept: Deployment, configured: Deployment) -> String {
    format!("the database is that of the instance `{kept}`, and the configuration says `{configured}`")
}

/// What to do about it.
pub(crate) fn way_out(configured: Deployment) -> String {
    format!(
        "give each instance a database of its own, or set `instance` right; if this database is to be {configured}'s from now on, \
         stop all that runs on it and have it do UPDATE installation SET instance = '{configured}'"
    )
}

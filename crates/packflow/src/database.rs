//! Which database a command works on, and opening it.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use store::{DatabaseUrl, Db, Migrations};

use crate::configuration::Configuration;

/// Where the database is: by the flag, else the configuration (file or environment), else the user's data folder.
pub(crate) fn url(flag: Option<&str>, configuration: &Configuration) -> Result<DatabaseUrl> {
    if let Some(text) = flag {
        let url = DatabaseUrl::parse(text)?;
        if url.has_password() && !text.starts_with('@') {
            eprintln!(
                "packflow: a password in arguments can be read by every account of this machine; \
                 write --database @FILE, or leave it to PGPASSFILE"
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

/// Opens a database that is there, and brings it to this version's schema.
///
/// # Errors
/// If it is not there: a slip in its name is told, and makes no file.
pub(crate) async fn open(url: &DatabaseUrl) -> Result<Db> {
    must_be_there(url)?;
    begin(url).await
}

/// Refuses a SQLite file that is not there. PostgreSQL refuses by itself.
pub(crate) fn must_be_there(url: &DatabaseUrl) -> Result<()> {
    // The driver may read other characters from behind a `%`, and knows databases in memory: what they are is left to it.
    let is_plain = |file: &&Path| !file.as_os_str().as_bytes().iter().any(|byte| matches!(byte, b'%' | b':'));
    if url.path().filter(is_plain).is_some_and(|file| !file.exists()) {
        bail!("there is no database {url}: `packflow migrate` or `packflow serve` makes one");
    }
    Ok(())
}

/// Opens a database, makes it if it is a SQLite file that is not there, and brings it to this version's schema.
pub(crate) async fn begin(url: &DatabaseUrl) -> Result<Db> {
    let db = Db::open(url).await.with_context(|| format!("cannot open the database {url}"))?;
    Migrations(&db).run().await.with_context(|| format!("cannot bring {url} to this version's schema"))?;
    Ok(db)
}

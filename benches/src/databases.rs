//! The databases that are measured.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use store::{DatabaseUrl, Db, Migrations, reads};
use tempfile::TempDir;
use test_support::{Cluster, Programs};

/// Which databases a program measures.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DatabaseOption {
    /// Measure this database alone; it must be empty, and is left filled [default: a SQLite file and a PostgreSQL server of
    /// our own in the folder for temporary files, TMPDIR]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// A kind of database to be measured.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A SQLite file in a temporary folder.
    Sqlite,
    /// A PostgreSQL server of our own that loses nothing it has committed (`fsync` is on), otherwise with its defaults.
    Postgres(Programs),
    /// The database that was named.
    Given(String),
}

impl DatabaseOption {
    /// The kinds that are asked for. Where PostgreSQL is not installed, it is said and left out.
    ///
    /// # Errors
    /// If a named database cannot be opened, or is not empty.
    pub async fn kinds(&self) -> Result<Vec<Kind>> {
        if let Some(url) = &self.database {
            let db = open(url).await?;
            let everything = reads::EventFilter::default();
            let page = reads::events(&db, &reads::Viewer::Public, &everything, None, 1).await?;
            let events = page.rows;
            ensure!(events.is_empty(), "{} is not empty", db.url());
            db.close().await;
            return Ok(vec![Kind::Given(url.clone())]);
        }
        Ok(Kind::own())
    }
}

impl Kind {
    /// SQLite, and PostgreSQL if it is installed.
    pub fn own() -> Vec<Self> {
        let postgres = Programs::find();
        if postgres.is_none() {
            eprintln!("PostgreSQL is not installed and left out (cargo xtask setup)");
        }
        [Self::Sqlite].into_iter().chain(postgres.map(Self::Postgres)).collect()
    }

    /// A database of this kind, migrated and empty; of the named database, that one, as it is by then.
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn place(&self) -> Result<Place> {
        let (url, folder, held) = match self {
            Self::Sqlite => {
                let folder = TempDir::with_prefix("packflow-measured-")?;
                let url = format!("sqlite://{}", folder.path().join("packflow.sqlite").display());
                (url, Some(folder.path().to_owned()), Held::Folder(folder))
            }
            Self::Postgres(programs) => {
                let cluster = Cluster::start_durable(programs)?;
                (cluster.url().to_owned(), Some(std::env::temp_dir()), Held::Cluster(cluster))
            }
            Self::Given(url) => {
                let folder = DatabaseUrl::parse(url)?.path().and_then(Path::parent).map(Path::to_owned);
                (url.clone(), folder, Held::Nothing)
            }
        };
        let db = open(&url).await?;
        Ok(Place { db, url, folder, _held: held })
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL, fsync on",
            Self::Given(url) if url.starts_with("sqlite:") => "SQLite, as named",
            Self::Given(_) => "PostgreSQL, as named",
        })
    }
}

/// A database that is measured; one of our own goes with this value.
#[derive(Debug)]
pub struct Place {
    /// The database, open.
    pub db: Db,
    /// What `--database` takes.
    pub url: String,
    /// A folder on the disk that it commits to, where that is known.
    pub folder: Option<PathBuf>,
    _held: Held,
}

#[derive(Debug)]
enum Held {
    Folder(#[expect(dead_code, reason = "held for its Drop")] TempDir),
    Cluster(#[expect(dead_code, reason = "held for its Drop")] Cluster),
    Nothing,
}

async fn open(url: &str) -> Result<Db> {
    let url = DatabaseUrl::parse(url)?;
    let db = Db::open(&url).await.with_context(|| format!("cannot open {url}"))?;
    Migrations(&db).run().await.with_context(|| format!("cannot migrate {url}"))?;
    Ok(db)
}

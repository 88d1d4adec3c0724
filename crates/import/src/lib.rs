//! The database of a Packit Service becomes Packflow's: all its history as workflows, every row accounted for.
//!
//! The source is read by SQL of this crate, in one read-only transaction; what becomes of it is written through `store`
//! alone. `docs/migrating-from-packit-service.md` has where each table and column goes.

mod batch;
mod before_groups;
mod links;
mod model;
mod places;
mod reader;
mod report;
mod row;
mod run;
mod schema;
mod shape;
mod source;
mod sweep;
mod tables;
mod targets;
mod today;
mod verify;
mod words;
mod writer;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use store::origins::SourceRow;
use store::{Db, import as books};

pub use report::{LISTED, Report, RowReport, SharedReport, TableReport};
pub use verify::{Difference, verify};

use crate::report::Lists;
use crate::run::Run;
use crate::schema::Schema;
use crate::source::Source;

/// The result of reading the source and writing what it holds.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an import ended early. What earlier batches wrote stands, and a new run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source could not be read.
    #[error("the source database could not be read")]
    Source(#[source] sqlx::Error),
    /// The source has a schema that is not known.
    #[error("this is no database that can be imported: {0}")]
    Schema(String),
    /// The source has tables that the account may not read.
    #[error(
        "these tables of the source may not be read by {account}: {tables}; let it read them all (GRANT SELECT ON ALL TABLES \
         IN SCHEMA {schema} TO {account}), so that no row is left behind"
    )]
    Rights {
        /// The tables.
        tables: String,
        /// Their schema, as it is written in SQL.
        schema: String,
        /// The account, as it is written in SQL.
        account: String,
    },
    /// The account sees nothing of the source.
    #[error(
        "{account} may use no schema of the source: let it (GRANT USAGE ON SCHEMA public TO {account}; GRANT SELECT ON ALL \
         TABLES IN SCHEMA public TO {account}), or set its search_path"
    )]
    NoSchema {
        /// The account, as it is written in SQL.
        account: String,
    },
    /// A row of the source could not be read at all.
    #[error("{row} could not be read")]
    Unreadable {
        /// The row: its table and, as far as that can be seen, its id.
        row: String,
        /// What is wrong with it.
        #[source]
        error: serde_json::Error,
    },
    /// Another source was imported into this database before.
    #[error(
        "another database was imported here before ({before}), and this one is {now}: their ids would be mixed up; import \
         it into a database of its own. If it is the same database and only its first project was renamed or removed, import \
         it once with --same-source"
    )]
    OtherSource {
        /// What was imported before.
        before: String,
        /// What was to be read now.
        now: String,
    },
    /// What was imported into this database before has the other schema.
    #[error(
        "what was imported here before is {before}, and this database is {now}: the same rows have other ids and other events \
         there, so they would all come once more; import it into a database of its own, or go on with a copy of the source \
         that has the schema of before. --same-source does not help here"
    )]
    OtherSchema {
        /// What was imported before.
        before: String,
        /// What was to be read now.
        now: String,
    },
    /// Another import writes into this database.
    #[error("another import into this database is running; let it end, or stop it, then run this one again")]
    Running,
    /// The report could not be written.
    #[error("the report could not be written")]
    Report(#[source] std::io::Error),
    /// Our database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A batch was ended before it began.
    #[error("no transaction is open")]
    NoTransaction,
    /// What was read could not be handed on: writing has ended, with an error of its own.
    #[error("writing ended before reading did")]
    Stopped,
}

/// What is asked of an import.
#[derive(Debug, Clone)]
pub struct Options {
    /// Write nothing; the report tells what would be written. It takes a single transaction, so on SQLite nobody else writes
    /// until it ends.
    pub dry_run: bool,
    /// Only events for which something ran since.
    pub since: Option<DateTime<Utc>>,
    /// In the old schema, how far apart in time tests may be that were asked for together.
    pub window: TimeDelta,
    /// The file that the report is written to, with all its lists.
    pub report: Option<PathBuf>,
    /// The source is the one that was imported before, although its first project is another one now.
    pub same_source: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { dry_run: false, since: None, window: TimeDelta::minutes(30), report: None, same_source: false }
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Projects and references.
    Places,
    /// Events and what ran for them.
    Events,
    /// What is consumed across events.
    Links,
    /// Looking at every row once more.
    Check,
}

impl Stage {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Places => "projects and references",
            Self::Events => "events",
            Self::Links => "links between events",
            Self::Check => "checking that every row is accounted for",
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Rows that are done.
    pub done: i64,
    /// Rows that there are, as far as that is known.
    pub total: i64,
}

/// Imports all that the source holds and `db` does not. `progress` is called now and then.
///
/// # Errors
/// If the source's schema is not known, another source was imported before, or a database fails; what earlier batches wrote
/// stands.
pub async fn import(
    source: &str,
    db: &Db,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    let began = Instant::now();
    let source = Source::open(source).await?;
    let lock = books::lock(db).await?.ok_or(Error::Running)?;
    books::prepare(db).await?;
    let lists = Lists::new(options.report.as_deref())?;
    let mut run = Run::new(source, db, options, lists, progress);
    run.rows = run.count().await?;
    run.before = run.books().await?;
    let name = run.reader.source.name().await?;
    let now = run.reader.now;
    let revision = run.reader.source.revision.clone();
    let tx = run.writer.tx().await?;
    judge_source(books::sources(tx).await?, &name, options.same_source)?;
    let id = books::begin(tx, &name, &revision, now).await?;
    books::note_origins(tx, "imports", &[(SourceRow::new("alembic_version", &revision), id, None)]).await?;
    run.writer.end_batch().await?;
    run.import().await?;
    let tx = run.writer.tx().await?;
    books::forget_imported(tx).await?;
    books::finish(tx, id, Utc::now()).await?;
    run.writer.end_batch().await?;
    let report = run.report(began).await?;
    lock.release().await?;
    Ok(report)
}

/// The name of a source without projects ends so.
const NO_PROJECT: &str = "first project none";

/// Refuses a source that is none of those that were imported before, oldest first, unless it is said to be the same one: even
/// then its schema is. What an import saw before there was any project does not tell sources apart.
fn judge_source(before: Vec<String>, now: &str, is_same: bool) -> Result<()> {
    let mut told: Vec<String> = before.into_iter().filter(|name| !name.ends_with(NO_PROJECT)).collect();
    let Some(newest) = told.pop() else { return Ok(()) };
    let schema = |name: &str| name.split(',').next().unwrap_or_default().to_owned();
    if schema(&newest) != schema(now) {
        return Err(Error::OtherSchema { before: newest, now: now.to_owned() });
    }
    if is_same || newest == now || told.iter().any(|name| name == now) {
        return Ok(());
    }
    Err(Error::OtherSource { before: newest, now: now.to_owned() })
}

/// How many rows of each table are accounted for.
#[derive(Debug, Default)]
struct Books {
    imported: BTreeMap<String, i64>,
    set_aside: BTreeMap<String, i64>,
}

impl Books {
    /// Whether anything of a table is accounted for.
    fn holds(&self, table: &str) -> bool {
        self.imported.contains_key(table) || self.set_aside.contains_key(table)
    }
}

impl Run<'_> {
    async fn import(&mut self) -> Result<()> {
        let places = self.rows_of(&[
            "git_projects",
            "anitya_projects",
            "pull_requests",
            "git_branches",
            "project_releases",
            "project_issues",
            "koji_build_tags",
            "anitya_versions",
            "anitya_multiple_versions",
        ]);
        self.begin(Stage::Places, places);
        places::import(self).await?;
        let counted = match self.reader.source.schema {
            Schema::Today => "project_events",
            Schema::BeforeGroups => "pipelines",
        };
        self.begin(Stage::Events, self.rows_of(&[counted]));
        self.events().await?;
        let ties = self.rows_of(&["tf_copr_build_association_table", "tf_koji_build_association_table"]);
        self.begin(Stage::Links, ties);
        links::import(self).await?;
        if self.options.since.is_none() {
            self.begin(Stage::Check, self.rows.values().sum());
            sweep::sweep(self).await?;
        }
        Ok(())
    }

    fn rows_of(&self, tables: &[&str]) -> i64 {
        tables.iter().filter_map(|table| self.rows.get(*table)).sum()
    }

    async fn count(&mut self) -> Result<BTreeMap<String, i64>> {
        let mut rows = BTreeMap::new();
        for table in self.reader.source.tables.clone() {
            let count = self.reader.source.count(&table).await?;
            rows.insert(table, count);
        }
        Ok(rows)
    }

    async fn books(&mut self) -> Result<Books> {
        let tx = self.writer.look().await?;
        let books =
            Books { imported: books::counts(tx).await?, set_aside: books::set_aside_counts(tx).await? };
        self.writer.end_batch().await?;
        Ok(books)
    }

    /// Tells of the run, and ends it.
    async fn report(mut self, began: Instant) -> Result<Report> {
        let after = self.books().await?;
        let tx = self.writer.look().await?;
        let mut report = Report {
            revision: self.reader.source.revision.clone(),
            dry_run: self.options.dry_run,
            groups_by_time: self.reader.groups_by_time,
            ..Report::default()
        };
        let of = |counts: &BTreeMap<String, i64>, table: &str| counts.get(table).copied().unwrap_or_default();
        for (table, rows) in &self.rows {
            let already = of(&self.before.imported, table);
            let mut counted = TableReport {
                rows: *rows,
                imported: of(&after.imported, table) - already,
                already,
                set_aside: of(&after.set_aside, table),
                ..TableReport::default()
            };
            let left = counted.rows - counted.imported - counted.already - counted.set_aside;
            if self.options.since.is_some() {
                counted.older = left.max(0);
            }
            // Packit Service may have removed rows since an earlier run; what is missing here is never made up for so.
            if already + of(&self.before.set_aside, table) > 0 {
                counted.gone = (-left).max(0);
            }
            report.imported_total += counted.imported;
            report.already_total += counted.already;
            report.set_aside_total += counted.set_aside;
            report.tables.insert(table.clone(), counted);
        }
        self.lists.read_books(tx).await?;
        self.reader.source.close().await?;
        report.seconds = began.elapsed().as_secs_f64();
        self.lists.finish(report)
    }
}

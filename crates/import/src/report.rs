//! What an import did, row by row of the source.

mod file;
mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use domain::words::TargetStatus;
use serde::Serialize;
use store::origins::SourceRow;

use crate::row::Row;

pub(crate) use lists::Lists;

/// Rows of each list that are kept in memory.
pub const LISTED: usize = 1000;

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The schema's revision.
    pub revision: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What became of the rows of each table of the source.
    pub tables: BTreeMap<String, TableReport>,
    /// Rows that this run imported.
    pub imported_total: i64,
    /// Rows that earlier runs imported.
    pub already_total: i64,
    /// Rows that are set aside, now or by an earlier run; the table `set_aside` keeps them word for word.
    pub set_aside_total: i64,
    /// Rows that were imported, now or by an earlier run, although something about them is odd: how many notes about them there are.
    pub notes_total: i64,
    /// Rows that several events share.
    pub shared_total: i64,
    /// The first [`LISTED`] rows that are set aside, with the reason. The file has all, as of the next two.
    #[serde(skip)]
    pub set_aside: Vec<RowReport>,
    /// The first notes: a row, and what is odd about it.
    #[serde(skip)]
    pub notes: Vec<RowReport>,
    /// The first rows that several events share: each has a job of its own.
    #[serde(skip)]
    pub shared: Vec<SharedReport>,
    /// Test runs that were put together by the nearness of their times, by this run: groups.
    pub groups_by_time: i64,
    /// Seconds that it took.
    pub seconds: f64,
}

/// What became of the rows of one table. `rows = imported + already + set_aside + older`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Rows in the source.
    pub rows: i64,
    /// Rows that this run imported.
    pub imported: i64,
    /// Rows that earlier runs imported.
    pub already: i64,
    /// Rows that are set aside.
    pub set_aside: i64,
    /// Rows that `--since` left out.
    pub older: i64,
    /// Rows that an earlier run imported or set aside and that the source does not have any more.
    pub gone: i64,
}

impl TableReport {
    /// Whether no row is unaccounted for.
    pub fn reconciles(&self) -> bool {
        self.rows + self.gone == self.imported + self.already + self.set_aside + self.older
    }
}

/// A row of the source and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReport {
    /// Its table.
    pub table: String,
    /// Its id: a number, or of a row that ties two others, both with a colon between.
    pub id: serde_json::Value,
    /// What is to be said.
    pub reason: String,
}

/// A row that several events share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedReport {
    /// Its table.
    pub table: String,
    /// Its id.
    pub id: serde_json::Value,
    /// How many events.
    pub events: i64,
}

/// An id as JSON: a number if it is one.
pub(crate) fn id(text: &str) -> serde_json::Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Into::into)
}

/// Said of a row that ended otherwise at the source after it was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changed {
    /// How it was imported.
    pub(crate) here: TargetStatus,
    /// What the source says.
    pub(crate) source: TargetStatus,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "imported as `{}`, and changed since: the source says `{}`; what has ended keeps its status here; a push or a \
             comment starts it anew",
            self.here, self.source
        )
    }
}

impl Changed {
    /// What a note says, if it says that.
    pub(crate) fn read(note: &str) -> Option<Self> {
        let mut words = note.strip_prefix("imported as `")?.split('`');
        let here = words.next()?.parse().ok()?;
        Some(Self { here, source: words.nth(1)?.parse().ok()? })
    }
}

/// Notes as they are taken: a row, and what is odd about it.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<(SourceRow, String)>);

impl Notes {
    /// What was said so far.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Forgets what was said about these rows: nothing of them was imported.
    pub(crate) fn forget(&mut self, rows: &BTreeSet<SourceRow>) {
        self.0.retain(|(row, _)| !rows.contains(row));
    }

    pub(crate) fn add(&mut self, row: &SourceRow, what: &str) {
        self.0.push((row.clone(), what.to_owned()));
    }

    /// Says so if a column should hold a time and holds one at which nothing can have happened.
    pub(crate) fn time(&mut self, row: &Row, column: &str, now: DateTime<Utc>) {
        if let Some(text) = row.no_time(column, now) {
            self.add(&row.source(), &format!("{column} is a time that cannot be: {text}"));
        }
    }
}

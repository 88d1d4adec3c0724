//! Where the source is read: ahead of what is written, so that both databases work at the same time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use store::origins::SourceRow;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::model::{SourceEvent, SourceInput};
use crate::report::Notes;
use crate::row::Row;
use crate::source::Source;
use crate::{Error, Options, Result, tables};

/// Batches that are read ahead: all are held in memory.
const AHEAD: usize = 1;

/// Rows that the first batch begins with: nobody knows yet how large they are.
const FIRST: usize = 50;

/// Bytes of rows that are read for a batch at most, as far as that can be told from the batch before.
const BYTES: usize = 8 << 20;

/// The column of groups that says when they were asked for.
const SUBMITTED: &str = "submitted_time";

/// How many rows a batch begins with: as many as leave what is read for it within bounds, however large the rows are.
#[derive(Debug)]
pub(crate) struct Portion {
    rows: usize,
    most: usize,
}

impl Portion {
    /// Begins small; a batch never has more than `most` rows.
    pub(crate) fn new(most: usize) -> Self {
        Self { rows: FIRST.min(most), most }
    }

    /// For the next batch.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// A batch of so many rows took so many bytes: the next one is as large as fits, and at most twice as large as this one
    /// should have been.
    pub(crate) fn took(&mut self, rows: usize, bytes: usize) {
        let fitting = rows.saturating_mul(BYTES) / bytes.max(1);
        self.rows = fitting.min(self.rows * 2).min(self.most).max(1);
    }
}

/// Where batches go as they are read.
pub(crate) type Batches = Sender<Batch>;

/// Events that are written at once.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Those of which all has ended.
    pub(crate) events: Vec<SourceEvent>,
    /// The rows of the others, word for word.
    pub(crate) open: Vec<(SourceRow, String)>,
    /// What is to be said of all of them.
    pub(crate) notes: Notes,
    /// Rows of the stage that they are.
    pub(crate) rows: usize,
}

/// A channel for batches.
pub(crate) fn batches() -> (Batches, Receiver<Batch>) {
    channel(AHEAD)
}

/// The source, and what was seen of it.
pub(crate) struct Reader {
    pub(crate) source: Source,
    pub(crate) options: Options,
    /// What is to be said of the batch that is being read.
    pub(crate) notes: Notes,
    /// When the run began, by our clock.
    pub(crate) now: DateTime<Utc>,
    /// Groups of tests that were found by the nearness of their times.
    pub(crate) groups_by_time: i64,
    newest: DateTime<Utc>,
}

impl Reader {
    pub(crate) fn new(source: Source, options: &Options) -> Self {
        Self {
            source,
            options: options.clone(),
            notes: Notes::default(),
            now: Utc::now(),
            groups_by_time: 0,
            newest: DateTime::UNIX_EPOCH,
        }
    }

    /// How many rows batches of one kind begin with; what was read before is not of them.
    pub(crate) fn portion(&mut self, most: usize) -> Portion {
        self.source.take_bytes();
        Portion::new(most)
    }

    /// When a group was asked for, and what else its row says. A time that cannot be is noted, and left with the rest.
    pub(crate) fn of_group(&mut self, row: &Row) -> (Option<DateTime<Utc>>, BTreeMap<String, Value>) {
        self.notes.time(row, SUBMITTED, self.now);
        let at = row.time(SUBMITTED, self.now);
        let mut used = vec!["id", "job_type"];
        used.extend(at.map(|_| SUBMITTED));
        (at, row.without(&used))
    }

    /// Adds to each of these tests the builds that it used, as a table of ties says it, with the row that says so. They are
    /// asked for by test: its builds may be another event's, which is read with another batch.
    pub(crate) async fn add_builds(
        &mut self,
        of_tests: &mut BTreeMap<i64, Vec<SourceInput>>,
        table: &'static str,
        column: &'static str,
        builds: &'static str,
        tests: &[i64],
    ) -> Result<()> {
        for (test, build) in self.source.builds_of(table, column, tests).await? {
            let source = Some(SourceRow::new(table, format!("{build}:{test}")));
            let input = SourceInput { target: SourceRow::new(builds, build), source };
            of_tests.entry(test).or_default().push(input);
        }
        Ok(())
    }

    /// A time, or the newest one seen so far where there is none: rows come in the order in which they were made.
    pub(crate) fn newest_of(&mut self, time: Option<DateTime<Utc>>) -> DateTime<Utc> {
        if let Some(time) = time {
            self.newest = time;
        }
        self.newest
    }

    /// Hands on what was read, which is so many rows of the stage. Of an event that has not ended only the rows are handed on.
    pub(crate) async fn send(&mut self, batch: Vec<SourceEvent>, rows: usize, to: &Batches) -> Result<()> {
        let (open, events): (Vec<SourceEvent>, Vec<SourceEvent>) =
            batch.into_iter().partition(SourceEvent::is_open);
        let mut by_table: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in open.iter().flat_map(SourceEvent::rows) {
            by_table.entry(row.table).or_default().push(row.id);
        }
        let mut open = Vec::new();
        for (table, mut ids) in by_table {
            ids.sort();
            ids.dedup();
            let kept = self.source.verbatim(&table, tables::key(&table), &ids).await?;
            open.extend(kept.into_iter().map(|(id, kept)| (SourceRow { table: table.clone(), id }, kept)));
        }
        let notes = self.notes.take();
        to.send(Batch { events, open, notes, rows }).await.map_err(|_| Error::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, FIRST, Portion};

    #[test]
    fn a_batch_is_as_large_as_memory_allows() {
        let mut portion = Portion::new(500);
        assert_eq!(portion.rows(), FIRST);
        let mut seen = Vec::new();
        for _ in 0..5 {
            portion.took(portion.rows(), portion.rows() * 1000);
            seen.push(portion.rows());
        }
        assert_eq!(seen, [100, 200, 400, 500, 500]);
        portion.took(500, 4 * BYTES);
        assert_eq!(portion.rows(), 125);
        portion.took(125, 1000 * BYTES);
        assert_eq!(portion.rows(), 1);
        portion.took(1, 2 * BYTES);
        assert_eq!(portion.rows(), 1);
        portion.took(1, 0);
        assert_eq!(portion.rows(), 2);
    }

    #[test]
    fn few_rows_are_enough_where_no_more_are_allowed() {
        assert_eq!(Portion::new(10).rows(), 10);
    }
}

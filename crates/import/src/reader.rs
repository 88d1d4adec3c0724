//! Where the source is read: ahead of what is written, so that both databases work at the same time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use store::origins::SourceRow;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::model::SourceEvent;
use crate::report::{Notes, RowReport};
use crate::source::Source;
use crate::{Error, Options, Result, tables};

/// Batches that are read ahead: all are held in memory.
const AHEAD: usize = 1;

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
    pub(crate) notes: Vec<RowReport>,
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

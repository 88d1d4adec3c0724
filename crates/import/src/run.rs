//! One run of the import: where it reads, where it writes, and what it has seen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::ids::EventId;
use store::import;
use store::origins::SourceRow;
use store::{Db, Tx};

use crate::model::SourceEvent;
use crate::report::Notes;
use crate::shape::shape;
use crate::source::Source;
use crate::{Options, Progress, Result, Stage, tables};

/// Why what has not ended is left where it is.
const OPEN: &str = "something of its event has not ended in Packit Service; a later run imports it";

/// A run.
pub(crate) struct Run<'a> {
    pub(crate) source: Source,
    pub(crate) writer: Writer<'a>,
    pub(crate) options: &'a Options,
    pub(crate) notes: Notes,
    /// When the run began, by our clock.
    pub(crate) now: DateTime<Utc>,
    pub(crate) groups_by_time: i64,
    report: &'a mut (dyn FnMut(Progress) + Send),
    done: i64,
    total: i64,
    stage: Stage,
    newest: DateTime<Utc>,
    /// Notes that are settled: what they are about was written.
    noted: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        source: Source,
        db: &'a Db,
        options: &'a Options,
        report: &'a mut (dyn FnMut(Progress) + Send),
    ) -> Self {
        Self {
            source,
            writer: Writer { db, tx: None, looking: None, dry_run: options.dry_run },
            options,
            notes: Notes::default(),
            now: Utc::now(),
            groups_by_time: 0,
            report,
            done: 0,
            total: 0,
            stage: Stage::Places,
            newest: DateTime::UNIX_EPOCH,
            noted: 0,
        }
    }

    /// A stage of so many rows begins.
    pub(crate) fn begin(&mut self, stage: Stage, total: i64) {
        (self.stage, self.done, self.total) = (stage, 0, total);
        self.progress(stage, 0);
    }

    /// So many more rows of a stage are done.
    pub(crate) fn progress(&mut self, stage: Stage, rows: usize) {
        self.done += i64::try_from(rows).unwrap_or(i64::MAX);
        (self.report)(Progress { stage, done: self.done, total: self.total });
    }

    /// A time, or the newest one seen so far where there is none: rows come in the order in which they were made.
    pub(crate) fn newest_of(&mut self, time: Option<DateTime<Utc>>) -> DateTime<Utc> {
        if let Some(time) = time {
            self.newest = time;
        }
        self.newest
    }

    /// Writes what of these events is not there yet. An event of which something has not ended is left for a later run.
    pub(crate) async fn write(&mut self, batch: Vec<SourceEvent>) -> Result<()> {
        let (open, ended): (Vec<SourceEvent>, Vec<SourceEvent>) =
            batch.into_iter().partition(SourceEvent::is_open);
        let left: Vec<SourceRow> = open.iter().flat_map(SourceEvent::rows).collect();
        self.set_aside(left, |_| OPEN.to_owned()).await?;
        let tx = self.writer.look().await?;
        let deliveries: Vec<String> = ended.iter().map(|event| event.delivery.clone()).collect();
        let known = import::known_events(tx, &deliveries).await?;
        let ids: Vec<i64> = known.values().copied().collect();
        let mut loaded = import::load(tx, &ids).await?;
        let mut rows: Vec<import::EventRows> = Vec::new();
        let mut grown: BTreeMap<i64, &SourceEvent> = BTreeMap::new();
        let mut untouched: BTreeSet<SourceRow> = open.iter().flat_map(SourceEvent::rows).collect();
        for event in &ended {
            let known = known.get(&event.delivery).and_then(|id| Some((*id, loaded.remove(id)?)));
            match shape(event, known) {
                Some(shaped) => match shaped.known {
                    Some(id) => drop(grown.insert(id, event)),
                    None => rows.push(shaped),
                },
                None => untouched.extend(event.rows()),
            }
        }
        rows.extend(self.grown(&grown).await?);
        if !rows.is_empty() {
            import::write(self.writer.tx().await?, &rows, self.now).await?;
        }
        self.notes.forget(self.noted, &untouched);
        self.noted = self.notes.0.len();
        self.writer.end_batch().await
    }

    /// Events that are here and have something new at the source, each shaped once more under its lock: a rerun may have
    /// changed it since it was looked at.
    async fn grown(&mut self, events: &BTreeMap<i64, &SourceEvent>) -> Result<Vec<import::EventRows>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.writer.tx().await?;
        for id in events.keys() {
            tx.lock_event(EventId(*id)).await?;
        }
        let ids: Vec<i64> = events.keys().copied().collect();
        let mut loaded = import::load(tx, &ids).await?;
        let shaped = events.iter().filter_map(|(id, event)| shape(event, Some((*id, loaded.remove(id)?))));
        Ok(shaped.collect())
    }

    /// Sets those of these rows aside that came to nothing and are not set aside yet, as they are.
    pub(crate) async fn set_aside(
        &mut self,
        rows: Vec<SourceRow>,
        reason: impl Fn(&SourceRow) -> String,
    ) -> Result<()> {
        let mut by_table: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            by_table.entry(row.table).or_default().push(row.id);
        }
        for (table, mut ids) in by_table {
            ids.sort();
            ids.dedup();
            let accounted = import::accounted(self.writer.look().await?, &table, &ids).await?;
            ids.retain(|id| !accounted.contains(id));
            if ids.is_empty() {
                continue;
            }
            let kept = self.source.verbatim(&table, tables::key(&table), &ids).await?;
            let rows: Vec<(SourceRow, String, String)> = kept
                .into_iter()
                .map(|(id, kept)| {
                    let row = SourceRow { table: table.clone(), id };
                    let reason = reason(&row);
                    (row, reason, kept)
                })
                .collect();
            import::set_aside(self.writer.tx().await?, &rows).await?;
        }
        Ok(())
    }
}

/// Where a run writes: a transaction for each batch, or a single one that is given up at the end. It is begun when there is
/// something to write, so that a serving Packflow does not wait for what is only looked at.
pub(crate) struct Writer<'a> {
    db: &'a Db,
    tx: Option<Tx>,
    looking: Option<Tx>,
    dry_run: bool,
}

impl Writer<'_> {
    /// Where what was written is read: the batch's transaction if there is one, else one that only reads.
    pub(crate) async fn look(&mut self) -> Result<&mut Tx> {
        if self.tx.is_some() || self.dry_run {
            return self.tx().await;
        }
        if self.looking.is_none() {
            self.looking = Some(self.db.look().await?);
        }
        self.looking.as_mut().ok_or(crate::Error::NoTransaction)
    }

    /// The batch's transaction.
    pub(crate) async fn tx(&mut self) -> Result<&mut Tx> {
        if self.tx.is_none() {
            self.looking = None;
            self.tx = Some(self.db.write().await?);
        }
        self.tx.as_mut().ok_or(crate::Error::NoTransaction)
    }

    /// Ends the batch: what was written stands.
    pub(crate) async fn end_batch(&mut self) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        self.looking = None;
        match self.tx.take() {
            Some(tx) => Ok(tx.commit().await?),
            None => Ok(()),
        }
    }
}

//! One run of the import: where it reads, where it writes, and what is told of it.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use store::origins::SourceRow;
use store::{Db, import};
use tokio::sync::mpsc::Receiver;

use crate::reader::{Batch, Portion, Reader, batches};
use crate::report::Lists;
use crate::schema::Schema;
use crate::source::Source;
use crate::writer::Writer;
use crate::{Books, Options, Progress, Result, Stage, before_groups, tables, today};

/// A run.
pub(crate) struct Run<'a> {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) options: &'a Options,
    pub(crate) lists: Lists,
    /// What earlier runs did, and how many rows there are.
    pub(crate) before: Books,
    pub(crate) rows: BTreeMap<String, i64>,
    meter: Meter<'a>,
}

/// How far it is.
struct Meter<'a> {
    report: &'a mut (dyn FnMut(Progress) + Send),
    now: Progress,
}

impl Meter<'_> {
    fn add(&mut self, rows: usize) {
        self.now.done += i64::try_from(rows).unwrap_or(i64::MAX);
        (self.report)(self.now);
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        source: Source,
        db: &Db,
        options: &'a Options,
        lists: Lists,
        report: &'a mut (dyn FnMut(Progress) + Send),
    ) -> Self {
        let reader = Reader::new(source, options);
        Self {
            writer: Writer::new(db, options.dry_run, reader.now),
            reader,
            options,
            lists,
            before: Books::default(),
            rows: BTreeMap::new(),
            meter: Meter { report, now: Progress { stage: Stage::Places, done: 0, total: 0 } },
        }
    }

    /// A stage of so many rows begins.
    pub(crate) fn begin(&mut self, stage: Stage, total: i64) {
        self.meter.now = Progress { stage, done: 0, total };
        self.meter.add(0);
    }

    /// So many more rows of the stage are done.
    pub(crate) fn progress(&mut self, rows: usize) {
        self.meter.add(rows);
    }

    /// Imports all events: what is read goes to whichever writer has nothing to do.
    pub(crate) async fn events(&mut self) -> Result<()> {
        let Self { reader, writer, meter, .. } = self;
        let (to, batches) = batches();
        let reading = async move {
            match reader.source.schema {
                Schema::Today => today::read(reader, &to).await,
                Schema::BeforeGroups => before_groups::read(reader, &to).await,
            }
        };
        let mut second = writer.second();
        let writers: Vec<&mut Writer> = std::iter::once(writer).chain(&mut second).collect();
        tokio::try_join!(reading, write_all(batches, writers, meter))?;
        Ok(())
    }

    /// Whether nothing is left to be looked for in a table: it was never imported before, and as many rows of it are accounted
    /// for as it has.
    pub(crate) async fn is_complete(&mut self, table: &str, count_set_aside: bool) -> Result<bool> {
        if self.before.holds(table) {
            return Ok(false);
        }
        let rows = self.rows.get(table).copied().unwrap_or_default();
        let found = import::count_of(self.writer.look().await?, table, count_set_aside).await?;
        Ok(found == rows)
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
        for (table, ids) in by_table {
            let mut portion = Portion::new(ids.len());
            let mut left = ids.as_slice();
            while !left.is_empty() {
                let (these, later) = left.split_at(portion.rows().min(left.len()));
                left = later;
                let kept = self.reader.source.verbatim(&table, tables::key(&table), these).await?;
                portion.took(these.len(), kept.iter().map(|(_, kept)| kept.len()).sum());
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
        }
        Ok(())
    }
}

/// Gives each batch to a writer, until there are no more.
async fn write_all(
    mut batches: Receiver<Batch>,
    mut idle: Vec<&mut Writer>,
    meter: &mut Meter<'_>,
) -> Result<()> {
    let mut writing = FuturesUnordered::new();
    let mut is_open = true;
    loop {
        tokio::select! {
            batch = batches.recv(), if is_open && !idle.is_empty() => match (batch, idle.pop()) {
                (Some(batch), Some(writer)) => writing.push(async move {
                    let written = writer.write(batch).await;
                    (writer, written)
                }),
                _ => is_open = false,
            },
            Some((writer, written)) = writing.next(), if !writing.is_empty() => {
                meter.add(written?);
                idle.push(writer);
            }
            else => return Ok(()),
        }
    }
}

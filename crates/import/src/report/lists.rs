//! The lists of a report: the first rows of each are kept, all of them go to the file.

use std::path::Path;

use serde::Serialize;
use store::Tx;
use store::import as books;
use store::origins::SourceRow;

use super::file::File;
use super::{LISTED, Report, RowReport, SharedReport, id};
use crate::Result;

/// Rows that are read at once.
const PAGE: i64 = 1000;

/// Lists that may be longer than memory.
#[derive(Debug)]
pub(crate) struct Lists {
    file: Option<File>,
    /// Only its lists and their totals are filled in.
    report: Report,
}

impl Lists {
    pub(crate) fn new(path: Option<&Path>) -> Result<Self> {
        Ok(Self { file: path.map(File::create).transpose()?, report: Report::default() })
    }

    /// Reads them from the books, which hold what earlier runs said as well.
    pub(crate) async fn read_books(&mut self, tx: &mut Tx) -> Result<()> {
        self.notes(tx).await?;
        self.set_aside(tx).await?;
        self.shared(tx).await
    }

    async fn notes(&mut self, tx: &mut Tx) -> Result<()> {
        self.begin_list("notes")?;
        let mut last = 0;
        loop {
            let page = books::notes_page(tx, last, PAGE).await?;
            let Some(row) = page.last() else { return Ok(()) };
            last = row.id;
            for row in page {
                let row = RowReport { id: id(&row.source_id), table: row.source_table, reason: row.note };
                self.row(&row)?;
                self.report.notes_total += 1;
                keep(&mut self.report.notes, row);
            }
        }
    }

    async fn set_aside(&mut self, tx: &mut Tx) -> Result<()> {
        self.begin_list("set_aside")?;
        let mut last = SourceRow::new("", "");
        loop {
            let page = books::set_aside_page(tx, &last, PAGE).await?;
            let Some(row) = page.last() else { return Ok(()) };
            last = SourceRow::new(&row.source_table, &row.source_id);
            for row in page {
                let row = RowReport { id: id(&row.source_id), table: row.source_table, reason: row.reason };
                self.row(&row)?;
                keep(&mut self.report.set_aside, row);
            }
        }
    }

    async fn shared(&mut self, tx: &mut Tx) -> Result<()> {
        self.begin_list("shared")?;
        let mut last = SourceRow::new("", "");
        loop {
            let page = books::shared_by_events(tx, &last, PAGE).await?;
            let Some(row) = page.last() else { return Ok(()) };
            last = SourceRow::new(&row.source_table, &row.source_id);
            for row in page {
                let row =
                    SharedReport { id: id(&row.source_id), table: row.source_table, events: row.events };
                self.row(&row)?;
                self.report.shared_total += 1;
                keep(&mut self.report.shared, row);
            }
        }
    }

    /// The report with its lists; the file holds it from now on.
    pub(crate) fn finish(self, mut report: Report) -> Result<Report> {
        let Self { file, report: lists } = self;
        report.notes_total = lists.notes_total;
        report.shared_total = lists.shared_total;
        if let Some(file) = file {
            file.finish(&report)?;
        }
        (report.set_aside, report.notes, report.shared) = (lists.set_aside, lists.notes, lists.shared);
        Ok(report)
    }

    /// Adds a row to the file's list.
    fn row(&mut self, row: &impl Serialize) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.row(row))
    }

    fn begin_list(&mut self, name: &str) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.begin_list(name))
    }
}

fn keep<T>(list: &mut Vec<T>, row: T) {
    if list.len() < LISTED {
        list.push(row);
    }
}

//! The lists of a report: the first rows of each are kept, all of them go to the file.

use std::path::Path;

use store::Tx;
use store::import as books;
use store::origins::SourceRow;

use super::file::File;
use super::{LISTED, Report, RowReport, SharedReport, id, note};
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
    /// Begins with the notes.
    pub(crate) fn new(path: Option<&Path>) -> Result<Self> {
        let mut file = path.map(File::create).transpose()?;
        if let Some(file) = &mut file {
            file.begin_list("notes")?;
        }
        Ok(Self { file, report: Report::default() })
    }

    /// Takes down what is to be said of a row.
    pub(crate) fn note(&mut self, row: &SourceRow, what: &str) -> Result<()> {
        self.notes(vec![note(row, what)])
    }

    /// Takes down notes.
    pub(crate) fn notes(&mut self, notes: Vec<RowReport>) -> Result<()> {
        for note in notes {
            if let Some(file) = &mut self.file {
                file.row(&note)?;
            }
            self.report.notes_total += 1;
            keep(&mut self.report.notes, note);
        }
        Ok(())
    }

    /// The other lists, from the books.
    pub(crate) async fn read_books(&mut self, tx: &mut Tx) -> Result<()> {
        self.begin_list("set_aside")?;
        let mut last = SourceRow::new("", "");
        loop {
            let page = books::set_aside_page(tx, &last, PAGE).await?;
            let Some(row) = page.last() else { break };
            last = SourceRow::new(&row.source_table, &row.source_id);
            for row in page {
                let row = RowReport { id: id(&row.source_id), table: row.source_table, reason: row.reason };
                if let Some(file) = &mut self.file {
                    file.row(&row)?;
                }
                keep(&mut self.report.set_aside, row);
            }
        }
        self.begin_list("shared")?;
        let mut last = SourceRow::new("", "");
        loop {
            let page = books::shared_by_events(tx, &last, PAGE).await?;
            let Some(row) = page.last() else { return Ok(()) };
            last = SourceRow::new(&row.source_table, &row.source_id);
            for row in page {
                let row =
                    SharedReport { id: id(&row.source_id), table: row.source_table, events: row.events };
                if let Some(file) = &mut self.file {
                    file.row(&row)?;
                }
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

    fn begin_list(&mut self, name: &str) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.begin_list(name))
    }
}

fn keep<T>(list: &mut Vec<T>, row: T) {
    if list.len() < LISTED {
        list.push(row);
    }
}

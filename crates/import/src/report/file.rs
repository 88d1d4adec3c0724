//! A report as JSON, written row by row: its lists first, then the rest.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Report;
use crate::{Error, Result};

/// A file that is being written. Beside the place where it belongs, until it is whole.
#[derive(Debug)]
pub(super) struct File {
    to: BufWriter<std::fs::File>,
    part: PathBuf,
    path: PathBuf,
    /// What stands before the next row or list.
    before: &'static str,
    in_list: bool,
}

impl File {
    /// Creates the file, so that a place where none can be is told at once.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let is_device = path.metadata().is_ok_and(|metadata| !metadata.is_file());
        let part = if is_device {
            path.to_owned()
        } else {
            let mut name = path.as_os_str().to_owned();
            name.push(".part");
            name.into()
        };
        let to = std::fs::File::create(&part).map(BufWriter::new).map_err(Error::Report)?;
        Ok(Self { to, part, path: path.to_owned(), before: "{", in_list: false })
    }

    /// Begins a list, and ends the one before it.
    pub(super) fn begin_list(&mut self, name: &str) -> Result<()> {
        self.end_list()?;
        self.write(&format!("{}\n  \"{name}\": [", self.before))?;
        (self.before, self.in_list) = ("", true);
        Ok(())
    }

    /// Adds a row to the list.
    pub(super) fn row(&mut self, row: &impl Serialize) -> Result<()> {
        self.write(&format!("{}\n    ", self.before))?;
        self.before = ",";
        serde_json::to_writer(&mut self.to, row).map_err(|error| Error::Report(error.into()))
    }

    /// Adds the rest of the report, and puts the file where it belongs.
    pub(super) fn finish(mut self, report: &Report) -> Result<()> {
        self.end_list()?;
        let rest = serde_json::to_string_pretty(report).map_err(|error| Error::Report(error.into()))?;
        // The object's brace stands at the head of the file.
        self.write(&format!("{}{}\n", self.before, rest.trim_start_matches('{')))?;
        self.to.flush().map_err(Error::Report)?;
        if self.part != self.path {
            std::fs::rename(&self.part, &self.path).map_err(Error::Report)?;
            self.part.clone_from(&self.path);
        }
        Ok(())
    }

    fn end_list(&mut self) -> Result<()> {
        if self.in_list {
            self.write("\n  ]")?;
            (self.before, self.in_list) = (",", false);
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.to.write_all(text.as_bytes()).map_err(Error::Report)
    }
}

impl Drop for File {
    /// A report that did not come to its end is none.
    fn drop(&mut self) {
        if self.part != self.path {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::File;
    use crate::report::Report;

    #[test]
    fn what_is_written_row_by_row_is_one_object() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let mut file = File::create(&path).unwrap();
        file.begin_list("notes").unwrap();
        file.begin_list("set_aside").unwrap();
        file.row(&json!({"table": "a", "id": 1})).unwrap();
        file.row(&json!({"table": "b", "id": "1:2"})).unwrap();
        assert!(!path.exists());
        file.finish(&Report { set_aside_total: 2, ..Report::default() }).unwrap();
        let read: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(read["notes"], json!([]));
        assert_eq!(read["set_aside"][1]["id"], "1:2");
        assert_eq!(read["set_aside_total"], 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(File::create(&path).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(File::create(&folder.path().join("none").join("report.json")).is_err());
    }
}

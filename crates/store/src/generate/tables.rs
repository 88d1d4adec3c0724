//! Rows on their way into tables.

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

/// A value of a row.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Text(Cow<'static, str>),
    Time(DateTime<Utc>),
    /// JSON as text, which PostgreSQL has to be told.
    Json(Cow<'static, str>),
}

/// Rows of one table.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) cells: Vec<Cell>,
}

/// The tables in the order in which rows refer to each other.
pub(super) struct Tables(pub(super) [Table; TABLES.len()]);

/// A table's place in [`Tables`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Projects,
    References,
    Commits,
    Events,
    Packages,
    Omissions,
    Reruns,
    Pipelines,
    Jobs,
    Steps,
    Submissions,
    Targets,
    Inputs,
    RerunTargets,
}

const TABLES: [(&str, &[&str]); 14] = [
    ("projects", &["id", "forge", "namespace", "name", "forge_id", "visibility", "created_at"]),
    ("\"references\"", &["id", "project_id", "kind", "name"]),
    ("commits", &["id", "project_id", "reference_id", "hash"]),
    (
        "events",
        &[
            "id",
            "project_id",
            "reference_id",
            "commit_id",
            "kind",
            "actor",
            "occurred_at",
            "received_at",
            "status",
            "version",
        ],
    ),
    (PACKAGES, &["package", "occurred_at", "event_id"]),
    ("omissions", &["event_id", "kind", "reason"]),
    (
        "reruns",
        &["id", "event_id", "selection", "plan", "plan_hash", "state", "requested_by", "via", "created_at"],
    ),
    ("pipelines", &["id", "event_id", "origin_id", "rerun_id", "created_at"]),
    ("jobs", &["id", "event_id", "kind", "previous_job_id", "created_at", "details"]),
    ("steps", &["id", "pipeline_id", "job_id", "previous_id", "event_id"]),
    (
        "submissions",
        &["id", "event_id", "project_id", "system", "external_id", "created_at", "due_at", "sent_at"],
    ),
    (
        "targets",
        &[
            "id",
            "job_id",
            "event_id",
            "kind",
            "name",
            "chain_id",
            "attempt",
            "status",
            "submission_id",
            "external_id",
            "url",
            "logs_url",
            "reason",
            "created_at",
            "submitted_at",
            "started_at",
            "finished_at",
            "details",
        ],
    ),
    ("inputs", &["target_id", "input_target_id", "needs"]),
    ("rerun_targets", &["rerun_id", "old_target_id", "new_target_id", "action", "reason"]),
];

/// What a trigger fills from the jobs, where triggers run.
pub(super) const PACKAGES: &str = "event_packages";

impl Tables {
    pub(super) fn empty() -> Self {
        Self(TABLES.map(|(name, columns)| Table { name, columns, cells: Vec::new() }))
    }

    pub(super) fn add<const CELLS: usize>(&mut self, table: Of, row: [Cell; CELLS]) {
        let table = &mut self.0[table as usize];
        debug_assert_eq!(CELLS, table.columns.len(), "{}", table.name);
        table.cells.extend(row);
    }
}

impl Table {
    /// The rows as PostgreSQL's text format of COPY has them.
    pub(super) fn copied(&self) -> String {
        let mut text = String::with_capacity(self.cells.len() * 16);
        for row in self.cells.chunks(self.columns.len()) {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    text.push('\t');
                }
                cell.copy_to(&mut text);
            }
            text.push('\n');
        }
        text
    }
}

impl Cell {
    fn copy_to(&self, text: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Self::Null => write!(text, "\\N"),
            Self::Number(number) => write!(text, "{number}"),
            Self::Time(time) => write!(text, "{}", time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Text(value) | Self::Json(value) => {
                for character in value.chars() {
                    match character {
                        '\\' => text.push_str("\\\\"),
                        '\t' => text.push_str("\\t"),
                        '\n' => text.push_str("\\n"),
                        '\r' => text.push_str("\\r"),
                        other => text.push(other),
                    }
                }
                Ok(())
            }
        };
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for Cell {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_would_read_as_its_own_is_escaped() {
        let mut tables = Tables::empty();
        tables.add(Of::Inputs, [1.into(), Cell::Null, "a\tb\\c\nd".into()]);
        assert_eq!(tables.0[Of::Inputs as usize].copied(), "1\t\\N\ta\\tb\\\\c\\nd\n");
        assert_eq!(tables.0[Of::Inputs as usize].name, "inputs");
        assert_eq!(tables.0[Of::Targets as usize].name, "targets");
        assert_eq!(tables.0[Of::Packages as usize].name, PACKAGES);
    }
}

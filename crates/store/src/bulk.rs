//! Many rows into a table, as fast as each database takes them: `COPY` on PostgreSQL, few large statements on SQLite.

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use crate::db::Each;
use crate::{Error, Result};

/// Values bound to one statement of SQLite.
const BOUND_AT_ONCE: usize = 8000;

/// A value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Null,
    Number(i64),
    Text(Cow<'a, str>),
    Time(DateTime<Utc>),
    /// JSON as text, which PostgreSQL has to be told.
    Json(Cow<'a, str>),
}

/// Rows of one table.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) cells: Vec<Cell<'a>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, cells: Vec::new() }
    }

    pub(crate) fn add<const CELLS: usize>(&mut self, row: [Cell<'a>; CELLS]) {
        debug_assert_eq!(CELLS, self.columns.len(), "{}", self.name);
        self.cells.extend(row);
    }

    /// Writes all rows; none of them may be there.
    pub(crate) async fn write(&self, to: Each<&mut PgConnection, &mut SqliteConnection>) -> Result<()> {
        if self.cells.is_empty() {
            return Ok(());
        }
        match to {
            Each::Postgres(connection) => self.copy(connection).await,
            Each::Sqlite(connection) => self.insert(connection).await,
        }
    }

    async fn copy(&self, connection: &mut PgConnection) -> Result<()> {
        let text = format!("COPY {} ({}) FROM STDIN", self.name, self.columns.join(", "));
        let mut copy = connection.copy_in_raw(&text).await?;
        copy.send(self.copied().into_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }

    /// Inserts with as few texts as possible: one for full statements, one for the rest.
    async fn insert(&self, connection: &mut SqliteConnection) -> Result<()> {
        let width = self.columns.len();
        let rows_at_once = BOUND_AT_ONCE / width;
        for cells in self.cells.chunks(rows_at_once * width) {
            let row = format!("({})", vec!["?"; width].join(", "));
            let rows = vec![row; cells.len() / width].join(", ");
            let text = format!("INSERT INTO {} ({}) VALUES {rows}", self.name, self.columns.join(", "));
            let mut query = sqlx::query(AssertSqlSafe(text)).persistent(cells.len() == rows_at_once * width);
            for cell in cells {
                query = match cell {
                    Cell::Null => query.bind(None::<String>),
                    Cell::Number(number) => query.bind(*number),
                    Cell::Time(time) => query.bind(*time),
                    Cell::Text(text) | Cell::Json(text) => query.bind(text.as_ref()),
                };
            }
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// The rows as PostgreSQL's text format of COPY has them.
    fn copied(&self) -> String {
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

impl Cell<'_> {
    /// A value that is kept as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_string(value).map_err(|error| Error::Unreadable(error.to_string()))?;
        Ok(Self::Json(text.into()))
    }

    fn copy_to(&self, text: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Self::Null => write!(text, "\\N"),
            Self::Number(number) => write!(text, "{number}"),
            Self::Time(time) => write!(text, "{}", time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Text(value) | Self::Json(value) => {
                let mut rest = value.as_ref();
                while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
                    text.push_str(&rest[..at]);
                    text.push_str(match rest.as_bytes()[at] {
                        b'\t' => "\\t",
                        b'\n' => "\\n",
                        b'\r' => "\\r",
                        _ => "\\\\",
                    });
                    rest = &rest[at + 1..];
                }
                text.push_str(rest);
                Ok(())
            }
        };
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<DateTime<Utc>> for Cell<'_> {
    fn from(time: DateTime<Utc>) -> Self {
        Self::Time(time)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table};

    #[test]
    fn what_copy_would_read_as_its_own_is_escaped() {
        let mut table = Table::new("inputs", &["target_id", "input_target_id", "needs"]);
        table.add([1.into(), Cell::Null, "a\tb\\c\nd".into()]);
        assert_eq!(table.copied(), "1\t\\N\ta\\tb\\\\c\\nd\n");
    }
}

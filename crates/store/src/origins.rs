//! Names of rows of another database: what was imported is found by them (`reads::origins`), and old links lead there.

use std::str::FromStr;

/// A row of another database, written `table:id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceRow {
    /// Its table.
    pub table: String,
    /// Its id there; of a row that ties two others, both ids with a colon between.
    pub id: String,
}

/// Text that names no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no row of another database; it is written TABLE:ID, for example copr_build_targets:2545")]
pub struct InvalidSourceRow(pub String);

impl SourceRow {
    /// The row of this table and id.
    #[expect(clippy::needless_pass_by_value, reason = "callers hold numbers as well as text")]
    pub fn new(table: &str, id: impl ToString) -> Self {
        Self { table: table.to_owned(), id: id.to_string() }
    }
}

impl std::fmt::Display for SourceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.table, self.id)
    }
}

impl FromStr for SourceRow {
    type Err = InvalidSourceRow;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidSourceRow> {
        match text.split_once(':') {
            Some((table, id)) if !table.is_empty() && !id.is_empty() => Ok(Self::new(table, id)),
            _ => Err(InvalidSourceRow(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SourceRow;

    #[test]
    fn a_row_is_named_by_table_and_id() {
        let row: SourceRow = "copr_build_targets:2545".parse().unwrap();
        assert_eq!(row, SourceRow::new("copr_build_targets", 2545));
        assert_eq!(row.to_string(), "copr_build_targets:2545");
        for text in ["", "copr_build_targets", ":1", "copr_build_targets:"] {
            assert!(text.parse::<SourceRow>().is_err(), "{text}");
        }
    }
}

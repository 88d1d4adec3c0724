//! A row of the other database: its columns by name, whatever they are.
//!
//! Rows are read as JSON that the database itself writes: columns that a schema lacks are simply not there, values that no
//! type of ours could take (`infinity`, a word of an old enumeration) are text, and all that is not used is kept as it is.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use serde_json::{Map, Value};
use store::origins::SourceRow;

use crate::{Error, Result};

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) columns: Map<String, Value>,
}

impl Row {
    /// Reads what the database wrote. NUL, which PostgreSQL keeps in columns of type json, and halves of surrogate pairs
    /// become U+FFFD: nothing could store them.
    pub(crate) fn read(table: &'static str, text: &str) -> Result<Self> {
        let text = if text.contains("\\u0000") {
            Cow::Owned(text.replace("\\u0000", "\\ufffd"))
        } else {
            Cow::Borrowed(text)
        };
        let columns = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&without_surrogates(&text)))
            .map_err(|error| Error::Unreadable { table, error })?;
        Ok(Self { table, columns })
    }

    /// The column `id`; 0 if the table has none.
    pub(crate) fn id(&self) -> i64 {
        self.int("id").unwrap_or_default()
    }

    /// Where it is.
    pub(crate) fn source(&self) -> SourceRow {
        SourceRow::new(self.table, self.id())
    }

    /// A column's number.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        self.columns.get(column).and_then(Value::as_i64)
    }

    /// A column's text, unless it is empty.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        self.columns.get(column).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A column's time: a timestamp without a zone, which Packit Service writes in UTC. None if it is no time at which
    /// anything can have happened.
    pub(crate) fn time(&self, column: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let text = self.text(column)?;
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        let time = Utc.from_utc_datetime(&time);
        (earliest() <= time && time <= now + chrono::TimeDelta::days(1)).then_some(time)
    }

    /// The columns that hold something, without those named.
    pub(crate) fn without(&self, used: &[&str]) -> std::collections::BTreeMap<String, Value> {
        let kept =
            self.columns.iter().filter(|(name, value)| !value.is_null() && !used.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Before any forge there was.
fn earliest() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(365 * 20)
}

/// The text with escapes of surrogates replaced.
fn without_surrogates(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        let digits = escape.get(2..6).unwrap_or_default();
        let surrogate = u16::from_str_radix(digits, 16).is_ok_and(|unit| (0xd800..0xe000).contains(&unit));
        if surrogate {
            cleaned.push_str("\\ufffd");
            rest = &escape[6..];
        } else {
            cleaned.push_str("\\u");
            rest = &escape[2..];
        }
    }
    cleaned.push_str(rest);
    cleaned
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::Row;

    fn read(text: &str) -> Row {
        Row::read("t", text).unwrap()
    }

    #[test]
    fn what_no_database_of_ours_can_store_is_replaced() {
        let row = read(r#"{"id":7,"data":{"a":"x\u0000y"},"b":"\ud800z"}"#);
        assert_eq!(row.id(), 7);
        assert_eq!(row.columns["data"]["a"], "x\u{fffd}y");
        assert_eq!(row.text("b"), Some("\u{fffd}z"));
        assert!(Row::read("t", "{").is_err());
    }

    #[test]
    fn times_that_cannot_be_are_none() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let row = read(
            r#"{"a":"2025-07-03T06:45:11.25","b":"infinity","c":"0001-01-01T00:00:00","d":"2199-01-01T00:00:00","e":null}"#,
        );
        let expected = now - TimeDelta::days(182) + TimeDelta::milliseconds(24_311_250);
        assert_eq!(row.time("a", now), Some(expected));
        for column in ["b", "c", "d", "e", "f"] {
            assert_eq!(row.time(column, now), None, "{column}");
        }
    }
}

//! A row of the other database: its columns by name, whatever they are.
//!
//! Rows are read as JSON that the database itself writes: columns that a schema lacks are simply not there, values that no
//! type of ours could take (`infinity`, a word of an old enumeration) are text, and all that is not used is kept as it is.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::origins::SourceRow;

use crate::{Error, Result};

/// How deep a column may be nested. Details hold columns some levels down, and they are read with a limit of 128.
const DEEPEST: usize = 100;

/// What stands for what nothing could store.
const REPLACEMENT: &str = "\u{fffd}";

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) columns: Map<String, Value>,
}

impl Row {
    /// Reads what the database wrote. NUL, which PostgreSQL keeps in columns of type json, and halves of surrogate pairs
    /// become U+FFFD: nothing could store them. A column that is more than can be read, such as a number beyond all bounds,
    /// or that is nested too deep is the text that it was.
    pub(crate) fn read(table: &'static str, text: &str) -> Result<Self> {
        let mut columns = match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(columns) if columns.values().all(is_shallow) => columns,
            _ => each_column(text).map_err(|error| Error::Unreadable { row: named(table, text), error })?,
        };
        if text.contains("\\u0000") {
            columns.values_mut().for_each(replace_nul);
        }
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

    /// What a column says that should hold a time, if nothing can have happened then.
    pub(crate) fn no_time(&self, column: &str, now: DateTime<Utc>) -> Option<&str> {
        self.text(column).filter(|_| self.time(column, now).is_none())
    }

    /// The columns that hold something, without those named.
    pub(crate) fn without(&self, used: &[&str]) -> BTreeMap<String, Value> {
        let kept =
            self.columns.iter().filter(|(name, value)| !value.is_null() && !used.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// Before any forge there was.
fn earliest() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(365 * 20)
}

/// The columns of a row, each read by itself.
fn each_column(text: &str) -> serde_json::Result<Map<String, Value>> {
    let columns: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    Ok(columns.into_iter().map(|(name, column)| (name, value(column.get()))).collect())
}

/// What a column holds; its text, if that cannot be read or is nested too deep.
fn value(text: &str) -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok().filter(is_shallow);
    read(text)
        .or_else(|| read(&without_lone_surrogates(text)))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn is_shallow(value: &Value) -> bool {
    depth(value) <= DEEPEST
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Replaces NUL in all strings and names.
fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', REPLACEMENT),
        Value::Array(items) => items.iter_mut().for_each(replace_nul),
        Value::Object(fields) => {
            fields.values_mut().for_each(replace_nul);
            if fields.keys().any(|name| name.contains('\0')) {
                let old = std::mem::take(fields).into_iter();
                *fields = old.map(|(name, value)| (name.replace('\0', REPLACEMENT), value)).collect();
            }
        }
        _ => {}
    }
}

/// The text with those escapes replaced that are half of a surrogate pair whose other half is not there.
fn without_lone_surrogates(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        let first = unit(escape);
        let second = first.and_then(|_| unit(&escape[6..]));
        let length: usize = match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                cleaned.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Of a backslash that is escaped itself both are passed over: it begins nothing.
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        let (kept, after) = escape.split_at(length);
        cleaned.push_str(kept);
        rest = after;
    }
    cleaned.push_str(rest);
    cleaned
}

/// The number of the escape that a text begins with.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// A row that cannot be read, for people.
fn named(table: &str, text: &str) -> String {
    let id = text.split_once("\"id\":").map_or("", |(_, rest)| rest);
    let id: String = id.chars().take_while(char::is_ascii_digit).collect();
    if id.is_empty() { format!("a row of {table}") } else { format!("row {id} of {table}") }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use serde_json::Value;

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
        let unread = Row::read("t", r#"{"id":7,"b":"#).unwrap_err().to_string();
        assert_eq!(unread, "row 7 of t could not be read");
        assert_eq!(Row::read("t", "{").unwrap_err().to_string(), "a row of t could not be read");
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        let row = read(
            r#"{"a":{"k\u0000":"\\u0000 \\\u0000"},"b":"\\ud800 \ud83d\ude00 \ud83d\ud83d\ude00 \udc00\\"}"#,
        );
        assert_eq!(row.columns["a"]["k\u{fffd}"], "\\u0000 \\\u{fffd}");
        assert_eq!(row.text("b"), Some("\\ud800 \u{1f600} \u{fffd}\u{1f600} \u{fffd}\\"));
    }

    #[test]
    fn a_column_that_cannot_be_read_is_its_text() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for text in [nested(101), nested(127), nested(5000), r#"{"a": 1e999}"#.to_owned()] {
            let row = read(&format!(r#"{{"id":7,"data":{text},"b":"z"}}"#));
            assert_eq!((row.id(), row.text("data"), row.text("b")), (7, Some(text.as_str()), Some("z")));
        }
        let row = read(&format!(r#"{{"id":7,"data":{}}}"#, nested(100)));
        assert!(matches!(row.columns["data"], Value::Array(_)));
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

//! Pages of lists: where they begin and end.

use chrono::{DateTime, Utc};

/// The event before which a page begins: lists are ordered by `(occurred_at, id)`, newest first, and so stay where they are
/// when others come in.
pub type Position = (DateTime<Utc>, i64);

/// A page of a list, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P = Position> {
    /// The rows.
    pub rows: Vec<T>,
    /// The next page's cursor; none if this is the last page.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// A page of what was asked for with one row more than it shows.
    pub(super) fn cut(mut rows: Vec<T>, limit: i64, position: impl Fn(&T) -> P) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(position) } else { None };
        Self { rows, next }
    }
}

/// Where the first page begins: later than any forge's clock, and what both databases can compare with.
pub(super) fn or_newest(before: Option<Position>) -> Position {
    before.unwrap_or((DateTime::from_timestamp_nanos(i64::MAX), i64::MAX))
}

//! The rows of a list as each database hands them over at the least cost: PostgreSQL row by row; SQLite, whose driver copies
//! each value of each row and passes each row from thread to thread, as a JSON array of rows for each branch of the statement.

use std::borrow::Cow;
use std::fmt::{Formatter, Result as Formatted};
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Visitor};
use sqlx::postgres::PgRow;
use sqlx::{Decode, FromRow, Postgres, Row};

use crate::{Error, Result};

/// An answer that is not read yet.
pub(super) enum Packed {
    Postgres(Vec<PgRow>),
    Sqlite(Vec<String>),
}

impl Packed {
    /// Hands over each row, in no order.
    pub(super) fn each<'r, R>(&'r self, mut take: impl FnMut(R) -> Result<()>) -> Result<()>
    where
        R: FromRow<'r, PgRow> + Deserialize<'r>,
    {
        match self {
            Self::Postgres(rows) => rows.iter().try_for_each(|row| take(R::from_row(row)?)),
            Self::Sqlite(branches) => branches.iter().try_for_each(|branch| {
                let rows = serde_json::from_str::<Vec<R>>(branch);
                rows.map_err(|error| Error::Unreadable(error.to_string()))?
                    .into_iter()
                    .try_for_each(&mut take)
            }),
        }
    }
}

/// The column at a place. Its type is that of the statement, which is ours: it is not looked up for each value.
pub(super) fn cell<'r, T: Decode<'r, Postgres>>(row: &'r PgRow, place: usize) -> sqlx::Result<Option<T>> {
    row.try_get_unchecked(place)
}

/// A text that stands in the answer, if it stands there as it is.
pub(super) struct Text<'r>(Cow<'r, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'r> From<&'r str> for Text<'r> {
    fn from(text: &'r str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

impl<'de: 'r, 'r> Deserialize<'de> for Text<'r> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> Formatted {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E: serde::de::Error>(
                self,
                text: &'de str,
            ) -> std::result::Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

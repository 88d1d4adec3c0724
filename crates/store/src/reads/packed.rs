//! The rows of an answer as each database hands them over at the least cost: PostgreSQL row by row; SQLite, whose driver copies
//! each value of each row and passes each row from thread to thread, as a JSON array of rows for each branch of the statement.

use std::borrow::Cow;
use std::fmt::{Formatter, Result as Formatted};
use std::marker::PhantomData;
use std::ops::{Deref, RangeFrom};

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgRow, PgValueRef};
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
                let mut reader = serde_json::Deserializer::from_str(branch);
                let rows = reader.deserialize_seq(EachRow { take: &mut take, row: PhantomData });
                rows.map_err(|error| Error::Unreadable(error.to_string()))
            }),
        }
    }
}

/// Hands over each row of a JSON array as it is read: hundreds of them, wide as they are, would be moved once more in a list.
struct EachRow<'f, F, R> {
    take: &'f mut F,
    row: PhantomData<R>,
}

impl<'de, F, R> Visitor<'de> for EachRow<'_, F, R>
where
    F: FnMut(R) -> Result<()>,
    R: Deserialize<'de>,
{
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Formatted {
        formatter.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> std::result::Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            (self.take)(row).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

/// A row whose fields are the columns of its statement, in their order: no name is looked up for each value, nor its type,
/// which is that of the statement.
macro_rules! by_place {
    ($(#[$about:meta])* $scope:vis struct $name:ident<$row:lifetime> { $($(#[$of:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$about])*
        #[derive(serde::Deserialize)]
        $scope struct $name<$row> { $($(#[$of])* $field: $type,)+ }

        impl<$row> sqlx::FromRow<$row, sqlx::postgres::PgRow> for $name<$row> {
            fn from_row(row: &$row sqlx::postgres::PgRow) -> sqlx::Result<Self> {
                let mut places = 0_usize..;
                Ok(Self { $($field: $crate::reads::packed::next(row, &mut places)?,)+ })
            }
        }
    };
}

pub(super) use by_place;

/// The column at the next place.
pub(super) fn next<'r, T: Decode<'r, Postgres>>(
    row: &'r PgRow,
    places: &mut RangeFrom<usize>,
) -> sqlx::Result<T> {
    row.try_get_unchecked(places.next().unwrap_or_default())
}

/// A text that stands in the answer, if it stands there as it is.
pub(super) struct Text<'r>(Cow<'r, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'r> Decode<'r, Postgres> for Text<'r> {
    fn decode(value: PgValueRef<'r>) -> std::result::Result<Self, BoxDynError> {
        <&str as Decode<'r, Postgres>>::decode(value).map(|text| Self(Cow::Borrowed(text)))
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

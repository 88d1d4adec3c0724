//! Ids in JSON. JSON Schema calls `7.0` an integer, and so do programs in languages that know one kind of number.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Up to here a floating-point number is one whole number and not several.
const EXACT: f64 = 9_007_199_254_740_992.0;

struct Whole(i64);

/// An id, if there is one.
pub(super) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Whole>::deserialize(from)?.map(|whole| whole.0))
}

/// Ids.
pub(super) fn ids<'de, D, T>(from: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<i64> + Ord,
{
    let ids = Vec::<Whole>::deserialize(from)?;
    Ok(ids.into_iter().map(|whole| whole.0.into()).collect())
}

/// Ids, if there are any.
pub(super) fn maybe_ids<'de, D, T>(from: D) -> Result<Option<BTreeSet<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: From<i64> + Ord,
{
    let ids = Option::<Vec<Whole>>::deserialize(from)?;
    Ok(ids.map(|ids| ids.into_iter().map(|whole| whole.0.into()).collect()))
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of 64 bits")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        i64::try_from(number).map(Whole).map_err(|_| E::custom(format!("{number} is too large")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        if number.fract() == 0.0 && number.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
            return Ok(Whole(number as i64));
        }
        Err(E::custom(format!("{number} is no whole number")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<i64>> {
        let ids: BTreeSet<i64> = ids(&mut serde_json::Deserializer::from_str(text)).ok()?;
        Some(ids.into_iter().collect())
    }

    #[test]
    fn whole_numbers_are_ids_however_they_are_written() {
        assert_eq!(read("[7, 3.0, -1e3, 3]"), Some(vec![-1000, 3, 7]));
        // Read without care (serde_json's `float_roundtrip`) it is off by a half.
        assert_eq!(read("[4179367848680930.0]"), Some(vec![4_179_367_848_680_930]));
        for wrong in ["[7.5]", "[9223372036854775808]", "[1e300]", "[\"7\"]", "[null]", "7"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

//! Where a page of a list begins, as clients carry it: opaque, but checked when it comes back. Whatever looks like a cursor is a
//! place in the list, so that the API's document can say what one looks like.

use chrono::{DateTime, Utc};

/// Between the texts of a key; no name has it.
const BETWEEN: char = '\u{1f}';

/// The row before which a page begins: lists are ordered by time and id, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) DateTime<Utc>, pub(crate) i64);

impl Cursor {
    /// What every cursor of such a list matches, and nothing else.
    pub(crate) const PATTERN: &'static str = "^[0-9a-f]{32}$";

    /// The cursor as text that needs no escaping in a URL. What lies outside of the years 1678 to 2261 is moved to their ends.
    pub(crate) fn encode(self) -> String {
        let end = if self.0.timestamp() < 0 { i64::MIN } else { i64::MAX };
        let nanoseconds = self.0.timestamp_nanos_opt().unwrap_or(end);
        format!("{nanoseconds:016x}{:016x}", self.1)
    }

    /// Reads what [`Cursor::encode`] gave.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        if text.len() != 32 {
            return None;
        }
        let bytes = bytes(text)?;
        let (time, id) = bytes.split_at(8);
        let time = i64::from_be_bytes(time.try_into().ok()?);
        Some(Self(DateTime::from_timestamp_nanos(time), i64::from_be_bytes(id.try_into().ok()?)))
    }
}

/// What every key of two texts as a cursor matches, and nothing else.
pub(crate) const KEY_OF_TWO: &str = "^([0-9a-f]{2})*1f([0-9a-f]{2})*$";
/// What every key of three texts as a cursor matches, and nothing else.
pub(crate) const KEY_OF_THREE: &str = "^([0-9a-f]{2})*1f([0-9a-f]{2})*1f([0-9a-f]{2})*$";

/// A key of several texts as a cursor.
pub(crate) fn encode_key(key: &[&str]) -> String {
    let joined = key.join(&BETWEEN.to_string());
    joined.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what [`encode_key`] gave; none if it is not a key of so many texts. Lists are in the order of the alphabet, so that any
/// text is a place in them.
pub(crate) fn decode_key<const TEXTS: usize>(text: &str) -> Option<[String; TEXTS]> {
    let bytes = bytes(text)?;
    // PostgreSQL has no text with a zero in it.
    let joined = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
    let key: Vec<String> = joined.splitn(TEXTS, BETWEEN).map(str::to_owned).collect();
    key.try_into().ok()
}

/// Small hexadecimal digits as bytes.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    if text.len() % 2 == 1 {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_as_it_was_given() {
        for (seconds, nanoseconds, id) in [(0, 0, 1), (1_763_800_000, 123_456_789, i64::MAX), (-5, 1, -7)] {
            let cursor = Cursor(DateTime::from_timestamp(seconds, nanoseconds).unwrap(), id);
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
        let read = ends.map(|end| Cursor::decode(&Cursor(end, 1).encode()).unwrap().0);
        assert!(read[0] < DateTime::UNIX_EPOCH && read[1] > DateTime::UNIX_EPOCH);
    }

    #[test]
    fn a_key_is_read_back_as_it_was_given() {
        let key = ["github.com", "a/b", "ogr"];
        assert_eq!(decode_key(&encode_key(&key)), Some(key.map(str::to_owned)));
        assert_eq!(decode_key::<2>(&encode_key(&["branch"])), None);
        for text in ["*", "1F", "0", "é1"] {
            assert_eq!(decode_key::<1>(text), None, "{text}");
        }
        // A place in the alphabet, whatever it is.
        assert_eq!(decode_key::<2>("ff001f"), Some(["\u{fffd}\u{fffd}".to_owned(), String::new()]));
    }

    #[test]
    fn what_was_not_given_is_no_cursor() {
        let digits = "0".repeat(32);
        assert!(Cursor::decode(&digits).is_some());
        for text in [
            String::new(),
            "*".to_owned(),
            digits[1..].to_owned(),
            format!("{digits}0"),
            format!("-{}", &digits[1..]),
            digits.replace('0', "A"),
            "é".repeat(16),
        ] {
            assert_eq!(Cursor::decode(&text), None, "{text}");
        }
    }
}

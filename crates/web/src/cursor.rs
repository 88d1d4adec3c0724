//! Where a page of a list begins, as clients carry it: opaque, but checked when it comes back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};

/// The row before which a page begins: lists are ordered by time and id, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) DateTime<Utc>, pub(crate) i64);

impl Cursor {
    /// The cursor as text that needs no escaping in a URL.
    pub(crate) fn encode(self) -> String {
        let text = format!("{} {}", self.0.to_rfc3339_opts(SecondsFormat::Nanos, true), self.1);
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads what [`Cursor::encode`] gave, and nothing else.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (time, id) = text.split_once(' ')?;
        let cursor = Self(DateTime::parse_from_rfc3339(time).ok()?.to_utc(), id.parse().ok()?);
        (cursor.encode() == URL_SAFE_NO_PAD.encode(text)).then_some(cursor)
    }
}

/// A key of several texts as a cursor.
pub(crate) fn encode_key(key: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// Reads what [`encode_key`] gave; none if it is not such a key of so many texts.
pub(crate) fn decode_key<const TEXTS: usize>(text: &str) -> Option<[String; TEXTS]> {
    let key: Vec<String> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let is_bindable = key.iter().all(|text| !text.contains('\0'));
    key.try_into().ok().filter(|_| is_bindable)
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
    }

    #[test]
    fn a_key_is_read_back_as_it_was_given() {
        let key = ["github.com", "a/b", "ogr"];
        assert_eq!(decode_key(&encode_key(&key)), Some(key.map(str::to_owned)));
        assert_eq!(decode_key::<2>(&encode_key(&key)), None);
        assert_eq!(decode_key::<1>(&encode_key(&["a\0"])), None);
        assert_eq!(decode_key::<1>("*"), None);
    }

    #[test]
    fn what_was_not_given_is_no_cursor() {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for text in [
            String::new(),
            "*".to_owned(),
            "AAAA".to_owned(),
            encode("2026-11-22T08:00:00Z 7"),
            encode("2026-11-22T08:00:00.000000000Z +7"),
            encode("2026-11-22T08:00:00.000000000+01:00 7"),
            encode("+12026-11-22T08:00:00.000000000Z 7"),
            encode("2026-11-22T08:00:00.000000000Z 99999999999999999999"),
            encode("2026-11-22T08:00:00.000000000Z 7; DROP TABLE events"),
        ] {
            assert_eq!(Cursor::decode(&text), None, "{text}");
        }
    }
}

//! How long something took, in words.

use chrono::{DateTime, TimeDelta, Utc};

/// The time between two moments, if both are known. A clock that went backwards gives none.
pub(super) fn between(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<String> {
    let taken = to? - from?;
    (taken >= TimeDelta::zero()).then(|| in_words(taken.num_seconds()))
}

fn in_words(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {:02} s", seconds % 60),
        (0, _, _) => format!("{hours} h {:02} min", minutes % 60),
        (_, _, _) => format!("{days} d {:02} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_told() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 00 s"),
            (3599, "59 min 59 s"),
            (3660, "1 h 01 min"),
            (90_000, "1 d 01 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(seconds), words);
        }
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        assert_eq!(between(at(10), at(5)), None);
        assert_eq!(between(None, at(5)), None);
    }
}

//! How long something took, in words.

use chrono::{DateTime, TimeDelta, Utc};

/// The time between two moments, if both are known. A clock that went backwards gives none.
pub(super) fn between(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<TimeDelta> {
    Some(to? - from?).filter(|taken| *taken >= TimeDelta::zero())
}

/// The two largest units: `3 min 20 s`.
pub(super) fn in_words(taken: TimeDelta) -> String {
    match Units::of(taken) {
        Units { days: 0, hours: 0, minutes: 0, seconds } => format!("{seconds} s"),
        Units { days: 0, hours: 0, minutes, seconds } => format!("{minutes} min {seconds:02} s"),
        Units { days: 0, hours, minutes, .. } => format!("{hours} h {minutes:02} min"),
        Units { days, hours, .. } => format!("{days} d {hours:02} h"),
    }
}

/// The same where there is little room: `3m 20s`.
pub(super) fn short(taken: TimeDelta) -> String {
    match Units::of(taken) {
        Units { days: 0, hours: 0, minutes: 0, seconds } => format!("{seconds}s"),
        Units { days: 0, hours: 0, minutes, seconds } => format!("{minutes}m {seconds:02}s"),
        Units { days: 0, hours, minutes, .. } => format!("{hours}h {minutes:02}m"),
        Units { days, hours, .. } => format!("{days}d {hours:02}h"),
    }
}

/// Rounded to the smaller of the two units that are told.
struct Units {
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
}

impl Units {
    fn of(taken: TimeDelta) -> Self {
        let seconds = rounded(taken.num_milliseconds(), 1000);
        let seconds = match seconds {
            ..3_600 => seconds,
            3_600..86_400 => rounded(seconds, 60) * 60,
            _ => rounded(seconds, 3_600) * 3_600,
        };
        Self {
            days: seconds / 86_400,
            hours: seconds / 3_600 % 24,
            minutes: seconds / 60 % 60,
            seconds: seconds % 60,
        }
    }
}

fn rounded(count: i64, by: i64) -> i64 {
    (count + by / 2) / by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_told() {
        let cases = [
            (0, "0 s", "0s"),
            (59, "59 s", "59s"),
            (60, "1 min 00 s", "1m 00s"),
            (3599, "59 min 59 s", "59m 59s"),
            (3660, "1 h 01 min", "1h 01m"),
            (90_000, "1 d 01 h", "1d 01h"),
        ];
        for (seconds, words, few) in cases {
            let taken = TimeDelta::seconds(seconds);
            assert_eq!((in_words(taken).as_str(), short(taken).as_str()), (words, few));
        }
        for (milliseconds, words) in [
            (499, "0 s"),
            (59_500, "1 min 00 s"),
            (3_599_500, "1 h 00 min"),
            (3_629_000, "1 h 00 min"),
            (3_630_000, "1 h 01 min"),
            (86_399_000, "1 d 00 h"),
        ] {
            assert_eq!(in_words(TimeDelta::milliseconds(milliseconds)), words);
        }
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        assert_eq!(between(at(10), at(5)), None);
        assert_eq!(between(None, at(5)), None);
    }
}

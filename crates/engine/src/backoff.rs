//! When a call that could not be made is made again.

use std::time::Duration;

use crate::Outages;

/// The longest pause, whatever is configured or asked for: a peer must not be able to stop a workflow for years.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Outages {
    /// The pause before the next try, after `failures` failed ones (from 1); none if it is given up. A build system that
    /// asks for a longer pause gets it, within a day.
    pub(crate) fn pause(&self, failures: i64, asked_for: Option<Duration>) -> Option<Duration> {
        let doublings = u32::try_from(failures.max(1) - 1).unwrap_or(u32::MAX);
        if doublings >= self.pauses {
            return None;
        }
        let pause = self.first_pause.saturating_mul(2_u32.saturating_pow(doublings));
        let asked_for = asked_for.unwrap_or_default().min(LONGEST);
        Some(about(pause.min(LONGEST)).max(asked_for + asked_for.mul_f64(fastrand::f64() / 10.0)))
    }

    /// The pause before something that is never given up, such as a poll: it stops growing.
    pub fn pause_for_ever(&self, failures: i64, asked_for: Option<Duration>) -> Duration {
        let last = i64::from(self.pauses.max(1));
        self.pause(failures.clamp(1, last), asked_for).unwrap_or(self.first_pause)
    }

    /// How long all pauses together last: how long an outage may be that nobody notices in the results.
    pub(crate) fn span(&self) -> Duration {
        self.first_pause.saturating_mul(2_u32.saturating_pow(self.pauses).saturating_sub(1))
    }
}

/// A tenth more or less, so that what failed together is not repeated together.
fn about(pause: Duration) -> Duration {
    pause.mul_f64(0.9 + 0.2 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::Outages;

    const OUTAGES: Outages = Outages { first_pause: Duration::from_secs(60), pauses: 5 };

    #[test]
    fn pauses_double_from_one_minute_to_sixteen_and_then_end() {
        for (failures, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)] {
            let pause = OUTAGES.pause(failures, None).unwrap().as_secs_f64() / 60.0;
            assert!((pause / f64::from(minutes) - 1.0).abs() <= 0.1, "{failures}: {pause}");
        }
        assert_eq!(OUTAGES.pause(6, None), None);
        assert_eq!(OUTAGES.span(), Duration::from_secs(31 * 60));
    }

    #[test]
    fn a_longer_pause_that_was_asked_for_is_kept_within_a_day() {
        for (asked, longest) in [(600, 660), (u64::MAX, 1.1_f64.mul_add(86400.0, 1.0) as u64)] {
            let pause = OUTAGES.pause(1, Some(Duration::from_secs(asked))).unwrap().as_secs();
            assert!((asked.min(86400)..=longest).contains(&pause), "{asked}: {pause}");
        }
    }

    #[test]
    fn what_is_never_given_up_is_repeated_after_the_longest_pause() {
        assert!(OUTAGES.pause_for_ever(1000, None) >= Duration::from_secs(14 * 60));
        assert!(OUTAGES.pause_for_ever(i64::MAX, None) >= Duration::from_secs(14 * 60));
    }

    #[test]
    fn no_setting_makes_a_pause_that_no_date_can_hold() {
        let silly = Outages { first_pause: Duration::MAX, pauses: u32::MAX };
        assert!(silly.pause(i64::MAX, Some(Duration::MAX)).is_none());
        assert!(silly.pause(40, Some(Duration::MAX)).unwrap() <= Duration::from_secs(27 * 60 * 60));
        assert_eq!(silly.span(), Duration::MAX);
    }
}

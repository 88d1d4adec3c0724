//! Chance that repeats: everything random comes from the seed.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::behaviour::{Latencies, LostAnswers, System, Trouble};
use crate::shared::Shared;

/// How long one thing takes: its latency and, by seed and name, up to the spread more. In milliseconds.
pub(crate) fn spread(seed: u64, latencies: &Latencies, base_ms: u64, name: impl Hash) -> i64 {
    let mut hasher = DefaultHasher::new();
    (seed, name).hash(&mut hasher);
    let longest = base_ms * latencies.spread_percent / 100;
    let more = fastrand::Rng::with_seed(hasher.finish()).u64(0..=longest);
    i64::try_from(base_ms + more).unwrap_or(i64::MAX)
}

impl Shared {
    /// Whether something with a chance of so many percent happens this time.
    pub(crate) fn happens(&self, percent: u8) -> bool {
        percent > 0 && self.chances().u8(0..100) < percent
    }

    /// How long the caller of a system is told to wait because it calls too often; none if it does not.
    pub(crate) fn limits_a_call_of(&self, system: System) -> Option<u64> {
        let mut behaviour = self.behaviour_mut();
        let limited = &mut behaviour.troubles.get_mut(&system)?.limited;
        limited.next = limited.next.checked_sub(1)?;
        Some(limited.retry_after_s)
    }

    /// Whether the answer to a call that began something is lost.
    pub(crate) fn loses_an_answer_of(&self, system: System) -> bool {
        let percent = {
            let mut behaviour = self.behaviour_mut();
            let Some(Trouble { lost_answers: LostAnswers { next, percent }, .. }) =
                behaviour.troubles.get_mut(&system)
            else {
                return false;
            };
            if *next > 0 {
                *next -= 1;
                return true;
            }
            *percent
        };
        self.happens(percent)
    }
}

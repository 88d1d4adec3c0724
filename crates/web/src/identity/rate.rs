//! How often a caller may ask for changes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Callers that are remembered before those who have been quiet are dropped.
const REMEMBERED: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);

/// A bucket for each caller: it holds what may be done in a minute, and fills in a minute.
#[derive(Debug)]
pub(super) struct Rate {
    per_minute: u32,
    /// When each caller's bucket is full again.
    full_at: Mutex<HashMap<String, Instant>>,
}

impl Rate {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), full_at: Mutex::default() }
    }

    /// Counts one change.
    ///
    /// # Errors
    /// If there were too many: how long to wait.
    pub(super) fn take(&self, caller: &str) -> Result<(), Duration> {
        self.take_at(caller, Instant::now())
    }

    fn take_at(&self, caller: &str, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= REMEMBERED {
            full_at.retain(|_, full_at| *full_at > now);
        }
        let before = full_at.get(caller).copied().unwrap_or(now).max(now);
        let after = before + MINUTE / self.per_minute;
        let over = (after - now).saturating_sub(MINUTE);
        if !over.is_zero() {
            return Err(over);
        }
        full_at.insert(caller.to_owned(), after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_asks_too_often_is_told_how_long_to_wait() {
        let rate = Rate::new(3);
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(rate.take_at("alice", now), Ok(()));
        }
        assert_eq!(rate.take_at("alice", now), Err(Duration::from_secs(20)));
        assert_eq!(rate.take_at("token ci", now), Ok(()), "each caller has a bucket of their own");
        assert_eq!(rate.take_at("alice", now + Duration::from_secs(15)), Err(Duration::from_secs(5)));
        assert_eq!(rate.take_at("alice", now + Duration::from_secs(20)), Ok(()));
        assert_eq!(rate.take_at("alice", now + Duration::from_secs(20)), Err(Duration::from_secs(20)));
        assert_eq!(rate.take_at("alice", now + Duration::from_secs(600)), Ok(()));
    }

    #[test]
    fn those_who_have_been_quiet_are_forgotten() {
        let rate = Rate::new(60);
        let now = Instant::now();
        for number in 0..REMEMBERED {
            rate.take_at(&number.to_string(), now).unwrap();
        }
        rate.take_at("alice", now + MINUTE).unwrap();
        assert_eq!(rate.full_at.lock().unwrap().len(), 1);
    }
}

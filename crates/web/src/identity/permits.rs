//! Who was found to be let plan reruns a moment ago: each choice on a page makes a plan, and the forge need not be asked each
//! time. What is carried out is always asked about anew.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::ids::EventId;

/// How long it holds.
const HOLDS: Duration = Duration::from_secs(60);
/// Answers that are remembered before those that do not hold any more are dropped.
const REMEMBERED: usize = 10_000;

/// Until when somebody, by name, may plan reruns of an event.
#[derive(Debug, Default)]
pub(super) struct Permits(Mutex<HashMap<(String, EventId), Instant>>);

impl Permits {
    pub(super) fn hold(&self, name: &str, event: EventId, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(name.to_owned(), event)).is_some_and(|until| *until > now)
    }

    pub(super) fn remember(&self, name: &str, event: EventId, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, until| *until > now);
        }
        known.insert((name.to_owned(), event), now + HOLDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_a_minute_and_for_one_person_and_event() {
        let permits = Permits::default();
        let now = Instant::now();
        permits.remember("alice", EventId(1), now);
        assert!(permits.hold("alice", EventId(1), now + Duration::from_secs(59)));
        assert!(!permits.hold("alice", EventId(1), now + HOLDS));
        assert!(!permits.hold("alice", EventId(2), now));
        assert!(!permits.hold("bob", EventId(1), now));
    }
}

//! The engine's only source of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The system's clock, in UTC and whole milliseconds. Tests set it forward.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_milliseconds: Arc<AtomicI64>,
}

impl Clock {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::milliseconds(self.ahead_milliseconds.load(Ordering::Relaxed));
        (Utc::now() + ahead).trunc_subsecs(3)
    }

    /// Sets the clock, and all its clones, forward.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead_milliseconds.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

//! What became of messages, counted: for the metrics, and once in a while for the log.

use std::time::Duration;

use tracing::info;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is in the inbox.
    Kept,
    /// It was there already.
    Repeated,
    /// It is nobody's here.
    Dropped,
    /// It cannot be read, and nobody can tell whose it is.
    Refused,
}

/// The messages of one connection since they were last told of.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    kept: u64,
    repeated: u64,
    dropped: u64,
    refused: u64,
    longest_lag: Duration,
    was_told: bool,
}

impl Tally {
    pub(crate) fn add(&mut self, fate: Fate, lag: Option<Duration>) {
        let (count, outcome) = match fate {
            Fate::Kept => (&mut self.kept, "kept"),
            Fate::Repeated => (&mut self.repeated, "repeated"),
            Fate::Dropped => (&mut self.dropped, "dropped"),
            Fate::Refused => (&mut self.refused, "refused"),
        };
        *count += 1;
        metrics::counter!("packflow_bus_messages_total", "outcome" => outcome).increment(1);
        if let Some(lag) = lag {
            metrics::histogram!("packflow_bus_lag_seconds").record(lag.as_secs_f64());
            self.longest_lag = self.longest_lag.max(lag);
        }
    }

    /// Whether nothing was ever added.
    pub(crate) fn is_empty(&self) -> bool {
        !self.was_told && self.kept + self.repeated + self.dropped + self.refused == 0
    }

    /// Tells of them and begins anew.
    pub(crate) fn tell(&mut self) {
        if self.kept + self.repeated + self.dropped + self.refused == 0 {
            return;
        }
        let Self { kept, repeated, dropped, refused, longest_lag, .. } = *self;
        info!(
            kept,
            repeated,
            dropped,
            refused,
            longest_lag_s = longest_lag.as_secs_f64(),
            "messages of the bus"
        );
        *self = Self { was_told: true, ..Self::default() };
    }
}

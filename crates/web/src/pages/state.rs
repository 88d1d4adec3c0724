//! Where a target stands, as pages show it.

use std::collections::BTreeSet;
use std::fmt;

use domain::words::TargetStatus;
use store::reads::UNKNOWN;

/// Where a target stands, or stood: of the past that is not always known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Known(TargetStatus),
    Unknown,
}

/// The targets of which nobody recorded where they stood.
pub(super) type Unknown = BTreeSet<i64>;

impl State {
    pub(super) fn of(target: i64, status: TargetStatus, unknown: &Unknown) -> Self {
        if unknown.contains(&target) { Self::Unknown } else { Self::Known(status) }
    }

    /// Whether somebody should look at it.
    pub(super) fn is_bad(self) -> bool {
        matches!(self, Self::Known(TargetStatus::Failed | TargetStatus::Errored))
    }
}

impl State {
    /// Whether a rerun of all that failed would take it up for itself.
    pub(super) fn is_to_redo(self) -> bool {
        self.is_bad() || matches!(self, Self::Known(TargetStatus::Canceled))
    }
}

impl From<TargetStatus> for State {
    fn from(status: TargetStatus) -> Self {
        Self::Known(status)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(status) => status.as_str(),
            Self::Unknown => UNKNOWN,
        })
    }
}

/// Each state that occurs, with how often it does.
pub(super) fn tally(states: impl Iterator<Item = State>) -> Vec<(State, usize)> {
    let mut tally: Vec<(State, usize)> = ORDER.iter().map(|state| (*state, 0)).collect();
    for state in states {
        tally.iter_mut().filter(|(counted, _)| *counted == state).for_each(|(_, count)| *count += 1);
    }
    tally.retain(|(_, count)| *count > 0);
    tally
}

/// Done well first, then what asks for attention, then what is still to come.
const ORDER: [State; 11] = [
    State::Known(TargetStatus::Succeeded),
    State::Known(TargetStatus::Failed),
    State::Known(TargetStatus::Errored),
    State::Known(TargetStatus::Canceled),
    State::Known(TargetStatus::Skipped),
    State::Known(TargetStatus::Running),
    State::Known(TargetStatus::Submitted),
    State::Known(TargetStatus::Submitting),
    State::Known(TargetStatus::Ready),
    State::Known(TargetStatus::Waiting),
    State::Unknown,
];

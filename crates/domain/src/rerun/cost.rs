use serde::{Deserialize, Serialize};

use super::basis::DurationKey;
use super::folded::{Chain, Folded};

/// What a rerun is expected to cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Builds, SRPMs included.
    pub builds: usize,
    /// Tests.
    pub tests: usize,
    /// Everything else.
    pub others: usize,
    /// What they took lately, all together, in minutes; none if no one of them ever ended: unknown.
    pub expected_minutes: Option<i64>,
    /// How many of them never ended, so that nobody knows what they take.
    pub without_history: usize,
}

/// What redoing these chains costs.
pub(super) fn of(folded: &Folded<'_>, redo: impl Iterator<Item = Chain>) -> Cost {
    let mut cost = Cost::default();
    let mut known = None;
    for chain in redo {
        let (_, target) = folded.newest(chain);
        match target.kind {
            kind if kind.is_build() => cost.builds += 1,
            kind if kind.is_test() => cost.tests += 1,
            _ => cost.others += 1,
        }
        let key = DurationKey {
            kind: target.kind,
            identifier: folded.identifier(target.job).map(str::to_owned),
            name: target.name.clone(),
        };
        match folded.basis.durations.get(&key) {
            Some(took) => known = Some(known.unwrap_or(0) + took.num_seconds()),
            None => cost.without_history += 1,
        }
    }
    // Rounded up: a build of ten seconds is not free.
    cost.expected_minutes = known.map(|seconds| (seconds + 59) / 60);
    cost
}

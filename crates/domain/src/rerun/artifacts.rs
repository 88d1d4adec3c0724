use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::TargetId;
use crate::words::{BuildSystem, JobKind, TargetStatus};

/// What build systems can still do for a rerun: how long they keep what was made, and which of them there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtifactLife {
    /// By kind; a kind that is not named is kept for ever.
    pub of_kind: BTreeMap<JobKind, Life>,
    /// What a build system said when it was asked: whether a target's artifacts are there. It outweighs the times.
    pub seen: BTreeMap<TargetId, bool>,
    /// Build systems that are not configured here: what they would do cannot be redone.
    pub missing: BTreeSet<BuildSystem>,
    /// Whether what was imported cannot be redone: what its build system was told is not known here.
    pub imported_stays: bool,
}

/// How long the artifacts of one kind are kept; none means for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// Those of a target that succeeded.
    pub succeeded: Option<TimeDelta>,
    /// Those of a target that did not.
    pub otherwise: Option<TimeDelta>,
}

impl ArtifactLife {
    /// What Copr does where nobody configured it otherwise: SRPMs and failed builds are dropped after two weeks.
    pub fn usual() -> Self {
        let two_weeks = Some(TimeDelta::days(14));
        let of_kind = BTreeMap::from([
            (JobKind::SrpmBuild, Life { succeeded: two_weeks, otherwise: two_weeks }),
            (JobKind::CoprBuild, Life { succeeded: None, otherwise: two_weeks }),
        ]);
        Self { of_kind, ..Self::default() }
    }

    /// Since when the artifacts of an ended target are gone, in words; none if they are there.
    pub(super) fn gone(
        &self,
        id: TargetId,
        kind: JobKind,
        status: TargetStatus,
        ended: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        if let Some(there) = self.seen.get(&id) {
            return (!there).then(|| "its artifacts are gone from the build system".to_owned());
        }
        let life = self.of_kind.get(&kind)?;
        let life = if status == TargetStatus::Succeeded { life.succeeded } else { life.otherwise }?;
        let until = ended?.checked_add_signed(life)?;
        (until <= now)
            .then(|| format!("its artifacts expired at the build system on {}", until.format("%Y-%m-%d")))
    }
}

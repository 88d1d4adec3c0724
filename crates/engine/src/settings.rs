//! What an operator can set about the engine.

use std::time::Duration;

use domain::access::AccessRules;
use domain::notice::Interest;
use domain::plan::Rules;
use domain::rerun::ArtifactLife;
use domain::words::{BuildSystem, TargetStatus};
use store::reports::Rate;

/// The engine's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the dashboard, without a slash at its end.
    pub public_url: String,
    /// The name under which a commit's status is told.
    pub status_name: String,
    /// What a comment's command begins with.
    pub comment_prefix: String,
    /// What is planned.
    pub rules: Rules,
    /// Who may start work.
    pub access: AccessRules,
    /// How much the forge is told of one owner's repositories in a minute (`docs/contracts.md` 1.6).
    pub reports_per_minute: u32,
    /// How long a request for a rerun of one check waits for others of the same person (`docs/acceptance.md` A12).
    pub rerun_window: Duration,
    /// Whether a new commit on a pull request cancels what runs for the old one.
    pub cancel_superseded: bool,
    /// Whether closing a pull request cancels what runs for it.
    pub cancel_closed: bool,
    /// Where several processes share a database, each looks at it this often for what the others left.
    pub look_interval: Duration,
    /// How long a worker holds what it claimed; who takes longer loses it.
    pub lease: Duration,
    /// Worker limits.
    pub limits: WorkerLimits,
    /// What is done about outages.
    pub outages: Outages,
    /// How long a target may be `submitted`.
    pub submitted_deadline: Duration,
    /// How long a target may be `running`.
    pub running_deadline: Duration,
    /// How long a Bodhi update may stay where it is, `submitted` or `running`: people test it, and a release may be frozen.
    pub update_deadline: Duration,
    /// A submission is looked at again after a tenth of its age, but not sooner than this,
    pub poll_at_least: Duration,
    /// and not later than this.
    pub poll_at_most: Duration,
    /// How often forges that do not repeat deliveries by themselves are asked for those that were missed.
    pub ask_for_missed: Duration,
    /// How old the release table may be before it is read anew.
    pub refresh_releases: Duration,
    /// What of the bus concerns this installation.
    pub interest: Interest,
    /// How long a message of the bus waits until the work is known here that it tells of.
    pub park: Duration,
    /// Whether an issue tells of branches of dist-git that a release could not be carried into, where repositories want it.
    pub failure_issues: bool,
    /// How long bodies of deliveries are kept.
    pub keep_bodies: Duration,
    /// How long a sidetag is kept that nothing is built into.
    pub keep_unused_sidetags: Duration,
    /// How long build systems keep what was made; a rerun shares only what is still there.
    pub artifacts: ArtifactLife,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub struct WorkerLimits {
    /// Deliveries that are worked on at once.
    pub deliveries: usize,
    /// Calls to one build system at once.
    pub per_system: usize,
    /// Calls to one build system for one project at once.
    pub per_project: usize,
}

/// What is done when a forge or build system cannot be reached: a call is repeated after 1, 2, 4, 8 and 16 minutes
/// (`docs/contracts.md` 3.5), with a tenth of jitter.
#[derive(Debug, Clone, Copy)]
pub struct Outages {
    /// The first pause; each further one is twice as long.
    pub first_pause: Duration,
    /// How many pauses there are before the call is given up.
    pub pauses: u32,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            status_name: "packflow".to_owned(),
            comment_prefix: "/packit".to_owned(),
            rules: Rules::default(),
            access: AccessRules::default(),
            reports_per_minute: 60,
            rerun_window: Duration::from_secs(5),
            cancel_superseded: false,
            cancel_closed: false,
            look_interval: Duration::from_secs(1),
            lease: Duration::from_secs(2 * MINUTE),
            limits: WorkerLimits { deliveries: 8, per_system: 16, per_project: 4 },
            outages: Outages { first_pause: Duration::from_secs(MINUTE), pauses: 5 },
            submitted_deadline: Duration::from_secs(DAY),
            running_deadline: Duration::from_secs(7 * DAY),
            update_deadline: Duration::from_secs(60 * DAY),
            poll_at_least: Duration::from_secs(10),
            poll_at_most: Duration::from_secs(5 * MINUTE),
            ask_for_missed: Duration::from_secs(10 * MINUTE),
            refresh_releases: Duration::from_secs(12 * HOUR),
            interest: Interest::default(),
            park: Duration::from_secs(DAY),
            failure_issues: false,
            keep_bodies: Duration::from_secs(30 * DAY),
            keep_unused_sidetags: Duration::from_secs(7 * DAY),
            artifacts: ArtifactLife::usual(),
        }
    }
}

/// How much less often an update is looked at than a build: it is in testing for days.
const UPDATES_ARE_SLOWER_BY: u32 = 6;

impl Settings {
    /// How long after the last look a submission is looked at again, at most.
    pub(crate) const fn poll_at_most_of(&self, system: BuildSystem) -> Duration {
        match system {
            BuildSystem::Bodhi => self.poll_at_most.saturating_mul(UPDATES_ARE_SLOWER_BY),
            _ => self.poll_at_most,
        }
    }

    /// How long a target may stay in a status at a build system.
    pub(crate) const fn deadline(&self, system: BuildSystem, status: TargetStatus) -> Duration {
        match (system, status) {
            (BuildSystem::Bodhi, _) => self.update_deadline,
            (_, TargetStatus::Running) => self.running_deadline,
            _ => self.submitted_deadline,
        }
    }

    /// What forges are told of an owner: evenly, but a third of a minute's share at once after a rest.
    pub(crate) fn report_rate(&self) -> Rate {
        let per_minute = self.reports_per_minute.max(1);
        Rate { interval: Duration::from_secs(MINUTE) / per_minute, burst: per_minute / 3 }
    }
}

#[cfg(test)]
mod tests {
    use domain::words::{BuildSystem, TargetStatus};

    use super::Settings;

    #[test]
    fn an_update_may_be_tested_for_longer_than_a_build_may_run() {
        let settings = Settings::default();
        let of = |system, status| settings.deadline(system, status).as_secs() / 3600;
        assert_eq!(of(BuildSystem::Koji, TargetStatus::Submitted), 24);
        assert_eq!(of(BuildSystem::Koji, TargetStatus::Running), 7 * 24);
        assert_eq!(of(BuildSystem::Bodhi, TargetStatus::Submitted), 60 * 24);
        assert_eq!(of(BuildSystem::Bodhi, TargetStatus::Running), 60 * 24);
        assert_eq!(
            settings.poll_at_most_of(BuildSystem::Bodhi),
            6 * settings.poll_at_most_of(BuildSystem::Koji)
        );
    }
}

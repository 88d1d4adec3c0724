//! The rooms wired together: what a configuration says, as forges, build systems and an engine.

mod build_systems;
mod door;
mod forge;
mod login;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use domain::access::AccessRules;
use domain::package_config::Deployment;
use domain::plan::Rules;
use domain::rerun::{ArtifactLife, Life};
use domain::words::{BuildSystem, JobKind};
use engine::{Builders, Clock, Engine, Readers, Settings, Wake};
use forges::{Forges, ReadDelivery};
use store::Db;
use web::{CHANGES_PER_MINUTE, Identity, LoginForge, ReadAccess};

use crate::configuration::{Amount, Configuration, Reading};

pub(crate) use build_systems::{builders, copr, testing_farm};
pub(crate) use door::{EngineActions, EngineCallbacks, GithubDoor};
pub(crate) use forge::{WiredForge, forge, host_of};
pub(crate) use login::GithubDoorkeeper;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The host whose recorded deliveries can always be replayed.
const GITHUB_HOST: &str = "github.com";

/// How callers become known; `login` is where people log in, if they can.
pub(crate) fn identity(configuration: &Configuration, login: Option<Arc<dyn LoginForge>>) -> Identity {
    let reading = match configuration.server.reading.unwrap_or_default() {
        Reading::Open => ReadAccess::Open,
        Reading::Token => ReadAccess::Token,
        Reading::Login => ReadAccess::Login,
    };
    Identity::new(reading, login, configuration.server.changes_per_minute.unwrap_or(CHANGES_PER_MINUTE))
}

/// Which `packit_instances` are ours.
pub(crate) fn instance(configuration: &Configuration) -> Result<Deployment> {
    match configuration.instance.as_deref() {
        None => Ok(Deployment::Prod),
        Some(name) => Ok(name.parse()?),
    }
}

/// What can be planned: what the configured build systems do. Without any, everything is planned and nothing carried out.
fn kinds(builders: &Builders) -> impl Iterator<Item = JobKind> {
    let all = builders.is_empty();
    let systems: Vec<BuildSystem> = builders.keys().copied().collect();
    JobKind::ALL.iter().copied().filter(move |kind| all || systems.contains(&BuildSystem::of(*kind)))
}

/// What a comment's command begins with: each deployment has its own, so that several can serve one project.
fn comment_prefix(configuration: &Configuration, instance: Deployment) -> String {
    match (&configuration.comments.prefix, instance) {
        (Some(prefix), _) => prefix.clone(),
        (None, Deployment::Prod) => "/packit".to_owned(),
        (None, other) => format!("/packit-{other}"),
    }
}

/// How long build systems keep what was made.
fn artifacts(configuration: &Configuration) -> ArtifactLife {
    let mut life = ArtifactLife::usual();
    let days = |days: Option<u32>| days.map(|days| chrono::TimeDelta::days(i64::from(days)));
    for (kind, kept) in &configuration.artifacts {
        let kept = Life { succeeded: days(kept.succeeded_days), otherwise: days(kept.otherwise_days) };
        life.of_kind.insert(*kind, kept);
    }
    life
}

/// The engine's settings as they are configured.
pub(crate) fn settings(
    configuration: &Configuration,
    builders: &Builders,
    public_url: String,
) -> Result<Settings> {
    let default = Settings::default();
    let span = |amount: Option<Amount>, unit: Duration, default: Duration| {
        amount.map_or(default, |amount| amount.of(unit))
    };
    let (access, worker, limits) = (&configuration.access, &configuration.worker, &configuration.limits);
    let rules = Rules {
        instance: instance(configuration)?,
        kinds: kinds(builders).collect(),
        internal_tests: access.internal_tests,
        max_targets: limits.targets.unwrap_or(domain::plan::DEFAULT_MAX_TARGETS),
        ..Rules::default()
    };
    Ok(Settings {
        public_url,
        artifacts: artifacts(configuration),
        comment_prefix: comment_prefix(configuration, rules.instance),
        rules,
        access: AccessRules {
            admins: access.admins.clone(),
            allow: access.allow.clone(),
            deny: access.deny.clone(),
            deny_users: access.deny_users.clone(),
            private: access.private.clone(),
            authors_command: access.authors_command.unwrap_or(default.access.authors_command),
        },
        reports_per_minute: worker.reports_per_minute.unwrap_or(default.reports_per_minute),
        rerun_window: span(worker.rerun_window_seconds, SECOND, default.rerun_window),
        cancel_superseded: worker.cancel_superseded,
        cancel_closed: worker.cancel_closed,
        look_interval: span(worker.look_seconds, SECOND, default.look_interval),
        lease: span(worker.lease_seconds, SECOND, default.lease),
        limits: engine::WorkerLimits {
            per_system: worker.per_system.unwrap_or(default.limits.per_system).max(1),
            per_project: worker.per_project.unwrap_or(default.limits.per_project).max(1),
            ..default.limits
        },
        outages: engine::Outages {
            first_pause: span(worker.outage_first_pause_seconds, SECOND, default.outages.first_pause),
            pauses: worker.outage_pauses.unwrap_or(default.outages.pauses),
        },
        submitted_deadline: span(limits.submitted_hours, HOUR, default.submitted_deadline),
        running_deadline: span(limits.running_days, DAY, default.running_deadline),
        poll_at_least: span(worker.poll_at_least_seconds, SECOND, default.poll_at_least),
        poll_at_most: span(worker.poll_at_most_seconds, SECOND, default.poll_at_most),
        ask_for_missed: span(worker.missed_deliveries_minutes, MINUTE, default.ask_for_missed),
        keep_bodies: span(configuration.inbox.keep_bodies_days, DAY, default.keep_bodies),
        ..default
    })
}

/// The readers of deliveries: every GitHub host, and github.com always, so that its recordings can be replayed.
pub(crate) fn readers(configuration: &Configuration) -> Readers {
    let hosts = configuration.forge.iter().map(host_of);
    let read: ReadDelivery = forges::github::delivery::read;
    hosts.chain([GITHUB_HOST.to_owned()]).map(|host| (host, read)).collect()
}

/// An engine over these parts.
pub(crate) fn engine(
    db: Db,
    forges: Forges,
    builders: Builders,
    readers: Readers,
    settings: Settings,
) -> Engine {
    Engine {
        db,
        forges,
        readers: Arc::new(readers),
        builders: Arc::new(builders),
        settings: Arc::new(settings),
        clock: Clock::default(),
        wake: Wake::default(),
    }
}

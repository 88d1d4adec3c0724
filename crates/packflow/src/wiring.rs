//! The rooms wired together: what a configuration says, as forges, build systems and an engine.

mod build_systems;
mod bus;
pub(crate) mod dist_git;
mod door;
mod forge;
mod login;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use builders::ReleaseSource;
use builders::bodhi::{FEDORA_URL, ReleaseList};
use domain::access::AccessRules;
use domain::package_config::Deployment;
use domain::plan::Rules;
use domain::rerun::{ArtifactLife, Life};
use domain::words::{BuildSystem, JobKind};
use engine::{Builders, Clock, Engine, Readers, Settings, Wake};
use forges::bus::{BusForge, BusHosts};
use forges::{Forges, Reader};
use store::Db;
use web::{CHANGES_PER_MINUTE, Identity, LoginForge, ReadAccess};

use crate::configuration::{Amount, Configuration, ForgeKind, Reading};

pub(crate) use build_systems::{bodhi, builders, copr, koji, testing_farm};
pub(crate) use bus::{consumer, subscription};
pub(crate) use door::{BusLine, Delivers, Doors, EngineActions, EngineCallbacks, ForgeDoor};
pub(crate) use forge::{WiredForge, forge, host_of, site};
pub(crate) use login::GithubDoorkeeper;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The host whose recorded deliveries can always be replayed.
pub(crate) const GITHUB_HOST: &str = "github.com";
/// The host of a GitLab unless another is named.
const GITLAB_HOST: &str = "gitlab.com";
/// The host of a Pagure unless another is named.
const DIST_GIT_HOST: &str = "src.fedoraproject.org";

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

/// The account of Fedora that our builds and updates belong to.
fn fedora_account(configuration: &Configuration) -> String {
    let named = configuration.access.fedora_account.clone();
    named.unwrap_or_else(|| Rules::default().fedora_account)
}

/// Who may start work.
fn access(configuration: &Configuration) -> AccessRules {
    let access = &configuration.access;
    AccessRules {
        admins: access.admins.clone(),
        allow: access.allow.clone(),
        deny: access.deny.clone(),
        deny_users: access.deny_users.clone(),
        private: access.private.clone(),
        authors_command: access.authors_command.unwrap_or(AccessRules::default().authors_command),
        internal_tests: access.internal_tests.clone(),
    }
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
    let (worker, limits) = (&configuration.worker, &configuration.limits);
    let rules = Rules {
        instance: instance(configuration)?,
        kinds: kinds(builders).collect(),
        internal_tests: false,
        max_targets: limits.targets.unwrap_or(domain::plan::DEFAULT_MAX_TARGETS),
        fedora_account: fedora_account(configuration),
    };
    Ok(Settings {
        public_url,
        artifacts: artifacts(configuration),
        comment_prefix: comment_prefix(configuration, rules.instance),
        rules,
        access: self::access(configuration),
        reports_per_minute: worker.reports_per_minute.unwrap_or(default.reports_per_minute),
        rerun_window: span(worker.rerun_window_seconds, SECOND, default.rerun_window),
        cancel_superseded: worker.cancel_superseded,
        cancel_closed: worker.cancel_closed,
        failure_issues: configuration.dist_git.as_ref().is_some_and(|dist_git| dist_git.failure_issues),
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
        update_deadline: span(limits.update_days, DAY, default.update_deadline),
        poll_at_least: span(worker.poll_at_least_seconds, SECOND, default.poll_at_least),
        poll_at_most: span(worker.poll_at_most_seconds, SECOND, default.poll_at_most),
        ask_for_missed: span(worker.missed_deliveries_minutes, MINUTE, default.ask_for_missed),
        refresh_releases: configuration.bodhi.refresh_hours.map_or(default.refresh_releases, |hours| {
            // What is no span of time was told of as a fault before.
            HOUR.mul_f64(if (0.0..1e6).contains(&hours) { hours } else { 0.0 })
        }),
        interest: bus::interest(configuration),
        park: span(configuration.bus.as_ref().and_then(|bus| bus.park_hours), HOUR, default.park),
        keep_unused_sidetags: span(
            configuration.koji.as_ref().and_then(|koji| koji.unused_sidetag_days),
            DAY,
            default.keep_unused_sidetags,
        ),
        keep_bodies: span(configuration.inbox.keep_bodies_days, DAY, default.keep_bodies),
        ..default
    })
}

/// The readers of deliveries: of every host that is configured, of these others, and of github.com always, so that its
/// recordings can be replayed.
pub(crate) fn readers(configuration: &Configuration, others: &[(String, ForgeKind)]) -> Readers {
    let configured = configuration.forge.iter().map(|forge| (host_of(forge), forge.kind));
    let others = others.iter().map(|(host, kind)| (host.clone(), Some(*kind)));
    let (mut readers, mut bus) = (Readers::new(), BusHosts::new());
    for (host, kind) in others.chain(configured).chain([(GITHUB_HOST.to_owned(), Some(ForgeKind::Github))]) {
        match kind {
            Some(ForgeKind::Pagure) => {
                bus.insert(host, BusForge::Pagure);
            }
            Some(ForgeKind::Forgejo) => {
                bus.insert(host.clone(), BusForge::Forgejo);
                readers.insert(host.clone(), Reader::of_host(forges::forgejo::delivery::read, &host));
            }
            Some(ForgeKind::Gitlab) => {
                readers.insert(host.clone(), Reader::of_host(forges::gitlab::delivery::read, &host));
            }
            // A folder gives what others deliver: most of them as GitHub does.
            Some(ForgeKind::Github | ForgeKind::Folder) | None => {
                readers
                    .entry(host.clone())
                    .or_insert_with(|| Reader::of_host(forges::github::delivery::read, &host));
            }
        }
    }
    readers.insert(forges::BUS_SOURCE.to_owned(), ::bus::reader(bus));
    readers
}

/// Where the release table is read anew; none if that is not wanted.
pub(crate) fn release_source(configuration: &Configuration) -> Option<Arc<dyn ReleaseSource>> {
    let never = configuration.bodhi.refresh_hours.is_some_and(|hours| hours <= 0.0);
    let url = configuration.bodhi.url.clone().unwrap_or_else(|| FEDORA_URL.to_owned());
    (!never).then(|| Arc::new(ReleaseList { url }) as Arc<dyn ReleaseSource>)
}

/// An engine over these parts. It leaves the release table as it is.
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
        releases: None,
        settings: Arc::new(settings),
        clock: Clock::default(),
        wake: Wake::default(),
    }
}

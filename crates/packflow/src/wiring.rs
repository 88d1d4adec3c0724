//! The rooms wired together: what a configuration says, as forges, build systems and an engine.

mod door;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use builders::Builder;
use builders::copr::{Copr, CoprConfig};
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use domain::access::AccessRules;
use domain::package_config::Deployment;
use domain::plan::Rules;
use domain::words::{BuildSystem, JobKind};
use engine::{Builders, Clock, Engine, Readers, Settings, Wake};
use forges::github::{AppKey, Credentials, GithubClient, WebhookSecrets};
use forges::{FolderForge, Forges, ReadDelivery};
use secrecy::SecretString;
use store::Db;

use crate::configuration::{Configuration, Faults, Forge, ForgeKind, secret};

pub(crate) use door::{EngineCallbacks, GithubDoor, TokenOperator};

/// The host of a forge of the kind github, unless another is named.
const GITHUB_HOST: &str = "github.com";
/// Where its API is.
const GITHUB_API_URL: &str = "https://api.github.com";

/// A configured forge, and what else there is to it.
pub(crate) struct WiredForge {
    pub(crate) forge: Arc<dyn forges::Forge>,
    /// What can be asked for missed deliveries.
    pub(crate) redelivery: Option<Arc<GithubClient>>,
    /// What its webhooks must be signed with.
    pub(crate) secrets: Option<WebhookSecrets>,
}

/// The forge's host; empty if it is missing.
pub(crate) fn host_of(forge: &Forge) -> String {
    match (&forge.host, forge.kind) {
        (Some(host), _) => host.to_ascii_lowercase(),
        (None, Some(ForgeKind::Github)) => GITHUB_HOST.to_owned(),
        (None, _) => String::new(),
    }
}

/// A forge as it is configured under `key`. Its secrets are read; it is not asked anything.
pub(crate) fn forge(forge: &Forge, key: &str) -> Result<WiredForge, Faults> {
    match forge.kind {
        Some(ForgeKind::Github) => github(forge, key),
        Some(ForgeKind::Folder) => folder(forge, key),
        None => {
            let mut faults = Faults::default();
            faults.add(&format!("{key}.kind"), "is missing: github or folder");
            Err(faults)
        }
    }
}

fn github(github: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    let secrets = webhook_secrets(github, key, &mut faults);
    // With no credentials, its address can be checked all the same.
    let credentials =
        credentials(github, key, &mut faults).unwrap_or_else(|| Credentials::Token(SecretString::default()));
    let api_url = github.api_url.as_deref().unwrap_or(GITHUB_API_URL);
    let client =
        faults.take(&format!("{key}.api_url"), GithubClient::new(&host_of(github), api_url, credentials));
    if github.path.is_some() {
        faults.add(&format!("{key}.path"), "belongs to forges of the kind folder");
    }
    let wired = client.map(Arc::new).map(|client| WiredForge {
        forge: client.clone(),
        redelivery: Some(client),
        secrets,
    });
    faults.or(wired)
}

fn credentials(github: &Forge, key: &str, faults: &mut Faults) -> Option<Credentials> {
    let Some(id) = github.app_id else {
        if github.token_file.is_none() && secret::from_variable(secret::GITHUB_TOKEN).is_none() {
            faults.add(&format!("{key}.app_id"), "is missing, and so is a token_file in its place");
            return None;
        }
        let token = secret::secret(secret::GITHUB_TOKEN, github.token_file.as_deref());
        return faults.take(&format!("{key}.token_file"), token).map(Credentials::Token);
    };
    let key = format!("{key}.private_key_file");
    let pem = secret::secret(secret::GITHUB_PRIVATE_KEY, github.private_key_file.as_deref());
    let pem = faults.take(&key, pem)?;
    let app_key = faults.take(&key, AppKey::from_pem(&pem))?;
    Some(Credentials::App { id: id.to_string(), key: app_key })
}

fn webhook_secrets(github: &Forge, key: &str, faults: &mut Faults) -> Option<WebhookSecrets> {
    let known = faults.len();
    let mut secrets = Vec::new();
    if let Some(file) = &github.webhook_secret_file {
        secrets.extend(faults.take(&format!("{key}.webhook_secret_file"), secret::from_file(file)));
    }
    for (index, file) in github.webhook_secret_files.iter().enumerate() {
        secrets.extend(faults.take(&format!("{key}.webhook_secret_files[{index}]"), secret::from_file(file)));
    }
    let key = format!("{key}.webhook_secret_file");
    if let Some(given) = secret::from_variable(secret::GITHUB_WEBHOOK_SECRET) {
        secrets.extend(faults.take(&key, given));
    }
    if faults.len() > known {
        return None;
    }
    if secrets.is_empty() {
        let variable = secret::GITHUB_WEBHOOK_SECRET;
        faults.add(
            &key,
            format!(
                "is missing: without a secret nobody can tell whose deliveries they are (or set {variable})"
            ),
        );
        return None;
    }
    faults.take(&key, WebhookSecrets::new(secrets))
}

fn folder(folder: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    if host_of(folder).is_empty() {
        faults.add(
            &format!("{key}.host"),
            "is missing: the host in the names of its projects, such as github.com",
        );
    }
    match &folder.path {
        None => faults.add(&format!("{key}.path"), "is missing: the folder that holds its projects"),
        Some(path) if !path.is_dir() => {
            faults.add(&format!("{key}.path"), format!("there is no folder {}", path.display()));
        }
        Some(_) => {}
    }
    let others = [
        ("api_url", folder.api_url.is_some()),
        ("app_id", folder.app_id.is_some()),
        ("private_key_file", folder.private_key_file.is_some()),
        ("token_file", folder.token_file.is_some()),
        ("webhook_secret_file", folder.webhook_secret_file.is_some()),
        ("webhook_secret_files", !folder.webhook_secret_files.is_empty()),
    ];
    for (name, _) in others.iter().filter(|(_, is_set)| *is_set) {
        faults.add(&format!("{key}.{name}"), "belongs to forges of the kind github");
    }
    let forge = folder.path.as_ref().map(|path| Arc::new(FolderForge::new(&host_of(folder), path)));
    faults.or(forge.map(|forge| WiredForge { forge, redelivery: None, secrets: None }))
}

/// The Copr client as it is configured; none if it is not.
pub(crate) fn copr(configuration: &Configuration) -> Result<Option<Copr>, Faults> {
    let Some(copr) = &configuration.copr else { return Ok(None) };
    let mut faults = Faults::default();
    if copr.owner.as_deref().unwrap_or_default().is_empty() {
        faults.add("copr.owner", "is missing: the account or group that builds belong to");
    }
    let login = secret::secret(secret::COPR_LOGIN, copr.login_file.as_deref());
    let login = faults.take("copr.login_file", login).unwrap_or_default();
    let token = secret::secret(secret::COPR_TOKEN, copr.token_file.as_deref());
    let token = faults.take("copr.token_file", token).unwrap_or_default();
    let mut config = CoprConfig::new(copr.owner.clone().unwrap_or_default(), login, token);
    if let Some(url) = &copr.url {
        config.url.clone_from(url);
    }
    let client = faults.take("copr.url", Copr::new(config));
    faults.or(client).map(Some)
}

/// The Testing Farm client as it is configured; none if it is not.
pub(crate) fn testing_farm(configuration: &Configuration) -> Result<Option<TestingFarm>, Faults> {
    let Some(farm) = &configuration.testing_farm else { return Ok(None) };
    let mut faults = Faults::default();
    let key = secret::secret(secret::TESTING_FARM_KEY, farm.api_key_file.as_deref());
    let key = faults.take("testing_farm.api_key_file", key).unwrap_or_default();
    let mut config = TestingFarmConfig::new(key);
    let internal = secret::TESTING_FARM_INTERNAL_KEY;
    if farm.internal_api_key_file.is_some() || secret::from_variable(internal).is_some() {
        let key = secret::secret(internal, farm.internal_api_key_file.as_deref());
        config.internal_api_key = faults.take("testing_farm.internal_api_key_file", key);
    }
    if let Some(url) = &farm.url {
        config.url.clone_from(url);
    }
    if let Some(instance) = faults.take("instance", instance(configuration)) {
        instance.as_str().clone_into(&mut config.deployment);
    }
    let client = faults.take("testing_farm.url", TestingFarm::new(config));
    faults.or(client).map(Some)
}

/// The token with which the API may be told to change things; none if it is not configured.
pub(crate) fn operator_token(configuration: &Configuration) -> Result<Option<SecretString>, Faults> {
    let file = configuration.server.operator_token_file.as_deref();
    if file.is_none() && secret::from_variable(secret::OPERATOR_TOKEN).is_none() {
        return Ok(None);
    }
    let mut faults = Faults::default();
    let token = secret::secret(secret::OPERATOR_TOKEN, file);
    let token = faults.take("server.operator_token_file", token);
    faults.or(token).map(Some)
}

/// Which `packit_instances` are ours.
pub(crate) fn instance(configuration: &Configuration) -> Result<Deployment> {
    match configuration.instance.as_deref() {
        None => Ok(Deployment::Prod),
        Some(name) => Ok(name.parse()?),
    }
}

/// The configured build systems.
pub(crate) fn builders(configuration: &Configuration) -> Result<Builders, Faults> {
    let mut builders = Builders::new();
    let mut faults = Faults::default();
    match copr(configuration) {
        Ok(copr) => builders.extend(copr.map(|copr| (copr.system(), Arc::new(copr) as Arc<dyn Builder>))),
        Err(found) => faults.extend(found),
    }
    match testing_farm(configuration) {
        Ok(farm) => builders.extend(farm.map(|farm| (farm.system(), Arc::new(farm) as Arc<dyn Builder>))),
        Err(found) => faults.extend(found),
    }
    faults.or(Some(builders))
}

/// What can be planned: what the configured build systems do. Without any, everything is planned and nothing carried out.
fn kinds(builders: &Builders) -> impl Iterator<Item = JobKind> {
    let all = builders.is_empty();
    let systems: Vec<BuildSystem> = builders.keys().copied().collect();
    JobKind::ALL.iter().copied().filter(move |kind| all || systems.contains(&BuildSystem::of(*kind)))
}

/// The engine's settings as they are configured.
pub(crate) fn settings(
    configuration: &Configuration,
    builders: &Builders,
    public_url: String,
) -> Result<Settings> {
    let default = Settings::default();
    let seconds = |value: Option<u64>, default: Duration| value.map_or(default, Duration::from_secs);
    let (access, worker, limits) = (&configuration.access, &configuration.worker, &configuration.limits);
    let rules = Rules {
        instance: instance(configuration)?,
        kinds: kinds(builders).collect(),
        internal_tests: access.internal_tests,
        max_targets: limits.targets.unwrap_or(domain::plan::DEFAULT_MAX_TARGETS),
    };
    Ok(Settings {
        public_url,
        rules,
        access: AccessRules {
            admins: access.admins.clone(),
            allow: access.allow.clone(),
            deny: access.deny.clone(),
            deny_users: access.deny_users.clone(),
            private: access.private.clone(),
        },
        cancel_superseded: worker.cancel_superseded,
        cancel_closed: worker.cancel_closed,
        lease: seconds(worker.lease_seconds, default.lease),
        limits: engine::WorkerLimits {
            per_system: worker.per_system.unwrap_or(default.limits.per_system).max(1),
            per_project: worker.per_project.unwrap_or(default.limits.per_project).max(1),
            ..default.limits
        },
        outages: engine::Outages {
            first_pause: seconds(worker.outage_first_pause_seconds, default.outages.first_pause),
            pauses: worker.outage_pauses.unwrap_or(default.outages.pauses),
        },
        submitted_deadline: seconds(
            limits.submitted_hours.map(|hours| hours * 60 * 60),
            default.submitted_deadline,
        ),
        running_deadline: seconds(
            limits.running_days.map(|days| days * 24 * 60 * 60),
            default.running_deadline,
        ),
        poll_at_least: seconds(worker.poll_at_least_seconds, default.poll_at_least),
        poll_at_most: seconds(worker.poll_at_most_seconds, default.poll_at_most),
        keep_bodies: seconds(
            configuration.inbox.keep_bodies_days.map(|days| days * 24 * 60 * 60),
            default.keep_bodies,
        ),
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

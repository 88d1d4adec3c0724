//! The rooms wired together: what a configuration says, as forges, build systems and an engine.

mod door;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
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

use crate::configuration::{Configuration, Forge, Github, Secret};

pub(crate) use door::{EngineCallbacks, GithubDoor, TokenOperator};

/// A configured forge, and what else there is to it.
pub(crate) struct WiredForge {
    pub(crate) forge: Arc<dyn forges::Forge>,
    /// What can be asked for missed deliveries.
    pub(crate) redelivery: Option<Arc<GithubClient>>,
    /// What its webhooks must be signed with.
    pub(crate) secrets: Option<WebhookSecrets>,
}

/// The forge's host.
pub(crate) fn host_of(forge: &Forge) -> String {
    match forge {
        Forge::Github(github) => github.host.to_ascii_lowercase(),
        Forge::Folder(folder) => folder.host.to_ascii_lowercase(),
    }
}

/// A forge as it is configured. Its secrets are read; it is not asked anything.
pub(crate) fn forge(forge: &Forge) -> Result<WiredForge> {
    match forge {
        Forge::Github(github) => {
            let client = Arc::new(GithubClient::new(&github.host, &github.api_url, credentials(github)?)?);
            let secrets = webhook_secrets(github)?;
            Ok(WiredForge { forge: client.clone(), redelivery: Some(client), secrets: Some(secrets) })
        }
        Forge::Folder(folder) => {
            if !folder.path.is_dir() {
                bail!("path: there is no folder {}", folder.path.display());
            }
            let forge = Arc::new(FolderForge::new(&folder.host, &folder.path));
            Ok(WiredForge { forge, redelivery: None, secrets: None })
        }
    }
}

fn credentials(github: &Github) -> Result<Credentials> {
    let Some(id) = github.app_id else {
        let given = Secret::variable("PACKFLOW_GITHUB_TOKEN");
        let token = Secret::read("token", given.as_ref(), github.token_file.as_deref())
            .context("app_id is missing, and so is a token in its place")?;
        return Ok(Credentials::Token(token));
    };
    let given = Secret::variable("PACKFLOW_GITHUB_PRIVATE_KEY");
    let pem = Secret::read("private_key", given.as_ref(), github.private_key_file.as_deref())?;
    let key = AppKey::from_pem(&pem).context("private_key_file")?;
    Ok(Credentials::App { id: id.to_string(), key })
}

fn webhook_secrets(github: &Github) -> Result<WebhookSecrets> {
    let given = Secret::variable("PACKFLOW_GITHUB_WEBHOOK_SECRET");
    let files = github.webhook_secret_file.iter().chain(&github.webhook_secret_files);
    let mut secrets =
        files.map(|file| Secret::read("webhook_secret", None, Some(file))).collect::<Result<Vec<_>>>()?;
    if let Some(given) = &given {
        secrets.push(Secret::read("webhook_secret", Some(given), None)?);
    }
    if secrets.is_empty() {
        bail!("webhook_secret_file is missing: without a secret nobody can tell whose deliveries they are");
    }
    Ok(WebhookSecrets::new(secrets)?)
}

/// The Copr client as it is configured; none if it is not.
pub(crate) fn copr(configuration: &Configuration) -> Result<Option<Copr>> {
    let Some(copr) = &configuration.copr else { return Ok(None) };
    let owner = copr.owner.clone().context("owner is missing: the account or group that builds belong to")?;
    let login = Secret::read("login", copr.login.as_ref(), copr.login_file.as_deref())?;
    let token = Secret::read("token", copr.token.as_ref(), copr.token_file.as_deref())?;
    let mut config = CoprConfig::new(owner, login, token);
    if let Some(url) = &copr.url {
        config.url.clone_from(url);
    }
    Ok(Some(Copr::new(config)?))
}

/// The Testing Farm client as it is configured; none if it is not.
pub(crate) fn testing_farm(configuration: &Configuration) -> Result<Option<TestingFarm>> {
    let Some(farm) = &configuration.testing_farm else { return Ok(None) };
    let mut config =
        TestingFarmConfig::new(Secret::read("api_key", farm.api_key.as_ref(), farm.api_key_file.as_deref())?);
    if farm.internal_api_key.is_some() || farm.internal_api_key_file.is_some() {
        let key = Secret::read(
            "internal_api_key",
            farm.internal_api_key.as_ref(),
            farm.internal_api_key_file.as_deref(),
        )?;
        config.internal_api_key = Some(key);
    }
    if let Some(url) = &farm.url {
        config.url.clone_from(url);
    }
    instance(configuration)?.as_str().clone_into(&mut config.deployment);
    Ok(Some(TestingFarm::new(config)?))
}

/// The token with which the API may be told to change things; none if it is not configured.
pub(crate) fn operator_token(configuration: &Configuration) -> Result<Option<SecretString>> {
    let server = &configuration.server;
    if server.operator_token.is_none() && server.operator_token_file.is_none() {
        return Ok(None);
    }
    let file = server.operator_token_file.as_deref();
    Secret::read("operator_token", server.operator_token.as_ref(), file).map(Some)
}

/// Which `packit_instances` are ours.
pub(crate) fn instance(configuration: &Configuration) -> Result<Deployment> {
    match configuration.instance.as_deref() {
        None => Ok(Deployment::Prod),
        Some(name) => Ok(name.parse()?),
    }
}

/// The configured build systems.
pub(crate) fn builders(configuration: &Configuration) -> Result<Builders> {
    let mut builders = Builders::new();
    if let Some(copr) = copr(configuration).context("copr")? {
        builders.insert(copr.system(), Arc::new(copr));
    }
    if let Some(farm) = testing_farm(configuration).context("testing_farm")? {
        builders.insert(farm.system(), Arc::new(farm));
    }
    Ok(builders)
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
    hosts.chain(["github.com".to_owned()]).map(|host| (host, read)).collect()
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

//! The service's configuration: one TOML file, overridden by the environment, overridden by flags.

mod check;
mod secret;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

pub(crate) use check::faults;
pub(crate) use secret::Secret;

/// Variables that the command line reads by itself; they are no keys of the file.
const OWN_VARIABLES: [&str; 4] = ["config", "log", "log_json", "corpus"];

/// The whole configuration. Every key has a default, so an empty file is one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    /// Which `packit_instances` are ours: prod, stg or dev.
    pub(crate) instance: Option<String>,
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) access: Access,
    pub(crate) forge: Vec<Forge>,
    pub(crate) copr: Option<Copr>,
    pub(crate) testing_farm: Option<TestingFarm>,
    pub(crate) bodhi: Bodhi,
    pub(crate) worker: Worker,
    pub(crate) limits: Limits,
    pub(crate) inbox: Inbox,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    pub(crate) listen: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) operator_token: Option<Secret>,
    pub(crate) operator_token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Database {
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Access {
    pub(crate) admins: Vec<String>,
    pub(crate) allow: Vec<String>,
    pub(crate) deny: Vec<String>,
    pub(crate) deny_users: Vec<String>,
    pub(crate) private: Vec<String>,
    pub(crate) internal_tests: bool,
}

/// One forge; which keys belong to it depends on its kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub(crate) enum Forge {
    Github(Github),
    Folder(Folder),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Github {
    #[serde(default = "github_host")]
    pub(crate) host: String,
    #[serde(default = "github_api")]
    pub(crate) api_url: String,
    pub(crate) app_id: Option<u64>,
    pub(crate) private_key_file: Option<PathBuf>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) webhook_secret_file: Option<PathBuf>,
    #[serde(default)]
    pub(crate) webhook_secret_files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Folder {
    pub(crate) host: String,
    pub(crate) path: PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Copr {
    pub(crate) url: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) login: Option<Secret>,
    pub(crate) login_file: Option<PathBuf>,
    pub(crate) token: Option<Secret>,
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestingFarm {
    pub(crate) url: Option<String>,
    pub(crate) api_key: Option<Secret>,
    pub(crate) api_key_file: Option<PathBuf>,
    pub(crate) internal_api_key: Option<Secret>,
    pub(crate) internal_api_key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bodhi {
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Worker {
    pub(crate) per_system: Option<usize>,
    pub(crate) per_project: Option<usize>,
    pub(crate) lease_seconds: Option<u64>,
    pub(crate) outage_first_pause_seconds: Option<u64>,
    pub(crate) outage_pauses: Option<u32>,
    pub(crate) poll_at_least_seconds: Option<u64>,
    pub(crate) poll_at_most_seconds: Option<u64>,
    pub(crate) cancel_superseded: bool,
    pub(crate) cancel_closed: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) submitted_hours: Option<u64>,
    pub(crate) running_days: Option<u64>,
    pub(crate) targets: Option<usize>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Inbox {
    pub(crate) keep_bodies_days: Option<u64>,
}

fn github_host() -> String {
    "github.com".to_owned()
}

fn github_api() -> String {
    "https://api.github.com".to_owned()
}

/// Reads a configuration: the file if one is named, then the environment.
///
/// # Errors
/// If the file cannot be read, or a key is unknown or of another type: each such fault with its key.
pub(crate) fn read(file: Option<&Path>) -> Result<Configuration> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            bail!("there is no configuration file {}", file.display());
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    let environment = Env::prefixed("PACKFLOW_").ignore(&OWN_VARIABLES).filter(|key| {
        // Tests are steered by variables of their own.
        !key.as_str().to_ascii_lowercase().starts_with("test_")
    });
    let figment = figment.merge(environment.split("__"));
    match figment.extract::<Configuration>() {
        Ok(configuration) => Ok(configuration),
        Err(first) => bail!("{}", check::unreadable(&figment, first).join("\n")),
    }
}

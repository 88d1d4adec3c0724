//! The service's configuration: one TOML file, overridden by the environment, overridden by flags.

mod amount;
mod check;
mod fault;
mod reading;
pub(crate) mod secret;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::words::JobKind;
use serde::Deserialize;

pub(crate) use amount::Amount;
pub(crate) use fault::Faults;

/// The whole configuration. Every key has a default, so an empty file is one.
///
/// It is not `Debug`: a database's address may hold a password.
#[derive(Clone, Default, Deserialize)]
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
    pub(crate) koji: Option<Koji>,
    pub(crate) bodhi: Bodhi,
    pub(crate) dist_git: Option<DistGit>,
    pub(crate) bus: Option<Bus>,
    pub(crate) worker: Worker,
    pub(crate) limits: Limits,
    pub(crate) inbox: Inbox,
    pub(crate) comments: Comments,
    /// By job kind; what is not named is as usual.
    pub(crate) artifacts: BTreeMap<JobKind, Kept>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    pub(crate) listen: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) reading: Option<Reading>,
    pub(crate) changes_per_minute: Option<u32>,
}

/// Who may read what is public.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    #[default]
    Open,
    Token,
    Login,
}

#[derive(Clone, Default, Deserialize)]
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
    /// Unless told otherwise, they do.
    pub(crate) authors_command: Option<bool>,
    pub(crate) internal_tests: Vec<String>,
    /// Unless told otherwise, `packit`.
    pub(crate) fedora_account: Option<String>,
}

/// Which forge it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ForgeKind {
    Github,
    Gitlab,
    Forgejo,
    Pagure,
    Folder,
}

/// One forge; which keys belong to it depends on its kind.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Forge {
    pub(crate) kind: Option<ForgeKind>,
    pub(crate) host: Option<String>,
    pub(crate) api_url: Option<String>,
    pub(crate) app_id: Option<u64>,
    pub(crate) private_key_file: Option<PathBuf>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) webhook_secret_file: Option<PathBuf>,
    pub(crate) webhook_secret_files: Vec<PathBuf>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret_file: Option<PathBuf>,
    pub(crate) web_url: Option<String>,
    pub(crate) path: Option<PathBuf>,
    /// Whether a folder plays dist-git.
    pub(crate) dist_git: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Copr {
    pub(crate) url: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) login_file: Option<PathBuf>,
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestingFarm {
    pub(crate) url: Option<String>,
    pub(crate) api_key_file: Option<PathBuf>,
    pub(crate) internal_api_key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Koji {
    pub(crate) hub_url: Option<String>,
    pub(crate) web_url: Option<String>,
    pub(crate) files_url: Option<String>,
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) authorities_file: Option<PathBuf>,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) kerberos: bool,
    pub(crate) unused_sidetag_days: Option<Amount>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bodhi {
    pub(crate) url: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) login_url: Option<String>,
    /// 0 is never, so it is no [`Amount`].
    pub(crate) refresh_hours: Option<f64>,
}

/// How releases are carried into dist-git.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DistGit {
    pub(crate) forge: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) git_url: Option<String>,
    pub(crate) work_folder: Option<PathBuf>,
    pub(crate) minutes: Option<Amount>,
    pub(crate) shown: Vec<PathBuf>,
    pub(crate) author: Option<String>,
    pub(crate) author_address: Option<String>,
    pub(crate) propose_downstream: Vec<String>,
    pub(crate) pull_from_upstream: Vec<String>,
    /// The Python that has Packit.
    pub(crate) python: Option<String>,
    /// Where archives are uploaded to, and whether with a Kerberos ticket.
    pub(crate) lookaside: Option<String>,
    pub(crate) lookaside_kerberos: bool,
    pub(crate) failure_issues: bool,
    /// By origin, what is fetched from in its place.
    pub(crate) upstream: BTreeMap<String, String>,
}

/// Fedora messaging.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bus {
    /// Where the broker is; without it nothing is taken, and recorded messages can be replayed all the same.
    pub(crate) url: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) exchange: Option<String>,
    pub(crate) queue: Option<String>,
    /// Whether others made the queue and bound it.
    pub(crate) queue_is_given: bool,
    pub(crate) topic_prefix: Option<String>,
    pub(crate) topics: Option<Vec<String>>,
    pub(crate) prefetch: Option<u16>,
    pub(crate) dist_git: Option<String>,
    pub(crate) park_hours: Option<Amount>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Worker {
    pub(crate) per_system: Option<usize>,
    pub(crate) per_project: Option<usize>,
    pub(crate) look_seconds: Option<Amount>,
    pub(crate) lease_seconds: Option<Amount>,
    pub(crate) outage_first_pause_seconds: Option<Amount>,
    pub(crate) outage_pauses: Option<u32>,
    pub(crate) poll_at_least_seconds: Option<Amount>,
    pub(crate) poll_at_most_seconds: Option<Amount>,
    pub(crate) missed_deliveries_minutes: Option<Amount>,
    pub(crate) reports_per_minute: Option<u32>,
    pub(crate) rerun_window_seconds: Option<Amount>,
    pub(crate) cancel_superseded: bool,
    pub(crate) cancel_closed: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) submitted_hours: Option<Amount>,
    pub(crate) running_days: Option<Amount>,
    pub(crate) update_days: Option<Amount>,
    pub(crate) targets: Option<usize>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Inbox {
    pub(crate) keep_bodies_days: Option<Amount>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Comments {
    pub(crate) prefix: Option<String>,
}

/// How long a build system keeps what was made; a key that is left out means for ever.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kept {
    pub(crate) succeeded_days: Option<u32>,
    pub(crate) otherwise_days: Option<u32>,
}

impl Configuration {
    /// The files that hold secrets.
    pub(crate) fn secret_files(&self) -> Vec<&Path> {
        let mut files = Vec::new();
        for forge in &self.forge {
            files.extend([&forge.private_key_file, &forge.token_file]);
            files.extend([&forge.webhook_secret_file, &forge.client_secret_file]);
        }
        if let Some(copr) = &self.copr {
            files.extend([&copr.login_file, &copr.token_file]);
        }
        if let Some(farm) = &self.testing_farm {
            files.extend([&farm.api_key_file, &farm.internal_api_key_file]);
        }
        if let Some(koji) = &self.koji {
            files.extend([
                &koji.password_file,
                koji.key_file.as_ref().map_or(&koji.certificate_file, |_| &koji.key_file),
            ]);
        }
        files.push(&self.bodhi.token_file);
        if let Some(bus) = &self.bus {
            files.extend([&bus.password_file, &bus.key_file]);
        }
        let rotated = self.forge.iter().flat_map(|forge| &forge.webhook_secret_files);
        // The address of a database may hold its password.
        let database = self.database.url.as_deref().and_then(|url| url.strip_prefix('@')).map(Path::new);
        files.into_iter().flatten().chain(rotated).map(PathBuf::as_path).chain(database).collect()
    }
}

/// Reads a configuration: the file if one is named, then the environment.
///
/// # Errors
/// If the file cannot be read, or keys are unknown or of another type: each with its key.
pub(crate) fn read(file: Option<&Path>) -> Result<Configuration, Faults> {
    let (configuration, faults) = reading::read(file);
    faults.or(Some(configuration))
}

/// Reads a configuration and checks all that can be checked here: secrets are read for it, nothing outside is asked. What is
/// faulty is left out of the configuration.
pub(crate) fn read_and_check(file: Option<&Path>) -> (Configuration, Faults) {
    let (configuration, mut faults) = reading::read(file);
    check::check(&configuration, &mut faults);
    (configuration, faults)
}

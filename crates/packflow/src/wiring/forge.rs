//! Forges as they are configured.

use std::sync::Arc;

use forges::FolderForge;
use forges::github::{AppKey, Credentials, GithubClient, GithubLogin, WebhookSecrets};
use secrecy::SecretString;

use super::GITHUB_HOST;
use crate::configuration::{Faults, Forge, ForgeKind, secret};

/// Where the API of a forge of the kind github is, unless another is named.
const GITHUB_API_URL: &str = "https://api.github.com";

/// A configured forge, and what else there is to it.
pub(crate) struct WiredForge {
    pub(crate) forge: Arc<dyn forges::Forge>,
    /// What can be asked for missed deliveries, if anything can.
    pub(crate) redelivery: Option<Arc<GithubClient>>,
    /// What its webhooks must be signed with.
    pub(crate) secrets: Option<WebhookSecrets>,
    /// Where people log in, if they can.
    pub(crate) login: Option<Arc<GithubLogin>>,
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
    let client = client.map(Arc::new);
    let login = client.as_ref().and_then(|client| login(github, key, client, &mut faults));
    let wired = client.map(|client| WiredForge {
        // Only an App can ask for its deliveries.
        redelivery: github.app_id.is_some().then(|| Arc::clone(&client)),
        forge: client,
        secrets,
        login: login.map(Arc::new),
    });
    faults.or(wired)
}

/// Where people log in; none if no client id is configured.
fn login(github: &Forge, key: &str, client: &Arc<GithubClient>, faults: &mut Faults) -> Option<GithubLogin> {
    let Some(id) = &github.client_id else {
        if github.client_secret_file.is_some() {
            faults.add(
                &format!("{key}.client_id"),
                "is missing: it stands on the App's page beside the secret",
            );
        }
        return None;
    };
    let secret = secret::secret(secret::GITHUB_CLIENT_SECRET, github.client_secret_file.as_deref());
    let secret = faults.take(&format!("{key}.client_secret_file"), secret)?;
    let web_url = github.web_url.clone().unwrap_or_else(|| format!("https://{}", host_of(github)));
    faults.take(&format!("{key}.web_url"), GithubLogin::new(Arc::clone(client), &web_url, id, secret))
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
        ("client_id", folder.client_id.is_some()),
        ("client_secret_file", folder.client_secret_file.is_some()),
        ("web_url", folder.web_url.is_some()),
    ];
    for (name, _) in others.iter().filter(|(_, is_set)| *is_set) {
        faults.add(&format!("{key}.{name}"), "belongs to forges of the kind github");
    }
    let forge = folder.path.as_ref().map(|path| Arc::new(FolderForge::new(&host_of(folder), path)));
    faults.or(forge.map(|forge| WiredForge { forge, redelivery: None, secrets: None, login: None }))
}

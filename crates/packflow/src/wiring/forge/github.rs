//! GitHub as it is configured.

use std::sync::Arc;

use forges::github::{AppKey, Credentials, GithubClient, GithubLogin, WebhookSecrets};
use secrecy::SecretString;

use super::{WiredForge, host_of, keys};
use crate::configuration::{Faults, Forge, secret};

/// Where the API of a forge of the kind github is, unless another is named.
const GITHUB_API_URL: &str = "https://api.github.com";

pub(super) fn github(github: &Forge, key: &str) -> Result<WiredForge, Faults> {
    let mut faults = Faults::default();
    let secrets = webhook_secrets(github, key, &mut faults);
    // With no credentials, its address can be checked all the same.
    let credentials =
        credentials(github, key, &mut faults).unwrap_or_else(|| Credentials::Token(SecretString::default()));
    let api_url = github.api_url.as_deref().unwrap_or(GITHUB_API_URL);
    let client =
        faults.take(&format!("{key}.api_url"), GithubClient::new(&host_of(github), api_url, credentials));
    keys::only(github, key, &keys::GITHUB, &mut faults);
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
    let mut secrets = keys::read_secrets(github, key, faults);
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

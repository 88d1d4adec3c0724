//! The keys of a forge: which belong to which kind, and the secrets that several kinds have alike.

use forges::WebhookSecrets;
use secrecy::SecretString;

use crate::configuration::{Faults, Forge, secret};

/// What belongs to every kind is not listed.
pub(super) const GITHUB: [&str; 9] = [
    "api_url",
    "app_id",
    "private_key_file",
    "token_file",
    "webhook_secret_file",
    "webhook_secret_files",
    "client_id",
    "client_secret_file",
    "web_url",
];
pub(super) const WITH_WEBHOOK: [&str; 4] =
    ["api_url", "token_file", "webhook_secret_file", "webhook_secret_files"];
pub(super) const PAGURE: [&str; 2] = ["api_url", "token_file"];
pub(super) const FOLDER: [&str; 2] = ["path", "dist_git"];

/// Notes the keys that are set although they do not belong to this kind of forge.
pub(super) fn only(forge: &Forge, key: &str, own: &[&str], faults: &mut Faults) {
    let all = [
        ("api_url", forge.api_url.is_some()),
        ("app_id", forge.app_id.is_some()),
        ("private_key_file", forge.private_key_file.is_some()),
        ("token_file", forge.token_file.is_some()),
        ("webhook_secret_file", forge.webhook_secret_file.is_some()),
        ("webhook_secret_files", !forge.webhook_secret_files.is_empty()),
        ("client_id", forge.client_id.is_some()),
        ("client_secret_file", forge.client_secret_file.is_some()),
        ("web_url", forge.web_url.is_some()),
        ("path", forge.path.is_some()),
        ("dist_git", forge.dist_git),
    ];
    for (name, _) in all.iter().filter(|(name, is_set)| *is_set && !own.contains(name)) {
        faults.add(&format!("{key}.{name}"), "belongs to forges of another kind");
    }
}

/// The secrets of a forge's webhooks, from the files that it names: there may be several forges of its kind. None if it names
/// none; then no webhooks of it are taken.
pub(super) fn own_webhook_secrets(forge: &Forge, key: &str, faults: &mut Faults) -> Option<WebhookSecrets> {
    let known = faults.len();
    let secrets = read_secrets(forge, key, faults);
    if secrets.is_empty() || faults.len() > known {
        return None;
    }
    faults.take(&format!("{key}.webhook_secret_file"), WebhookSecrets::new(secrets))
}

/// What the files of the webhook's secrets hold.
pub(super) fn read_secrets(forge: &Forge, key: &str, faults: &mut Faults) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    if let Some(file) = &forge.webhook_secret_file {
        secrets.extend(faults.take(&format!("{key}.webhook_secret_file"), secret::from_file(file)));
    }
    for (index, file) in forge.webhook_secret_files.iter().enumerate() {
        secrets.extend(faults.take(&format!("{key}.webhook_secret_files[{index}]"), secret::from_file(file)));
    }
    secrets
}

/// The token that a forge is called with: from its own file, or, where it names none, from this variable.
pub(super) fn token(forge: &Forge, key: &str, variable: &str, faults: &mut Faults) -> Option<SecretString> {
    let token = match (&forge.token_file, secret::from_variable(variable)) {
        (Some(file), _) => secret::from_file(file),
        (None, Some(token)) => token,
        (None, None) => Err(format!("is missing: name the file that holds the token, or set {variable}")),
    };
    faults.take(&format!("{key}.token_file"), token)
}

//! Secrets: from the environment or from files, never from arguments or the configuration itself.

use std::path::Path;

use secrecy::SecretString;

/// Copr's login, in place of `copr.login_file`.
pub(crate) const COPR_LOGIN: &str = "PACKFLOW_COPR__LOGIN";
/// Copr's token, in place of `copr.token_file`.
pub(crate) const COPR_TOKEN: &str = "PACKFLOW_COPR__TOKEN";
/// Testing Farm's key, in place of `testing_farm.api_key_file`.
pub(crate) const TESTING_FARM_KEY: &str = "PACKFLOW_TESTING_FARM__API_KEY";
/// Testing Farm's key for internal tests, in place of `testing_farm.internal_api_key_file`.
pub(crate) const TESTING_FARM_INTERNAL_KEY: &str = "PACKFLOW_TESTING_FARM__INTERNAL_API_KEY";
/// Koji's password, in place of `koji.password_file`.
pub(crate) const KOJI_PASSWORD: &str = "PACKFLOW_KOJI__PASSWORD";
/// The broker's password, in place of `bus.password_file`.
pub(crate) const BUS_PASSWORD: &str = "PACKFLOW_BUS__PASSWORD";
/// The private key of our certificate at the broker, in place of `bus.key_file`.
pub(crate) const BUS_KEY: &str = "PACKFLOW_BUS__KEY";
/// A token of GitHub, in place of a forge's `token_file`.
pub(crate) const GITHUB_TOKEN: &str = "PACKFLOW_GITHUB_TOKEN";
/// The App's private key, in place of a forge's `private_key_file`.
pub(crate) const GITHUB_PRIVATE_KEY: &str = "PACKFLOW_GITHUB_PRIVATE_KEY";
/// The webhook's secret, beside those of a forge's `webhook_secret_file`.
pub(crate) const GITHUB_WEBHOOK_SECRET: &str = "PACKFLOW_GITHUB_WEBHOOK_SECRET";
/// The secret that goes with a forge's `client_id`, in place of its `client_secret_file`.
pub(crate) const GITHUB_CLIENT_SECRET: &str = "PACKFLOW_GITHUB_CLIENT_SECRET";

/// A token of GitLab, where a forge names no `token_file`.
pub(crate) const GITLAB_TOKEN: &str = "PACKFLOW_GITLAB_TOKEN";
/// A token of Forgejo, where a forge names no `token_file`.
pub(crate) const FORGEJO_TOKEN: &str = "PACKFLOW_FORGEJO_TOKEN";
/// A token of Pagure, where a forge names no `token_file`.
pub(crate) const PAGURE_TOKEN: &str = "PACKFLOW_PAGURE_TOKEN";

/// The variables that hold secrets. They are no keys of the configuration, so that their text is never read as anything else.
pub(super) const VARIABLES: [&str; 14] = [
    BUS_PASSWORD,
    BUS_KEY,
    COPR_LOGIN,
    COPR_TOKEN,
    TESTING_FARM_KEY,
    TESTING_FARM_INTERNAL_KEY,
    KOJI_PASSWORD,
    GITHUB_TOKEN,
    GITHUB_PRIVATE_KEY,
    GITHUB_WEBHOOK_SECRET,
    GITHUB_CLIENT_SECRET,
    GITLAB_TOKEN,
    FORGEJO_TOKEN,
    PAGURE_TOKEN,
];

/// The secret in a variable, if that is set, else the one in a file. White space around it is dropped.
///
/// # Errors
/// If there is neither, the file cannot be read, or it holds nothing; told without the secret.
pub(crate) fn secret(variable: &str, file: Option<&Path>) -> Result<SecretString, String> {
    match (from_variable(variable), file) {
        (Some(secret), _) => secret,
        (None, Some(file)) => from_file(file),
        (None, None) => Err(format!("is missing: name the file that holds the secret, or set {variable}")),
    }
}

/// The secret in a variable; none if that is not set.
pub(crate) fn from_variable(variable: &str) -> Option<Result<SecretString, String>> {
    let text = std::env::var_os(variable)?;
    let Ok(text) = text.into_string() else { return Some(Err(format!("{variable} is not UTF-8 text"))) };
    Some(trimmed(&text).ok_or_else(|| format!("the secret in {variable} is empty")))
}

/// The secret in a file.
pub(crate) fn from_file(file: &Path) -> Result<SecretString, String> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    trimmed(&text).ok_or_else(|| format!("the secret in {} is empty", file.display()))
}

fn trimmed(text: &str) -> Option<SecretString> {
    let text = text.trim();
    (!text.is_empty()).then(|| SecretString::from(text.to_owned()))
}

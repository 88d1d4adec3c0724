use std::path::Path;

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A secret from the environment; never shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Secret(SecretString);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl Secret {
    /// The secret of a key: from the environment, else from the file that the key names. White space around it is dropped.
    ///
    /// # Errors
    /// If neither is given, the file cannot be read, or it is empty.
    pub(crate) fn read(key: &str, given: Option<&Self>, file: Option<&Path>) -> Result<SecretString> {
        let text = match (given, file) {
            (Some(secret), _) => secret.0.expose_secret().to_owned(),
            (None, Some(file)) => std::fs::read_to_string(file)
                .with_context(|| format!("{key}_file: cannot read {}", file.display()))?,
            (None, None) => bail!("{key}_file is missing: the file that holds the secret"),
        };
        let text = text.trim();
        if text.is_empty() {
            bail!("{key}: the secret is empty");
        }
        Ok(SecretString::from(text.to_owned()))
    }

    /// The secret in an environment variable, if it is set.
    pub(crate) fn variable(name: &str) -> Option<Self> {
        std::env::var(name).ok().map(Self::from)
    }
}

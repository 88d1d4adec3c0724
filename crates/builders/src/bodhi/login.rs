//! How we log in at Bodhi: by a token of Fedora's OpenID Connect provider that is kept in a file and renews itself.
//!
//! The file is the one that Bodhi's own command line writes when somebody logs in with it (`~/.config/bodhi/client.json`),
//! so that is how it is made; renewed tokens are written back in the same form (`docs/contracts.md` 6).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::BuilderError;
use crate::http::{self, Effect};

const SYSTEM: &str = "the login for Bodhi";
/// Where Fedora's accounts are.
const FEDORA_PROVIDER: &str = "https://id.fedoraproject.org/openidc";
/// As what Bodhi's own command line is known there; it has no secret.
const CLIENT_ID: &str = "bodhi-client";
/// A token that ends sooner than this is renewed before it is used.
const LEAST_LEFT: TimeDelta = TimeDelta::minutes(2);
/// What to do when a token can be renewed no more.
const REMEDY: &str = "log in again with `bodhi` on the command line and put its client.json there";

/// How we log in.
#[derive(Debug, Clone)]
pub enum Login {
    /// By a token of an OpenID Connect provider.
    Oidc(OidcLogin),
    /// Not at all: the server takes every caller for the same account, as one that is run for tests does.
    Known,
}

/// A login by OpenID Connect.
#[derive(Debug, Clone)]
pub struct OidcLogin {
    file: PathBuf,
    /// The provider, without a slash at the end. Tokens are kept by it.
    provider: String,
    client_id: String,
    /// Held while a token is renewed: some providers take a refresh token once.
    renewing: Arc<Mutex<()>>,
}

/// What the file holds for a provider.
#[derive(Debug)]
struct Tokens {
    access: Option<SecretString>,
    expires_at: Option<DateTime<Utc>>,
    refresh: Option<SecretString>,
}

impl OidcLogin {
    /// With the tokens of a file. It is read when it is needed.
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            provider: FEDORA_PROVIDER.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            renewing: Arc::default(),
        }
    }

    /// At another provider, by its address.
    #[must_use]
    pub fn at(mut self, provider: &str) -> Self {
        self.provider = provider.trim_end_matches('/').to_owned();
        self
    }

    /// Whether the file can be read and has a token that can be used or renewed.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn look(&self) -> Result<(), String> {
        let tokens = self.tokens()?;
        if tokens.refresh.is_none() && tokens.access.is_none() {
            return Err(format!("{} has no token of {}: {REMEDY}", self.file.display(), self.provider));
        }
        Ok(())
    }

    /// How long the login lasts, in words.
    pub(super) fn state(&self) -> String {
        match self.tokens() {
            Err(problem) => problem,
            Ok(Tokens { refresh: None, expires_at: Some(at), .. }) => {
                format!(
                    "its token ends at {} UTC and cannot be renewed: {REMEDY}",
                    at.format("%Y-%m-%d %H:%M")
                )
            }
            Ok(Tokens { refresh: None, .. }) => format!("its token cannot be renewed: {REMEDY}"),
            Ok(Tokens { expires_at: Some(at), .. }) => {
                format!("its token ends at {} UTC and renews itself", at.format("%Y-%m-%d %H:%M"))
            }
            Ok(_) => "its token renews itself".to_owned(),
        }
    }

    /// A token that is good for some minutes.
    pub(super) async fn access_token(&self, http: &reqwest::Client) -> Result<SecretString, BuilderError> {
        let _renewing = self.renewing.lock().await;
        let tokens = self.tokens().map_err(waits)?;
        let is_good = tokens.expires_at.is_none_or(|at| at - Utc::now() > LEAST_LEFT);
        match tokens.access {
            Some(access) if is_good => Ok(access),
            _ => self.renew(http, tokens.refresh).await,
        }
    }

    /// A token in place of one that was not accepted.
    pub(super) async fn another_token(
        &self,
        http: &reqwest::Client,
        refused: &SecretString,
    ) -> Result<SecretString, BuilderError> {
        let _renewing = self.renewing.lock().await;
        let tokens = self.tokens().map_err(waits)?;
        match tokens.access {
            // Somebody else has renewed it.
            Some(access) if access.expose_secret() != refused.expose_secret() => Ok(access),
            _ => self.renew(http, tokens.refresh).await,
        }
    }

    async fn renew(
        &self,
        http: &reqwest::Client,
        refresh: Option<SecretString>,
    ) -> Result<SecretString, BuilderError> {
        let Some(refresh) = refresh else {
            return Err(waits(format!("{} has no token that can be renewed: {REMEDY}", self.file.display())));
        };
        let endpoint = self.token_endpoint(http).await?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose_secret()),
            ("client_id", &self.client_id),
        ];
        let request = http.post(endpoint).header(ACCEPT, "application/json").form(&form);
        let answer = http::send(SYSTEM, request, Effect::Repeatable).await?;
        if matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
            // Another process may have been quicker with a token that is good once.
            return match self.tokens().map_err(waits)? {
                Tokens { access: Some(access), refresh: Some(newer), .. }
                    if newer.expose_secret() != refresh.expose_secret() =>
                {
                    Ok(access)
                }
                _ => {
                    let word = answer.json["error"].as_str().unwrap_or("it is refused");
                    Err(waits(format!("{SYSTEM} has ended ({word}): {REMEDY}")))
                }
            };
        }
        match answer.json["access_token"].as_str() {
            Some(access) if answer.status.is_success() => {
                self.keep(&answer.json).map_err(waits)?;
                Ok(access.into())
            }
            _ => Err(answer.trouble(SYSTEM, Effect::Repeatable)),
        }
    }

    /// Where the provider renews tokens: on its own host, or the token is not sent.
    async fn token_endpoint(&self, http: &reqwest::Client) -> Result<reqwest::Url, BuilderError> {
        let address = format!("{}/.well-known/openid-configuration", self.provider);
        let request = http.get(&address).header(ACCEPT, "application/json");
        let answer = http::send(SYSTEM, request, Effect::Repeatable).await?;
        let Some(endpoint) = answer.json["token_endpoint"].as_str() else {
            return Err(answer.trouble(SYSTEM, Effect::Repeatable));
        };
        let parsed = (reqwest::Url::parse(endpoint), reqwest::Url::parse(&self.provider));
        match parsed {
            (Ok(endpoint), Ok(provider)) if endpoint.origin() == provider.origin() => Ok(endpoint),
            _ => Err(waits(format!("{SYSTEM}: {endpoint} is not at {}", self.provider))),
        }
    }

    fn tokens(&self) -> Result<Tokens, String> {
        let all = read(&self.file)?;
        let ours = &all["tokens"][&self.provider];
        let text = |name: &str| ours[name].as_str().filter(|text| !text.is_empty()).map(SecretString::from);
        // Whole seconds or with a fraction.
        #[allow(clippy::cast_possible_truncation, reason = "a fraction of a second is nothing here")]
        let expires_at = ours["expires_at"].as_f64().and_then(|at| DateTime::from_timestamp(at as i64, 0));
        Ok(Tokens { access: text("access_token"), expires_at, refresh: text("refresh_token") })
    }

    /// Writes renewed tokens beside what the file holds for others.
    fn keep(&self, renewed: &Value) -> Result<(), String> {
        let mut all = read(&self.file)?;
        let ours = &mut all["tokens"][&self.provider];
        for name in ["access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"] {
            if !renewed[name].is_null() {
                ours[name] = renewed[name].clone();
            }
        }
        ours["expires_at"] = match renewed["expires_in"].as_i64().and_then(TimeDelta::try_seconds) {
            Some(left) => json!((Utc::now() + left).timestamp()),
            None => Value::Null,
        };
        write(&self.file, &all)
    }
}

fn read(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    // The error's own text could show a part of a token.
    let all: Value = serde_json::from_str(&text)
        .map_err(|error| format!("{} is no JSON (line {})", file.display(), error.line()))?;
    if all["tokens"].is_object() {
        Ok(all)
    } else {
        Err(format!("{} has no `tokens`: {REMEDY}", file.display()))
    }
}

/// Whole or not at all, and for our account alone.
fn write(file: &Path, all: &Value) -> Result<(), String> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let told = |error: std::io::Error| format!("{} cannot be written: {error}", file.display());
    let beside = file.with_extension("new");
    // One that was left behind may have other rights.
    if let Err(error) = std::fs::remove_file(&beside)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(told(error));
    }
    let mut options = std::fs::OpenOptions::new();
    let mut open = options.write(true).create_new(true).mode(0o600).open(&beside).map_err(told)?;
    open.write_all(all.to_string().as_bytes()).and_then(|()| open.sync_all()).map_err(told)?;
    std::fs::rename(&beside, file).map_err(told)
}

/// A login that is not good now may be mended by people: what is asked for waits.
fn waits(reason: String) -> BuilderError {
    BuilderError::Unavailable { reason, retry_after: None }
}

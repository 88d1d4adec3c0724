//! The tokens that let the App act on a project (`docs/contracts.md` 1.1), cached until shortly before they end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use domain::words::ProjectKey;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;

use super::app_token::AppKey;
use crate::ForgeError;
use crate::http::{Answer, Call, Http};

/// A token is replaced when it has less than this left of its hour.
const REPLACED_BEFORE_END: TimeDelta = TimeDelta::minutes(5);
/// What GitHub says where no App has the id that we give.
const UNKNOWN_APP: &str = "Integration not found";

/// The App, its installations and their tokens.
#[derive(Debug)]
pub(super) struct Installations {
    app_id: String,
    key: AppKey,
    of_project: Mutex<HashMap<(String, String), u64>>,
    tokens: Mutex<HashMap<u64, Slot>>,
}

/// One installation's token. Its lock is held while the token is fetched, so that many calls at once fetch one.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

#[derive(Debug)]
struct Token {
    secret: Arc<SecretString>,
    expires_at: DateTime<Utc>,
}

impl Installations {
    pub(super) fn new(app_id: String, key: AppKey) -> Self {
        Self { app_id, key, of_project: Mutex::default(), tokens: Mutex::default() }
    }

    /// The App's id, or its client id, as it was configured.
    pub(super) fn app_id(&self) -> &str {
        &self.app_id
    }

    /// Makes a call as the App itself. That GitHub does not take our key says nothing of what was asked for: it is an outage,
    /// until an operator sees to it.
    pub(super) async fn send(
        &self,
        http: &Http,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, ForgeError> {
        let token = self.key.token(&self.app_id, Utc::now());
        let token = token.map_err(|error| ForgeError::Refused(error.to_string()))?;
        let answer = http.send(Call { method, path, query, body: None, token: &token }).await?;
        // Of an id that no App has, GitHub says by 404 that there is no such integration.
        let is_unknown = answer.status == StatusCode::NOT_FOUND && answer.message() == UNKNOWN_APP;
        if answer.status != StatusCode::UNAUTHORIZED && !is_unknown {
            return Ok(answer);
        }
        Err(answer.credentials(
            "compares app_id and private_key_file with the App's page at GitHub, and the clock of this machine",
        ))
    }

    /// The token for a project; fetched if there is none or the one there is ends soon.
    pub(super) async fn token(
        &self,
        http: &Http,
        project: &ProjectKey,
    ) -> Result<Arc<SecretString>, ForgeError> {
        let installation = self.installation(http, project).await?;
        let slot = Arc::clone(locked(&self.tokens).entry(installation).or_default());
        let mut slot = slot.lock().await;
        if let Some(token) = slot.as_ref().filter(|token| token.expires_at - Utc::now() > REPLACED_BEFORE_END)
        {
            return Ok(Arc::clone(&token.secret));
        }
        let token = self.fetch(http, project, installation).await?;
        let secret = Arc::clone(&token.secret);
        *slot = Some(token);
        Ok(secret)
    }

    /// Forgets what was cached for a project: its token was refused before its time.
    pub(super) fn forget(&self, project: &ProjectKey) {
        if let Some(installation) = locked(&self.of_project).remove(&cache_key(project)) {
            locked(&self.tokens).remove(&installation);
        }
    }

    async fn installation(&self, http: &Http, project: &ProjectKey) -> Result<u64, ForgeError> {
        #[derive(Deserialize)]
        struct Installation {
            id: u64,
        }
        let cached = locked(&self.of_project).get(&cache_key(project)).copied();
        if let Some(id) = cached {
            return Ok(id);
        }
        let path = ["repos", project.namespace.as_str(), project.name.as_str(), "installation"];
        let answer = self.send(http, Method::GET, &path, &[]).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(ForgeError::Refused(format!(
                "the app is not installed on {project} ({}); who administers the project can install it",
                answer.message()
            )));
        }
        let Installation { id } = answer.json()?;
        locked(&self.of_project).insert(cache_key(project), id);
        Ok(id)
    }

    async fn fetch(&self, http: &Http, project: &ProjectKey, installation: u64) -> Result<Token, ForgeError> {
        #[derive(Deserialize)]
        struct Fetched {
            token: String,
            expires_at: DateTime<Utc>,
        }
        let id = installation.to_string();
        let path = ["app", "installations", id.as_str(), "access_tokens"];
        let answer = self.send(http, Method::POST, &path, &[]).await?;
        if !answer.status.is_success() {
            // The app was removed, and perhaps installed anew under another id: look it up the next time.
            self.forget(project);
        }
        let Fetched { token, expires_at } = answer.json()?;
        Ok(Token { secret: Arc::new(token.into()), expires_at })
    }
}

/// GitHub's names differ by more than case.
fn cache_key(project: &ProjectKey) -> (String, String) {
    (project.namespace.to_ascii_lowercase(), project.name.to_ascii_lowercase())
}

/// A cache stays usable whatever became of who used it before.
fn locked<T>(cache: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

//! How Copr is asked: JSON both ways, Basic authentication, errors as `{"error": "..."}`.

use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::CoprConfig;
use crate::BuilderError;
use crate::http::{self, Answer, Effect};

#[derive(Debug)]
pub(super) struct Api {
    http: reqwest::Client,
    base: String,
    login: SecretString,
    token: SecretString,
}

impl Api {
    pub(super) fn new(config: &CoprConfig) -> Result<Self, BuilderError> {
        Ok(Self {
            http: http::client(config.timeout)?,
            base: format!("{}/api_3", config.url),
            login: config.login.clone(),
            token: config.token.clone(),
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.base))
    }

    fn authenticated(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).basic_auth(self.login.expose_secret(), Some(self.token.expose_secret()))
    }

    /// Reads something that everybody may read.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, BuilderError> {
        let answer =
            http::send("Copr", self.request(Method::GET, path).query(query), Effect::Repeatable).await?;
        read(answer, Effect::Repeatable)
    }

    /// Reads something that may not be there.
    pub(super) async fn find(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Value>, BuilderError> {
        let answer =
            http::send("Copr", self.request(Method::GET, path).query(query), Effect::Repeatable).await?;
        if answer.status == StatusCode::NOT_FOUND && answer.json["error"].is_string() {
            return Ok(None);
        }
        read(answer, Effect::Repeatable).map(Some)
    }

    /// Reads something that shows whether the credentials are good.
    pub(super) async fn get_authenticated(&self, path: &str) -> Result<Value, BuilderError> {
        let answer = http::send("Copr", self.authenticated(Method::GET, path), Effect::Repeatable).await?;
        read(answer, Effect::Repeatable)
    }

    /// Changes something; the same again changes nothing more.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, BuilderError> {
        self.write(method, path, body, Effect::Repeatable).await
    }

    /// Begins a build.
    pub(super) async fn begin(&self, path: &str, body: &Value) -> Result<Value, BuilderError> {
        self.write(Method::POST, path, body, Effect::Begins).await
    }

    async fn write(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        effect: Effect,
    ) -> Result<Value, BuilderError> {
        let mut request = self.authenticated(method, path);
        if !body.is_null() {
            request = request.json(body);
        }
        read(http::send("Copr", request, effect).await?, effect)
    }
}

/// An answer's JSON, or why there is none. Anything but JSON is trouble in front of Copr (`docs/contracts.md` 3.1).
fn read(answer: Answer, effect: Effect) -> Result<Value, BuilderError> {
    if answer.status.is_success() && !answer.json.is_null() {
        return Ok(answer.json);
    }
    match (answer.status, answer.json["error"].as_str()) {
        // Not the work's fault: it waits for new credentials, since tokens expire.
        (StatusCode::UNAUTHORIZED, error) => Err(BuilderError::Unavailable {
            reason: format!("Copr does not accept our credentials: {}", error.unwrap_or("no reason given")),
            retry_after: None,
        }),
        (status, Some(error)) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
            Err(BuilderError::Refused(format!("Copr: {error}")))
        }
        _ => Err(answer.trouble("Copr", effect)),
    }
}

//! How Testing Farm is asked: JSON both ways, a bearer key, errors per field.

use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Ranch, TestingFarmConfig};
use crate::BuilderError;
use crate::http::{self, Answer, Effect};

const SYSTEM: &str = "Testing Farm";

#[derive(Debug)]
pub(super) struct Api {
    http: reqwest::Client,
    base: String,
    public_key: SecretString,
    internal_key: Option<SecretString>,
}

impl Api {
    pub(super) fn new(config: &TestingFarmConfig) -> Result<Self, BuilderError> {
        Ok(Self {
            http: http::client(config.timeout)?,
            base: config.url.clone(),
            public_key: config.api_key.clone(),
            internal_key: config.internal_api_key.clone(),
        })
    }

    fn request(&self, ranch: Ranch, method: Method, path: &str) -> Result<RequestBuilder, BuilderError> {
        let key = match ranch {
            Ranch::Public => Some(&self.public_key),
            Ranch::RedHat => self.internal_key.as_ref(),
        };
        let Some(key) = key else {
            return Err(BuilderError::Refused(
                "tests in the internal ranch are not configured here".to_owned(),
            ));
        };
        Ok(self.http.request(method, format!("{}/{path}", self.base)).bearer_auth(key.expose_secret()))
    }

    pub(super) async fn get(
        &self,
        ranch: Ranch,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Value, BuilderError> {
        let request = self.request(ranch, Method::GET, path)?.query(query);
        let answer = http::send(SYSTEM, request, Effect::Repeatable).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(BuilderError::Refused(format!("{SYSTEM} does not have {path}")));
        }
        read(answer, Effect::Repeatable)
    }

    /// Begins a test request.
    pub(super) async fn begin(&self, ranch: Ranch, path: &str, body: &Value) -> Result<Value, BuilderError> {
        let request = self.request(ranch, Method::POST, path)?.json(body);
        read(http::send(SYSTEM, request, Effect::Begins).await?, Effect::Begins)
    }

    pub(super) async fn delete(&self, ranch: Ranch, path: &str) -> Result<Answer, BuilderError> {
        http::send(SYSTEM, self.request(ranch, Method::DELETE, path)?, Effect::Repeatable).await
    }
}

/// An answer's JSON, or why there is none. Only what names the fields that are wrong is a refusal
/// (`docs/contracts.md` section 4); everything else may be better next time.
pub(super) fn read(answer: Answer, effect: Effect) -> Result<Value, BuilderError> {
    if answer.status.is_success() && !answer.json.is_null() {
        return Ok(answer.json);
    }
    if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let reason = format!("{SYSTEM} does not accept our key: {}", answer.told());
        return Err(BuilderError::Unavailable { reason, retry_after: None });
    }
    let errors = &answer.json["errors"];
    if answer.status.is_client_error() && !errors.is_null() {
        let mut fields = Vec::new();
        collect(errors, "", &mut fields);
        return Err(BuilderError::Refused(format!("{SYSTEM}: {}", fields.join("; "))));
    }
    Err(answer.trouble(SYSTEM, effect))
}

/// Errors nested as the fields are, one `environments.0.arch: reason` each.
fn collect(errors: &Value, path: &str, fields: &mut Vec<String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match errors {
        Value::Object(inner) => inner.iter().for_each(|(name, value)| collect(value, &below(name), fields)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, path, fields)),
        Value::String(reason) => fields.push(format!("{path}: {reason}")),
        Value::Null | Value::Bool(_) | Value::Number(_) => fields.push(format!("{path}: {errors}")),
    }
}

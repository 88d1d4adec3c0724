//! How Bodhi is asked: JSON both ways, errors by field. What changes something needs a session: cookies, and a token that
//! belongs to them. One is made for each such call; there are few.

use reqwest::header::{ACCEPT, COOKIE};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::update::{Status, Update};
use super::{BodhiConfig, Login};
use crate::BuilderError;
use crate::http::{self, Answer, Effect};

pub(super) const SYSTEM: &str = "Bodhi";

/// What errors say that pass by themselves: Koji has not tagged or does not show the build yet, the update is just being
/// pushed, the session has ended, Koji could not be asked (`docs/contracts.md` 6).
const PASSING: [&str; 11] = [
    "not tagged with any of the following tags",
    "not tagged in",
    "Cannot find any tags associated with build",
    "Build does not exist",
    "Invalid koji build",
    "Koji error getting build",
    "doesn't contain any builds",
    "locked update",
    "CSRF",
    "Unable to create update",
    "error while requesting tagged builds",
];

#[derive(Debug)]
pub(super) struct Api {
    http: reqwest::Client,
    /// Without a slash at the end.
    pub(super) base: String,
    login: Login,
}

/// Who we are for one call: the cookies of the session and the token that goes with them.
pub(super) struct Session {
    cookies: String,
    csrf_token: String,
}

impl Api {
    pub(super) fn new(config: BodhiConfig) -> Result<Self, BuilderError> {
        let base = config.url.trim_end_matches('/').to_owned();
        Ok(Self { http: http::client(config.timeout)?, base, login: config.login })
    }

    fn request_to(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.base)).header(ACCEPT, "application/json")
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, BuilderError> {
        let request = self.request_to(Method::GET, path).query(query);
        let answer = http::send(SYSTEM, request, Effect::Repeatable).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(BuilderError::Refused(format!("{SYSTEM} does not have {path}")));
        }
        read(answer, Effect::Repeatable)
    }

    /// How many current releases there are.
    pub(super) async fn releases(&self) -> Result<u64, BuilderError> {
        let answer = self.get("releases/", &[("state", "current"), ("rows_per_page", "1")]).await?;
        answer["total"].as_u64().ok_or_else(|| {
            BuilderError::Refused(format!("what answers at {} is no {SYSTEM}: it has no releases", self.base))
        })
    }

    /// The updates that fit, newest first, at most a page of them.
    pub(super) async fn updates(&self, query: &[(&str, &str)]) -> Result<Vec<Update>, BuilderError> {
        let mut answer = self.get("updates/", query).await?;
        serde_json::from_value(answer["updates"].take()).map_err(|error| not_understood(&error))
    }

    pub(super) async fn update(&self, alias: &str) -> Result<Update, BuilderError> {
        let answer = self.get(&format!("updates/{}", escaped(alias)), &[]).await?;
        one_update(answer)
    }

    /// Creates or edits an update. That it exists already is as good as having created it.
    pub(super) async fn save(&self, body: Value) -> Result<Update, BuilderError> {
        let (builds, sidetag) = (body["builds"].clone(), body["from_tag"].clone());
        let answer = self.change("updates/", body).await?;
        let exists = errors(&answer).any(|error| error.contains("already exists"));
        if !exists {
            return one_update(read(answer, Effect::Begins)?);
        }
        let first = builds[0].as_str().unwrap_or_default();
        let query = match sidetag.as_str() {
            Some(sidetag) => ("from_side_tag_name", sidetag),
            None => ("builds", first),
        };
        let found =
            self.updates(&[query]).await?.into_iter().find(|update| update.status != Status::Unpushed);
        // It exists and cannot be seen: perhaps it was taken back this moment.
        found.ok_or_else(|| BuilderError::Unavailable {
            reason: format!("{SYSTEM}: {}", told(&answer)),
            retry_after: None,
        })
    }

    /// Asks for another status of an update. Asking for what it has is no error.
    pub(super) async fn request(&self, alias: &str, request: &str) -> Result<Update, BuilderError> {
        let path = format!("updates/{}/request", escaped(alias));
        let answer = self.change(&path, json!({"request": request})).await?;
        one_update(read(answer, Effect::Repeatable)?)
    }

    /// Sends something that changes what others see.
    async fn change(&self, path: &str, mut body: Value) -> Result<Answer, BuilderError> {
        let session = self.log_in().await?;
        body["csrf_token"] = json!(session.csrf_token);
        let request = self.request_to(Method::POST, path).header(COOKIE, session.cookies).json(&body);
        // A lost answer is looked up by the builds, whatever was sent.
        http::send(SYSTEM, request, Effect::Begins).await
    }

    /// Logs in, and asks for the token that goes with the session.
    pub(super) async fn log_in(&self) -> Result<Session, BuilderError> {
        let mut cookies = match &self.login {
            Login::Known => Vec::new(),
            Login::Oidc(login) => {
                let token = login.access_token(&self.http).await?;
                let mut answer = self.show(&token).await?;
                if answer.status == StatusCode::UNAUTHORIZED {
                    // It was withdrawn before its time; another one may be had.
                    let token = login.another_token(&self.http, &token).await?;
                    answer = self.show(&token).await?;
                }
                if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                    let reason = format!("{SYSTEM} does not accept our login: {}", answer.told());
                    return Err(BuilderError::Unavailable { reason, retry_after: None });
                }
                if !answer.status.is_success() {
                    return Err(answer.trouble(SYSTEM, Effect::Repeatable));
                }
                answer.cookies
            }
        };
        let request = self.request_to(Method::GET, "csrf").header(COOKIE, together(&cookies));
        let mut answer = http::send(SYSTEM, request, Effect::Repeatable).await?;
        cookies.append(&mut answer.cookies);
        match answer.json["csrf_token"].as_str() {
            Some(token) if answer.status.is_success() => {
                Ok(Session { cookies: together(&cookies), csrf_token: token.to_owned() })
            }
            _ => Err(answer.trouble(SYSTEM, Effect::Repeatable)),
        }
    }

    async fn show(&self, token: &SecretString) -> Result<Answer, BuilderError> {
        let request = self.request_to(Method::GET, "oidc/login-token").bearer_auth(token.expose_secret());
        http::send(SYSTEM, request, Effect::Repeatable).await
    }

    /// How long the login lasts, in words.
    pub(super) fn login_state(&self) -> String {
        match &self.login {
            Login::Known => "it asks for no login".to_owned(),
            Login::Oidc(login) => login.state(),
        }
    }
}

/// An alias as a part of a path. Bodhi's own have dashes, which need no escape.
fn escaped(alias: &str) -> String {
    http::segment(alias).replace("%2D", "-")
}

/// Cookies as they are sent; of those with the same name the newest counts.
fn together(cookies: &[(String, String)]) -> String {
    let newest: std::collections::BTreeMap<&str, &str> =
        cookies.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    newest.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// The one update of an answer. One that Bodhi has split by releases is the first: a target is of one branch.
fn one_update(mut answer: Value) -> Result<Update, BuilderError> {
    let update = match (answer.get("update").is_some(), answer["updates"].get(0).is_some()) {
        (true, _) => answer["update"].take(),
        (false, true) => answer["updates"][0].take(),
        (false, false) => answer,
    };
    serde_json::from_value(update).map_err(|error| not_understood(&error))
}

/// Something of tomorrow, or no Bodhi at all. What was begun is looked up.
fn not_understood(error: &serde_json::Error) -> BuilderError {
    BuilderError::Unknown(format!("{SYSTEM}'s answer cannot be understood: {error}"))
}

/// What is wrong, as Bodhi says it, field by field.
fn errors(answer: &Answer) -> impl Iterator<Item = &str> {
    let errors = answer.json["errors"].as_array().into_iter().flatten();
    errors.filter_map(|error| error["description"].as_str())
}

fn told(answer: &Answer) -> String {
    errors(answer).collect::<Vec<_>>().join("; ")
}

/// Whether an error is one that passes by itself.
fn passes(error: &str) -> bool {
    // A build that is no candidate yet belongs to no release; one that is a candidate and belongs to none never will.
    let is_early = error.contains("Cannot find release associated with") && !error.contains("-candidate'");
    is_early || PASSING.iter().any(|passing| error.contains(passing))
}

/// An answer's JSON, or why there is none. What Bodhi says of a field is a refusal, but for what passes by itself.
fn read(answer: Answer, effect: Effect) -> Result<Value, BuilderError> {
    if answer.status.is_success() && !answer.json.is_null() && answer.json["status"] != "error" {
        return Ok(answer.json);
    }
    let reason = format!("{SYSTEM}: {}", told(&answer));
    // Whoever is not known, and whoever is no packager.
    let is_stranger = answer.json["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|error| error["location"] == "cookies" || error["name"] == "HTTPForbidden");
    if !answer.status.is_client_error() || errors(&answer).next().is_none() {
        return Err(answer.trouble(SYSTEM, effect));
    }
    if is_stranger || errors(&answer).any(passes) {
        return Err(BuilderError::Unavailable { reason, retry_after: None });
    }
    Err(BuilderError::Refused(reason))
}

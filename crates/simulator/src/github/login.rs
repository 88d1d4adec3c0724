//! Logging in: GitHub's OAuth endpoints (authorization code with PKCE) and what a user's token is good for. Whoever
//! comes is whom they say they are: the page asks for a name and nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::auth::{Installation, bearer, refused};
use super::store::Repository;
use crate::shared::Shared;

/// A code that was given to a browser.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    login: String,
    redirect_uri: String,
    challenge: Option<String>,
    until: DateTime<Utc>,
}

/// An account as GitHub shows it; its number is made of its name.
pub(super) fn user_of(login: &str) -> Value {
    let digest = Sha256::digest(login.to_lowercase().as_bytes());
    let id = digest.iter().take(4).fold(1_u64, |id, byte| id * 256 + u64::from(*byte));
    json!({"login": login, "id": id, "type": "User", "site_admin": false})
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// GitHub suggests this account; here it is taken.
    login: Option<String>,
    /// Whether the person says no, which GitHub asks on the page.
    #[serde(default)]
    deny: bool,
}

/// Asks who it is, or sends the browser back with a code.
pub(super) async fn authorize(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    if asked.client_id != shared.accounts.github_client_id {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    if asked.code_challenge.is_some() && asked.code_challenge_method.as_deref() != Some("S256") {
        return refused(StatusCode::BAD_REQUEST, "code_challenge_method must be S256");
    }
    let Some(login) = asked.login.clone().filter(|login| !login.is_empty()) else {
        return Html(page(&asked)).into_response();
    };
    let state = asked.state.as_deref().unwrap_or_default();
    if asked.deny {
        return back(&asked.redirect_uri, &[("error", "access_denied"), ("state", state)]);
    }
    let code = format!("simulated{:016x}", shared.chances().u64(..));
    let until = Utc::now() + Duration::minutes(10);
    let redirect_uri = asked.redirect_uri.clone();
    let given = Code { login, redirect_uri, challenge: asked.code_challenge.clone(), until };
    shared.github().codes.insert(code.clone(), given);
    back(&asked.redirect_uri, &[("code", &code), ("state", state)])
}

fn back(redirect_uri: &str, pairs: &[(&str, &str)]) -> Response {
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    (StatusCode::FOUND, [(header::LOCATION, format!("{redirect_uri}{joint}{}", query.join("&")))])
        .into_response()
}

fn page(asked: &Asked) -> String {
    let hidden = [
        ("client_id", Some(&asked.client_id)),
        ("redirect_uri", Some(&asked.redirect_uri)),
        ("state", asked.state.as_ref()),
        ("code_challenge", asked.code_challenge.as_ref()),
        ("code_challenge_method", asked.code_challenge_method.as_ref()),
    ];
    let escaped = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let hidden: String = hidden
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value?)))
        })
        .collect();
    format!(
        "<!doctype html><title>Simulated GitHub</title><h1>Log in to the simulated GitHub</h1><form>{hidden}\
        <label>Account <input name=\"login\" autofocus required></label> <button>Authorize</button> \
        <button name=\"deny\" value=\"true\">Cancel</button></form>"
    )
}

#[derive(Debug, Deserialize)]
pub(super) struct Exchange {
    client_id: String,
    client_secret: String,
    code: String,
    #[serde(default)]
    redirect_uri: String,
    code_verifier: Option<String>,
}

/// A user's token for a code, once. GitHub answers 200 in any case, as a form unless JSON is asked for.
pub(super) async fn exchange(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(asked): Form<Exchange>,
) -> Response {
    if asked.client_id != shared.accounts.github_client_id {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    let answer = match granted(&shared, &asked) {
        Ok(token) => {
            vec![("access_token", token), ("scope", String::new()), ("token_type", "bearer".to_owned())]
        }
        Err(error) => {
            vec![("error", error.to_owned()), ("error_description", format!("The simulator says {error}."))]
        }
    };
    if headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json") {
        let fields = answer.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
        return Json(Value::Object(fields.collect())).into_response();
    }
    let form: Vec<String> = answer
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form.join("&")).into_response()
}

fn granted(shared: &Shared, asked: &Exchange) -> Result<String, &'static str> {
    if asked.client_secret != shared.accounts.github_client_secret {
        return Err("incorrect_client_credentials");
    }
    let code = shared.github().codes.remove(&asked.code).filter(|code| code.until > Utc::now());
    let code = code.ok_or("bad_verification_code")?;
    if code.redirect_uri != asked.redirect_uri {
        return Err("redirect_uri_mismatch");
    }
    let challenged =
        asked.code_verifier.as_ref().map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if code.challenge.is_some() && code.challenge != challenged {
        return Err("bad_verification_code");
    }
    let token = format!("ghu_simulated{:016x}", shared.chances().u64(..));
    shared.github().user_tokens.insert(token.clone(), code.login);
    Ok(token)
}

/// Who reads: a user by their token, or who may read all that is here.
pub(super) enum Reader {
    User(String),
    Installation,
}

impl Reader {
    pub(super) fn may_read(&self, repository: &Repository) -> bool {
        match self {
            Self::Installation => true,
            Self::User(login) => {
                let granted = repository.permissions.get(login).map(String::as_str);
                granted.map_or(!repository.private, |permission| permission != "none")
            }
        }
    }
}

impl FromRequestParts<Arc<Shared>> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let user = bearer(parts).and_then(|token| shared.github().user_tokens.get(token).cloned());
        match user {
            Some(login) => Ok(Self::User(login)),
            None => Installation::from_request_parts(parts, shared).await.map(|_| Self::Installation),
        }
    }
}

/// Who the user is.
pub(super) async fn user(reader: Reader) -> Response {
    match reader {
        Reader::User(login) => Json(user_of(&login)).into_response(),
        Reader::Installation => refused(StatusCode::FORBIDDEN, "Resource not accessible by integration"),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Withdrawn {
    access_token: String,
}

/// Withdraws a user's token; the client proves itself by its id and secret.
pub(super) async fn withdraw(
    State(shared): State<Arc<Shared>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    Json(asked): Json<Withdrawn>,
) -> Response {
    let accounts = &shared.accounts;
    let basic = STANDARD.encode(format!("{}:{}", accounts.github_client_id, accounts.github_client_secret));
    let is_client =
        headers.get(header::AUTHORIZATION).is_some_and(|shown| *shown == format!("Basic {basic}"));
    if !is_client || client_id != accounts.github_client_id {
        return refused(StatusCode::UNAUTHORIZED, "Requires authentication");
    }
    match shared.github().user_tokens.remove(&asked.access_token) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => refused(StatusCode::NOT_FOUND, "Not Found"),
    }
}

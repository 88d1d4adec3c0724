//! Who calls: the App by a signed token (its shape and times are checked, its signature is not: only the App has the
//! key), an installation by a token that was given out here, a person by an access token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Duration, Utc};
use serde_json::{Value, json};

use crate::shared::Shared;

/// How long an App's token may be valid, in seconds, with the minute that clocks may differ.
const LONGEST_APP_TOKEN: i64 = 10 * 60 + 60;

pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message, "documentation_url": "https://docs.github.com/rest"})))
        .into_response()
}

pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let shown = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    shown.strip_prefix("Bearer ").or_else(|| shown.strip_prefix("token "))
}

/// The App calls.
pub(super) struct App;

impl FromRequestParts<Arc<Shared>> for App {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let good = bearer(parts).is_some_and(|token| is_app_token(token, &shared.accounts.github_app_id));
        if good {
            return Ok(Self);
        }
        Err(refused(StatusCode::UNAUTHORIZED, "A JSON web token could not be decoded"))
    }
}

fn is_app_token(token: &str, app_id: &str) -> bool {
    let part =
        |text: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else { return false };
    let (Some(head), Some(claims)) = (part(head), part(claims)) else { return false };
    let issuer = claims["iss"].as_str().map_or_else(|| claims["iss"].to_string(), str::to_owned);
    let now = Utc::now().timestamp();
    let (Some(from), Some(until)) = (claims["iat"].as_i64(), claims["exp"].as_i64()) else { return false };
    let signed = URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| bytes.len() >= 128);
    head["alg"] == "RS256"
        && signed
        && issuer == app_id
        && from <= now
        && until > now
        && until - from <= LONGEST_APP_TOKEN
}

/// An installation or a person calls.
pub(super) struct Installation {
    /// Whether an App does, not a person.
    pub(super) is_app: bool,
}

impl FromRequestParts<Arc<Shared>> for Installation {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let shown = bearer(parts);
        let until = shown.and_then(|token| shared.github().tokens.get(token).copied());
        if until.is_some_and(|until| until > Utc::now()) {
            return Ok(Self { is_app: true });
        }
        if shown == Some(&shared.accounts.github_token) {
            return Ok(Self { is_app: false });
        }
        Err(refused(StatusCode::UNAUTHORIZED, "Bad credentials"))
    }
}

pub(super) async fn app(State(shared): State<Arc<Shared>>, _app: App) -> Json<Value> {
    let permissions = json!({
        "metadata": "read", "contents": "read", "checks": "write", "statuses": "write", "issues": "write",
        "pull_requests": "write",
    });
    let id = shared.accounts.github_app_id.parse::<u64>().ok();
    Json(json!({"id": id, "slug": "packflow", "name": "Packflow", "permissions": permissions}))
}

pub(super) async fn rate_limit(_caller: Installation) -> Json<Value> {
    Json(json!({"resources": {"core": {"limit": 5000, "remaining": 5000, "used": 0}}}))
}

/// One installation serves all repositories.
const INSTALLATION: u64 = 1;

pub(super) async fn installation(
    State(shared): State<Arc<Shared>>,
    _app: App,
    Path((owner, name)): Path<(String, String)>,
) -> Response {
    match shared.github().repository(&owner, &name) {
        Some((owner, _, repository)) if !repository.not_installed => {
            Json(json!({"id": INSTALLATION, "account": {"login": owner}, "app_slug": "packflow"}))
                .into_response()
        }
        _ => refused(StatusCode::NOT_FOUND, "Not Found"),
    }
}

pub(super) async fn access_token(
    State(shared): State<Arc<Shared>>,
    _app: App,
    Path(id): Path<u64>,
) -> Response {
    if id != INSTALLATION {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    }
    let until = Utc::now() + Duration::hours(1);
    let chance = shared.chances().u64(..);
    let mut github = shared.github();
    let token = format!("ghs_simulated{chance:016x}{}", github.next_id());
    github.tokens.insert(token.clone(), until);
    let body = json!({
        "token": token,
        "expires_at": until.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "permissions": {
            "checks": "write", "contents": "read", "issues": "write", "metadata": "read", "pull_requests": "write",
            "statuses": "write",
        },
        "repository_selection": "all",
    });
    (StatusCode::CREATED, Json(body)).into_response()
}

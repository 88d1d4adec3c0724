//! The provider that hands out tokens, and the session that a token is exchanged for. Nothing here is a secret.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::http::{body, cookie};
use crate::shared::{Shared, now_ms};

/// How long an access token is good, in seconds.
const TOKEN_SECONDS: i64 = 3600;
/// What tokens and tickets begin with.
const ACCESS: &str = "simulated-access-";
const TICKET: &str = "ticket-";
const SCOPES: &str = "openid email profile https://id.fedoraproject.org/scope/groups \
    https://id.fedoraproject.org/scope/agreements";

pub(super) async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let provider = format!("{}/bodhi/openidc", shared.url);
    Json(json!({
        "issuer": provider,
        "authorization_endpoint": format!("{provider}/Authorization"),
        "token_endpoint": format!("{provider}/Token"),
        "userinfo_endpoint": format!("{provider}/UserInfo"),
        "response_modes_supported": ["query", "oob"],
    }))
}

/// Renews tokens. A refresh token is good once: the newest one counts.
pub(super) async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let asked = body(&headers, &bytes);
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    if asked["grant_type"] != "refresh_token" {
        return refused("unsupported_grant_type");
    }
    let mut bodhi = shared.bodhi();
    if asked["refresh_token"] != *bodhi.refresh_token(&shared.accounts.bodhi_refresh_token) {
        return refused("invalid_grant");
    }
    bodhi.renewals += 1;
    let refresh = bodhi.refresh_token(&shared.accounts.bodhi_refresh_token);
    Json(json!({
        "access_token": format!("{ACCESS}{}-{}", bodhi.renewals, now_ms() / 1000 + TOKEN_SECONDS),
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": SCOPES,
    }))
    .into_response()
}

/// When a token ends, in seconds since 1970; none if it is none, or a newer one was handed out long ago.
fn end_of(token: &str) -> Option<i64> {
    let (_, end) = token.strip_prefix(ACCESS)?.split_once('-')?;
    end.parse().ok().filter(|end| *end > now_ms() / 1000)
}

/// What a server asks that was shown a token.
pub(super) async fn token_info(headers: HeaderMap, bytes: Bytes) -> Json<Value> {
    let asked = body(&headers, &bytes);
    match end_of(asked["token"].as_str().unwrap_or_default()) {
        Some(end) => Json(json!({"active": true, "scope": SCOPES, "exp": end, "client_id": "bodhi-client"})),
        None => Json(json!({"active": false})),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

pub(super) async fn user_info(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if bearer(&headers).and_then(end_of).is_none() {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_token"}))).into_response();
    }
    let user = &shared.accounts.bodhi_user;
    let known = json!({"sub": user, "nickname": user, "email": format!("{user}@example.com"),
        "groups": ["packager"]});
    Json(known).into_response()
}

/// Exchanges a token for a ticket, which is a cookie.
pub(super) async fn with_token(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if bearer(&headers).and_then(end_of).is_none() {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_token"}))).into_response();
    }
    let ticket = format!("auth_tkt={TICKET}{}; Path=/; HttpOnly", shared.accounts.bodhi_user);
    (StatusCode::ACCEPTED, [(header::SET_COOKIE, ticket)], "").into_response()
}

/// Whom a ticket is for.
pub(super) fn user_of(shared: &Shared, ticket: &str) -> Option<String> {
    if shared.accounts.bodhi_knows_everybody {
        return Some(shared.accounts.bodhi_user.clone());
    }
    ticket.strip_prefix(TICKET).filter(|user| *user == shared.accounts.bodhi_user).map(str::to_owned)
}

/// The token that goes with a session.
pub(super) fn csrf_of(session: &str) -> String {
    format!("csrf-of-{session}")
}

pub(super) async fn csrf(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let session = match cookie(&headers, "session") {
        Some(session) => session.to_owned(),
        None => format!("{:016x}", shared.chances().u64(..)),
    };
    let token = Json(json!({"csrf_token": csrf_of(&session)}));
    ([(header::SET_COOKIE, format!("session={session}; Path=/"))], token).into_response()
}

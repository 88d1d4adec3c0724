//! Who calls, and whether they are let in. Every route that shows or changes something stands behind [`identify`]; the
//! others are the webhooks, which check their senders, and what supervisors and browsers need before anybody is known.
//!
//! A caller is known by a token (`Authorization: Bearer`) or by a login (a cookie). A login counts for a change only if one of
//! our own pages asked for it ([`origin`]), and every known caller may change things only so often ([`rate`]).

mod caller;
mod cookies;
mod login;
mod origin;
mod permits;
mod rate;
mod readers;
mod return_path;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Utc;
use domain::ids::EventId;
use domain::words::{ProjectKey, Scope};
use secrecy::SecretString;
use store::sessions::{self, Account};
use store::{Db, tokens};

use crate::guard;
use crate::pages::Notice;
use crate::problem::Problem;
use crate::server::Shared;

pub(crate) use caller::Caller;
pub(crate) use login::{address as login_address, begin, callback, ended, logout};
use permits::Permits;
use rate::Rate;
use readers::Readers;

/// Who may read what is public.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadAccess {
    /// Everybody.
    #[default]
    Open,
    /// Whoever has a token, or is logged in where that is possible.
    Token,
    /// Whoever is logged in, or has a token.
    Login,
}

/// Changes that a caller may ask for in a minute, unless told otherwise.
pub const CHANGES_PER_MINUTE: u32 = 60;

/// How callers become known, and what is open to whom. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    reading: ReadAccess,
    login: Option<Arc<dyn LoginForge>>,
    readers: Arc<Readers>,
    rate: Arc<Rate>,
    permits: Arc<Permits>,
}

impl Identity {
    /// `login` is where people log in, if they can.
    pub fn new(reading: ReadAccess, login: Option<Arc<dyn LoginForge>>, changes_per_minute: u32) -> Self {
        let rate = Arc::new(Rate::new(changes_per_minute));
        Self { reading, login, readers: Arc::default(), rate, permits: Arc::default() }
    }

    /// The host of the forge at which people log in, if they can.
    pub(crate) fn login_forge(&self) -> Option<&str> {
        self.login.as_deref().map(LoginForge::forge)
    }

    /// Counts one thing that costs as much as a change.
    ///
    /// # Errors
    /// 429 if there were too many.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Problem> {
        self.rate.take(&caller.name()).map_err(Problem::too_many)
    }

    /// Whether it was found out a moment ago that this caller may plan reruns of an event.
    pub(crate) fn may_still(&self, caller: &Caller, event: EventId) -> bool {
        self.permits.hold(&caller.key(), event, Instant::now())
    }

    /// Remembers that, for a moment.
    pub(crate) fn may_for_now(&self, caller: &Caller, event: EventId) {
        self.permits.remember(&caller.key(), event, Instant::now());
    }

    /// The private projects that somebody may read.
    pub(crate) async fn readable(
        &self,
        db: &Db,
        account: &Account,
    ) -> store::Result<Vec<domain::ids::ProjectId>> {
        match self.login.as_deref().filter(|login| login.forge() == account.forge) {
            Some(login) => self.readers.readable(db, login, account).await,
            None => Ok(Vec::new()),
        }
    }
}

impl Default for Identity {
    /// Reading is open, and nobody logs in.
    fn default() -> Self {
        Self::new(ReadAccess::Open, None, CHANGES_PER_MINUTE)
    }
}

/// A forge at which people log in, by OAuth's authorization code with PKCE (RFC 6749, RFC 7636).
#[async_trait]
pub trait LoginForge: Send + Sync {
    /// The forge's host.
    fn forge(&self) -> &str;

    /// Where a browser is sent to log in. It comes back to `redirect_uri` with `state` and a code.
    fn authorize_url(&self, redirect_uri: &str, state: &str, challenge: &str) -> String;

    /// Whose code it is. What the code was exchanged for is not kept.
    ///
    /// # Errors
    /// If the forge does not take the code, or does not answer.
    async fn account(&self, code: &str, verifier: &str, redirect_uri: &str) -> Result<Account, LoginError>;

    /// Whether somebody may read a private project, as the forge sees it now.
    ///
    /// # Errors
    /// If the forge does not answer; with the reason.
    async fn may_read(&self, account: &Account, project: &ProjectKey) -> Result<bool, String>;
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The forge does not take the code, or not from us.
    #[error("{0}")]
    Refused(String),
    /// The forge does not answer.
    #[error("{0}")]
    Unavailable(String),
}

/// Finds out who calls and lets them in, or not.
pub(crate) async fn identify(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match admitted(&web, &parts).await {
        Ok(caller) => caller,
        Err(Refusal::Problem(problem)) => return personal(guard::answer(parts.uri.path(), problem)),
        Err(Refusal::Answer(response)) => return personal(response),
    };
    let is_anonymous = caller == Caller::Anonymous;
    parts.extensions.insert(caller);
    let response = next.run(Request::from_parts(parts, body)).await;
    if is_anonymous { varying(response) } else { personal(varying(response)) }
}

enum Refusal {
    Problem(Problem),
    Answer(Response),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn admitted(web: &Shared, request: &Parts) -> Result<Caller, Refusal> {
    let caller = caller_of(web, &request.headers).await?;
    let identity = &web.identity;
    if caller == Caller::Anonymous && identity.reading != ReadAccess::Open {
        return Err(closed(web, request));
    }
    if !request.method.is_safe() && caller != Caller::Anonymous {
        if matches!(caller, Caller::User(_)) && !origin::is_ours(&web.public_url, &request.headers) {
            return Err(origin::refusal().into());
        }
        identity.count(&caller)?;
    }
    Ok(caller)
}

/// A token that is none is refused, even where nobody needs one: who sends it believes to be known. A login that ended is
/// nobody's.
pub(crate) async fn caller_of(web: &Shared, headers: &HeaderMap) -> Result<Caller, Problem> {
    let now = Utc::now();
    if let Some(shown) = headers.get(AUTHORIZATION) {
        let wrong = || {
            let detail = "This token is unknown, ended or was revoked; `packflow token create` makes one.";
            Problem::new(StatusCode::UNAUTHORIZED, detail).at("Authorization")
        };
        let secret = bearer(shown).ok_or_else(wrong)?;
        let token = tokens::find(&web.db, &secret, now).await?.ok_or_else(wrong)?;
        note(tokens::used(&web.db, &token, now).await);
        return Ok(Caller::Token { name: token.name, scopes: token.scopes });
    }
    let Some(secret) = cookies::session(&web.public_url, headers) else { return Ok(Caller::Anonymous) };
    let Some(session) = sessions::find(&web.db, &secret, now).await? else { return Ok(Caller::Anonymous) };
    note(sessions::used(&web.db, &session, now).await);
    Ok(Caller::User(session.account))
}

fn bearer(shown: &HeaderValue) -> Option<SecretString> {
    let (scheme, secret) = shown.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretString::from(secret.trim()))
}

/// When it was used last is not worth failing for.
fn note(written: store::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(error = &error as &dyn std::error::Error, "that a caller came could not be noted");
    }
}

/// Programs are told to show a token; browsers are sent to log in, and where that is not possible, told why they cannot.
fn closed(web: &Shared, request: &Parts) -> Refusal {
    let path = request.uri.path();
    if path.starts_with("/api/") && path != "/api/v1/documentation" {
        let detail = "Reading is not open here: send `Authorization: Bearer TOKEN`.";
        return Problem::new(StatusCode::UNAUTHORIZED, detail).at("Authorization").into();
    }
    // A script that looks again after the login ended is told so; only a person can log in.
    let is_visit = request.method == Method::GET
        && request.headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    Refusal::Answer(match login_address(web, Some(&request.uri)) {
        Some(address) if is_visit => Redirect::to(&address).into_response(),
        login => Notice::closed(login).into_response(),
    })
}

/// What an answer is depends on who asked.
fn varying(mut response: Response) -> Response {
    for name in [AUTHORIZATION, COOKIE] {
        response.headers_mut().append(VARY, name.into());
    }
    response
}

/// The answer is for whoever asked alone, so nothing between keeps it.
fn personal(mut response: Response) -> Response {
    let is_stored = response.headers().get(CACHE_CONTROL).is_none_or(|told| told != "no-store");
    if is_stored {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    response
}

/// What a token with this scope, and nobody else, may do.
///
/// # Errors
/// 401 for who is not known, 403 for who may not.
pub(crate) fn require(caller: &Caller, scope: Scope) -> Result<(), Problem> {
    match caller {
        Caller::Token { scopes, .. } if scopes.allow(scope) => Ok(()),
        Caller::Token { name, .. } => {
            Err(Problem::new(StatusCode::FORBIDDEN, format!("The token `{name}` lacks the scope `{scope}`.")))
        }
        Caller::User(_) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("A login does not reach here: send a token with the scope `{scope}`."),
        )),
        Caller::Anonymous => {
            let detail =
                format!("A token with the scope `{scope}` is needed: send `Authorization: Bearer TOKEN`.");
            Err(Problem::new(StatusCode::UNAUTHORIZED, detail).at("Authorization"))
        }
    }
}

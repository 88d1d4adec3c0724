//! Logging in at a forge and out again: `/login`, `/login/callback`, `/logout`.
//!
//! Nothing is kept here while somebody logs in. Their browser keeps one random secret in a cookie; `state`, which binds the
//! forge's answer to this browser, and PKCE's verifier, which binds the code to it, are both made of that secret.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::sessions;
use url::form_urlencoded;

use super::cookies::{self, Cookie};
use super::{LoginError, LoginForge, ReadAccess, return_path};
use crate::pages::{ErrorPage, Notice};
use crate::problem::Problem;
use crate::server::Shared;

/// Where to log in, to come back to `page`; none if nobody can.
pub(crate) fn address(web: &Shared, page: Option<&Uri>) -> Option<String> {
    web.identity.login.as_ref()?;
    let path = page.and_then(|page| page.path_and_query()).map_or("/", |path| path.as_str());
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("return", path).finish();
    Some(format!("/login?{query}"))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    r#return: Option<String>,
}

/// Sends a browser to the forge.
pub(crate) async fn begin(
    State(web): State<Shared>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ErrorPage> {
    let Some(forge) = &web.identity.login else {
        let is_open = web.identity.reading == ReadAccess::Open;
        let notice = if is_open { Notice::open() } else { Notice::closed(None) };
        return Ok(notice.into_response());
    };
    let back = asked.ok().and_then(|Query(asked)| asked.r#return);
    let back = return_path::local(back.as_deref().unwrap_or("/"));
    let pending = Pending::new(back)?;
    let address = forge.authorize_url(&redirect_uri(&web), &pending.state(), &pending.challenge());
    let cookie = Cookie::Login.set(&web.public_url, &pending.cookie());
    Ok(([(SET_COOKIE, cookie.ok_or_else(Problem::internal)?)], Redirect::to(&address)).into_response())
}

/// What the forge sends a browser back with.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Takes the forge's answer, and begins a login of its account.
pub(crate) async fn callback(
    State(web): State<Shared>,
    headers: HeaderMap,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Result<Response, ErrorPage> {
    let Some(forge) = &web.identity.login else { return Err(Problem::not_found("such address").into()) };
    let pending = Cookie::Login.read(&web.public_url, &headers).and_then(|cookie| Pending::read(&cookie));
    let mut response = match (pending, answer) {
        (Some(pending), Ok(Query(answer))) if answer.state.as_deref() == Some(&*pending.state()) => {
            log_in(&web, forge.as_ref(), &pending, answer, &headers).await?
        }
        // Too late, twice, or begun by somebody else in this person's name.
        _ => Notice::not_logged_in("This login was not begun in this browser, or too long ago.")
            .into_response(),
    };
    response.headers_mut().extend(Cookie::Login.clear(&web.public_url).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

async fn log_in(
    web: &Shared,
    forge: &dyn LoginForge,
    pending: &Pending,
    answer: Answer,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let Some(code) = answer.code.filter(|_| answer.error.is_none()) else {
        return Ok(
            Notice::not_logged_in("The forge was told not to let Packflow know who you are.").into_response()
        );
    };
    let account = match forge.account(&code, &pending.verifier(), &redirect_uri(web)).await {
        Ok(account) => account,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a login failed");
            return Ok(match error {
                LoginError::Refused(_) => {
                    Notice::not_logged_in("The forge did not confirm this login; it may have been too old.")
                        .into_response()
                }
                LoginError::Unavailable(_) => {
                    let detail = format!("{} does not answer at the moment.", forge.forge());
                    ErrorPage::from(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)).into_response()
                }
            });
        }
    };
    // Whoever was logged in with this browser is not any more, and no secret outlives a login.
    if let Some(before) = cookies::session(&web.public_url, headers) {
        sessions::end(&web.db, &before).await?;
    }
    let secret = sessions::begin(&web.db, &account, Utc::now()).await?;
    tracing::info!(forge = account.forge, login = account.login, "somebody logged in");
    let mut response = Redirect::to(&return_path::local(&pending.back)).into_response();
    response
        .headers_mut()
        .extend(Cookie::Session.set(&web.public_url, &secret).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `POST /logout`: ends the login.
pub(crate) async fn logout(State(web): State<Shared>, headers: HeaderMap) -> Result<Response, ErrorPage> {
    if let Some(secret) = cookies::session(&web.public_url, &headers) {
        sessions::end(&web.db, &secret).await?;
    }
    let mut response = Redirect::to("/logged-out").into_response();
    response.headers_mut().extend(Cookie::Session.clear(&web.public_url).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `/logged-out`, where nobody is sent to log in again.
pub(crate) async fn ended(State(web): State<Shared>) -> Notice {
    Notice::logged_out(address(&web, None))
}

fn redirect_uri(web: &Shared) -> String {
    format!("{}/login/callback", web.public_url)
}

/// A login that is under way.
struct Pending {
    secret: SecretString,
    back: String,
}

impl Pending {
    fn new(back: String) -> Result<Self, Problem> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "the system gives no random numbers");
            Problem::internal()
        })?;
        Ok(Self { secret: URL_SAFE_NO_PAD.encode(bytes).into(), back })
    }

    fn read(cookie: &str) -> Option<Self> {
        let (secret, back) = cookie.split_once('.')?;
        let back = String::from_utf8(URL_SAFE_NO_PAD.decode(back).ok()?).ok()?;
        Some(Self { secret: SecretString::from(secret), back })
    }

    fn cookie(&self) -> SecretString {
        format!("{}.{}", self.secret.expose_secret(), URL_SAFE_NO_PAD.encode(&self.back)).into()
    }

    fn state(&self) -> String {
        self.derived("state")
    }

    fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// RFC 7636, 4.2: S256.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier().as_bytes()))
    }

    fn derived(&self, what: &str) -> String {
        let text = format!("{what} {}", self.secret.expose_secret());
        URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
    }
}

//! What all clients share: one HTTP client, bounded answers, and the question that matters after a failed call: may it
//! have begun?

use std::time::Duration;

use reqwest::header::{RETRY_AFTER, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode, redirect};
use serde_json::Value;

use crate::BuilderError;

/// The largest answer that is read, in bytes: a list of builds is far below.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many characters of an error page are told on.
const SHOWN_OF_ERROR: usize = 300;

/// A client for one build system. Redirects are followed on the same host only: credentials belong to a host.
pub(crate) fn client(timeout: Duration) -> Result<reqwest::Client, BuilderError> {
    build(builder(timeout))
}

/// What [`client`] is made of, for a client that shows a certificate of its own.
pub(crate) fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    // Whoever came first has chosen the cryptography; then there is nothing left to do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let same_host = redirect::Policy::custom(|attempt| {
        let previous = attempt.previous();
        let from = previous.last();
        let same = from.is_some_and(|from| from.origin() == attempt.url().origin());
        if same && previous.len() <= 3 { attempt.follow() } else { attempt.stop() }
    });
    reqwest::Client::builder()
        .user_agent(concat!("packflow/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .redirect(same_host)
}

/// Makes a client.
pub(crate) fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, BuilderError> {
    builder
        .build()
        .map_err(|error| BuilderError::Refused(format!("no HTTP client can be made: {}", chain(&error))))
}

/// What a call does to the other side, which decides what a lost answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing, or the same again: it can be repeated.
    Repeatable,
    /// It begins work: after a lost answer nobody knows whether it has.
    Begins,
}

/// An answer that has arrived in full.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The JSON; null if the body is none.
    pub(crate) json: Value,
    /// All of it, for what is no JSON.
    pub(crate) body: Vec<u8>,
    /// The cookies that it sets, name and value.
    pub(crate) cookies: Vec<(String, String)>,
    text: String,
    retry_after: Option<Duration>,
}

/// Sends a call and reads the whole answer, whatever its status.
pub(crate) async fn send(
    system: &str,
    request: RequestBuilder,
    effect: Effect,
) -> Result<Answer, BuilderError> {
    let mut response = request.send().await.map_err(|error| {
        let reason = format!("{system}: {}", chain(&error));
        // Without a connection nothing was sent.
        if error.is_connect() || error.is_builder() {
            unavailable(reason, None)
        } else {
            lost(reason, effect)
        }
    })?;
    let status = response.status();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let set = response.headers().get_all(SET_COOKIE).iter();
    let cookies = set.filter_map(|value| cookie(value.to_str().ok()?)).collect();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => {
                return Err(lost(format!("{system}: the answer is too large"), effect));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(lost(format!("{system}: {}", chain(&error)), effect)),
        }
    }
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let text = String::from_utf8_lossy(&body).chars().take(SHOWN_OF_ERROR).collect();
    Ok(Answer { status, json, body, cookies, text, retry_after })
}

/// The name and value of a cookie that is set; an empty one is taken away.
fn cookie(set: &str) -> Option<(String, String)> {
    let (name, value) = set.split(';').next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

impl Answer {
    /// The status and the beginning of the body, for a reason.
    pub(crate) fn told(&self) -> String {
        format!("{} {}", self.status, self.text.split_whitespace().collect::<Vec<_>>().join(" "))
            .trim()
            .to_owned()
    }

    /// What an answer means that is neither a success nor understood: it could not just now. Only gateways and crashes
    /// may hide that the work was begun; 503 and 429 are said before any work.
    pub(crate) fn trouble(&self, system: &str, effect: Effect) -> BuilderError {
        let reason = format!("{system}: {}", self.told());
        let may_have_begun = self.status.is_success()
            || (self.status.is_server_error() && self.status != StatusCode::SERVICE_UNAVAILABLE);
        if may_have_begun { lost(reason, effect) } else { unavailable(reason, self.retry_after) }
    }
}

/// The answer is lost.
pub(crate) fn lost(reason: String, effect: Effect) -> BuilderError {
    match effect {
        Effect::Repeatable => unavailable(reason, None),
        Effect::Begins => BuilderError::Unknown(reason),
    }
}

pub(crate) fn unavailable(reason: String, retry_after: Option<Duration>) -> BuilderError {
    BuilderError::Unavailable { reason, retry_after }
}

/// An error with its causes: the outermost alone says too little ("error sending request").
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

/// One part of a path, escaped.
pub(crate) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::http::{StatusCode, header};
    use axum::response::{IntoResponse, Redirect};
    use axum::routing::get;

    use super::{Answer, Effect, LARGEST_ANSWER, client, send};
    use crate::BuilderError;

    async fn serve() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // The same machine by another name is another host.
        let elsewhere = format!("{}/json", url.replace("127.0.0.1", "localhost"));
        let too_busy = || async {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")], "busy").into_response()
        };
        let router = Router::new()
            .route("/json", get(|| async { "{\"is\": \"there\"}" }))
            .route("/here", get(|| async { Redirect::temporary("/json") }))
            .route("/away", get(|| async move { Redirect::temporary(&elsewhere) }))
            .route("/large", get(|| async { "x".repeat(LARGEST_ANSWER + 1) }))
            .route("/busy", get(too_busy))
            .route("/gateway", get(|| async { (StatusCode::BAD_GATEWAY, "<h1>Bad Gateway</h1>") }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    async fn call(url: &str, path: &str, effect: Effect) -> Result<Answer, BuilderError> {
        let client = client(Duration::from_secs(5)).unwrap();
        send("It", client.get(format!("{url}{path}")), effect).await
    }

    #[tokio::test]
    async fn redirects_are_followed_on_the_same_host_only() {
        let url = serve().await;
        assert_eq!(call(&url, "/here", Effect::Repeatable).await.unwrap().json["is"], "there");
        let away = call(&url, "/away", Effect::Repeatable).await.unwrap();
        assert_eq!((away.status, away.json.is_null()), (StatusCode::TEMPORARY_REDIRECT, true));
    }

    #[tokio::test]
    async fn an_answer_is_read_within_bounds() {
        let url = serve().await;
        let error = call(&url, "/large", Effect::Begins).await.unwrap_err();
        assert!(matches!(&error, BuilderError::Unknown(reason) if reason.contains("too large")), "{error:?}");
    }

    #[tokio::test]
    async fn only_what_may_have_begun_is_unknown() {
        let url = serve().await;
        let trouble = async |path, effect| call(&url, path, effect).await.unwrap().trouble("It", effect);
        let busy = trouble("/busy", Effect::Begins).await;
        let BuilderError::Unavailable { reason, retry_after } = busy else { panic!("{busy:?}") };
        assert_eq!(
            (reason.as_str(), retry_after),
            ("It: 503 Service Unavailable busy", Some(Duration::from_secs(7)))
        );
        let gateway = trouble("/gateway", Effect::Begins).await;
        assert!(matches!(gateway, BuilderError::Unknown(_)), "{gateway:?}");
        let gateway = trouble("/gateway", Effect::Repeatable).await;
        assert!(matches!(gateway, BuilderError::Unavailable { .. }), "{gateway:?}");
        // Nothing listens there, so nothing was begun.
        let nobody = call("http://127.0.0.1:9", "/", Effect::Begins).await.unwrap_err();
        assert!(matches!(nobody, BuilderError::Unavailable { .. }), "{nobody:?}");
    }
}

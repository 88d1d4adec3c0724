//! HTTP to one configured host: what may go wrong is told in one way, and credentials go nowhere else.

use std::time::Duration;

use chrono::Utc;
use domain::words::ProjectKey;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LINK, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::ForgeError;
use crate::text::one_line;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a call may take as a whole.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes. GitHub's longest is a list of files of 7 MB.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;
/// What GitHub asks for when it limits calls without saying for how long (`docs/contracts.md` 1.6).
const WAIT_WHEN_LIMITED: Duration = Duration::from_secs(60);
/// No wait that GitHub asks for is longer: its limits are counted by the hour.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// How often a redirect is followed: a repository was renamed, perhaps twice.
const MOST_REDIRECTS: usize = 4;

/// Settings that no client can be made of: what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSettings(pub(crate) String);

/// A client calls for projects of its own host alone.
pub(crate) fn of_host(project: &ProjectKey, host: &str) -> Result<(), ForgeError> {
    if project.forge == host {
        Ok(())
    } else {
        Err(ForgeError::Refused(format!("{project} is not a project of {host}")))
    }
}

/// What differs from forge to forge in how it is spoken to.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// What stands before the token in the header Authorization.
    pub(crate) scheme: &'static str,
    /// Headers that every call has.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Whether bodies are forms; else they are JSON.
    pub(crate) forms: bool,
}

/// The API of one host.
#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    api: Url,
    dialect: &'static Dialect,
}

/// One call to be made.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// The parts of the path after the API's own; each is encoded.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<serde_json::Value>,
    pub(crate) token: &'a SecretString,
}

/// An answer: yes, or a no that may be of interest.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    /// The call, to be named in a reason.
    call: String,
}

impl Http {
    /// A client of the API at this address, which must be HTTPS, or HTTP on this machine's own loopback.
    pub(crate) fn new(api_url: &str, dialect: &'static Dialect) -> Result<Self, InvalidSettings> {
        Self::with_timeout(api_url, dialect, CALL_TIMEOUT).map_err(InvalidSettings)
    }

    fn with_timeout(api_url: &str, dialect: &'static Dialect, timeout: Duration) -> Result<Self, String> {
        let api = Url::parse(api_url).map_err(|error| format!("`{api_url}` is not a URL: {error}"))?;
        if api.host().is_none() {
            return Err(format!("`{api_url}` names no host"));
        }
        let loopback = is_loopback(&api);
        if !api.username().is_empty() || api.password().is_some() {
            return Err("the API's URL must hold no credentials".to_owned());
        }
        if api.scheme() != "https" && !(api.scheme() == "http" && loopback) {
            return Err(format!("`{api_url}` would carry tokens in the open; use https"));
        }
        // Whoever came first has chosen the cryptography; then there is nothing left to do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .user_agent(concat!("packflow/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(same_host_only());
        let builder = if loopback { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { client, api, dialect })
    }

    /// Makes a call. Outages and limits are errors here; any other answer is the caller's to judge.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Answer, ForgeError> {
        let url = self.url(call.path)?;
        let name = format!("{} {}", call.method, url.path());
        let mut authorization =
            HeaderValue::try_from(format!("{} {}", self.dialect.scheme, call.token.expose_secret()))
                .map_err(|_| ForgeError::Refused("the token cannot stand in a header".to_owned()))?;
        authorization.set_sensitive(true);
        let mut request =
            self.api_request(call.method, url).query(call.query).header(AUTHORIZATION, authorization);
        if let Some(body) = &call.body {
            request = if self.dialect.forms { request.form(body) } else { request.json(body) };
        }
        answered(name, request).await
    }

    /// Makes a call as the OAuth client itself, by its id and secret.
    pub(crate) async fn send_as_client(
        &self,
        method: Method,
        path: &[&str],
        (id, secret): (&str, &SecretString),
        body: &serde_json::Value,
    ) -> Result<Answer, ForgeError> {
        let url = self.url(path)?;
        let name = format!("{method} {}", url.path());
        let request = self.api_request(method, url).basic_auth(id, Some(secret.expose_secret())).json(body);
        answered(name, request).await
    }

    /// Posts a form and wants JSON, as OAuth does (RFC 6749, 4.1.3).
    pub(crate) async fn send_form(&self, path: &[&str], form: &[(&str, &str)]) -> Result<Answer, ForgeError> {
        let url = self.url(path)?;
        let name = format!("POST {}", url.path());
        answered(name, self.client.post(url).header(ACCEPT, "application/json").form(form)).await
    }

    fn api_request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url);
        self.dialect.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    /// The address of a path; each part stays one part, whatever it holds.
    pub(crate) fn url(&self, path: &[&str]) -> Result<Url, ForgeError> {
        let mut url = self.api.clone();
        if let Some(part) = path.iter().find(|part| matches!(**part, "" | "." | "..")) {
            return Err(ForgeError::Refused(format!("`{part}` cannot be a part of an address")));
        }
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        Ok(url)
    }
}

/// Sends a request. Outages and limits are errors here; any other answer is the caller's to judge.
async fn answered(name: String, request: RequestBuilder) -> Result<Answer, ForgeError> {
    let mut response = request.send().await.map_err(|error| no_answer(&name, error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&name, error))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(ForgeError::Refused(format!(
                "{name}: the answer is longer than {LONGEST_ANSWER} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    let answer = Answer { status, headers, body, call: name };
    answer.unavailable().map_or(Ok(answer), Err)
}

impl Answer {
    /// The answer as JSON, if it is a yes. One that is not understood is a yes to nothing, and is asked for again.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T, ForgeError> {
        let answer = self.success()?;
        let mut reader = serde_json::Deserializer::from_slice(&answer.body);
        serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| answer.not_understood(&one_line(&error.to_string(), 300)))
    }

    fn not_understood(&self, what: &str) -> ForgeError {
        let ask = "is api_url right, does something else answer in the forge's place?";
        let reason = format!("{}: the answer is not understood: {what}; {ask}", self.call);
        ForgeError::Unavailable { reason, retry_after: None }
    }

    /// The forge does not take our credentials: what is asked with them waits until an operator has seen to it.
    pub(crate) fn credentials(&self, remedy: &str) -> ForgeError {
        let (call, status, told) = (&self.call, self.status.as_u16(), self.message());
        let reason = format!("{call}: {status}: {told}: our credentials are not taken; an operator {remedy}");
        ForgeError::Unavailable { reason, retry_after: None }
    }

    /// The answer, if it is a yes; a no is told with the forge's own reason.
    pub(crate) fn success(self) -> Result<Self, ForgeError> {
        if self.status.is_success() { Ok(self) } else { Err(self.refused()) }
    }

    /// A no, with the forge's own reason.
    pub(crate) fn refused(&self) -> ForgeError {
        if self.status == StatusCode::UNAUTHORIZED {
            return self.credentials("renews them");
        }
        let reason = if self.status.is_redirection() {
            "it points to another host, which is not followed".to_owned()
        } else {
            self.message()
        };
        ForgeError::Refused(format!("{}: {}: {reason}", self.call, self.status.as_u16()))
    }

    /// What the forge says of a no.
    pub(crate) fn message(&self) -> String {
        // GitHub and Forgejo have text in `message`, GitLab sometimes a list or a table, Pagure text in `error`.
        #[derive(serde::Deserialize)]
        struct Told {
            message: Option<serde_json::Value>,
            error: Option<serde_json::Value>,
        }
        let told = serde_json::from_slice(&self.body).ok();
        let told = told.and_then(|Told { message, error }| message.or(error));
        let told = told.map(|told| told.as_str().map_or_else(|| told.to_string(), str::to_owned));
        one_line(told.as_deref().unwrap_or("no reason given"), 300)
    }

    /// The answer as text, if it is a yes. A page is none: forges give their files as plain text, whatever is in them.
    pub(crate) fn text(self) -> Result<String, ForgeError> {
        let answer = self.success()?;
        if answer.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/html")) {
            return Err(answer.not_understood("it is a page, not a file"));
        }
        String::from_utf8(answer.body)
            .map_err(|_| ForgeError::Refused(format!("{}: the answer is not UTF-8 text", answer.call)))
    }

    /// A header of the answer; none if it is missing or empty.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
    }

    /// The cursor of the next page of a list.
    pub(crate) fn next_cursor(&self) -> Option<String> {
        let links = self.headers.get(LINK)?.to_str().ok()?;
        let next = links.split(',').find(|link| link.contains(r#"rel="next""#))?;
        let (_, rest) = next.split_once('<')?;
        let url = Url::parse(rest.split_once('>')?.0).ok()?;
        url.query_pairs().find(|(key, _)| key == "cursor").map(|(_, cursor)| cursor.into_owned())
    }

    /// Whether asking again later may help (`docs/contracts.md` 1.6).
    fn unavailable(&self) -> Option<ForgeError> {
        let reason = |what: &str| format!("{}: {}: {what}", self.call, self.status.as_u16());
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN => {
                let secondary = self.message().to_ascii_lowercase().contains("rate limit");
                let limited = self.status == StatusCode::TOO_MANY_REQUESTS || secondary;
                let wait = self.told_wait().or_else(|| limited.then_some(WAIT_WHEN_LIMITED))?;
                Some(ForgeError::Unavailable {
                    reason: reason("too many calls were made"),
                    retry_after: Some(wait.min(LONGEST_WAIT)),
                })
            }
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                let retry_after = self.told_wait().map(|wait| wait.min(LONGEST_WAIT));
                Some(ForgeError::Unavailable { reason: reason("the forge has trouble"), retry_after })
            }
            _ => None,
        }
    }

    /// How long the forge asks to wait: `retry-after`, else until the limit's count starts anew.
    fn told_wait(&self) -> Option<Duration> {
        let number = |name: &str| self.headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        let seconds = number(RETRY_AFTER.as_str()).or_else(|| {
            let reset = number("x-ratelimit-reset").filter(|_| number("x-ratelimit-remaining") == Some(0))?;
            Some(reset.saturating_sub(Utc::now().timestamp()))
        })?;
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }
}

/// Whether an address is of this machine: what goes there need not be encrypted.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Follows a redirect only to where the call went in the first place; any other is the answer itself.
fn same_host_only() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let at_home =
            attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
        if at_home && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

/// There was no answer, or not all of one. The error's own text would repeat the address.
fn no_answer(call: &str, error: reqwest::Error) -> ForgeError {
    let what = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        let error = error.without_url();
        let mut causes = vec![error.to_string()];
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        one_line(&causes.join(": "), 300)
    };
    ForgeError::Unavailable { reason: format!("{call}: {what}"), retry_after: None }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    const PLAIN: Dialect = Dialect { scheme: "Bearer", headers: &[], forms: false };

    /// Calls what listens there and gives up after this long.
    async fn call(listener: &TcpListener, timeout: Duration) -> Result<Answer, ForgeError> {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = Http::with_timeout(&url, &PLAIN, timeout).unwrap();
        let token = SecretString::from("token");
        http.send(Call { method: Method::GET, path: &["app"], query: &[], body: None, token: &token }).await
    }

    #[tokio::test]
    async fn who_does_not_answer_in_time_is_unavailable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let Err(ForgeError::Unavailable { reason, .. }) = call(&listener, Duration::from_millis(50)).await
        else {
            panic!("an answer from nobody")
        };
        assert_eq!(reason, "GET /app: no answer in time");
    }

    #[tokio::test]
    async fn who_breaks_off_is_unavailable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.try_clone().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").unwrap();
        });
        assert!(matches!(call(&listener, CALL_TIMEOUT).await, Err(ForgeError::Unavailable { .. })));
    }

    #[test]
    fn tokens_are_not_carried_in_the_open() {
        for good in [
            "https://api.github.com",
            "https://github.example/api/v3/",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(Http::new(good, &PLAIN).is_ok(), "{good}");
        }
        for bad in [
            "",
            "api.github.com",
            "http://api.github.com",
            "ftp://localhost",
            "https://me:secret@api.github.com",
            "data:x",
        ] {
            let error = Http::new(bad, &PLAIN).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn each_part_of_a_path_stays_one_part() {
        let http = Http::new("https://github.example/api/v3/", &PLAIN).unwrap();
        let url = http.url(&["repos", "a b", "x/../y?z#%2e", "ž"]).unwrap();
        assert_eq!(url.as_str(), "https://github.example/api/v3/repos/a%20b/x%2F..%2Fy%3Fz%23%252e/%C5%BE");
        for bad in ["", ".", ".."] {
            assert!(http.url(&["repos", bad]).is_err(), "{bad}");
        }
    }
}

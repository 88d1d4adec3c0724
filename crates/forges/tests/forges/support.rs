//! What the tests of this room share: the corpus, and a server that answers as a test tells it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use domain::words::ProjectKey;
use forges::github::{AppKey, Credentials, GithubClient};
use forges::{CommitAt, ForgeError};
use secrecy::SecretString;
use serde_json::json;

const TEST_ONLY_KEY: &str = include_str!("keys/test-only-app-key.pkcs1.pem");

/// A folder of the corpus; none, and a line that says so, where there is no corpus.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let root = std::env::var_os("PACKFLOW_CORPUS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} does not exist; PACKFLOW_CORPUS names the corpus", path.display());
    None
}

/// A call as the server got it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Method, path and query as they were sent.
    pub(crate) call: String,
    /// The token that it carried.
    pub(crate) token: String,
    /// Its body; null if it had none.
    pub(crate) body: serde_json::Value,
}

/// An answer of the server.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) fn told(status: u16, body: impl ToString) -> Told {
    Told { status, headers: Vec::new(), body: body.to_string() }
}

impl Told {
    pub(crate) fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

type Teller = dyn Fn(&Seen) -> Told + Send + Sync;

/// What answers, and what was asked so far.
type Known = (Arc<Teller>, Arc<Mutex<Vec<Seen>>>);

/// A server on the loopback that answers each call as it was told to, and remembers it.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(tell: impl Fn(&Seen) -> Told + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let state = (Arc::new(tell) as Arc<Teller>, Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    /// The calls so far, in their order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Methods, paths and queries of the calls so far.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.call).collect()
    }

    /// A client that acts as an App.
    pub(crate) fn app(&self) -> GithubClient {
        let key = AppKey::from_pem(&SecretString::from(TEST_ONLY_KEY)).unwrap();
        GithubClient::new("github.com", &self.url, Credentials::App { id: "4711".to_owned(), key }).unwrap()
    }

    /// A client with a token of its own, which asks for nothing else first.
    pub(crate) fn with_token(&self) -> GithubClient {
        GithubClient::new("github.com", &self.url, Credentials::Token("personal".into())).unwrap()
    }
}

async fn answer(State((tell, seen)): State<Known>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let call = format!("{} {}", parts.method, parts.uri);
    let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = token.trim_start_matches("Bearer ").to_owned();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let call = Seen { call, token, body };
    let Told { status, headers, body } = tell(&call);
    seen.lock().unwrap().push(call);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

pub(crate) fn project() -> ProjectKey {
    ProjectKey::new("github.com", "packit", "hello-world")
}

pub(crate) fn hash() -> String {
    "7cf6d0cbeca285ecbeb19a0067cb243783b3c768".to_owned()
}

pub(crate) fn at() -> CommitAt {
    CommitAt { project: project(), hash: hash() }
}

pub(crate) fn not_found() -> Told {
    told(404, json!({"message": "Not Found", "status": "404"}))
}

#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, ForgeError>) -> String {
    match result {
        Err(ForgeError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn outage<T: std::fmt::Debug>(result: Result<T, ForgeError>) -> (String, Option<Duration>) {
    match result {
        Err(ForgeError::Unavailable { reason, retry_after }) => (reason, retry_after),
        other => panic!("not unavailable: {other:?}"),
    }
}

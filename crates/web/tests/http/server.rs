//! A server of one test, and requests to it.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode};
use axum::response::Response;
use domain::ids::EventId;
use domain::rerun::{ArtifactLife, Planned, Selection};
use domain::words::DeliveryOutcome;
use forges::Reading;
use forges::github::{WebhookSecrets, delivery};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;
use store::reruns::{self, Request};
use store::tokens::{self, NewToken};
use store::{Db, Migrations};
use test_support::TestDatabase;
use tokio::sync::{Notify, OnceCell};
use tower::ServiceExt;
use web::{Door, Identity, Look, Metrics, Sites, WebState, router};

use crate::contract;
use crate::workflows::at;

pub(crate) const SECRET: &str = "a secret of this test";

/// There is one recorder in a process.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| Metrics::install().unwrap());

/// GitHub's door, under a source of its own for each test: figures are the process's.
struct GithubDoor {
    secrets: WebhookSecrets,
    source: String,
}

impl Door for GithubDoor {
    fn source(&self) -> &str {
        &self.source
    }

    fn verify(&self, signature: &str, body: &[u8]) -> Result<(), String> {
        self.secrets.verify(Some(signature), body).map_err(|error| error.to_string())
    }

    fn look(&self, kind: &str, body: &[u8]) -> Look {
        match delivery::read(kind, body, "github.com") {
            Reading::Event(_) | Reading::Notice(_) | Reading::Project(_) => Look::Work,
            Reading::NotHandledYet(reason) => Look::Settled(DeliveryOutcome::NotHandledYet, reason),
            Reading::Ignored(reason) => Look::Settled(DeliveryOutcome::Ignored, reason),
            Reading::Refused(reason) => Look::Refused(reason),
        }
    }
}

pub(crate) struct Server {
    pub(crate) db: Db,
    pub(crate) wake: Arc<Notify>,
    pub(crate) source: String,
    pub(crate) state: WebState,
    router: Router,
    document: OnceCell<Value>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Server {
    /// A server on an empty, migrated database, open to everybody.
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        Self::with(database, Identity::default()).await
    }

    /// The same with other ways to become known.
    pub(crate) async fn with(database: &TestDatabase, identity: Identity) -> Self {
        let server = Self::unmigrated(database, identity).await;
        Migrations(&server.db).run().await.unwrap();
        server
    }

    /// The same on a database that has no tables yet: it answers, and takes nothing.
    pub(crate) async fn unmigrated(database: &TestDatabase, identity: Identity) -> Self {
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        let kind = if database.is_postgres() { "postgres" } else { "sqlite" };
        let test = std::thread::current().name().unwrap_or_default().replace("::", "-");
        let source = format!("{test}-{kind}.example");
        let secrets = WebhookSecrets::new(vec![SecretString::from(SECRET)]).unwrap();
        let wake = Arc::new(Notify::new());
        let state = WebState {
            actions: Arc::new(KnownActions { db: db.clone() }),
            identity,
            sites: Sites::default(),
            callbacks: Arc::new(KnownRequest),
            bus: None,
            db: db.clone(),
            gitlab: Vec::new(),
            forgejo: Vec::new(),
            github: Some(Arc::new(GithubDoor { secrets, source: source.clone() })),
            wake: Arc::clone(&wake),
            metrics: METRICS.clone(),
            public_url: "https://packflow.example/".to_owned(),
            version: "1.2.3",
        };
        Self { db, wake, source, router: router(state.clone()), document: OnceCell::new(), state }
    }

    /// A token with these scopes, made as the command line does.
    pub(crate) async fn token(&self, name: &str, scopes: &str) -> String {
        let scopes = scopes.parse().unwrap();
        let new = NewToken { name, scopes: &scopes, created_by: "maria", expires_at: None };
        let secret = tokens::create(&self.db, new, chrono::Utc::now()).await.unwrap().unwrap();
        secret.expose_secret().to_owned()
    }

    /// The same where forges show themselves there.
    pub(crate) async fn at(database: &TestDatabase, sites: Sites) -> Self {
        let server = Self::new(database).await;
        let state = WebState { sites, ..server.state };
        Self { router: router(state.clone()), state, ..server }
    }

    /// The answer as it is sent.
    pub(crate) async fn send_raw(&self, request: HttpRequest<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: HttpRequest<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.ask(request).await;
        if path.starts_with("/api/v1/") {
            let document = self.document.get_or_init(|| self.described()).await;
            contract::check(document, &method, &path, &answer);
        }
        answer
    }

    /// The API's document, as it is told where reading is open.
    async fn described(&self) -> Value {
        let open = router(WebState { identity: Identity::default(), ..self.state.clone() });
        let request = HttpRequest::get("/api/v1/openapi.json").body(Body::empty()).unwrap();
        let body = open.oneshot(request).await.unwrap().into_body();
        serde_json::from_slice(&axum::body::to_bytes(body, usize::MAX).await.unwrap()).unwrap()
    }

    async fn ask(&self, request: HttpRequest<Body>) -> Answer {
        let (parts, body) = self.send_raw(request).await.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(HttpRequest::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a delivery as GitHub does, signed.
    pub(crate) async fn deliver(&self, id: &str, kind: &str, body: &[u8]) -> Answer {
        self.send(delivery_request(id, kind, &sign(body), body.to_vec())).await
    }

    /// How many deliveries were counted as this.
    pub(crate) fn counted(&self, outcome: &str) -> u64 {
        let source = format!("source=\"{}\"", self.source);
        let outcome = format!("outcome=\"{outcome}\"");
        METRICS
            .render()
            .lines()
            .find(|line| {
                line.starts_with("packflow_webhooks_total{")
                    && line.contains(&source)
                    && line.contains(&outcome)
            })
            .map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }

    /// Whether a worker was woken since it was last asked.
    pub(crate) fn was_woken(&self) -> bool {
        use std::pin::pin;
        use std::task::{Context, Poll, Waker};
        let waiting = pin!(self.wake.notified());
        matches!(waiting.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem, checked to be one.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["title"], self.status.canonical_reason().unwrap());
        problem
    }
}

pub(crate) fn sign(body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body);
    let digits: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

pub(crate) fn delivery_request(
    id: &str,
    kind: &str,
    signature: &str,
    body: impl Into<Body>,
) -> HttpRequest<Body> {
    HttpRequest::post("/webhooks/github")
        .header("Content-Type", "application/json")
        .header("X-GitHub-Delivery", id)
        .header("X-GitHub-Event", kind)
        .header("X-Hub-Signature-256", signature)
        .body(body.into())
        .unwrap()
}

/// One request is known, by one token.
struct KnownRequest;

#[async_trait::async_trait]
impl web::Callbacks for KnownRequest {
    async fn called(&self, request: &str, token: &str) -> Result<bool, String> {
        match request {
            "broken" => Err("the database is away".to_owned()),
            _ => Ok(request == "known" && token == "right"),
        }
    }
}

/// Event 1 can be canceled; reruns are the store's own, and alice may ask for them. In projects called `denied` nothing may start.
struct KnownActions {
    db: Db,
}

#[async_trait::async_trait]
impl web::Actions for KnownActions {
    async fn cancel(
        &self,
        event: domain::ids::EventId,
        targets: Option<std::collections::BTreeSet<domain::ids::TargetId>>,
        _by: &str,
        _dry_run: bool,
    ) -> store::Result<domain::workflow::CancelPlan> {
        if event.0 != 1 {
            return Err(store::Error::NotFound(format!("event {event}")));
        }
        let asked = targets.unwrap_or_default();
        Ok(domain::workflow::CancelPlan { asked, ..Default::default() })
    }

    async fn may_rerun(&self, _: EventId, account: &store::sessions::Account) -> Result<(), web::Denied> {
        match account.login.as_str() {
            "alice" => Ok(()),
            "mallory" => Err(web::Denied::ByRules("mallory may start nothing here".to_owned())),
            other => Err(web::Denied::Refused(format!("{other} cannot write here"))),
        }
    }

    async fn may_start(&self, event: EventId) -> Result<(), web::Denied> {
        let place = store::events::place(&self.db, event).await.unwrap().unwrap();
        match place.project.name.as_str() {
            "denied" => Err(web::Denied::ByRules(format!("access.deny covers {}", place.project))),
            _ => Ok(()),
        }
    }

    async fn preview_rerun(&self, event: EventId, selection: &Selection) -> store::Result<Planned> {
        reruns::preview(&self.db, event, selection, &ArtifactLife::usual(), at(60)).await
    }

    async fn rerun(&self, request: &Request<'_>) -> store::Result<reruns::Answer> {
        reruns::carry_out(&self.db, request, &ArtifactLife::usual(), at(60)).await
    }
}

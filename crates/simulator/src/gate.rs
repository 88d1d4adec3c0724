//! The door: all calls pass it. It logs them, and makes the trouble that the behaviour asks for.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chrono::Utc;

use crate::behaviour::{OutageKind, System};
use crate::cut::Cut;
use crate::log::{LogEntry, summary};
use crate::shared::Shared;
use crate::{bodhi, control, copr, github, koji, others, pages, testing_farm};

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// Set on an answer by whoever began something.
#[derive(Debug, Clone)]
pub(crate) struct Began(pub(crate) String);

impl Began {
    /// Marks an answer.
    pub(crate) fn mark(id: String, answer: impl IntoResponse) -> Response {
        let mut answer = answer.into_response();
        answer.extensions_mut().insert(Self(id));
        answer
    }
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let testing_farm = testing_farm::router();
    Router::new()
        .nest("/copr/api_3", copr::router())
        .nest("/testing-farm/v0.1", testing_farm.clone())
        // Testing Farm's own command line takes the API to stand at the host's root.
        .nest("/v0.1", testing_farm)
        .route("/testing-farm/artifacts/{id}/results.xml", get(testing_farm::results))
        .nest("/github", github::router())
        .nest("/koji", koji::router())
        .route("/copr/results/{owner}/{project}/srpm-builds/{build}/{file}", get(copr::srpm))
        .nest("/bodhi", bodhi::router())
        .nest("/gitlab/api/v4", others::gitlab())
        .nest("/forgejo/api/v1", others::forgejo())
        .nest("/pagure", others::pagure())
        .nest("/simulator", control::router())
        .fallback(pages::page)
        .layer(from_fn_with_state(Arc::clone(&shared), gate))
        .with_state(shared)
}

fn system_of(path: &str) -> Option<(System, &str)> {
    let prefixes = [
        ("/copr", System::Copr),
        ("/testing-farm", System::TestingFarm),
        ("/v0.1", System::TestingFarm),
        ("/github", System::GitHub),
        ("/koji", System::Koji),
        ("/bodhi", System::Bodhi),
        ("/gitlab", System::GitLab),
        ("/forgejo", System::Forgejo),
        ("/pagure", System::Pagure),
    ];
    let (prefix, system) = prefixes.into_iter().find(|(prefix, _)| path.starts_with(prefix))?;
    Some((system, if prefix == "/v0.1" { path } else { &path[prefix.len()..] }))
}

async fn gate(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let Some((system, path)) = system_of(request.uri().path()) else {
        return next.run(request).await;
    };
    let mut entry = LogEntry {
        number: 0,
        at: Utc::now(),
        system,
        method: request.method().to_string(),
        path: path.to_owned(),
        query: request.uri().query().map(str::to_owned),
        status: None,
        began: None,
        body: serde_json::Value::Null,
    };
    let is_change = changes(request.method(), path);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    entry.body = summary(&body);
    let outage = shared.outage_of(system);
    let mut answer = match outage {
        Some(OutageKind::Unavailable) => {
            (StatusCode::SERVICE_UNAVAILABLE, Html("<h1>Service Unavailable</h1>")).into_response()
        }
        Some(OutageKind::Dropped) => {
            cut.cut();
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        None => match is_change.then(|| shared.limits_a_call_of(system)).flatten() {
            Some(seconds) => too_many(seconds),
            None => next.run(Request::from_parts(parts, Body::from(body))).await,
        },
    };
    entry.began = answer.extensions_mut().remove::<Began>().map(|began| began.0);
    if let Some(said) = answer.extensions_mut().remove::<koji::Said>() {
        entry.body = said.0;
    }
    let lost = entry.began.is_some() && shared.loses_an_answer_of(system);
    if lost {
        cut.cut();
    }
    let dropped = lost || outage == Some(OutageKind::Dropped);
    entry.status = (!dropped).then(|| answer.status().as_u16());
    shared.log().add(entry);
    if dropped {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    } else {
        slow_down(&shared, system).await;
    }
    answer
}

/// Whether a call would change something that others see. Tokens that are asked for are none of it.
fn changes(method: &Method, path: &str) -> bool {
    method != Method::GET && !path.ends_with("/access_tokens") && !path.starts_with("/openidc/")
}

/// A secondary limit, as GitHub tells it.
fn too_many(seconds: u64) -> Response {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let body = serde_json::json!({"message": message});
    (StatusCode::FORBIDDEN, [(header::RETRY_AFTER, seconds.to_string())], axum::Json(body)).into_response()
}

async fn slow_down(shared: &Shared, system: System) {
    let Some(slow) = shared.behaviour_mut().troubles.get(&system).map(|trouble| trouble.slow) else {
        return;
    };
    if shared.happens(slow.percent) {
        tokio::time::sleep(Duration::from_millis(slow.ms)).await;
    }
}

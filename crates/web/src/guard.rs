//! What stands around every route: an id and a span, a time limit, a net under panics, and the security headers.

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tower_http::request_id::{MakeRequestId, MakeRequestUuid, RequestId};
use tracing::Instrument;

use crate::assets::style_source;
use crate::metrics::{REQUEST_SECONDS, REQUESTS};
use crate::pages::ErrorPage;
use crate::problem::Problem;

/// The longest time for one answer, the reading of a body included. GitHub itself gives up after 10 seconds.
const LONGEST: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What pages need and nothing else: the style sheet that stands in them, one script and the feed of this server; no inline
/// script, no other style, no frame, no foreign origin, no form that leads elsewhere.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src {}; img-src 'self' data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
        style_source(),
    );
    HeaderValue::from_str(&policy).ok()
});

/// Headers of every answer, besides the policy.
const SECURITY_HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    // Nothing is told to other sites. `no-referrer` would also hide the origin of our own forms, by which they are known.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Answers a request through the routes, whatever happens there.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    // An id that the client chose would let it write into the log, so each request gets one of ours.
    let id = MakeRequestUuid.make_request_id(&request).map(RequestId::into_header_value);
    let shown_id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("none", |route| route.as_str()).to_owned();
    // No query: it may hold what is nobody's business.
    let span = tracing::info_span!("request", id = shown_id, method = %request.method(), path);
    let begun = Instant::now();

    let mut response = async {
        let response = safely(LONGEST, &path, next.run(request)).await;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        response
    }
    .instrument(span)
    .await;

    let status = response.status().as_str().to_owned();
    metrics::histogram!(REQUEST_SECONDS, "route" => route.clone()).record(begun.elapsed().as_secs_f64());
    metrics::counter!(REQUESTS, "route" => route, "status" => status).increment(1);
    let headers = response.headers_mut();
    headers.extend(id.map(|id| (REQUEST_ID, id)));
    headers.extend(POLICY.clone().map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    for (name, value) in SECURITY_HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// The answer, or an error in its place if it does not come in time, or panics on its way.
async fn safely(longest: Duration, path: &str, answering: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(longest, AssertUnwindSafe(answering).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = panic_text(&*panic), "a handler panicked");
            answer(path, Problem::internal())
        }
        Err(_) => {
            let detail = format!("The answer took more than {} seconds and was given up.", longest.as_secs());
            tracing::warn!(detail, "an answer was given up");
            answer(path, Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
        }
    }
}

/// An error as whoever asks at this path can read it: people get a page, programs problem details.
pub(crate) fn answer(path: &str, problem: Problem) -> Response {
    let for_programs = ["/api", "/webhooks", "/healthz", "/readyz", "/metrics"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if for_programs { problem.into_response() } else { ErrorPage::from(problem).into_response() }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("with something that is no text")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> Response {
        panic!("of an inner secret")
    }

    async fn ask(path: &str) -> (StatusCode, String, String) {
        let router = Router::new()
            .route("/api/panics", get(panics))
            .route("/panics", get(panics))
            .layer(axum::middleware::from_fn(guard));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing_of_it() {
        for (path, expected) in
            [("/api/panics", "application/problem+json"), ("/panics", "text/html; charset=utf-8")]
        {
            let (status, kind, body) = ask(path).await;
            assert_eq!((status, kind.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, expected));
            assert!(!body.contains("secret"), "{body}");
        }
    }

    #[tokio::test]
    async fn what_never_ends_is_given_up() {
        let response = safely(Duration::ZERO, "/api/v1/events", std::future::pending()).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(response.headers().contains_key("retry-after"));
    }
}

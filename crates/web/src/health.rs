//! What supervisors and Prometheus ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::metrics;
use crate::problem::Problem;
use crate::server::Shared;

/// How long the database may take to answer before the server calls itself not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the last delivery that was to be stored was. A database can answer and take nothing: its disk is full.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastStored(Arc<AtomicI64>);

impl LastStored {
    /// A delivery could not be stored.
    pub(crate) fn failed(&self) {
        let now = Utc::now().timestamp().max(1);
        // Since when is what counts.
        let _ = self.0.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// One was, or could be.
    pub(crate) fn succeeded(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Since when none could be; none if all is well.
    fn fails_since(&self) -> Option<DateTime<Utc>> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            since => DateTime::from_timestamp(since, 0),
        }
    }
}

/// The process is alive and answers; nothing else is asked.
pub(crate) async fn alive(State(web): State<Shared>) -> Json<Value> {
    Json(json!({ "status": "alive", "version": web.version }))
}

/// The server can do its work: the database answers, and takes deliveries. How the bus stands is told beside: without it everything ends all the same,
/// later, and webhooks and pages must not be cut off for it.
pub(crate) async fn ready(
    State(web): State<Shared>,
    Extension(stored): Extension<LastStored>,
) -> Result<Json<Value>, Problem> {
    match tokio::time::timeout(PATIENCE, web.db.ping()).await {
        Ok(Ok(())) => {
            takes_deliveries(&web, &stored).await?;
            return Ok(Json(match web.bus.as_ref().map(|bus| bus.stands()) {
                None => json!({ "status": "ready" }),
                Some(Ok(())) => json!({ "status": "ready", "bus": "connected" }),
                Some(Err(reason)) => json!({ "status": "degraded", "bus": "away", "reason": reason }),
            }));
        }
        Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "not ready"),
        Err(_) => tracing::warn!("not ready: the database took more than {} s", PATIENCE.as_secs()),
    }
    Err(Problem::unavailable())
}

/// Where a delivery could not be stored, it is tried whether one could be now: whoever is sent none for not being ready would
/// never find out.
async fn takes_deliveries(web: &Shared, stored: &LastStored) -> Result<(), Problem> {
    let Some(since) = stored.fails_since() else { return Ok(()) };
    match tokio::time::timeout(PATIENCE, store::inbox::try_write(&web.db)).await {
        Ok(Ok(())) => {
            stored.succeeded();
            return Ok(());
        }
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready: nothing is written");
        }
        Err(_) => tracing::warn!("not ready: a write took more than {} s", PATIENCE.as_secs()),
    }
    let since = since.format("%Y-%m-%d %H:%M:%S UTC");
    let detail = format!(
        "The database answers and takes no writes: since {since} no delivery could be stored. Is its disk full?"
    );
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
}

/// The figures: what this process did, and what waits in the database. The latter is left out while the database does not answer.
pub(crate) async fn figures(State(web): State<Shared>) -> impl IntoResponse {
    let mut figures = web.metrics.render();
    match tokio::time::timeout(PATIENCE, store::queues::waiting(&web.db)).await {
        Ok(Ok(queues)) => figures.push_str(&metrics::waiting(&queues, Utc::now())),
        Ok(Err(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "what waits is not known"),
        Err(_) => {
            tracing::warn!("what waits is not known: the database took more than {} s", PATIENCE.as_secs());
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures)
}

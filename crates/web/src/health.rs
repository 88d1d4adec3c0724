//! What supervisors and Prometheus ask.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::Utc;
use serde_json::{Value, json};

use crate::metrics;
use crate::problem::Problem;
use crate::server::Shared;

/// How long the database may take to answer before the server calls itself not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process is alive and answers; nothing else is asked.
pub(crate) async fn alive(State(web): State<Shared>) -> Json<Value> {
    Json(json!({ "status": "alive", "version": web.version }))
}

/// The server can do its work: the database answers. How the bus stands is told beside: without it everything ends all the same,
/// later, and webhooks and pages must not be cut off for it.
pub(crate) async fn ready(State(web): State<Shared>) -> Result<Json<Value>, Problem> {
    match tokio::time::timeout(PATIENCE, web.db.ping()).await {
        Ok(Ok(())) => {
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

//! What is counted, and how Prometheus reads it.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use store::queues::Waiting;

/// Deliveries at the door, by `source` and `outcome`: `unsigned`, `malformed`, `too_large`, `no_room`, `unavailable` (none of
/// these is stored), `stored`, `settled`, `refused`, `repeated`.
pub(crate) const WEBHOOKS: &str = "packflow_webhooks_total";
/// Answers, by `route` and `status`.
pub(crate) const REQUESTS: &str = "packflow_http_requests_total";
/// How long answers took, by `route`.
pub(crate) const REQUEST_SECONDS: &str = "packflow_http_request_seconds";
/// For how many seconds the oldest row of a queue is due, by `queue` and, of submissions, `system`.
const WAITING: &str = "packflow_oldest_waiting_seconds";

/// Upper bounds of what is measured in seconds: from a page out of the cache to a call that is given up.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// The process's figures; every crate counts with the `metrics` macros, and this renders them. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Why counting could not begin.
#[derive(Debug, thiserror::Error)]
#[error("the process counts already, or cannot")]
pub struct MetricsError(#[from] metrics_exporter_prometheus::BuildError);

impl Metrics {
    /// Begins to count, for the whole process. What is named `..._seconds` is shown as a histogram.
    ///
    /// # Errors
    /// If it was called before.
    pub fn install() -> Result<Self, MetricsError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
            .install_recorder()?;
        metrics::describe_counter!(WEBHOOKS, "Deliveries at the door, by what became of them there");
        metrics::describe_counter!(REQUESTS, "HTTP answers");
        metrics::describe_histogram!(REQUEST_SECONDS, "How long HTTP answers took");
        Ok(Self(handle))
    }

    /// Folds what was measured into its histograms; to be called every few seconds, so that it does not pile up while
    /// nobody asks for it.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }

    /// All figures in Prometheus's text format.
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// What waits, in the same format. It is the database's and no process's, so it is not counted but written as it was read.
pub(crate) fn waiting(queues: &[Waiting], now: DateTime<Utc>) -> String {
    let mut text =
        format!("# HELP {WAITING} For how long the oldest of a queue is due\n# TYPE {WAITING} gauge\n");
    for Waiting { queue, system, due_at } in queues {
        let seconds = due_at.map_or(0.0, |due_at| (now - due_at).as_seconds_f64().max(0.0));
        let system = system.map(|system| format!(",system=\"{system}\"")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{WAITING}{{queue=\"{queue}\"{system}}} {seconds}");
    }
    text
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

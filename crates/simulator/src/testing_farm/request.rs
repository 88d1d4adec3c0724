//! One test request and how it moves on with the clock.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::behaviour::TestOutcome;

/// How a request ends, with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) state: &'static str,
    pub(super) overall: &'static str,
    pub(super) summary: Option<String>,
}

impl End {
    pub(super) fn of(outcome: TestOutcome, first_time: bool) -> Self {
        let complete = |overall, summary: Option<&str>| Self {
            state: "complete",
            overall,
            summary: summary.map(str::to_owned),
        };
        match outcome {
            TestOutcome::Passed => complete("passed", None),
            TestOutcome::FailedOnce if !first_time => complete("passed", None),
            TestOutcome::Failed | TestOutcome::FailedOnce => complete("failed", Some("1 of 2 tests failed")),
            TestOutcome::Error => complete("error", Some("a test could not be run")),
            TestOutcome::Infrastructure => Self::error("no machine could be provisioned"),
        }
    }

    pub(super) fn error(summary: impl Into<String>) -> Self {
        Self { state: "error", overall: "error", summary: Some(summary.into()) }
    }
}

/// Moments in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: String,
    /// What was asked for: `test`, `environments`, `settings`, `notification`.
    pub(super) asked: Value,
    pub(super) created: i64,
    pub(super) starts: i64,
    pub(super) ends: i64,
    pub(super) end: End,
    /// When canceling was asked for, and when it is done.
    pub(super) canceled: Option<(i64, i64)>,
}

#[derive(Debug, Default)]
pub(crate) struct TestingFarm {
    pub(super) requests: HashMap<String, Request>,
    /// How many there are, also those that are just being made.
    pub(super) number: usize,
    /// In the order of creation.
    pub(super) order: Vec<String>,
    /// How often the same revision was tested on the same compose.
    pub(super) times_tested: BTreeMap<String, u32>,
}

impl Request {
    pub(super) fn state(&self, now: i64) -> &'static str {
        match self.canceled {
            Some((asked, done)) if asked < self.ends => {
                if now < done {
                    "cancel-requested"
                } else {
                    "canceled"
                }
            }
            _ if now < (self.created + self.starts) / 2 => "new",
            _ if now < self.starts => "queued",
            _ if now < self.ends => "running",
            _ => self.end.state,
        }
    }

    pub(super) fn shown(&self, url: &str, now: i64) -> Value {
        let state = self.state(now);
        let ended = matches!(state, "complete" | "error");
        let ran = now >= self.starts;
        let artifacts = format!("{url}/testing-farm/artifacts/{}", self.id);
        let result = ended.then(|| {
            json!({
                "overall": self.end.overall,
                "summary": self.end.summary,
                "xunit": null,
                "xunit_url": format!("{artifacts}/results.xml"),
            })
        });
        let last = self.canceled.map_or(self.ends, |(_, done)| done.min(self.ends));
        let seconds =
            |from: i64, to: i64| std::time::Duration::from_millis((to - from).unsigned_abs()).as_secs_f64();
        json!({
            "id": self.id,
            "user_id": null,
            // Answers say fmf for what is asked for as tmt.
            "test": self.asked_test(),
            "state": state,
            "environments_requested": self.asked["environments"],
            "notes": [],
            "result": result,
            "run": ran.then(|| json!({"console": null, "stages": null, "artifacts": artifacts})),
            "settings": self.asked["settings"],
            "queued_time": ran.then(|| seconds(self.created, self.starts)),
            "run_time": ended.then(|| seconds(self.starts, self.ends)),
            "created": zoneless(self.created),
            "updated": zoneless(now.clamp(self.created, last.max(self.created))),
        })
    }

    fn asked_test(&self) -> Value {
        let test = &self.asked["test"];
        let fmf = if test["fmf"].is_object() { &test["fmf"] } else { &test["tmt"] };
        json!({"fmf": fmf, "script": null, "sti": test["sti"]})
    }
}

/// A time as Testing Farm writes it: UTC, without saying so.
fn zoneless(ms: i64) -> Option<String> {
    let time: DateTime<Utc> = DateTime::from_timestamp_millis(ms)?;
    Some(time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string())
}

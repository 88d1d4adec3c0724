//! The real program as processes, beside a simulator that lives in the test and so survives when they are killed.

#![allow(dead_code, unused_imports, reason = "each test program uses its own part")]

mod broadcasts;
mod crashes;
mod deliveries;
mod dist_git;
mod forwarder;
mod packflow;
mod pagure;
mod sent;
mod setup;

use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::Simulator;

pub(crate) use broadcasts::{Broadcasts, Manner, NEVER};
pub(crate) use crashes::{Crashes, survive_reruns, troubled};
pub(crate) use deliveries::{hash, pull_request};
pub(crate) use dist_git::{Packages, a_while};
pub(crate) use forwarder::Forwarder;
pub(crate) use packflow::Packflow;
pub(crate) use pagure::{PACKAGED, pushed};
pub(crate) use sent::{Check, Sent};
pub(crate) use setup::{Setup, failing_once, quick};

/// How long anything is waited for. Much more than it takes: a busy machine is no fault.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for a level, not for an edge: looks until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// One Packflow service, and the outside as it sees it.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    folder: tempfile::TempDir,
    port: u16,
    http: reqwest::Client,
}

impl World {
    fn configuration(&self) -> PathBuf {
        self.folder.path().join("packflow.toml")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts a server with its worker, and waits until it is ready.
    pub(crate) async fn serve(&self) -> Packflow {
        let mut server = Packflow::start(&["serve"], &self.configuration(), &self.log_file());
        until("the server is ready", async || {
            assert_eq!(server.ended(), None, "it ended instead");
            self.get("/readyz").await.map(|_| ())
        })
        .await;
        server
    }

    /// Waits until the server can do its work.
    pub(crate) async fn ready(&self) {
        until("the server is ready", async || self.get("/readyz").await.map(|_| ())).await;
    }

    /// Starts a further worker.
    pub(crate) fn worker(&self) -> Packflow {
        Packflow::start(&["worker"], &self.configuration(), &self.log_file())
    }

    /// Starts a process that only takes messages.
    pub(crate) fn consume(&self) -> Packflow {
        Packflow::start(&["consume"], &self.configuration(), &self.log_file())
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        packflow::program(arguments, &self.configuration()).output().unwrap()
    }

    /// Runs a command that is to succeed; what it printed.
    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {}\n{said}{trouble}", output.status);
        said
    }

    /// What the server answers with a success; none if it does not.
    pub(crate) async fn get(&self, path: &str) -> Option<String> {
        let answer = self.http.get(format!("{}{path}", self.url())).send().await.ok()?;
        answer.error_for_status().ok()?.text().await.ok()
    }

    /// The page of an event.
    pub(crate) async fn page(&self, event: i64) -> String {
        self.get(&format!("/events/{event}")).await.unwrap_or_default()
    }

    /// All events, newest first; none if the server does not answer.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let (mut events, mut cursor) = (Vec::new(), String::new());
        loop {
            let Some(text) = self.get(&format!("/api/v1/events?limit=100{cursor}")).await else {
                return Vec::new();
            };
            let page: Value = serde_json::from_str(&text).unwrap();
            events.extend(page["events"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return events,
            }
        }
    }

    /// The event of a commit, once it is there.
    pub(crate) async fn event_of(&self, commit: &str) -> i64 {
        until(&format!("an event of commit {commit}"), async || {
            let events = self.events().await;
            events.iter().find(|event| event["commit"] == commit).and_then(|event| event["id"].as_i64())
        })
        .await
    }

    /// The workflow of an event, once it is as it should be.
    pub(crate) async fn workflow_when(
        &self,
        event: i64,
        what: &str,
        mut is_so: impl FnMut(&Value) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(text) = self.get(&format!("/api/v1/events/{event}/workflow")).await {
                last = serde_json::from_str(&text).unwrap();
                if is_so(&last) {
                    return last;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("waited in vain until {what}: {last:#}");
    }

    /// The workflow of an event when a target is carried out, or was.
    pub(crate) async fn begun(&self, event: i64, target: &str) -> Value {
        self.workflow_when(event, &format!("{target} has begun"), |workflow| {
            !matches!(status(workflow, target), "waiting" | "ready" | "submitting" | "submitted")
        })
        .await
    }

    /// The workflow of an event when all of it has ended.
    pub(crate) async fn ended(&self, event: i64) -> Value {
        self.workflow_when(event, "it has ended", |workflow| {
            !matches!(workflow["status"].as_str(), Some("running" | "waiting"))
        })
        .await
    }

    /// Where the newest update of a workflow came from, as JSON.
    pub(crate) async fn provenance_of_update(&self, workflow: &Value) -> String {
        let targets = workflow["targets"].as_array().unwrap();
        let updates = targets.iter().filter(|target| target["kind"] == "bodhi_update");
        let newest = updates.max_by_key(|target| target["attempt"].as_i64()).unwrap();
        self.get(&format!("/api/v1/targets/{}/provenance", newest["id"])).await.unwrap()
    }

    /// What the simulator was sent so far.
    pub(crate) fn sent(&self) -> Sent {
        Sent(self.simulator.log())
    }
}

impl Drop for World {
    /// A test that failed tells what the processes logged.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the processes logged last:\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}

/// The targets of a workflow: kind and name, with one of their fields.
pub(crate) fn targets<'a>(workflow: &'a Value, field: &str) -> Vec<(String, &'a str)> {
    let told = |target: &'a Value| {
        let name = format!("{} {}", target["kind"].as_str().unwrap(), target["name"].as_str().unwrap());
        (name, target[field].as_str().unwrap_or_default())
    };
    workflow["targets"].as_array().unwrap().iter().map(told).collect()
}

/// The status of one target, such as `test_run fedora-43-x86_64`.
pub(crate) fn status<'a>(workflow: &'a Value, target: &str) -> &'a str {
    targets(workflow, "status").into_iter().find(|(name, _)| name == target).unwrap().1
}

/// Why one target stands as it does.
pub(crate) fn reason<'a>(workflow: &'a Value, target: &str) -> &'a str {
    targets(workflow, "reason").into_iter().find(|(name, _)| name == target).unwrap().1
}

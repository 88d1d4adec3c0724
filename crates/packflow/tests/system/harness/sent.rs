//! What the simulator was sent, in the words of the tests.

use simulator::{LogEntry, System};

/// A log of the simulator.
pub(crate) struct Sent(pub(crate) Vec<LogEntry>);

/// A Copr build that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) chroots: Vec<String>,
    /// What makes the SRPM; empty if it was there.
    pub(crate) script: String,
}

/// A Testing Farm request that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestRequest {
    pub(crate) id: String,
    pub(crate) submission: String,
    pub(crate) pull_request: String,
    pub(crate) compose: String,
    /// `BUILD:CHROOT`.
    pub(crate) artifact: String,
}

/// A check run that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// The target.
    pub(crate) external_id: String,
    /// Its conclusion where it has ended, else its status, each time that it was told.
    pub(crate) stages: Vec<String>,
    /// Whether an answer about it has reached us: until then we take it for one that may not be there.
    pub(crate) is_known: bool,
}

impl Check {
    /// How it stands.
    pub(crate) fn stands(&self) -> &str {
        self.stages.last().map_or("", String::as_str)
    }
}

impl Sent {
    fn began(&self, system: System) -> impl Iterator<Item = (&str, &LogEntry)> {
        let of = self.0.iter().filter(move |entry| entry.system == system);
        of.filter_map(|entry| Some((entry.began.as_deref()?, entry)))
    }

    /// The Copr builds that were begun, oldest first.
    pub(crate) fn builds(&self) -> Vec<Build> {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let begun =
            self.began(System::Copr).filter(|(_, entry)| entry.path.starts_with("/api_3/build/create/"));
        begun
            .map(|(id, entry)| Build {
                id: id.to_owned(),
                project: text(&entry.body["projectname"]),
                chroots: entry.body["chroots"].as_array().unwrap().iter().map(text).collect(),
                script: text(&entry.body["script"]),
            })
            .collect()
    }

    /// The test requests that were begun, oldest first.
    pub(crate) fn tests(&self) -> Vec<TestRequest> {
        let requests = self.began(System::TestingFarm);
        requests
            .map(|(id, entry)| {
                let environment = &entry.body["environments"][0];
                let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                TestRequest {
                    id: id.to_owned(),
                    submission: text(&environment["variables"]["PACKFLOW_SUBMISSION"]),
                    pull_request: text(&environment["variables"]["PACKIT_PR_ID"]),
                    compose: text(&environment["os"]["compose"]),
                    artifact: text(&environment["artifacts"][0]["id"]),
                }
            })
            .collect()
    }

    /// The ids of what was asked to be canceled, in both build systems.
    pub(crate) fn cancels(&self) -> Vec<&str> {
        let calls = self.0.iter().filter(|entry| {
            entry.path.starts_with("/api_3/build/cancel/")
                || (entry.system == System::TestingFarm && entry.method == "DELETE")
        });
        calls.filter_map(|entry| entry.path.rsplit('/').next()).collect()
    }

    /// The check runs that were made at a commit, oldest first, each with all that was told of it.
    pub(crate) fn checks(&self, commit: &str) -> Vec<Check> {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let stage = |entry: &LogEntry| match entry.body["conclusion"].as_str() {
            Some(conclusion) => conclusion.to_owned(),
            None => text(&entry.body["status"]),
        };
        let made = self.began(System::GitHub).filter(|(_, entry)| {
            entry.method == "POST" && entry.path.ends_with("/check-runs") && entry.body["head_sha"] == *commit
        });
        made.map(|(id, entry)| {
            let path = format!("{}/{id}", entry.path);
            let told = |other: &&LogEntry| {
                other.method == "PATCH" && other.path == path && other.status == Some(200)
            };
            let later: Vec<&LogEntry> = self.0.iter().filter(told).collect();
            Check {
                is_known: entry.status.is_some() || !later.is_empty(),
                name: text(&entry.body["name"]),
                external_id: text(&entry.body["external_id"]),
                stages: [entry].into_iter().chain(later).map(stage).collect(),
            }
        })
        .collect()
    }

    /// How many calls of a method Koji got that it answered or whose answer was lost.
    pub(crate) fn koji_calls(&self, method: &str) -> usize {
        self.0.iter().filter(|entry| entry.body["method"] == method).count()
    }

    /// How many updates were made.
    pub(crate) fn updates(&self) -> usize {
        self.0.iter().filter(|entry| entry.path.ends_with("/updates/") && entry.began.is_some()).count()
    }

    /// How often a system was called so.
    pub(crate) fn count(&self, system: System, method: &str, path: &str) -> usize {
        let is = |entry: &&LogEntry| entry.system == system && entry.method == method && entry.path == path;
        self.0.iter().filter(is).count()
    }
}

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

    /// The statuses that were told at a commit: state and description.
    pub(crate) fn statuses(&self, commit: &str) -> Vec<(&str, &str)> {
        let path = format!("/repos/upstream/hello/statuses/{commit}");
        let told = self.began(System::GitHub).filter(|(_, entry)| entry.path == path);
        told.map(|(_, entry)| {
            (entry.body["state"].as_str().unwrap(), entry.body["description"].as_str().unwrap())
        })
        .collect()
    }

    /// How often a system was called so.
    pub(crate) fn count(&self, system: System, method: &str, path: &str) -> usize {
        let is = |entry: &&LogEntry| entry.system == system && entry.method == method && entry.path == path;
        self.0.iter().filter(is).count()
    }
}

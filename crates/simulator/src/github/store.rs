//! GitHub's memory: repositories, what was told to them, deliveries.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::deliveries::Delivered;
use super::login::Code;

/// A repository as it is put there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Repository {
    /// The default branch; `main` if empty.
    pub default_branch: String,
    /// Path to text: the files at every commit that has none of its own.
    pub files: BTreeMap<String, String>,
    /// Full hash to the files of that commit.
    pub commits: BTreeMap<String, BTreeMap<String, String>>,
    /// Branch or tag to full hash.
    pub references: BTreeMap<String, String>,
    /// The tag of the newest release; empty if there is none.
    pub latest_release: String,
    /// Account to permission: `admin`, `write`, `read`. Others may read, unless it is private.
    pub permissions: BTreeMap<String, String>,
    /// Number to pull request.
    pub pulls: BTreeMap<u64, Pull>,
    /// Whether it is private.
    pub private: bool,
    /// Whether the App is not installed there.
    pub not_installed: bool,
    /// GitHub's number of it; 4711 if none is given.
    pub id: Option<u64>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// The newest commit.
    pub head: String,
    /// The branch it would be merged into.
    pub base: String,
    /// Who opened it.
    pub author: String,
}

#[derive(Debug, Default)]
pub(crate) struct GitHub {
    /// By owner and name in lower case, with both as they are written.
    repositories: BTreeMap<(String, String), (String, String, Repository)>,
    /// Installation tokens and when they end.
    pub(super) tokens: HashMap<String, DateTime<Utc>>,
    /// Codes that were given out to browsers, until they are exchanged.
    pub(super) codes: HashMap<String, Code>,
    /// Users' tokens and whose they are.
    pub(super) user_tokens: HashMap<String, String>,
    /// By repository and commit.
    pub(super) statuses: HashMap<(String, String), Vec<Value>>,
    pub(super) checks: BTreeMap<u64, Value>,
    /// By repository and thread: an issue's number or a commit's hash.
    pub(super) comments: HashMap<(String, String), Vec<Value>>,
    /// By repository, oldest first.
    pub(super) issues: HashMap<String, Vec<Value>>,
    /// By repository, comment and reaction.
    pub(super) reactions: BTreeMap<(String, u64, String), u64>,
    /// The check suite of a repository's commit.
    suites: BTreeMap<(String, String, String), u64>,
    pub(super) deliveries: Vec<Delivered>,
    last_id: u64,
}

impl GitHub {
    pub(crate) fn put(&mut self, owner: &str, name: &str, mut repository: Repository) {
        if repository.default_branch.is_empty() {
            "main".clone_into(&mut repository.default_branch);
        }
        self.repositories.insert(key(owner, name), (owner.to_owned(), name.to_owned(), repository));
    }

    pub(super) fn repository(&self, owner: &str, name: &str) -> Option<(&str, &str, &Repository)> {
        self.repositories
            .get(&key(owner, name))
            .map(|(owner, name, found)| (owner.as_str(), name.as_str(), found))
    }

    /// The check suite that a commit has for the App.
    pub(super) fn suite(&mut self, owner: &str, name: &str, hash: &str) -> u64 {
        let (owner, name) = key(owner, name);
        let place = (owner, name, hash.to_owned());
        if let Some(suite) = self.suites.get(&place) {
            return *suite;
        }
        let suite = self.next_id();
        self.suites.insert(place, suite);
        suite
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

fn key(owner: &str, name: &str) -> (String, String) {
    (owner.to_lowercase(), name.to_lowercase())
}

impl Repository {
    /// The hash that a branch, tag, hash or beginning of a hash stands for.
    pub(crate) fn resolve(&self, revision: &str) -> Option<String> {
        let named = revision.strip_prefix("refs/heads/").or_else(|| revision.strip_prefix("refs/tags/"));
        if let Some(hash) = self.references.get(named.unwrap_or(revision)) {
            return Some(hash.clone());
        }
        let is_hash = revision.len() >= 7 && revision.chars().all(|letter| letter.is_ascii_hexdigit());
        let heads = self.pulls.values().map(|pull| &pull.head);
        let mut known = self.commits.keys().chain(self.references.values()).chain(heads);
        let begun = known.find(|hash| is_hash && hash.starts_with(revision));
        // Repositories are put there without their history: any full hash is a commit of theirs.
        begun.cloned().or_else(|| (is_hash && revision.len() == 40).then(|| revision.to_owned()))
    }

    /// The files at a revision, without one at the default branch; none if there is no such revision.
    pub(crate) fn files_at(&self, revision: Option<&str>) -> Option<&BTreeMap<String, String>> {
        let hash = match revision {
            Some(revision) if revision != self.default_branch => self.resolve(revision)?,
            _ => self.references.get(&self.default_branch).cloned().unwrap_or_default(),
        };
        Some(self.commits.get(&hash).unwrap_or(&self.files))
    }
}

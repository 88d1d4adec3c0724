use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::proposals::Proposal;
use crate::github::{Pull, Repository};

/// The memory of one forge.
#[derive(Debug, Default)]
pub(crate) struct Other {
    /// By path, in lower case.
    repositories: BTreeMap<String, Kept>,
    /// By path and number of a pull request: where its commits come from, if that is another repository.
    sources: BTreeMap<(String, u64), String>,
    /// By path and commit, oldest first.
    pub(super) statuses: HashMap<(String, String), Vec<Value>>,
    /// By path and thread, oldest first.
    pub(super) comments: HashMap<(String, String), Vec<Value>>,
    /// By path, oldest first.
    pub(super) issues: HashMap<String, Vec<Value>>,
    pub(super) reactions: BTreeSet<(u64, String)>,
    /// What the token's account has forked, by path.
    pub(super) forks: BTreeSet<String>,
    /// What it proposes, by path.
    pub(super) proposals: BTreeMap<String, Vec<Proposal>>,
    last_id: u64,
}

/// A repository with its number.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: u64,
    pub(super) path: String,
    pub(super) repository: Repository,
}

impl Other {
    /// Puts a repository there, or changes it.
    pub(crate) fn put(&mut self, path: &str, mut repository: Repository) {
        if repository.default_branch.is_empty() {
            "main".clone_into(&mut repository.default_branch);
        }
        let id = self.repositories.get(&path.to_lowercase()).map_or_else(|| self.last_id + 1, |kept| kept.id);
        self.last_id = self.last_id.max(id);
        self.repositories.insert(path.to_lowercase(), Kept { id, path: path.to_owned(), repository });
    }

    /// Says that a pull request's commits come from another repository.
    pub(crate) fn fork(&mut self, path: &str, number: u64, source: &str) {
        if self.at(source).is_none() {
            self.put(source, Repository::default());
        }
        self.sources.insert((path.to_lowercase(), number), source.to_owned());
    }

    /// A pull request was opened.
    pub(super) fn opened(&mut self, path: &str, number: u64, pull: Pull) {
        if let Some(kept) = self.repositories.get_mut(path) {
            kept.repository.pulls.insert(number, pull);
        }
    }

    /// What the token's account has proposed for a repository, open or merged, oldest first.
    pub(crate) fn proposed(&self, path: &str) -> Vec<Value> {
        self.proposals.get(&path.to_lowercase()).into_iter().flatten().map(Proposal::told).collect()
    }

    /// A proposal was merged: its branch stands at this commit now.
    pub(crate) fn merge(&mut self, path: &str, number: u64, hash: &str) {
        let path = path.to_lowercase();
        let mut proposals = self.proposals.get_mut(&path).into_iter().flatten();
        let Some(merged) = proposals.find(|one| one.number == number) else { return };
        merged.is_open = false;
        if let Some(kept) = self.repositories.get_mut(&path) {
            kept.repository.references.insert(merged.to_branch.clone(), hash.to_owned());
            if let Some(pull) = kept.repository.pulls.get_mut(&number) {
                hash.clone_into(&mut pull.head);
            }
        }
    }

    /// A repository, by path or by number.
    pub(super) fn at(&self, name: &str) -> Option<&Kept> {
        let numbered = |id: u64| self.repositories.values().find(|kept| kept.id == id);
        name.parse().ok().and_then(numbered).or_else(|| self.repositories.get(&name.to_lowercase()))
    }

    /// Where a pull request's commits come from.
    pub(super) fn source(&self, path: &str, number: u64) -> Option<&Kept> {
        let source = self.sources.get(&(path.to_lowercase(), number)).map_or(path, String::as_str);
        self.at(source)
    }

    /// All accounts that have a permission anywhere.
    pub(super) fn accounts(&self) -> BTreeSet<&String> {
        self.repositories.values().flat_map(|kept| kept.repository.permissions.keys()).collect()
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::github::Repository;

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
    pub(super) reactions: BTreeSet<(u64, String)>,
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

//! The levels of a file and how they are laid over each other: the file's top, its packages, a
//! job, and what a job says about one package.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::check::check_entry;
use super::fault::Faults;
use super::keys::{Level, find_on};
use super::yaml::{Entry, Node, Position};

/// One written value and where its key stands.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) node: Rc<Node>,
    pub(super) at: Position,
    /// Dotted path as the file writes it.
    pub(super) path: Rc<str>,
}

/// The settings of one level by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer(BTreeMap<String, Setting>);

impl Layer {
    /// The settings of a written mapping below the path `prefix`. Keys that are no text are noted
    /// as faults and left out.
    pub(super) fn read(entries: &[Entry], prefix: &str, faults: &mut Faults) -> Self {
        let mut layer = Self::default();
        for entry in entries {
            let path = join(prefix, &entry.key.name);
            if entry.key.is_text {
                let setting = Setting { node: Rc::clone(&entry.value), at: entry.at, path: path.into() };
                layer.0.insert(entry.key.name.clone(), setting);
            } else {
                let message = format!("the key {} must be text; put it in quotes", entry.key.name);
                faults.add(entry.at, &path, message);
            }
        }
        layer
    }

    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.0.get(key)
    }

    /// The node of a key, unless nothing is written there.
    pub(super) fn node(&self, key: &str) -> Option<&Rc<Node>> {
        self.0.get(key).map(|setting| &setting.node).filter(|node| !node.is_null())
    }

    /// Whether a key has a value that Packit takes as set.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|setting| setting.node.is_truthy())
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Setting> {
        self.0.remove(key)
    }

    pub(super) fn insert(&mut self, key: &str, setting: Setting) {
        self.0.insert(key.to_owned(), setting);
    }

    /// Sets a default; `at` is where its absence is told.
    pub(super) fn insert_if_absent(&mut self, key: &str, node: Rc<Node>, at: Position, prefix: &str) {
        if !self.contains(key) {
            self.insert(key, Setting { node, at, path: join(prefix, key).into() });
        }
    }

    /// This level with `upper` laid over it.
    pub(super) fn overlaid(&self, upper: &Self) -> Self {
        let mut merged = self.clone();
        merged.0.extend(upper.0.iter().map(|(key, setting)| (key.clone(), setting.clone())));
        merged
    }

    /// Takes out the settings whose keys `wanted` names.
    pub(super) fn split_off(&mut self, wanted: impl Fn(&str) -> bool) -> Self {
        let (taken, kept) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| wanted(key));
        self.0 = kept;
        Self(taken)
    }

    /// Notes what is wrong with the settings of this level, but for the values of keys that
    /// `is_replaced` says every user of the level replaces: those are never read. Keys that are not
    /// known are left out from then on, so that laying levels over each other stays cheap.
    pub(super) fn check(&mut self, level: Level, is_replaced: impl Fn(&str) -> bool, faults: &mut Faults) {
        for (key, setting) in self.0.iter().filter(|(key, _)| !is_replaced(key)) {
            check_entry(level, key, setting.at, &setting.node, &setting.path, faults);
        }
        self.0.retain(|key, _| find_on(level, key).is_some());
    }

    pub(super) fn weight(&self) -> usize {
        self.0.values().map(|setting| setting.node.weight()).fold(0, usize::saturating_add)
    }
}

/// A dotted path one step deeper.
pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

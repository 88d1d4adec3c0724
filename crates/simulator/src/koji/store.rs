//! What the hub knows.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::builds::Build;
use super::tags::{Tag, Tagging};
use super::tasks::Task;
use super::wire::Fault;

/// The id of our account.
pub(super) const ACCOUNT: i64 = 4641;

/// A login.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) key: String,
    /// The number of the last call that changed something.
    pub(super) last_change: Option<u64>,
}

/// A file that is being uploaded.
#[derive(Debug, Default)]
pub(super) struct Upload {
    pub(super) bytes: Vec<u8>,
    /// Whether its end was told.
    pub(super) is_whole: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Koji {
    pub(super) sessions: HashMap<i64, Session>,
    pub(super) tasks: BTreeMap<i64, Task>,
    pub(super) builds: BTreeMap<i64, Build>,
    pub(super) tags: BTreeMap<String, Tag>,
    pub(super) taggings: Vec<Tagging>,
    pub(super) uploads: HashMap<String, Upload>,
    /// The commits of each package that were built for a distribution, in the order in which they came: a new commit is a new
    /// release.
    pub(super) commits: HashMap<(String, String), Vec<String>>,
    /// How often a package was built for a target.
    pub(super) times_built: HashMap<(String, String), u32>,
    last_id: i64,
}

impl Koji {
    /// Ids are greater than this from now on.
    pub(crate) fn begin_ids_after(&mut self, id: i64) {
        self.last_id = self.last_id.max(id);
    }

    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn task(&self, id: i64) -> Result<&Task, Fault> {
        self.tasks.get(&id).ok_or_else(|| Fault::generic(format!("No such task: {id}")))
    }

    /// A build by its id, its name, version and release, or a structure of these.
    pub(super) fn find_build(&self, which: &Value) -> Option<&Build> {
        if let Some(id) = which.as_i64() {
            return self.builds.get(&id);
        }
        let nvr = match which {
            Value::Object(_) => {
                let part = |name: &str| which[name].as_str().unwrap_or_default();
                format!("{}-{}-{}", part("name"), part("version"), part("release"))
            }
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        self.builds.values().find(|build| build.nvr() == nvr)
    }

    pub(super) fn build(&self, which: &Value) -> Result<&Build, Fault> {
        self.find_build(which).ok_or_else(|| Fault::generic(format!("No such build: {which}")))
    }
}

pub(super) fn user(name: &str) -> Value {
    json!({"id": ACCOUNT, "name": name, "status": 0, "usertype": 0, "krb_principals": []})
}

//! Copr's memory: projects and builds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::build::Build;
use super::http::CoprError;
use crate::glob::fits;

/// Somebody's project, as it is put there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedProject {
    /// Its chroots.
    pub chroots: Vec<String>,
    /// The accounts that may build in it, beside its owner.
    pub builders: BTreeSet<String>,
    /// The accounts that may change it, beside its owner.
    pub admins: BTreeSet<String>,
    /// The forge projects that may build in it through Packit: patterns.
    pub packit_forge_projects_allowed: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) id: u64,
    /// What was set when it was added or edited, as it was given.
    pub(super) settings: Map<String, Value>,
    /// Chroots with their options, as they were given.
    pub(super) chroots: BTreeMap<String, Map<String, Value>>,
    pub(super) builders: BTreeSet<String>,
    pub(super) admins: BTreeSet<String>,
    /// Account and role (`builder`, `admin`) that were asked for.
    pub(super) requests: BTreeSet<(String, String)>,
    pub(super) forge_projects_allowed: Vec<String>,
    pub(super) builds: Vec<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Copr {
    pub(super) projects: BTreeMap<(String, String), Project>,
    pub(super) builds: HashMap<u64, Build>,
    /// How often a package was built in a chroot of a project.
    pub(super) times_built: HashMap<(String, String, String), u32>,
    last_id: u64,
}

impl Project {
    pub(super) fn may_build(&self, owner: &str, account: &str) -> bool {
        owner == account || self.builders.contains(account) || self.admins.contains(account)
    }

    pub(super) fn may_edit(&self, owner: &str, account: &str) -> bool {
        owner == account || self.admins.contains(account)
    }

    pub(super) fn allows(&self, forge_project: &str) -> bool {
        self.forge_projects_allowed.iter().any(|pattern| fits(pattern, forge_project))
    }
}

impl Copr {
    pub(crate) fn seed(&mut self, owner: &str, name: &str, seed: SeedProject) {
        let project = self.add(owner, name);
        project.chroots = seed.chroots.into_iter().map(|chroot| (chroot, Map::new())).collect();
        project.builders = seed.builders;
        project.admins = seed.admins;
        project.forge_projects_allowed = seed.packit_forge_projects_allowed;
    }

    pub(super) fn add(&mut self, owner: &str, name: &str) -> &mut Project {
        let id = self.next_id();
        self.projects
            .entry((owner.to_owned(), name.to_owned()))
            .or_insert_with(|| Project { id, ..Project::default() })
    }

    /// Ids are greater than this from now on.
    pub(crate) fn begin_ids_after(&mut self, id: u64) {
        self.last_id = self.last_id.max(id);
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn project(&self, owner: &str, name: &str) -> Result<&Project, CoprError> {
        self.projects.get(&(owner.to_owned(), name.to_owned())).ok_or_else(|| no_project(owner, name))
    }

    pub(super) fn project_mut(&mut self, owner: &str, name: &str) -> Result<&mut Project, CoprError> {
        self.projects.get_mut(&(owner.to_owned(), name.to_owned())).ok_or_else(|| no_project(owner, name))
    }

    pub(super) fn build(&self, id: u64) -> Result<&Build, CoprError> {
        self.builds.get(&id).ok_or_else(|| CoprError::not_found(format!("Build {id} does not exist.")))
    }

    /// The state of a chroot of a build at a moment; none if there is no such.
    pub(crate) fn chroot_state(&self, build: u64, chroot: &str, now_ms: i64) -> Option<super::ChrootState> {
        let build = self.builds.get(&build)?;
        let chroot = build.chroots.iter().find(|known| known.name == chroot)?;
        Some(build.chroot_state(chroot, now_ms))
    }
}

fn no_project(owner: &str, name: &str) -> CoprError {
    CoprError::not_found(format!("Project {owner}/{name} does not exist."))
}

//! What happens at dist-git and Koji becomes Koji builds and Bodhi updates (`docs/contracts.md` 8.2, 8.5, 8.6).
//!
//! A build and the update of it are one chain of one workflow; nothing has to tell of the build for its update to start. What a
//! tag into a sidetag starts, and builds that nobody here asked for, are events of their own.

mod chain;
mod issue;
mod people;
mod pull;
mod select;

use std::collections::BTreeSet;

pub use issue::FailedThere;
pub use people::{Questions, Standing, questions};
pub use pull::{NewVersion, Upstream, plan_pull, upstream_of};

use super::select::elsewhere_last;
use super::{Omission, Plan, PlannedPipeline, Rules};
use crate::package_config::PackageConfig;
use crate::releases::Releases;
use crate::words::ProjectKey;

/// Something that happened to a package.
#[derive(Debug, Clone)]
pub struct Downstream<'a> {
    /// The package's repository at dist-git.
    pub project: &'a ProjectKey,
    /// Its web address: `https://src.fedoraproject.org/rpms/ogr`.
    pub project_url: String,
    /// The branches that it is about, at least one.
    pub branches: Vec<Branch>,
    /// What happened.
    pub cause: Cause<'a>,
}

/// A dist-git branch that something is done for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// The commit to be built, where it is not the event's.
    pub revision: Option<String>,
    /// Name, version and release of the build that an update is made of, or that is tagged.
    pub nvr: Option<String>,
}

impl Branch {
    /// A branch that something is built for.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), revision: None, nvr: None }
    }
}

/// What happened to a package.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// Commits were pushed to the branch.
    Push {
        /// Who pushed.
        committer: &'a Standing,
        /// The pull request that was merged by it, if one was.
        merged: Option<&'a Merged>,
    },
    /// Koji completed a build of the branch, which names it, that nobody here asked for.
    Build {
        /// Whose build it is.
        owner: &'a Standing,
    },
    /// A package was tagged into a sidetag for the branch.
    Tag {
        /// The group whose sidetag it is.
        group: &'a str,
        /// The sidetag.
        sidetag: &'a str,
        /// The package that was tagged.
        package: &'a str,
        /// All packages that are in it now.
        present: &'a BTreeSet<String>,
        /// What is done with this package already.
        under_way: UnderWay,
    },
    /// Somebody who may asked for Koji builds.
    BuildCommand,
    /// Somebody who may asked for updates, of the builds that the branches name.
    UpdateCommand,
    /// Somebody who may asked for the builds that the branches name to be tagged into the sidetags of their groups.
    TagCommand,
}

/// What is done with a package in a sidetag already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Its newest commit is built, or was.
    pub build: bool,
    /// An update of the sidetag waits to be made.
    pub update: bool,
}

/// A pull request that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Its number.
    pub number: i64,
    /// Who opened it.
    pub author: Standing,
    /// Its labels.
    pub labels: Vec<String>,
}

/// Plans what something that happened to a package starts: at most one pipeline. Pure, as [`super::plan`].
pub fn plan(
    happened: &Downstream<'_>,
    configuration: &PackageConfig,
    releases: &Releases,
    rules: &Rules,
) -> Plan {
    let mut draft = chain::Draft { happened, releases, rules, steps: Vec::new(), omissions: Vec::new() };
    let selected = select::select(&mut draft, configuration);
    draft.chain(&selected);
    let chain::Draft { steps, mut omissions, .. } = draft;
    elsewhere_last(&mut omissions);
    let pipelines = Vec::from_iter((!steps.is_empty()).then_some(PlannedPipeline { package: None, steps }));
    let mut plan = Plan { pipelines, omissions };
    rules.enforce_limits(&mut plan);
    if plan.pipelines.is_empty() && plan.omissions.is_empty() {
        plan.omissions.push(Omission::of_event(happened.nothing()));
    }
    plan
}

impl Downstream<'_> {
    /// Why nothing starts where no job is even near.
    fn nothing(&self) -> String {
        let what = match self.cause {
            Cause::Push { .. } => "a push here: koji_build with the trigger commit",
            Cause::Build { .. } => "a Koji build: bodhi_update",
            Cause::Tag { .. } => {
                "a tag into this sidetag: koji_build or bodhi_update with its sidetag_group and the trigger koji_build"
            }
            Cause::BuildCommand => "this command: koji_build",
            Cause::UpdateCommand => "this command: bodhi_update",
            Cause::TagCommand => "this command: koji_build or bodhi_update with a sidetag_group",
        };
        format!("the configuration has no job that starts on {what}")
    }
}

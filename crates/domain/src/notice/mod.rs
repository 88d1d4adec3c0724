//! What a message of the bus tells, understood: the closed set of what Packflow reads there (`docs/contracts.md` 7).
//!
//! Most of it tells that something changed with work at a build system. That is a hint only: the build system is asked, so
//! messages may come late, twice, reordered, or from somebody who made them up, and targets end right all the same
//! (`docs/adr/0009-messages-are-hints.md`). The rest asks for work.

mod interest;
mod koji;

use crate::words::BuildSystem;

pub use interest::{Claim, Interest};
pub use koji::{KojiBuild, KojiState, KojiTag, KojiTask};

/// One message that is of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// One chroot of a Copr build began or ended.
    CoprBuild(CoprBuild),
    /// A Koji task changed its state: scratch builds are nothing but tasks.
    KojiTask(KojiTask),
    /// A real Koji build changed its state.
    KojiBuild(KojiBuild),
    /// A Koji build was tagged.
    KojiTag(KojiTag),
    /// Something happened to an update.
    BodhiUpdate(BodhiUpdate),
    /// There are new versions of an upstream project.
    UpstreamVersion(UpstreamVersion),
}

/// One chroot of a Copr build began or ended (`docs/contracts.md` 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoprBuild {
    /// The build's id.
    pub build: i64,
    /// The chroot; `srpm-builds` for the SRPM.
    pub chroot: String,
    /// Whose project: an account, or `@group`.
    pub owner: String,
    /// The project.
    pub project: String,
    /// What happened.
    pub change: CoprChange,
}

/// What happened to a chroot of a Copr build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoprChange {
    /// It began.
    Started,
    /// It succeeded (1).
    Succeeded,
    /// It failed (0).
    Failed,
    /// It was canceled (2).
    Canceled,
    /// It is told to have ended, with a number that is no end.
    Unclear(i64),
}

/// Something happened to an update (`docs/contracts.md` 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodhiUpdate {
    /// Its alias: `FEDORA-2026-0123456789`.
    pub alias: String,
    /// Whose update it is, if that is told.
    pub user: Option<String>,
    /// The names, versions and releases of its builds.
    pub builds: Vec<String>,
    /// Its status, as Bodhi calls it: `testing`.
    pub status: Option<String>,
    /// What happened, as the topic has it behind `bodhi.`: `update.request.testing`.
    pub what: String,
}

/// There are new versions of an upstream project (`docs/contracts.md` 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamVersion {
    /// Anitya's number of the project.
    pub project_id: Option<i64>,
    /// Its name there.
    pub project: String,
    /// What it is called in Fedora; may be several packages.
    pub packages: Vec<String>,
    /// The new versions, newest first as they were told.
    pub versions: Vec<String>,
    /// The bug that was filed for it.
    pub bug: Option<i64>,
}

impl Notice {
    /// The work that something changed with: the build system, and its id of the work. None if it tells of none.
    pub fn work(&self) -> Option<(BuildSystem, String)> {
        match self {
            Self::CoprBuild(build) => Some((BuildSystem::Copr, build.build.to_string())),
            Self::KojiTask(task) => Some((BuildSystem::Koji, task.task.to_string())),
            Self::KojiBuild(build) => build.task.map(|task| (BuildSystem::Koji, task.to_string())),
            Self::BodhiUpdate(update) => Some((BuildSystem::Bodhi, update.alias.clone())),
            Self::KojiTag(_) | Self::UpstreamVersion(_) => None,
        }
    }
}

impl std::fmt::Display for Notice {
    /// What it tells, in a few words: `copr build 12 of @group/project: fedora-43-x86_64 succeeded`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CoprBuild(build) => {
                let CoprBuild { build, chroot, owner, project, change } = build;
                write!(f, "copr build {build} of {owner}/{project}: {chroot} {change}")
            }
            Self::KojiTask(task) => task.fmt(f),
            Self::KojiBuild(build) => build.fmt(f),
            Self::KojiTag(tag) => tag.fmt(f),
            Self::BodhiUpdate(update) => write!(f, "bodhi {} of {}", update.what, update.alias),
            Self::UpstreamVersion(upstream) => {
                write!(f, "versions {} of {}", upstream.versions.join(", "), upstream.project)
            }
        }
    }
}

impl std::fmt::Display for CoprChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Started => f.write_str("began"),
            Self::Succeeded => f.write_str("succeeded"),
            Self::Failed => f.write_str("failed"),
            Self::Canceled => f.write_str("was canceled"),
            Self::Unclear(number) => write!(f, "ended with status {number}"),
        }
    }
}

//! What Koji tells (`docs/contracts.md` 5).

use std::fmt::{self, Display};

/// Where a task or build of Koji stands. Messages about tasks have names, those about builds have numbers, of another count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KojiState {
    /// Nobody works on it yet.
    Free,
    /// It runs.
    Running,
    /// It was done.
    Complete,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
    /// The build was deleted.
    Deleted,
}

impl KojiState {
    /// A task's state by its name.
    pub fn of_task(name: &str) -> Option<Self> {
        match name {
            "FREE" | "ASSIGNED" => Some(Self::Free),
            "OPEN" => Some(Self::Running),
            "CLOSED" => Some(Self::Complete),
            "CANCELED" => Some(Self::Canceled),
            "FAILED" => Some(Self::Failed),
            _ => None,
        }
    }

    /// A build's state by its number.
    pub fn of_build(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Running),
            1 => Some(Self::Complete),
            2 => Some(Self::Deleted),
            3 => Some(Self::Failed),
            4 => Some(Self::Canceled),
            _ => None,
        }
    }
}

impl Display for KojiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "waits",
            Self::Running => "runs",
            Self::Complete => "is complete",
            Self::Failed => "failed",
            Self::Canceled => "was canceled",
            Self::Deleted => "was deleted",
        })
    }
}

/// A task changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KojiTask {
    /// The task's id.
    pub task: i64,
    /// Its method: `build` is one that somebody asked for, the others are parts of one.
    pub method: String,
    /// Who asked for it.
    pub owner: String,
    /// The new state.
    pub state: KojiState,
    /// Whether it is a scratch build; not told of tasks whose request is not told.
    pub is_scratch: bool,
}

impl Display for KojiTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "koji task {} ({}) of {} {}", self.task, self.method, self.owner, self.state)
    }
}

/// A real build changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KojiBuild {
    /// The build's id.
    pub build: i64,
    /// The task that makes it; builds that were imported have none.
    pub task: Option<i64>,
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its release.
    pub release: String,
    /// Its epoch.
    pub epoch: Option<i64>,
    /// Whose build it is.
    pub owner: String,
    /// The state before; none of a new build.
    pub old: Option<KojiState>,
    /// The new state.
    pub new: KojiState,
    /// What was built, `git+https://HOST/NAMESPACE/NAME.git#HASH`; none where the request is not told, or was no build of a
    /// commit.
    pub source: Option<String>,
    /// The build target that was asked for.
    pub target: Option<String>,
}

impl KojiBuild {
    /// Name, version and release.
    pub fn nvr(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.release)
    }
}

impl Display for KojiBuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "koji build {} of {} {}", self.nvr(), self.owner, self.new)
    }
}

/// A build was tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KojiTag {
    /// The build's id.
    pub build: i64,
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its release.
    pub release: String,
    /// The tag, such as `f43-build-side-12345`.
    pub tag: String,
    /// Whose build it is.
    pub owner: String,
    /// Who tagged it.
    pub user: String,
}

impl KojiTag {
    /// Name, version and release.
    pub fn nvr(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.release)
    }

    /// Whether the tag is a side tag (`docs/contracts.md` 5).
    pub fn is_side_tag(&self) -> bool {
        self.tag
            .rsplit_once("-side-")
            .is_some_and(|(_, id)| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
    }
}

impl Display for KojiTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "koji build {} tagged {} by {}", self.nvr(), self.tag, self.user)
    }
}

//! Where programs run that work on sources nobody has checked: a sandbox, or not at all.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;

/// A program to be run on a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The program and its arguments. No shell reads them.
    pub command: Vec<String>,
    /// The only folder that it may write to; it sees it as [`WORK_FOLDER`].
    pub folder: PathBuf,
    /// A folder that it may only read; it sees it as [`GIVEN_FOLDER`].
    pub given: Option<PathBuf>,
}

/// Where the program sees its folder.
pub const WORK_FOLDER: &str = "/work";
/// Where it sees what it was given.
pub const GIVEN_FOLDER: &str = "/given";

/// What a program may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrandLimits {
    /// From its start to its end.
    pub wall_clock: Duration,
    /// Time on a processor, of each of its processes.
    pub cpu: Duration,
    /// Memory of each of its processes, in bytes.
    pub memory: u64,
    /// Processes and threads at once.
    pub processes: u64,
    /// What it may print, in bytes; more ends it.
    pub output: usize,
    /// The largest file that it may write, in bytes.
    pub file: u64,
}

impl Default for ErrandLimits {
    /// Enough for a large package: 30 minutes, 10 of them on a processor, 4 GiB, 256 processes, 1 MiB of output.
    fn default() -> Self {
        Self {
            wall_clock: Duration::from_secs(30 * 60),
            cpu: Duration::from_secs(10 * 60),
            memory: 4 << 30,
            processes: 256,
            output: 1 << 20,
            file: 2 << 30,
        }
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrandEnd {
    /// What went wrong, in words for the person who asked; none if it says that all went well.
    pub problem: Option<String>,
    /// What it printed, cut at the limit. Invalid UTF-8 is replaced.
    pub output: String,
}

/// Why a program was not run.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    /// It will never be, as things stand here: there is no sandbox, or none that works.
    #[error("{0}")]
    Refused(String),
    /// The system would not let us just now.
    #[error("{0}")]
    Unavailable(String),
}

/// A place that runs programs on unchecked sources, so that they reach nothing: no network, no secret, no file but their own.
#[async_trait]
pub trait Workshop: Send + Sync + fmt::Debug {
    /// Runs a program to its end, within its limits. Dropping the future ends it.
    ///
    /// # Errors
    /// If it was not run at all.
    async fn run(&self, errand: &Errand) -> Result<ErrandEnd, WorkshopError>;

    /// Makes a folder one that a program may write to.
    ///
    /// # Errors
    /// If the system refuses.
    fn hand_over(&self, folder: &Path) -> std::io::Result<()>;

    /// The longest that [`Workshop::run`] takes.
    fn longest_run(&self) -> Duration;

    /// Tries whether it works here; says what it found, in one line.
    async fn check(&self) -> Result<String, WorkshopError>;
}

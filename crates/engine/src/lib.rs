//! The loop: inbox -> event -> workflow; ready -> submitted -> finished; reports out.
//!
//! The engine knows forges and build systems by their traits, and keeps nothing in memory that it could not lose: each of
//! its tasks claims rows, acts, and writes what came of it, so a crash anywhere is made good by the next worker.

mod artifacts;
mod backoff;
mod cancel;
mod checks;
mod clock;
mod failure_issues;
mod housekeeping;
mod intake;
mod news;
mod redelivery;
mod replies;
mod reports;
mod rerun;
mod settings;
mod sidetags;
mod supersede;
mod tasks;
mod unattended;
mod wake;
mod who_may;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use builders::{Builder, ReleaseSource};
use domain::words::BuildSystem;
use forges::{Forges, Reader};
use store::Db;

pub use cancel::{Canceled, cancel};
pub use clock::Clock;
pub use housekeeping::releases;
pub use intake::Settled;
pub use redelivery::{MissedError, ask_for_missed_deliveries};
pub use rerun::{preview_rerun, rerun};
pub use settings::{Outages, Settings, WorkerLimits};
pub use tasks::Tasks;
pub use wake::Wake;
pub use who_may::{Demand, Permit, PermitError, may_command, may_rerun, may_start};
pub use worker::callback;

/// The configured build systems.
pub type Builders = BTreeMap<BuildSystem, Arc<dyn Builder>>;

/// How the deliveries of each source are read: the forge's host is the source, or [`forges::BUS_SOURCE`].
pub type Readers = BTreeMap<String, Reader>;

/// All that the engine's tasks need. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The database.
    pub db: Db,
    /// The configured forges.
    pub forges: Forges,
    /// How deliveries are read.
    pub readers: Arc<Readers>,
    /// The configured build systems.
    pub builders: Arc<Builders>,
    /// Where the release table is read anew; none leaves it as it is.
    pub releases: Option<Arc<dyn ReleaseSource>>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The clock.
    pub clock: Clock,
    /// What wakes the tasks.
    pub wake: Wake,
}

//! Rows of another database written as ours: many events at once, with the times and results that they had.
//!
//! Whoever imports decides what the rows are; here they get ids and are written with one statement per table for a whole
//! batch. A batch is a transaction: what was cut off is not there, and the next run writes it.

mod accounts;
mod figures;
mod known;
mod placed;
mod places;
mod plans;
mod running;
mod tables;
mod write;

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::words::{EventKind, EventStatus, JobKind, Needs, TargetStatus};
use serde_json::Value;

use crate::origins::SourceRow;

pub use accounts::{
    Note, SetAside, Shared, accounted, begin, count_of, counts, finish, forget_imported, imported, note,
    note_origins, notes_page, set_aside, set_aside_counts, set_aside_page, shared_by_events, sources,
};
pub use figures::{Figure, ImportedProject, figures, newest, projects};
pub use known::{
    KnownEvent, KnownJob, KnownPipeline, KnownStep, KnownTarget, Linkable, known_events, load, targets_of,
};
pub use places::{Place, ensure_project, ensure_references, projects_of, references_of};
pub use running::{Lock, lock, look, prepare, transaction};
pub use write::{link, write};

/// The `source` of the deliveries that imported events have.
pub const SOURCE: &str = "import";

/// An event with all that it has: rows that are there already carry their id in `known` and are not written again.
/// Rows name each other by their place in these lists; what is named stands before what names it.
#[derive(Debug, Clone)]
pub struct EventRows {
    /// Its id, if it is there already.
    pub known: Option<i64>,
    /// The key of its delivery: what tells it from all other events of the source.
    pub delivery: String,
    /// Its project's id.
    pub project: i64,
    /// Its reference's id.
    pub reference: i64,
    /// Its commit, if known.
    pub hash: Option<String>,
    /// What happened.
    pub kind: EventKind,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The package configuration as the other database kept it.
    pub config: Option<Value>,
    /// What its targets make it.
    pub status: EventStatus,
    /// Its pipelines.
    pub pipelines: Vec<PipelineRow>,
    /// Its jobs.
    pub jobs: Vec<JobRow>,
    /// The steps of all its pipelines.
    pub steps: Vec<StepRow>,
    /// The targets of all its jobs.
    pub targets: Vec<TargetRow>,
    /// What its targets consume of each other.
    pub inputs: Vec<InputRow>,
    /// Where all that comes from.
    pub origins: Vec<(SourceRow, Ours)>,
}

/// A row of ours, by its place in [`EventRows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ours {
    /// The event.
    Event,
    /// A pipeline.
    Pipeline(usize),
    /// A job.
    Job(usize),
    /// A target.
    Target(usize),
    /// An input of this target.
    Input(usize),
}

/// A pipeline.
#[derive(Debug, Clone)]
pub struct PipelineRow {
    /// Its id, if it is there already.
    pub known: Option<i64>,
    /// The package.
    pub package: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// The first pipeline, if this is a rerun of it.
    pub rerun_of: Option<usize>,
}

/// A job.
#[derive(Debug, Clone)]
pub struct JobRow {
    /// Its id, if it is there already.
    pub known: Option<i64>,
    /// Its kind.
    pub kind: JobKind,
    /// Its identifier.
    pub identifier: Option<String>,
    /// The job whose targets its own consume.
    pub previous: Option<usize>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// What only its kind has.
    pub details: JobDetails,
}

/// A step.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Its id, if it is there already.
    pub known: Option<i64>,
    /// Its pipeline.
    pub pipeline: usize,
    /// The job that it holds.
    pub job: usize,
    /// The step before it.
    pub previous: Option<usize>,
}

/// A target.
#[derive(Debug, Clone)]
pub struct TargetRow {
    /// Its id, if it is there already.
    pub known: Option<i64>,
    /// Its job.
    pub job: usize,
    /// Its name.
    pub name: String,
    /// The first attempt of its chain; itself, if it is that.
    pub chain: usize,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// The attempt that it continues, if it is of a pipeline that is a rerun.
    pub redoes: Option<usize>,
    /// How it ended.
    pub status: TargetStatus,
    /// The build system's id of it.
    pub external_id: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// Its log.
    pub logs_url: Option<String>,
    /// Why it ended so.
    pub reason: Option<String>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it began, by the build system's clock.
    pub peer_started_at: Option<DateTime<Utc>>,
    /// When it ended, by the build system's clock.
    pub peer_finished_at: Option<DateTime<Utc>>,
    /// What only its kind has.
    pub details: TargetDetails,
}

/// What a target consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputRow {
    /// The target.
    pub target: usize,
    /// What it consumes.
    pub input: usize,
    /// What it needs of that.
    pub needs: Needs,
}

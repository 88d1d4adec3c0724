//! What both schemas are read into before it gets the shape of an event: pipelines, groups of targets, and who consumes whom.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::TargetDetails;
use domain::words::{EventKind, JobKind, ReferenceKind, TargetStatus};
use serde_json::Value;
use store::origins::SourceRow;

/// An event with what ran for it.
#[derive(Debug, Clone)]
pub(crate) struct SourceEvent {
    /// What tells it from all other events.
    pub(crate) delivery: String,
    /// The rows that it is.
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) place: Where,
    pub(crate) kind: EventKind,
    pub(crate) hash: Option<String>,
    pub(crate) config: Option<Value>,
    /// When it happened, as far as that is known.
    pub(crate) at: DateTime<Utc>,
    /// Oldest first.
    pub(crate) pipelines: Vec<SourcePipeline>,
    pub(crate) groups: Vec<Group>,
}

/// Where an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    /// At the reference that this row became.
    At(&'static str, i64, ReferenceKind),
    /// Nobody knows: at the unknown reference of the unknown project.
    Unknown(ReferenceKind),
}

/// A pipeline.
#[derive(Debug, Clone)]
pub(crate) struct SourcePipeline {
    /// The rows that it is: one, or one for each chroot.
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) package: Option<String>,
    /// Places in the event's list of groups; what is consumed stands before what consumes it.
    pub(crate) groups: Vec<usize>,
}

/// Targets that were asked for together.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) kind: JobKind,
    /// The row that it is; none where the schema has no row for it.
    pub(crate) source: Option<SourceRow>,
    pub(crate) at: Option<DateTime<Utc>>,
    /// What the row holds beyond that.
    pub(crate) columns: BTreeMap<String, Value>,
    /// Oldest first.
    pub(crate) targets: Vec<SourceTarget>,
}

/// A target.
#[derive(Debug, Clone)]
pub(crate) struct SourceTarget {
    pub(crate) source: SourceRow,
    pub(crate) name: String,
    pub(crate) identifier: Option<String>,
    /// None if it has not ended.
    pub(crate) status: Option<TargetStatus>,
    pub(crate) reason: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) logs_url: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) finished_at: DateTime<Utc>,
    pub(crate) peer_started_at: Option<DateTime<Utc>>,
    pub(crate) peer_finished_at: Option<DateTime<Utc>>,
    pub(crate) details: TargetDetails,
    /// What the data says that it consumed.
    pub(crate) inputs: Vec<SourceInput>,
    /// Further rows that went into it.
    pub(crate) parts: Vec<SourceRow>,
    /// Whether what it consumed may be found by its name, where the data does not say it.
    pub(crate) by_name: bool,
}

/// What a target consumed.
#[derive(Debug, Clone)]
pub(crate) struct SourceInput {
    /// The target that was consumed.
    pub(crate) target: SourceRow,
    /// The row that says so, if it is one of its own.
    pub(crate) source: Option<SourceRow>,
}

impl SourceEvent {
    /// Whether something of it has not ended.
    pub(crate) fn is_open(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.targets).any(|target| target.status.is_none())
    }

    /// All rows that it is made of.
    pub(crate) fn rows(&self) -> Vec<SourceRow> {
        let mut rows = self.sources.clone();
        rows.extend(self.pipelines.iter().flat_map(|pipeline| pipeline.sources.clone()));
        for group in &self.groups {
            rows.extend(group.source.clone());
            for target in &group.targets {
                rows.push(target.source.clone());
                rows.extend(target.parts.clone());
                rows.extend(target.inputs.iter().filter_map(|input| input.source.clone()));
            }
        }
        rows.sort();
        rows.dedup();
        rows
    }
}

//! A pipeline that comes to be, in words: short enough to stand above the button, and whole behind that.

use std::collections::BTreeSet;

use domain::rerun::{NewTarget, RerunPipeline, StepJob};

use super::super::text::Text;
use super::super::titles;

/// A step with more targets than these is told by their number.
const MOST_NAMED: usize = 4;

/// Its steps.
pub(super) struct NewPipeline {
    pub(super) short: Text,
    /// With the names of all targets, where `short` lacks some.
    pub(super) whole: Option<Text>,
}

impl NewPipeline {
    /// `columns` are the newest attempts of each folded step, by which all of a step is known.
    pub(super) fn new(pipeline: &RerunPipeline, columns: &[BTreeSet<i64>]) -> Self {
        let whole = told(pipeline, named);
        let short = told(pipeline, |targets| {
            if targets.len() <= MOST_NAMED { named(targets) } else { counted(targets, columns) }
        });
        Self { whole: (whole != short).then(|| Text::new(whole)), short: Text::new(short) }
    }
}

fn told(pipeline: &RerunPipeline, targets_told: impl Fn(&[NewTarget]) -> String) -> String {
    let steps = pipeline.steps.iter().map(|step| {
        let title = titles::job(step.kind, step.identifier.as_deref());
        match &step.job {
            StepJob::Shared { .. } => format!("{title} (shared)"),
            StepJob::New { targets, .. } => format!("{title} [{}]", targets_told(targets)),
        }
    });
    let steps = steps.collect::<Vec<_>>().join(" · ");
    pipeline.package.as_ref().map_or(steps.clone(), |package| format!("{package}: {steps}"))
}

fn named(targets: &[NewTarget]) -> String {
    targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn counted(targets: &[NewTarget], columns: &[BTreeSet<i64>]) -> String {
    let old: BTreeSet<i64> = targets.iter().map(|target| target.old_target_id.0).collect();
    let column = columns.iter().find(|column| !column.is_disjoint(&old));
    match column {
        Some(column) if *column == old => format!("all {}", old.len()),
        Some(column) if column.is_superset(&old) => format!("{} of {}", old.len(), column.len()),
        _ => format!("{} targets", old.len()),
    }
}

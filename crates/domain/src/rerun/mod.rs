//! Doing part of a workflow again: which part, with what shared, and which rows come to be (`docs/design.md` section 4).
//!
//! [`plan`] is one pure function: the preview shows what it says, and the real thing calls it again under the event's lock
//! and carries out what it says, or refuses if that is not what was shown. It works on chains, never on names: the folded
//! workflow has the newest attempt of each chain on top, and its edges are the inputs of those.

mod artifacts;
mod basis;
mod closure;
mod cost;
mod folded;
mod hash;
mod layout;
mod outcome;
mod rows;
mod selection;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use artifacts::{ArtifactLife, Life};
pub use basis::{Basis, Consumer, DurationKey, Elsewhere, JobFacts, Pipeline, Step};
pub use cost::Cost;
pub use outcome::{
    Conflict, Entry, NewInput, NewTarget, NothingToDo, Plan, Planned, Replaced, RerunPipeline, RerunStep,
    StepJob,
};
pub use rows::{JobRow, NewIds, PipelineRow, Rows, StepRow};
pub use selection::{Asked, Selection};

use closure::Closure;
use folded::Folded;
use selection::Roots;

/// Plans a rerun: what is redone, shared, waited for and canceled, what cannot be, and why.
///
/// - A redone target brings its follow-ups inside the event, and theirs, unless the selection is without follow-ups.
/// - What a redone target consumes is the newest attempt in each input's chain. If it cannot serve (it did not succeed, or
///   its artifacts are gone), that one target is redone too; its other consumers are left as they are.
/// - A target that has not ended is redone only if the selection says to cancel it.
/// - Builds of other events that a test was told to consume as well (`with_builds`) are consumed again only if they are asked
///   for again.
///
/// Linear in the size of the workflow but for the logarithm of the maps.
pub fn plan(basis: &Basis, selection: &Selection, life: &ArtifactLife, now: DateTime<Utc>) -> Planned {
    let folded = Folded::of(basis, selection);
    let roots = match selection.roots(&folded) {
        Roots::Chains(chains) => chains,
        Roots::Nothing(reason) => {
            let plan = outcome::draw(&folded, &BTreeMap::new(), &Closure::default(), selection);
            return Planned::NothingToDo(NothingToDo { reason, plan });
        }
        Roots::Conflict(conflict) => return Planned::Conflict(conflict),
    };
    let closure = closure::find(&folded, &roots, selection, life, now);
    if !selection.cancel_running {
        let unfinished: BTreeMap<_, _> = closure.unfinished(&folded).collect();
        if !unfinished.is_empty() {
            return Planned::Conflict(Conflict::Unfinished(unfinished));
        }
    }
    let plan = outcome::draw(&folded, &roots, &closure, selection);
    if plan.redo.is_empty() {
        return Planned::NothingToDo(NothingToDo { reason: cannot(&plan), plan });
    }
    Planned::Plan(plan)
}

/// Why nothing of what was asked for can be redone.
fn cannot(plan: &Plan) -> String {
    let each: Vec<String> =
        plan.cannot.iter().map(|entry| format!("{} {}: {}", entry.kind, entry.name, entry.why)).collect();
    format!("nothing of it can be redone; {}", each.join("; "))
}

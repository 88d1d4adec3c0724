use std::collections::BTreeMap;

use super::{PlannedStep, PlannedTarget};
use crate::words::JobKind;

/// The test steps, and of the others what they consume, and what that consumes in turn.
pub(super) fn by_tests(steps: Vec<PlannedStep>) -> Vec<PlannedStep> {
    // The targets of each step that are kept. A step stands behind its previous one, so each is decided when it is reached
    // from behind.
    let mut kept: Vec<Vec<bool>> = steps.iter().map(|step| vec![false; step.job.targets.len()]).collect();
    for (index, step) in steps.iter().enumerate().rev() {
        if step.job.kind == JobKind::TestRun {
            kept[index].fill(true);
        }
        let Some(previous) = step.previous else { continue };
        for (at, target) in step.job.targets.iter().enumerate() {
            if kept[index][at] {
                for input in &target.inputs {
                    kept[previous][input.target] = true;
                }
            }
        }
    }
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut needed: Vec<PlannedStep> = Vec::new();
    for (index, mut step) in steps.into_iter().enumerate() {
        if !kept[index].contains(&true) {
            continue;
        }
        let renumbered = step.previous.map(|previous| renumber(&kept[previous]));
        let mut own = kept[index].iter();
        step.job.targets.retain(|_| own.next().is_some_and(|kept| *kept));
        for target in &mut step.job.targets {
            point(target, renumbered.as_deref().unwrap_or_default());
        }
        step.previous = step.previous.and_then(|previous| places.get(&previous).copied());
        places.insert(index, needed.len());
        needed.push(step);
    }
    needed
}

/// The new index of each target of a step; of what is dropped, any.
fn renumber(kept: &[bool]) -> Vec<usize> {
    let mut next = 0;
    let each = kept.iter().map(|kept| {
        let own = next;
        next += usize::from(*kept);
        own
    });
    each.collect()
}

fn point(target: &mut PlannedTarget, renumbered: &[usize]) {
    for input in &mut target.inputs {
        if let Some(new) = renumbered.get(input.target) {
            input.target = *new;
        }
    }
}

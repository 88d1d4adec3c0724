use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::outcome::{Entry, Plan, StepJob};
use crate::ids::EventId;

/// Names what a plan does: SHA-256, in hexadecimal, over a text of ids, and of the variables that were asked for.
///
/// Reasons, costs and what is not needed are left out: they may differ although the same is done.
pub(super) fn of(event: EventId, plan: &Plan) -> String {
    Sha256::digest(canonical(event, plan)).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn canonical(event: EventId, plan: &Plan) -> String {
    let mut text = format!("packflow rerun 1\nevent {event}\n");
    for (name, entries) in [
        ("redo", &plan.redo),
        ("share", &plan.share),
        ("wait", &plan.wait),
        ("cancel", &plan.cancel),
        ("cannot", &plan.cannot),
        ("outside", &plan.outside),
    ] {
        line(&mut text, name, entries);
    }
    for (name, value) in &plan.variables {
        let _ = writeln!(text, "variable {name:?} {value:?}");
    }
    for pipeline in &plan.pipelines {
        let _ = writeln!(text, "pipeline {}", pipeline.origin_id);
        for step in &pipeline.steps {
            let previous = step.previous.map_or_else(|| "-".to_owned(), |index| index.to_string());
            match &step.job {
                StepJob::Shared { job_id } => {
                    let _ = writeln!(text, "shared {previous} {job_id}");
                }
                StepJob::New { like_job_id, targets } => {
                    let _ = writeln!(text, "new {previous} {like_job_id}");
                    for target in targets {
                        let _ = write!(text, "target {}", target.old_target_id);
                        for input in &target.inputs {
                            let redone = if input.redone { "new" } else { "old" };
                            let _ = write!(text, " {redone} {} {}", input.target_id, input.needs);
                        }
                        text.push('\n');
                    }
                }
            }
        }
    }
    text
}

fn line(text: &mut String, name: &str, entries: &[Entry]) {
    text.push_str(name);
    for entry in entries {
        let _ = write!(text, " {}", entry.target_id);
    }
    text.push('\n');
}

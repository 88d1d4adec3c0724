use std::fmt::Write;

use domain::words::TargetStatus;
use store::reads::{JobView, StepView, TargetView, WorkflowView};

use super::{clean, span, time};

/// The whole workflow as text: pipelines, steps in order, targets with their state, and what was not started and why.
/// `url` is the page that shows the same.
pub(crate) fn workflow(workflow: &WorkflowView, url: Option<&str>) -> String {
    let mut text = String::new();
    head(&mut text, workflow, url);
    for pipeline in &workflow.pipelines {
        let package = pipeline.package.as_deref().map(|package| format!(" of {package}")).unwrap_or_default();
        let rerun = pipeline.origin_id.map(|origin| format!(", a rerun of {origin}")).unwrap_or_default();
        line(&mut text, 0, &format!("pipeline {}{package}{rerun}", pipeline.id));
        for step in workflow.steps.iter().filter(|step| step.pipeline_id == pipeline.id) {
            if step.previous.is_none() {
                steps(&mut text, workflow, step, 1);
            }
        }
    }
    if !workflow.omissions.is_empty() {
        line(&mut text, 0, "not started");
        for omission in &workflow.omissions {
            let what = [Some(&omission.kind), omission.identifier.as_ref(), omission.name.as_ref()];
            let what: Vec<&str> = what.into_iter().flatten().map(String::as_str).collect();
            line(&mut text, 1, &format!("{}: {}", what.join(" "), omission.reason));
        }
    }
    text
}

fn head(text: &mut String, workflow: &WorkflowView, url: Option<&str>) {
    let event = &workflow.event;
    let actor = event.actor.as_deref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    line(text, 0, &format!("event {}: {}{actor}, {}", event.id, event.kind, time(event.occurred_at)));
    let reference = domain::words::Reference::new(workflow.reference.kind, &workflow.reference.name);
    line(text, 0, &format!("{}, {reference}", workflow.project));
    line(text, 0, &format!("commit {}", workflow.commit.as_deref().unwrap_or("not known")));
    line(text, 0, &format!("status {}", workflow.status));
    if let Some(url) = url {
        line(text, 0, url);
    }
}

/// A step with its targets, and the steps behind it.
fn steps(text: &mut String, workflow: &WorkflowView, step: &StepView, depth: usize) {
    if let Some(job) = workflow.jobs.iter().find(|job| job.id == step.job_id) {
        line(text, depth, &title(job, step.id));
        for target in workflow.targets.iter().filter(|target| target.job_id == job.id) {
            line(text, depth + 1, &target_line(target, workflow));
        }
    }
    for next in workflow.steps.iter().filter(|next| next.previous == Some(step.id)) {
        steps(text, workflow, next, depth + 1);
    }
}

fn title(job: &JobView, step: i64) -> String {
    let identifier = job.identifier.as_deref().map(|identifier| format!(" {identifier}")).unwrap_or_default();
    format!("{}{identifier} (step {step})", job.kind)
}

fn target_line(target: &TargetView, workflow: &WorkflowView) -> String {
    let mut parts = format!("{} {} {}", mark(target.status), target.name, target.status);
    // Writing to a string cannot fail.
    if target.attempt > 1 {
        let _ = write!(parts, ", attempt {}", target.attempt);
    }
    let started = target.peer_started_at.or(target.started_at);
    if let (Some(started), Some(ended)) = (started, target.peer_finished_at.or(target.finished_at)) {
        let _ = write!(parts, ", {}", span(ended - started));
    }
    let problem = workflow
        .submissions
        .iter()
        .find(|submission| Some(submission.id) == target.submission_id && target.finished_at.is_none())
        .and_then(|submission| submission.problem.as_deref());
    if let Some(reason) = target.reason.as_deref().or(problem) {
        let _ = write!(parts, ": {reason}");
    }
    let _ = write!(parts, " (target {})", target.id);
    parts
}

/// The state by shape, for those who see no colour.
fn mark(status: TargetStatus) -> char {
    match status {
        TargetStatus::Waiting => '·',
        TargetStatus::Ready | TargetStatus::Submitting => '○',
        TargetStatus::Submitted => '◔',
        TargetStatus::Running => '◑',
        TargetStatus::Succeeded => '✔',
        TargetStatus::Failed => '✘',
        TargetStatus::Errored => '!',
        TargetStatus::Canceled => '■',
        TargetStatus::Skipped => '–',
    }
}

fn line(text: &mut String, depth: usize, content: &str) {
    let _ = writeln!(text, "{}{}", "  ".repeat(depth), clean(content).replace('\n', " "));
}

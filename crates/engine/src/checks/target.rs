use chrono::{DateTime, Utc};
use domain::checks::Button;
use domain::markdown::{code, escape, link};
use domain::words::{Needs, TargetStatus};
use forges::{Check, CheckAction, CheckStage, Conclusion};
use store::reports::TargetFacts;

use super::words;

/// The check of a target, under this name.
pub(crate) fn of_target(target: &TargetFacts, name: &str, public_url: &str, now: DateTime<Utc>) -> Check {
    let stage = stage(target, now);
    let buttons = Button::under(target.status, target.targets_of_step);
    Check {
        name: name.to_owned(),
        external_id: target.id.to_string(),
        details_url: format!("{public_url}/targets/{}", target.id),
        stage,
        started_at: began(target, stage),
        title: title(target),
        summary: summary(target, public_url),
        text: next(target, &buttons),
        actions: buttons.into_iter().map(action).collect(),
    }
}

fn action(button: Button) -> CheckAction {
    CheckAction { label: button.label(), description: button.description(), identifier: button.as_str() }
}

/// How far it is (`docs/contracts.md` 1.2). What was skipped because an input did not succeed has not passed: where a
/// repository requires the check, GitHub would let `skipped` pass.
fn stage(target: &TargetFacts, now: DateTime<Utc>) -> CheckStage {
    let conclusion = match target.status {
        TargetStatus::Waiting | TargetStatus::Ready | TargetStatus::Submitting | TargetStatus::Submitted => {
            return CheckStage::Queued;
        }
        TargetStatus::Running => return CheckStage::InProgress,
        TargetStatus::Succeeded => Conclusion::Success,
        TargetStatus::Failed | TargetStatus::Errored => Conclusion::Failure,
        TargetStatus::Canceled => Conclusion::Cancelled,
        TargetStatus::Skipped => skipped(target),
    };
    CheckStage::Completed { conclusion, at: target.finished_at.unwrap_or(now) }
}

fn skipped(target: &TargetFacts) -> Conclusion {
    let wanted = || target.inputs.iter().filter(|input| input.needs != Needs::Failure);
    if wanted().any(|input| input.status == TargetStatus::Canceled) {
        Conclusion::Cancelled
    } else if wanted().next().is_some() {
        Conclusion::Failure
    } else {
        Conclusion::Skipped
    }
}

/// When it began. Two clocks tell of begin and end; a beginning after the end is left out.
fn began(target: &TargetFacts, stage: CheckStage) -> Option<DateTime<Utc>> {
    match stage {
        CheckStage::Queued => None,
        CheckStage::InProgress => target.started_at,
        CheckStage::Completed { at, .. } => target.started_at.filter(|started| *started <= at),
    }
}

fn title(target: &TargetFacts) -> String {
    let took = match (target.started_at, target.finished_at) {
        (Some(started), Some(finished)) if started <= finished => {
            format!(" after {}", words::span(finished - started))
        }
        _ => String::new(),
    };
    match target.status {
        TargetStatus::Waiting | TargetStatus::Ready | TargetStatus::Submitting | TargetStatus::Submitted => {
            "Queued".to_owned()
        }
        TargetStatus::Running => "Running".to_owned(),
        TargetStatus::Succeeded => format!("Succeeded{took}"),
        TargetStatus::Failed => format!("Failed{took}"),
        TargetStatus::Errored => "Could not be carried out".to_owned(),
        TargetStatus::Canceled => "Canceled".to_owned(),
        TargetStatus::Skipped => "Not started".to_owned(),
    }
}

/// What it is, how it stands and why, and where there is more.
fn summary(target: &TargetFacts, public_url: &str) -> String {
    let mut what = format!("{} of {}", capitalized(words::kind(target.kind)), code(&target.name));
    if let Some(identifier) = &target.identifier {
        what = format!("{what}, {}", code(identifier));
    }
    if target.attempt > 1 {
        what = format!("{what}, attempt {}", target.attempt);
    }
    let stands = match target.status {
        TargetStatus::Waiting | TargetStatus::Ready | TargetStatus::Submitting | TargetStatus::Submitted => {
            waits(target)
        }
        TargetStatus::Running => format!("{} works on it.", words::system(target.kind)),
        TargetStatus::Succeeded => "It succeeded.".to_owned(),
        TargetStatus::Failed => "It failed.".to_owned(),
        TargetStatus::Errored => {
            "It is not known how it would have ended: something went wrong on the way.".to_owned()
        }
        TargetStatus::Canceled => "It was canceled.".to_owned(),
        TargetStatus::Skipped => "It was not started.".to_owned(),
    };
    let mut parts = vec![format!("{what}.\n\n{stands}")];
    if let Some(reason) = target.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
        parts.push(escape(reason));
    }
    parts.push(links(target, public_url));
    parts.join("\n\n")
}

fn waits(target: &TargetFacts) -> String {
    let inputs = target.inputs.iter().map(|input| {
        let name = code(&input.name);
        format!("the {} of {name} {}", words::kind(input.kind), words::needs(input.needs))
    });
    let inputs: Vec<String> = inputs.collect();
    if inputs.is_empty() {
        format!("It begins as soon as {} takes it.", words::system(target.kind))
    } else {
        format!("It begins when {}.", inputs.join(" and "))
    }
}

fn links(target: &TargetFacts, public_url: &str) -> String {
    let mut links = Vec::new();
    // Where there is nothing to see yet, a link would lead nowhere.
    if target.status.is_finished() || target.status == TargetStatus::Running {
        links.extend(target.logs_url.as_deref().map(|url| link("Log", url)));
        links.extend(target.url.as_deref().map(|url| link(words::system(target.kind), url)));
    }
    links.push(link("The whole workflow", &format!("{public_url}/events/{}", target.event)));
    links.join(" · ")
}

/// What can be done next.
fn next(target: &TargetFacts, buttons: &[Button]) -> String {
    if buttons.is_empty() {
        return String::new();
    }
    let first = match target.status {
        TargetStatus::Failed => "The log tells why it failed; a new commit is checked anew.",
        TargetStatus::Errored => "This says nothing of the change itself: try again.",
        TargetStatus::Skipped => "Redo what it waited for, and it follows by itself.",
        TargetStatus::Canceled => "It can be done again.",
        _ => "Nothing is left to do.",
    };
    let mut lines = vec![
        first.to_owned(),
        String::new(),
        "- **Re-run** (of this check): this target, and what follows from it.".to_owned(),
    ];
    lines.extend(buttons.iter().map(|button| format!("- **{}**: {}.", button.label(), button.description())));
    lines.join("\n")
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests;

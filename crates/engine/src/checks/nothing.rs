use chrono::{DateTime, Utc};
use domain::ids::EventId;
use domain::markdown::{code, escape, link};
use domain::words::EventStatus;
use forges::{Check, CheckStage, Conclusion};
use store::reads::{OmissionView, WorkflowView};

/// What stands before an event's id, where a target's would stand.
const EVENT: &str = "event-";
/// The most omissions that are listed.
const LISTED: usize = 50;

/// The event that an external id names; none if it is not one of an event.
pub(crate) fn event_of(external_id: &str) -> Option<EventId> {
    external_id.strip_prefix(EVENT)?.parse().ok()
}

/// The check that explains why an event started nothing; or, if a later event of the commit took its name, that something
/// was started.
pub(crate) fn of_event(workflow: &WorkflowView, name: &str, public_url: &str, now: DateTime<Utc>) -> Check {
    let page = format!("{public_url}/events/{}", workflow.event.id);
    let (title, why) = if workflow.status == EventStatus::Nothing {
        let reason = workflow.omissions.first().map_or("no reason is known", |omission| &omission.reason);
        ("Nothing was started", format!("Nothing started, because: {}", escape(reason)))
    } else {
        ("Something was started", "Each of its checks tells for itself.".to_owned())
    };
    let at = workflow.event.received_at.min(now);
    Check {
        name: name.to_owned(),
        external_id: format!("{EVENT}{}", workflow.event.id),
        details_url: page.clone(),
        stage: CheckStage::Completed { conclusion: Conclusion::Neutral, at },
        started_at: None,
        title: title.to_owned(),
        summary: format!("{why}\n\n{}", link("All that is known of it", &page)),
        text: omissions(&workflow.omissions),
        actions: Vec::new(),
    }
}

/// What else was not started, a line each.
fn omissions(all: &[OmissionView]) -> String {
    if all.len() < 2 {
        return String::new();
    }
    let line = |omission: &OmissionView| {
        let parts = [Some(&omission.kind), omission.identifier.as_ref(), omission.name.as_ref()];
        let names: Vec<String> = parts.into_iter().flatten().map(|part| code(part)).collect();
        format!("- {}: {}", names.join(" "), escape(&omission.reason))
    };
    let mut lines: Vec<String> = all.iter().take(LISTED).map(line).collect();
    if all.len() > LISTED {
        lines.push(format!("- and {} more", all.len() - LISTED));
    }
    lines.join("\n")
}

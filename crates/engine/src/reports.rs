//! What a commit's status says of its event: told to the forge, coalesced, and told again only when it changed.

use domain::ids::EventId;
use domain::words::{EventStatus, JobKind, ProjectKey};
use forges::{CommitAt, ForgeError, Status, StatusState};
use store::reads::{self, WorkflowView};
use store::reports::{self, Report};
use tracing::{debug, warn};

use crate::Engine;

impl Engine {
    /// Tells a forge what a claimed report is about.
    pub(crate) async fn tell(&self, report: &Report, worker: &str) -> store::Result<()> {
        let now = self.clock.now();
        let Some(workflow) = reads::workflow(&self.db, report.event_id).await? else {
            return reports::postpone(&self.db, report, worker, None, "its event is gone", now).await;
        };
        let Ok(project) = workflow.project.parse::<ProjectKey>() else {
            return reports::postpone(&self.db, report, worker, None, "its project has no proper name", now)
                .await;
        };
        let Some(forge) = self.forges.get(&project.forge) else {
            return reports::postpone(&self.db, report, worker, None, "its forge is not configured", now)
                .await;
        };
        let status = self.status(report, &workflow);
        let told = format!("{}: {}", status.state.as_str(), status.description);
        if report.told_status.as_deref() == Some(&told) {
            return reports::told(&self.db, report, worker, &told, now).await;
        }
        let at = CommitAt { project, hash: report.hash.clone() };
        let answer = forge.set_status(&at, &status).await;
        let now = self.clock.now();
        match answer {
            Ok(()) => {
                debug!(event = %report.event_id, told, "forge told");
                reports::told(&self.db, report, worker, &told, now).await
            }
            Err(ForgeError::Refused(reason)) => {
                warn!(event = %report.event_id, reason, "the forge will not show a status");
                reports::postpone(&self.db, report, worker, None, &reason, now).await
            }
            Err(ForgeError::Unavailable { reason, retry_after }) => {
                let pause = self.settings.outages.pause_for_ever(report.tries, retry_after);
                warn!(event = %report.event_id, reason, pause_s = pause.as_secs(), "the forge could not be told");
                reports::postpone(&self.db, report, worker, Some(now + pause), &reason, now).await
            }
        }
    }

    fn status(&self, report: &Report, workflow: &WorkflowView) -> Status {
        Status {
            context: report.name.clone(),
            state: state(workflow),
            description: description(workflow),
            target_url: Some(self.event_url(report.event_id)),
        }
    }

    /// The page of an event.
    pub(crate) fn event_url(&self, event: EventId) -> String {
        format!("{}/events/{event}", self.settings.public_url)
    }
}

fn state(workflow: &WorkflowView) -> StatusState {
    match workflow.status {
        EventStatus::Running | EventStatus::Waiting => StatusState::Pending,
        EventStatus::Nothing
            if workflow.omissions.iter().any(|omission| omission.kind == "configuration") =>
        {
            StatusState::Error
        }
        EventStatus::Nothing | EventStatus::Succeeded => StatusState::Success,
        EventStatus::Failed => StatusState::Failure,
        EventStatus::Errored | EventStatus::Canceled | EventStatus::Skipped => StatusState::Error,
    }
}

/// One line on what was started, and how it ended.
fn description(workflow: &WorkflowView) -> String {
    if workflow.status == EventStatus::Nothing {
        let reason = workflow.omissions.first().map_or("no reason is known", |omission| &omission.reason);
        return format!("nothing started: {reason}");
    }
    let newest = || {
        workflow.targets.iter().filter(|target| {
            !workflow
                .targets
                .iter()
                .any(|later| later.chain_id == target.chain_id && later.attempt > target.attempt)
        })
    };
    let builds = newest().filter(|t| matches!(t.kind, JobKind::CoprBuild | JobKind::KojiBuild)).count();
    let tests = newest().filter(|t| t.kind == JobKind::TestRun).count();
    let what = format!("{} and {}", counted(builds, "build"), counted(tests, "test"));
    match workflow.status {
        EventStatus::Running | EventStatus::Waiting => format!("planned {what}"),
        EventStatus::Succeeded => format!("{what}: all succeeded"),
        ended => {
            let bad: Vec<String> = newest()
                .filter(|target| target.finished_at.is_some() && target.status.as_str() == ended.as_str())
                .map(|target| target.name.clone())
                .collect();
            format!("{what}: {ended}: {}", bad.join(", "))
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

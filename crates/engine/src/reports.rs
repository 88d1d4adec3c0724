//! What a forge is told: a check for each target where it shows checks, or a status for each target; where it is to show
//! neither, a status for the event as a whole.
//!
//! A claimed report is told as things stand then, and only if that differs from what was told last. No more is told to an
//! owner than its forge takes: a report waits for its turn, and if the forge says to wait, all of that owner's do. Before a
//! check is made, what it is of is written down; a worker that finds it written looks for the check before it makes one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::EventId;
use domain::markdown::{code, escape};
use domain::words::{EventStatus, JobKind, ProjectKey, TargetStatus};
use forges::{Check, CheckStage, CommitAt, Forge, ForgeError, Shows, Status, StatusState, Thread};
use sha2::{Digest, Sha256};
use store::reads::{self, WorkflowView};
use store::replies;
use store::reports::{self, Report, Told};
use tracing::{debug, warn};

use crate::{Engine, checks};

/// Something to be told, and to whom.
struct Telling {
    forge: Arc<dyn Forge>,
    at: CommitAt,
    what: What,
    /// In short: the same again is not told again.
    short: String,
}

enum What {
    Status(Status),
    /// A check, and the status that stands for it where checks are refused (`docs/contracts.md` 1.2).
    Check(Box<Check>, Status),
}

impl Engine {
    /// Tells a forge what a claimed report is about.
    pub(crate) async fn tell(&self, report: &Report, worker: &str) -> store::Result<()> {
        if report.is_issue {
            return self.tell_issue(report, worker).await;
        }
        let now = self.clock.now();
        let telling = match self.telling(report, now).await? {
            Ok(telling) => telling,
            Err(problem) => return reports::postpone(&self.db, report, worker, None, &problem, now).await,
        };
        if telling.is_told(report) {
            return reports::told(&self.db, report, worker, &told_last(report), now).await;
        }
        let project = &telling.at.project;
        let turn = reports::turn(&self.db, report, project, self.settings.report_rate(), now).await?;
        if turn > now {
            return reports::wait(&self.db, report, worker, turn).await;
        }
        let answer = match &telling.what {
            What::Status(status) => telling.forge.set_status(&telling.at, status).await.map(|()| None),
            What::Check(check, status) => match self.tell_check(report, worker, &telling, check).await? {
                Some(Err(ForgeError::Refused(reason))) => {
                    warn!(event = %report.event_id, reason, "the forge takes no check: a status is tried");
                    telling.forge.set_status(&telling.at, status).await.map(|()| None)
                }
                Some(answer) => answer.map(Some),
                None => return Ok(()),
            },
        };
        let now = self.clock.now();
        match answer {
            Ok(forge_id) => {
                debug!(event = %report.event_id, told = telling.short, "forge told");
                reports::told(&self.db, report, worker, &telling.told(forge_id.as_deref()), now).await
            }
            Err(ForgeError::Refused(reason)) => {
                warn!(event = %report.event_id, reason, "the forge will not show it");
                let (What::Status(status) | What::Check(_, status)) = &telling.what;
                self.say_instead(report, status.pull_request).await?;
                reports::postpone(&self.db, report, worker, None, &reason, now).await
            }
            Err(ForgeError::Unavailable { reason, retry_after }) => {
                let pause = self.settings.outages.pause_for_ever(report.tries, retry_after);
                warn!(event = %report.event_id, reason, pause_s = pause.as_secs(), "the forge could not be told");
                if retry_after.is_some() {
                    reports::pause(&self.db, project, now + pause).await?;
                }
                reports::postpone(&self.db, report, worker, Some(now + pause), &reason, now).await
            }
        }
    }

    /// What there is to tell; or why there is nothing that could be told.
    async fn telling(&self, report: &Report, now: DateTime<Utc>) -> store::Result<Result<Telling, String>> {
        let public_url = &self.settings.public_url;
        if let Some(target) = report.target() {
            let Some(facts) = reports::target(&self.db, target).await? else {
                return Ok(Err("its target is gone".to_owned()));
            };
            let check = checks::of_target(&facts, &report.name, public_url, now);
            let status = checks::status_of_target(&facts, &check);
            return Ok(self.to_forge(facts.project, report).map(|(forge, at)| match forge.shows() {
                Shows::Checks => Telling::check(forge, at, check, status),
                Shows::Statuses | Shows::Summary => Telling::status(forge, at, status),
            }));
        }
        let Some(workflow) = reads::workflow(&self.db, report.event_id).await? else {
            return Ok(Err("its event is gone".to_owned()));
        };
        let Ok(project) = workflow.project.parse::<ProjectKey>() else {
            return Ok(Err("its project has no proper name".to_owned()));
        };
        Ok(self.to_forge(project, report).map(|(forge, at)| {
            let status = self.status(report, &workflow);
            if forge.shows() == Shows::Checks {
                let check = checks::of_event(&workflow, &report.name, public_url, now);
                Telling::check(forge, at, check, status)
            } else {
                Telling::status(forge, at, status)
            }
        }))
    }

    fn to_forge(&self, project: ProjectKey, report: &Report) -> Result<(Arc<dyn Forge>, CommitAt), String> {
        let forge = self.forges.get(&project.forge).ok_or("its forge is not configured")?;
        Ok((Arc::clone(forge), CommitAt { project, hash: report.hash.clone() }))
    }

    /// Changes the check that there is, or makes one; its id. None if the lease was lost. An attempt whose check has not
    /// ended hands it on to the next one; what has ended stays as it is, and the next attempt's is a new one.
    async fn tell_check(
        &self,
        report: &Report,
        worker: &str,
        telling: &Telling,
        check: &Check,
    ) -> store::Result<Option<Result<String, ForgeError>>> {
        let (forge, at) = (telling.forge.as_ref(), &telling.at);
        let is_same = report.told_of.as_deref() == Some(&check.external_id);
        let known = report.forge_id.clone().filter(|_| is_same || !report.is_completed);
        let known = match (known, &report.sent_of) {
            (None, Some(sent)) => match forge.our_checks(at, &check.name).await {
                Ok(found) => found.into_iter().find(|found| found.external_id == *sent).map(|found| found.id),
                Err(error) => return Ok(Some(Err(error))),
            },
            (known, _) => known,
        };
        if let Some(id) = known {
            match forge.update_check(&at.project, &id, check).await {
                // The forge may have dropped it: it keeps only so many.
                Err(ForgeError::Refused(reason)) => warn!(id, reason, "the forge will not change a check"),
                answer => return Ok(Some(answer.map(|()| id))),
            }
        }
        if !reports::sending(&self.db, report, worker, &check.external_id).await? {
            return Ok(None);
        }
        Ok(Some(forge.create_check(at, check).await))
    }

    /// Where no status is taken, a comment says how it ended, once all of it has (`docs/contracts.md` 1.2, 2.1). A forge that
    /// takes no comment either is told nothing.
    async fn say_instead(&self, report: &Report, pull_request: Option<i64>) -> store::Result<()> {
        let Some(workflow) = reads::workflow(&self.db, report.event_id).await? else { return Ok(()) };
        if matches!(workflow.status, EventStatus::Running | EventStatus::Waiting) {
            return Ok(());
        }
        let thread = pull_request.map_or_else(|| Thread::Commit(report.hash.clone()), Thread::PullRequest);
        let text = format!(
            "{} at commit {}: {}. See [the workflow]({}).\n\nThe forge takes no status of ours there.",
            escape(&self.settings.status_name),
            code(&report.hash),
            escape(&description(&workflow)),
            self.event_url(report.event_id)
        );
        let now = self.clock.now();
        replies::plan_instead(&self.db, report.event_id, report.project_id, &thread.to_string(), &text, now)
            .await?;
        self.wake.workflow();
        Ok(())
    }

    fn status(&self, report: &Report, workflow: &WorkflowView) -> Status {
        Status {
            context: report.name.clone(),
            state: state(workflow),
            description: description(workflow),
            target_url: Some(self.event_url(report.event_id)),
            pull_request: checks::pull_request(workflow),
        }
    }

    /// The page of an event.
    pub(crate) fn event_url(&self, event: EventId) -> String {
        format!("{}/events/{event}", self.settings.public_url)
    }
}

impl Telling {
    fn status(forge: Arc<dyn Forge>, at: CommitAt, status: Status) -> Self {
        let short = format!("{}: {}", status.state.as_str(), status.description);
        Self { forge, at, what: What::Status(status), short }
    }

    fn check(forge: Arc<dyn Forge>, at: CommitAt, check: Check, status: Status) -> Self {
        let hash = Sha256::digest(format!("{check:?}").as_bytes());
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let short = format!("{} ({hash})", check.title);
        Self { forge, at, what: What::Check(Box::new(check), status), short }
    }

    /// What it is told of, where the forge is told that.
    fn of(&self) -> Option<&str> {
        match &self.what {
            What::Status(_) => None,
            What::Check(check, _) => Some(&check.external_id),
        }
    }

    fn is_told(&self, report: &Report) -> bool {
        report.told_status.as_deref() == Some(&self.short) && report.told_of.as_deref() == self.of()
    }

    fn told<'a>(&'a self, forge_id: Option<&'a str>) -> Told<'a> {
        let is_completed = match &self.what {
            What::Status(_) => false,
            What::Check(check, _) => matches!(check.stage, CheckStage::Completed { .. }),
        };
        Told { status: &self.short, forge_id, of: self.of(), is_completed }
    }
}

/// What was told last, once more.
fn told_last(report: &Report) -> Told<'_> {
    Told {
        status: report.told_status.as_deref().unwrap_or_default(),
        forge_id: report.forge_id.as_deref(),
        of: report.told_of.as_deref(),
        is_completed: report.is_completed,
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
    let builds =
        workflow.newest().filter(|t| matches!(t.kind, JobKind::CoprBuild | JobKind::KojiBuild)).count();
    let tests = workflow.newest().filter(|t| t.kind == JobKind::TestRun).count();
    let what = format!("{} and {}", counted(builds, "build"), counted(tests, "test"));
    match workflow.status {
        EventStatus::Running | EventStatus::Waiting => format!("planned {what}"),
        EventStatus::Succeeded => format!("{what}: all succeeded"),
        ended => {
            let names = |status: &str| -> Vec<String> {
                let ended = workflow.newest().filter(|target| target.finished_at.is_some());
                ended
                    .filter(|target| target.status.as_str() == status)
                    .map(|target| target.name.clone())
                    .collect()
            };
            let mut bad = names(ended.as_str());
            if bad.is_empty() {
                // What was skipped although its inputs have succeeded since counts as canceled.
                bad = names(TargetStatus::Skipped.as_str());
            }
            format!("{what}: {ended}: {}", bad.join(", "))
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

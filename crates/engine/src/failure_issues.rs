//! One issue tells of all branches of a release that could not be carried into dist-git (`docs/contracts.md` 8.6). Off unless
//! the operator switches it on, and told where the repository wants it: in its own issues, or in its `issue_repository`.
//!
//! It is a report like the others: what there is to tell is derived when it is told, so what fails together is told together,
//! and a worker that died between making an issue and writing that down finds it by its title.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::details::{DistGitSync, JobDetails};
use domain::ids::{EventId, TargetId};
use domain::markdown::{code, link, no_line_begins_with};
use domain::notifications::Values;
use domain::plan::Plan;
use domain::words::{JobKind, ProjectKey, TargetStatus};
use forges::{Forge, ForgeError, Thread};
use sha2::{Digest, Sha256};
use store::Tx;
use store::reads::{self, TargetView, WorkflowView};
use store::reports::{self, Report, Told};
use tracing::{debug, warn};

use crate::{Engine, Settings};

/// What stands, unseen, in all that is said of failures: the same failure is told once.
const MARKER: &str = "<!-- packflow-failure";

/// Takes note of the issues that may have to tell of failures of an event.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn plan(
    tx: &mut Tx,
    settings: &Settings,
    event: EventId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> store::Result<()> {
    if !settings.failure_issues {
        return Ok(());
    }
    let jobs = plan.pipelines.iter().flat_map(|pipeline| &pipeline.steps).map(|step| &step.job);
    let wanted: BTreeSet<(&ProjectKey, String)> = jobs
        .filter_map(|job| match &job.details {
            JobDetails::DistGitSync(sync) => Some((sync.tells_failure.as_ref()?, title(job.kind, sync))),
            _ => None,
        })
        .collect();
    for (project, title) in wanted {
        // Where work may not start, nothing is written either: a configuration can name any project.
        if settings.access.covers(project) {
            reports::plan_issue(tx, project, &title, event, now).await?;
        }
    }
    Ok(())
}

/// The title of the issue about a release.
fn title(kind: JobKind, sync: &DistGitSync) -> String {
    let what = match kind {
        JobKind::PullFromUpstream => "Pull from upstream",
        _ => "Propose downstream",
    };
    let release = sync.version.as_ref().or(sync.source.tag.as_ref()).map_or("unknown", String::as_str);
    format!("[packit] {what} failed for release {release}")
}

impl Engine {
    /// Tells of what failed, once all has ended.
    pub(crate) async fn tell_issue(&self, report: &Report, worker: &str) -> store::Result<()> {
        let now = self.clock.now();
        let view = reads::workflow(&self.db, report.event_id).await?;
        let failures = view.as_ref().and_then(|view| Failures::of(view, &report.name));
        let Some(failures) = failures.filter(|_| self.settings.failure_issues) else {
            return reports::told(&self.db, report, worker, &told(report), now).await;
        };
        if report.told_status.as_deref() == Some(&failures.sum) {
            return reports::told(&self.db, report, worker, &told(report), now).await;
        }
        let project = reports::project(&self.db, report).await?;
        let turn = reports::turn(&self.db, report, &project, self.settings.report_rate(), now).await?;
        if turn > now {
            return reports::wait(&self.db, report, worker, turn).await;
        }
        let since = view.as_ref().map_or(now, |view| view.event.received_at);
        let answer = match self.forges.get(&project.forge) {
            Some(forge) => self.say_failures(forge.as_ref(), &project, report, &failures, since).await,
            None => Err(ForgeError::Refused(format!("no forge is configured for {}", project.forge))),
        };
        let now = self.clock.now();
        match answer {
            Ok(number) => {
                debug!(event = %report.event_id, number, "an issue tells of failures");
                let number = number.to_string();
                let told =
                    Told { status: &failures.sum, forge_id: Some(&number), of: None, is_completed: false };
                reports::told(&self.db, report, worker, &told, now).await
            }
            Err(ForgeError::Refused(reason)) => {
                warn!(event = %report.event_id, reason, "no issue tells of failures");
                reports::postpone(&self.db, report, worker, None, &reason, now).await
            }
            Err(ForgeError::Unavailable { reason, retry_after }) => {
                let pause = self.settings.outages.pause_for_ever(report.tries, retry_after);
                warn!(event = %report.event_id, reason, "failures could not be told");
                reports::postpone(&self.db, report, worker, Some(now + pause), &reason, now).await
            }
        }
    }

    /// In the open issue of that title, or in a new one; its number.
    async fn say_failures(
        &self,
        forge: &dyn Forge,
        project: &ProjectKey,
        report: &Report,
        failures: &Failures<'_>,
        since: DateTime<Utc>,
    ) -> Result<i64, ForgeError> {
        let marker = format!("{MARKER} {} -->", failures.sum);
        let text = format!("{}\n{marker}", failures.text(self, report));
        let Some(number) = forge.open_issue(project, &report.name).await? else {
            return forge.create_issue(project, &report.name, &text).await;
        };
        let thread = Thread::Issue(number);
        // It may have been told by somebody who could not write that down.
        let is_first = forge.issue_text(project, number).await?.is_some_and(|text| text.contains(&marker));
        if !is_first && forge.find_comment(project, &thread, &marker, since).await?.is_none() {
            forge.comment(project, &thread, &text).await?;
        }
        Ok(number)
    }
}

/// What was told last, once more.
fn told(report: &Report) -> Told<'_> {
    Told {
        status: report.told_status.as_deref().unwrap_or_default(),
        forge_id: report.forge_id.as_deref(),
        of: None,
        is_completed: false,
    }
}

/// The branches that failed.
struct Failures<'a> {
    /// Each with the package that it is of.
    branches: Vec<(&'a TargetView, &'a DistGitSync)>,
    /// Over their attempts: another failure has another.
    sum: String,
    /// The event's commit, if it is known.
    commit: Option<&'a str>,
}

impl<'a> Failures<'a> {
    /// What an issue of this title tells of an event; none if nothing failed, or if something has not ended.
    fn of(view: &'a WorkflowView, wanted: &str) -> Option<Self> {
        let newest = |target: &&TargetView| {
            let later =
                |other: &TargetView| other.chain_id == target.chain_id && other.attempt > target.attempt;
            !view.targets.iter().any(later)
        };
        let mut branches: Vec<(&TargetView, &DistGitSync)> = Vec::new();
        for target in view.targets.iter().filter(newest) {
            let job = view.jobs.iter().find(|job| job.id == target.job_id)?;
            let JobDetails::DistGitSync(sync) = &job.details else { continue };
            if title(job.kind, sync) != wanted {
                continue;
            }
            target.finished_at?;
            if matches!(target.status, TargetStatus::Failed | TargetStatus::Errored) {
                branches.push((target, sync));
            }
        }
        branches.sort_by(|one, other| one.0.name.cmp(&other.0.name));
        if branches.is_empty() {
            return None;
        }
        let ids: Vec<String> = branches.iter().map(|(target, _)| target.id.to_string()).collect();
        let sum = Sha256::digest(ids.join(",").as_bytes());
        let sum = sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { branches, sum, commit: view.commit.as_deref() })
    }

    /// In the form that Packit has, which commands below the issue are understood by.
    fn text(&self, engine: &Engine, report: &Report) -> String {
        let dist_git = engine.forges.dist_git().map_or("dist-git", |forge| forge.host());
        let package = self.branches.first().map_or("", |(_, sync)| sync.downstream_package.as_str());
        let mut text = format!(
            "Packit failed on creating pull-requests in dist-git (https://{dist_git}/{}/{package}):\n\n\
             | dist-git branch | error |\n| --------------- | ----- |\n",
            crate::intake::tags::PACKAGES
        );
        for (target, _) in &self.branches {
            let url = engine.target_url(TargetId(target.id));
            let _ = writeln!(text, "| {} | See {} |", code(&target.name), link(&url, &url));
        }
        let prefix = &engine.settings.comment_prefix;
        let (command, place) = match self.branches.first().map(|(target, _)| target.kind) {
            Some(JobKind::PullFromUpstream) => ("pull-from-upstream", "a pull request of the package"),
            _ => ("propose-downstream", "this issue"),
        };
        let again = code(&format!("{prefix} {command}"));
        let page = engine.event_url(report.event_id);
        let _ = write!(
            text,
            "\nA comment {again} in {place} does the branches that failed again; so does [the workflow]({page}).\n"
        );
        for message in self.messages(engine) {
            let _ = write!(text, "\n{message}\n");
        }
        text
    }

    /// What the repository itself says of failures (`notifications.failure_comment.message`), of several branches once.
    fn messages(&self, engine: &Engine) -> Vec<String> {
        let mut told = BTreeSet::new();
        let mut messages = Vec::new();
        for (target, sync) in &self.branches {
            let Some(message) = sync.configured.failure_message.as_deref() else { continue };
            if told.insert(message) {
                let page = engine.target_url(TargetId(target.id));
                let values = Values {
                    commit: self.commit,
                    page: Some(&page),
                    external_page: target.url.as_deref(),
                    logs: target.logs_url.as_deref(),
                };
                // The rows of an issue's table name branches to whoever reads it, and these are the repository's own words.
                messages.push(no_line_begins_with('|', &values.fill(message)));
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use domain::markdown::no_line_begins_with;
    use domain::plan::downstream::FailedThere;

    #[test]
    fn what_a_repository_says_names_no_branch() {
        let table = "Failed in dist-git (https://src.fedoraproject.org/rpms/ogr):\n\n| `f42` | no |\n";
        let said = no_line_begins_with('|', "| `f43` | no |\n \u{a0}| `f44` |\nit broke | there");
        assert!(said.ends_with("\\| `f44` |\nit broke | there"), "{said}");
        let failed = FailedThere::of_issue(&format!("{table}\n{said}\n")).map(|failed| failed.branches);
        assert_eq!(failed, Some(vec!["f42".to_owned()]));
    }
}

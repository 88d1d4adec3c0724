//! What an event comes to: who may start it, at which commit, by which configuration, with which plan.

use chrono::{DateTime, Utc};
use domain::access::Judgement;
use domain::event::{ForgeEvent, Happened};
use domain::ids::{EventId, TargetId};
use domain::package_config::PackageConfig;
use domain::plan::{Occasion, Omission, Plan, Trigger, Wanted, plan};
use domain::succession::Pushed;
use domain::words::{DeliveryOutcome, JobKind, ProjectKey, Reference, ReferenceKind};
use forges::{CommitAt, Forge, ForgeError, Shows};
use store::Tx;
use store::events::{self, NewEvent, Tell};
use store::inbox::Delivery;

use super::configuration::{self, Configuration};
use super::dist_git::Push;
use crate::supersede::{self, Order};
use crate::{Engine, Settings};

/// What is told where no configured forge can give the configuration.
pub(super) const NOT_READ: &str = "configuration not read";

/// A build of another event that the targets of one name use.
pub(super) struct Consumed {
    pub(super) name: String,
    pub(super) build: TargetId,
}

/// An event that is ready to be recorded.
pub(super) struct Prepared {
    hash: Option<String>,
    plan: Plan,
    config: Option<serde_json::Value>,
    /// Why it is accepted although nothing is planned.
    kept: Option<String>,
    /// The commits of its pull request that it is the newest of; none if it supersedes nothing.
    supersedes: Option<Vec<Pushed>>,
    /// The commits of its pull request that it was compared with: none of them was the newest already.
    told: Option<Vec<Pushed>>,
    /// The reference whose workflow it is, if that is not where it happened.
    reference: Option<Reference>,
    /// Whether the forge is told of it at the commit.
    is_told: bool,
    /// What its forge shows.
    shows: Shows,
    /// Whether people expect a word where nothing starts: not at each commit of a repository that asks for nothing.
    is_missed: bool,
    consumed: Vec<Consumed>,
}

impl Engine {
    /// Finds out what an event comes to. Nothing is written.
    pub(super) async fn prepare(&self, event: &ForgeEvent) -> Result<Prepared, super::Unsettled> {
        let Some(trigger) = trigger(event) else {
            return Ok(Prepared::kept(event.hash(), kept_for_later(event)));
        };
        let Some(forge) = self.forges.get(&event.project.key.forge) else {
            let reason = format!("{NOT_READ}: no forge is configured for {}", event.project.key.forge);
            return Ok(Prepared {
                kept: Some(NOT_READ.to_owned()),
                ..Prepared::nothing(event.hash(), reason)
            });
        };
        let shows = forge.shows();
        if let Some(reason) = self.denied(forge.as_ref(), event).await? {
            // Who opens a pull request waits for an answer (`docs/contracts.md` 8.5).
            let is_missed = matches!(trigger, Trigger::PullRequest(_));
            return Ok(Prepared { shows, is_missed, ..Prepared::nothing(event.hash(), reason) });
        }
        let Some(hash) = hash(forge.as_ref(), event).await? else {
            return Ok(Prepared::nothing(None, "the forge does not know the commit it is about"));
        };
        if let (true, Trigger::Push { branch }) = (forge.is_dist_git(), trigger) {
            let pull_request = match event.happened {
                Happened::Push { pull_request, .. } => pull_request,
                _ => None,
            };
            let push = Push { event, branch, hash: &hash, pull_request };
            return self.prepare_dist_git_push(forge.as_ref(), &push).await;
        }
        let told = supersede::told_without_before(self, event).await?;
        if told.as_ref().and_then(|told| told.last()).is_some_and(|newest| newest.hash == hash) {
            let reason = format!("the push of commit {hash} to the pull request was told of already");
            return Ok(Prepared { shows, ..Prepared::nothing(Some(&hash), reason) });
        }
        let order = supersede::order(self, forge.as_ref(), event, &hash).await?;
        if let Order::Superseded(by) = &order {
            let reason = format!("commit {by} was pushed to the pull request after this one");
            return Ok(Prepared { shows, ..Prepared::nothing(Some(&hash), reason) });
        }
        let (plan, config, is_missed) = self.plan_at(event, forge.as_ref(), &hash, trigger, None).await?;
        let supersedes = match order {
            Order::Newest(known) => Some(known),
            Order::Superseded(_) | Order::Independent => None,
        };
        Ok(Prepared { plan, config, supersedes, told, shows, is_missed, ..Prepared::of(Some(hash)) })
    }

    /// The same for what a comment asks for, at a commit and a reference that it names or means. Whoever wrote it may.
    pub(super) async fn prepare_command(
        &self,
        event: &ForgeEvent,
        forge: &dyn Forge,
        reference: &Reference,
        hash: &str,
        trigger: Trigger<'_>,
        wanted: Wanted,
    ) -> Result<Prepared, super::Unsettled> {
        let (plan, config, _) = self.plan_at(event, forge, hash, trigger, Some(wanted)).await?;
        let reference = Some(reference.clone());
        let shows = forge.shows();
        Ok(Prepared { plan, config, reference, shows, ..Prepared::of(Some(hash.to_owned())) })
    }

    /// Plans what starts at a commit, by the configuration there, which is returned too; and whether people would miss it if
    /// nothing started.
    async fn plan_at(
        &self,
        event: &ForgeEvent,
        forge: &dyn Forge,
        hash: &str,
        trigger: Trigger<'_>,
        wanted: Option<Wanted>,
    ) -> Result<(Plan, Option<serde_json::Value>, bool), super::Unsettled> {
        let at = CommitAt { project: event.project.key.clone(), hash: hash.to_owned() };
        Ok(match configuration::read(forge, &at).await? {
            Configuration::Read(configuration, file) => {
                let occasion = Occasion {
                    target_hash: target_hash(forge, event, trigger).await?,
                    wanted,
                    ..occasion(event, trigger)
                };
                let releases = crate::housekeeping::releases(&self.db).await?;
                let plan = plan(&occasion, &configuration, &releases, &self.settings.rules);
                let file = serde_json::json!({ "path": file.path, "text": file.text });
                (plan, Some(file), is_missed(&occasion, &configuration))
            }
            Configuration::Missing(omission) => (Plan::omitted(omission), None, false),
            Configuration::Unusable(omission) => (Plan::omitted(omission), None, true),
        })
    }

    /// Why the actor and project may not start this; none if they may.
    async fn denied(&self, forge: &dyn Forge, event: &ForgeEvent) -> Result<Option<String>, ForgeError> {
        match self.settings.access.judge(event) {
            Judgement::Allowed => Ok(None),
            Judgement::Denied(reason) => Ok(Some(reason)),
            Judgement::IfMayMerge { account, otherwise } => {
                match forge.permission(&event.project.key, &account).await {
                    Ok(permission) if permission.can_merge() => Ok(None),
                    Ok(_) => Ok(Some(otherwise)),
                    Err(ForgeError::Refused(reason)) => {
                        Ok(Some(format!("{otherwise}; the forge says: {reason}")))
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// What jobs can be started by; none for what only asks for something again.
fn trigger(event: &ForgeEvent) -> Option<Trigger<'_>> {
    match &event.happened {
        Happened::PullRequest(pull_request) => Some(Trigger::PullRequest(pull_request)),
        Happened::Push { reference, .. } if reference.kind == ReferenceKind::Branch => {
            Some(Trigger::Push { branch: &reference.name })
        }
        Happened::Release { tag } => Some(Trigger::Release { tag }),
        Happened::Push { .. }
        | Happened::IssueComment { .. }
        | Happened::CommitComment { .. }
        | Happened::CheckRun { .. }
        | Happened::CheckSuite { .. } => None,
    }
}

fn kept_for_later(event: &ForgeEvent) -> &'static str {
    match &event.happened {
        Happened::Push { .. } | Happened::PullRequest(_) | Happened::Release { .. } => {
            "kept: a pushed tag starts nothing; a release or a pushed branch does"
        }
        Happened::IssueComment { .. }
        | Happened::CommitComment { .. }
        | Happened::CheckRun { .. }
        | Happened::CheckSuite { .. } => "kept: it starts nothing of its own",
    }
}

/// The commit of an event: named by the delivery, or what the forge says that the release's tag stands for.
async fn hash(forge: &dyn Forge, event: &ForgeEvent) -> Result<Option<String>, ForgeError> {
    match &event.happened {
        Happened::Release { tag } => match forge.resolve(&event.project.key, tag).await {
            Err(ForgeError::Refused(_)) => Ok(None),
            answer => answer,
        },
        _ => Ok(event.hash().map(str::to_owned)),
    }
}

fn occasion<'a>(event: &'a ForgeEvent, trigger: Trigger<'a>) -> Occasion<'a> {
    let web = |project: &ProjectKey| format!("https://{project}");
    let source_url = match trigger {
        Trigger::PullRequest(pull_request) => pull_request.source.as_ref().map(web),
        Trigger::Push { .. } | Trigger::Release { .. } => None,
    };
    Occasion {
        project: &event.project.key,
        default_branch: event.project.default_branch.as_deref(),
        trigger,
        project_url: web(&event.project.key),
        source_url,
        target_hash: None,
        wanted: None,
    }
}

/// The newest commit of the branch that a pull request would be merged into: its tests run on the merge.
async fn target_hash(
    forge: &dyn Forge,
    event: &ForgeEvent,
    trigger: Trigger<'_>,
) -> Result<Option<String>, ForgeError> {
    let Trigger::PullRequest(pull_request) = trigger else { return Ok(None) };
    match forge.resolve(&event.project.key, &pull_request.target_branch).await {
        Err(ForgeError::Refused(_)) => Ok(None),
        answer => answer,
    }
}

impl Prepared {
    /// An empty one at this commit.
    fn of(hash: Option<String>) -> Self {
        Self {
            hash,
            plan: Plan::default(),
            config: None,
            kept: None,
            supersedes: None,
            told: None,
            reference: None,
            is_told: true,
            shows: Shows::Summary,
            is_missed: false,
            consumed: Vec::new(),
        }
    }

    /// The same at another reference than the one where it happened.
    pub(super) fn at(self, reference: &Reference) -> Self {
        Self { reference: Some(reference.clone()), ..self }
    }

    /// The same with builds of other events in use.
    pub(super) fn consuming(self, consumed: Vec<Consumed>) -> Self {
        Self { consumed, ..self }
    }

    fn nothing(hash: Option<&str>, reason: impl Into<String>) -> Self {
        Self { plan: Plan::nothing(reason), ..Self::of(hash.map(str::to_owned)) }
    }

    /// One at dist-git. Where nothing starts its commit stays as it is: most packages ask for nothing.
    pub(super) fn at_dist_git(hash: &str, plan: Plan, config: Option<serde_json::Value>) -> Self {
        let is_told = !plan.pipelines.is_empty();
        Self { plan, config, is_told, ..Self::of(Some(hash.to_owned())) }
    }

    /// One below an issue that tells of dist-git: it has no commit of its own.
    pub(super) fn at_issue(plan: Plan, config: serde_json::Value) -> Self {
        Self { plan, config: Some(config), is_told: false, ..Self::of(None) }
    }

    /// A command that starts nothing, for this reason, which its writer is told: the commit's status stays as it is.
    pub(super) fn said(hash: Option<&str>, reason: &str) -> Self {
        Self { is_told: false, ..Self::nothing(hash, reason) }
    }

    /// Whether it is only kept.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Why nothing is planned; none if something is.
    pub(super) fn nothing_planned(&self) -> Option<&[Omission]> {
        self.plan.pipelines.is_empty().then_some(self.plan.omissions.as_slice())
    }

    pub(super) fn kept(hash: Option<&str>, reason: &str) -> Self {
        Self { kept: Some(reason.to_owned()), ..Self::nothing(hash, reason) }
    }

    pub(super) fn outcome(&self) -> DeliveryOutcome {
        if self.kept.is_some() || !self.plan.pipelines.is_empty() {
            DeliveryOutcome::Accepted
        } else {
            DeliveryOutcome::NothingPlanned
        }
    }

    /// One line for the inbox.
    pub(super) fn reason(&self) -> String {
        match (&self.kept, self.plan.omissions.first()) {
            (Some(reason), _) => reason.clone(),
            (None, Some(omission)) if self.plan.pipelines.is_empty() => omission.reason.clone(),
            _ => summary(&self.plan),
        }
    }

    /// What the forge is told: of each target, or, where nothing starts and somebody expects something, why.
    fn tell<'a>(&self, settings: &'a Settings) -> Option<Tell<'a>> {
        let starts_something = !self.plan.pipelines.is_empty();
        let by_target = self.shows != Shows::Summary;
        if self.kept.is_some() || !self.is_told || (by_target && !starts_something && !self.is_missed) {
            None
        } else if by_target && starts_something {
            Some(Tell::Targets)
        } else {
            Some(Tell::Event(&settings.status_name))
        }
    }

    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        delivery: &Delivery,
        event: &ForgeEvent,
        settings: &Settings,
        now: DateTime<Utc>,
    ) -> Result<EventId, super::Unsettled> {
        let (before, after) = commits(event);
        let own = event.reference();
        let new = NewEvent {
            project: &event.project,
            reference: self.reference.as_ref().unwrap_or(&own),
            hash: self.hash.as_deref(),
            kind: event.kind(),
            actor: event.actor.as_deref(),
            occurred_at: event.occurred_at.unwrap_or(delivery.received_at),
            received_at: delivery.received_at,
            before,
            after,
            config: self.config.as_ref(),
            inbox: Some(delivery.id),
        };
        if self.supersedes.is_some() {
            let why = format!("superseded by commit {}", self.hash.as_deref().unwrap_or("unknown"));
            supersede::cancel_reference(tx, event, &why, now).await?;
        }
        let recorded = events::record(tx, &new, &self.plan, self.tell(settings), now).await?;
        if let Some(page) = merged_page(event)
            && let Some(cause) = events::proposed_by(tx, &page).await?
        {
            events::set_cause(tx, recorded, cause).await?;
        }
        for Consumed { name, build } in &self.consumed {
            events::consume(tx, recorded, name, *build).await?;
        }
        match self.supersedes.as_ref().or(self.told.as_ref()) {
            Some(known) if supersede::is_overtaken(tx, event, known).await? => {
                Err(super::Unsettled::Overtaken)
            }
            _ => Ok(recorded),
        }
    }
}

/// The page of the pull request that a push is the merge of, as dist-git has it.
fn merged_page(event: &ForgeEvent) -> Option<String> {
    let Happened::Push { pull_request: Some(number), .. } = &event.happened else { return None };
    let ProjectKey { forge, namespace, name } = &event.project.key;
    Some(format!("https://{forge}/{namespace}/{name}/pull-request/{number}"))
}

/// Whether the configuration has jobs that this starts, as long as nothing stands against it. Branches are pushed all day
/// that jobs leave out on purpose.
fn is_missed(occasion: &Occasion<'_>, configuration: &PackageConfig) -> bool {
    let is_push = matches!(occasion.trigger, Trigger::Push { .. });
    !is_push && configuration.jobs.iter().any(|job| job.trigger == occasion.job_trigger())
}

/// The commits before and after, where a delivery tells them.
fn commits(event: &ForgeEvent) -> (Option<&str>, Option<&str>) {
    match &event.happened {
        Happened::Push { before, after, .. } => (before.as_deref(), Some(after)),
        Happened::PullRequest(pull_request) => (pull_request.before.as_deref(), Some(&pull_request.head)),
        _ => (None, None),
    }
}

/// `planned 5 builds and 2 tests`.
fn summary(plan: &Plan) -> String {
    let tests = plan.count(JobKind::TestRun);
    let builds = plan.count(JobKind::CoprBuild) + plan.count(JobKind::KojiBuild);
    let others: usize = JobKind::ALL
        .iter()
        .filter(|kind| {
            !matches!(kind, JobKind::TestRun | JobKind::CoprBuild | JobKind::KojiBuild | JobKind::SrpmBuild)
        })
        .map(|kind| plan.count(*kind))
        .sum();
    let mut parts = vec![counted(builds, "build"), counted(tests, "test")];
    if others > 0 {
        parts.push(counted(others, "other target"));
    }
    format!("planned {}", parts.join(" and "))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

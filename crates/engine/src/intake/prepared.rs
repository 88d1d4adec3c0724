//! An event that was found out about and is ready to be recorded, with all that it starts.

use chrono::{DateTime, Utc};
use domain::event::{ForgeEvent, Happened};
use domain::ids::{EventId, TargetId};
use domain::plan::{Omission, Plan};
use domain::succession::Pushed;
use domain::words::{DeliveryOutcome, JobKind, ProjectKey, Reference};
use forges::{Forge, Shows};
use store::Tx;
use store::events::{self, NewEvent, Tell};
use store::inbox::Delivery;

use crate::{Settings, failure_issues, supersede};

/// How a forge is told of what starts.
pub(super) fn tell_of(shows: Shows, settings: &Settings) -> Tell<'_> {
    if shows == Shows::Summary { Tell::Event(&settings.status_name) } else { Tell::Targets }
}

/// A build of another event that the targets of one name use.
pub(super) struct Consumed {
    pub(super) name: String,
    pub(super) build: TargetId,
}

/// An event that is ready to be recorded.
pub(super) struct Prepared {
    pub(super) hash: Option<String>,
    pub(super) plan: Plan,
    pub(super) config: Option<serde_json::Value>,
    /// Why it is accepted although nothing is planned.
    pub(super) kept: Option<String>,
    /// The commits of its pull request that it is the newest of; none if it supersedes nothing.
    pub(super) supersedes: Option<Vec<Pushed>>,
    /// The commits of its pull request that it was compared with: none of them was the newest already.
    pub(super) told: Option<Vec<Pushed>>,
    /// The reference whose workflow it is, if that is not where it happened.
    pub(super) reference: Option<Reference>,
    /// Whether the forge is told of it at the commit.
    pub(super) is_told: bool,
    /// What its forge shows.
    pub(super) shows: Shows,
    /// Whether people expect a word where nothing starts: not at each commit of a repository that asks for nothing.
    pub(super) is_missed: bool,
    pub(super) consumed: Vec<Consumed>,
}

impl Prepared {
    /// An empty one at this commit.
    pub(super) fn of(hash: Option<String>) -> Self {
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

    pub(super) fn nothing(hash: Option<&str>, reason: impl Into<String>) -> Self {
        Self { plan: Plan::nothing(reason), ..Self::of(hash.map(str::to_owned)) }
    }

    /// One at dist-git. Where nothing starts its commit stays as it is: most packages ask for nothing.
    pub(super) fn at_dist_git(
        forge: &dyn Forge,
        hash: &str,
        plan: Plan,
        config: Option<serde_json::Value>,
    ) -> Self {
        let is_told = !plan.pipelines.is_empty();
        Self { plan, config, is_told, shows: forge.shows(), ..Self::of(Some(hash.to_owned())) }
    }

    /// One of a version of an upstream, which is not at a commit of dist-git.
    pub(super) fn at_version(plan: Plan, config: serde_json::Value) -> Self {
        Self::at_issue(plan, config)
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
        } else if starts_something {
            Some(tell_of(self.shows, settings))
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
        failure_issues::plan(tx, settings, recorded, &self.plan, now).await?;
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

//! What an event comes to: who may start it, at which commit, by which configuration, with which plan.

use domain::access::Judgement;
use domain::event::{ForgeEvent, Happened};
use domain::package_config::PackageConfig;
use domain::plan::{Occasion, Plan, Rules, Trigger, Wanted, plan};
use domain::words::{ProjectKey, Reference, ReferenceKind};
use forges::{CommitAt, Forge, ForgeError};

use super::configuration::{self, Configuration};
use super::dist_git::Push;
use super::prepared::Prepared;
use crate::Engine;
use crate::supersede::{self, Order};

/// What is told where no configured forge can give the configuration.
pub(super) fn not_read(host: &str) -> String {
    format!("configuration not read: no forge is configured for {host}")
}

impl Engine {
    /// Finds out what an event comes to. Nothing is written.
    pub(super) async fn prepare(&self, event: &ForgeEvent) -> Result<Prepared, super::Unsettled> {
        let Some(trigger) = trigger(event) else {
            return Ok(Prepared::kept(event.hash(), kept_for_later(event)));
        };
        let Some(forge) = self.forges.get(&event.project.key.forge) else {
            return Ok(Prepared::kept(event.hash(), &not_read(&event.project.key.forge)));
        };
        let shows = forge.shows();
        if let Some(reason) = self.denied(forge.as_ref(), event).await? {
            // Who opens a pull request waits for an answer (`docs/contracts.md` 8.5).
            let is_missed = matches!(trigger, Trigger::PullRequest(_));
            return Ok(Prepared { shows, is_missed, ..Prepared::nothing(event.hash(), reason) });
        }
        let hash = match hash(forge.as_ref(), event).await? {
            Ok(hash) => hash,
            Err(reason) => return Ok(Prepared::nothing(None, reason)),
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
        let at = CommitAt { project: event.project.key.clone(), hash: hash.clone() };
        let configuration = configuration::read(forge.as_ref(), &at).await?;
        let (plan, config, is_missed) =
            self.plan_by(configuration, event, forge.as_ref(), trigger, None).await?;
        let supersedes = match order {
            Order::Newest(known) => Some(known),
            Order::Superseded(_) | Order::Independent => None,
        };
        Ok(Prepared { plan, config, supersedes, told, shows, is_missed, ..Prepared::of(Some(hash)) })
    }

    /// The same for what a comment asks for, at a reference and a commit that it names or means, by the configuration there.
    /// Whoever wrote it may.
    pub(super) async fn prepare_command(
        &self,
        event: &ForgeEvent,
        forge: &dyn Forge,
        (reference, hash): (&Reference, &str),
        trigger: Trigger<'_>,
        wanted: Wanted,
        configuration: Configuration,
    ) -> Result<Prepared, super::Unsettled> {
        let (plan, config, _) = self.plan_by(configuration, event, forge, trigger, Some(wanted)).await?;
        let reference = Some(reference.clone());
        let shows = forge.shows();
        Ok(Prepared { plan, config, reference, shows, ..Prepared::of(Some(hash.to_owned())) })
    }

    /// Plans what starts at a commit by the configuration there, which is returned as it is kept; and whether people would miss
    /// it if nothing started.
    async fn plan_by(
        &self,
        configuration: Configuration,
        event: &ForgeEvent,
        forge: &dyn Forge,
        trigger: Trigger<'_>,
        wanted: Option<Wanted>,
    ) -> Result<(Plan, Option<serde_json::Value>, bool), super::Unsettled> {
        Ok(match configuration {
            Configuration::Read(configuration, file) => {
                let occasion = Occasion {
                    target_hash: target_hash(forge, event, trigger).await?,
                    wanted,
                    is_dist_git: forge.is_dist_git(),
                    ..occasion(event, trigger)
                };
                let releases = crate::housekeeping::releases(&self.db).await?;
                let rules = self.rules_for(forge, event, &configuration).await?;
                let plan = plan(&occasion, &configuration, &releases, &rules);
                let file = serde_json::json!({ "path": file.path, "text": file.text });
                (plan, Some(file), is_missed(&occasion, &configuration))
            }
            Configuration::Missing(omission) => (Plan::omitted(omission), None, false),
            Configuration::Unusable(omission) => (Plan::omitted(omission), None, true),
        })
    }

    /// Why the actor and project may not start this; none if they may.
    async fn denied(&self, forge: &dyn Forge, event: &ForgeEvent) -> Result<Option<String>, ForgeError> {
        self.why_not(forge, event, self.settings.access.judge(event)).await
    }

    /// The rules of an event: what may run in the internal Testing Farm depends on who acts, and is asked only where a job
    /// wants it.
    async fn rules_for(
        &self,
        forge: &dyn Forge,
        event: &ForgeEvent,
        configuration: &PackageConfig,
    ) -> Result<Rules, ForgeError> {
        let mut rules = self.settings.rules.clone();
        if configuration.jobs.iter().any(|job| job.use_internal_tf) {
            let access = &self.settings.access;
            let judgement = access.judge_internal_tests(&event.project.key, event.actor.as_deref());
            rules.internal_tests = self.why_not(forge, event, judgement).await?.is_none();
        }
        Ok(rules)
    }

    /// Why not, after the forge was asked where it has to be.
    async fn why_not(
        &self,
        forge: &dyn Forge,
        event: &ForgeEvent,
        judgement: Judgement,
    ) -> Result<Option<String>, ForgeError> {
        match judgement {
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

/// The commit of an event: named by the delivery, or what the forge says that the release's tag stands for; or why it is not
/// known.
async fn hash(forge: &dyn Forge, event: &ForgeEvent) -> Result<Result<String, String>, ForgeError> {
    let found = match &event.happened {
        Happened::Release { tag } => match forge.resolve(&event.project.key, tag).await {
            Err(ForgeError::Refused(reason)) => {
                return Ok(Err(format!("the commit of the release {tag} cannot be read: {reason}")));
            }
            answer => answer?,
        },
        _ => event.hash().map(str::to_owned),
    };
    Ok(found.ok_or_else(|| "the forge does not know the commit it is about".to_owned()))
}

fn occasion<'a>(event: &'a ForgeEvent, trigger: Trigger<'a>) -> Occasion<'a> {
    let web = |project: &ProjectKey| format!("https://{project}");
    let source_url = match trigger {
        Trigger::PullRequest(pull_request) => pull_request.source.as_ref().map(ProjectKey::clone_url),
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
        is_dist_git: false,
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

/// Whether the configuration has jobs that this starts, as long as nothing stands against it. Branches are pushed all day
/// that jobs leave out on purpose.
fn is_missed(occasion: &Occasion<'_>, configuration: &PackageConfig) -> bool {
    let is_push = matches!(occasion.trigger, Trigger::Push { .. });
    !is_push && configuration.jobs.iter().any(|job| job.trigger == occasion.job_trigger())
}

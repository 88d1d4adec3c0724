//! What a build starts that was tagged into a sidetag: the packages that depend on it, or its own update
//! (`docs/contracts.md` 8.6). Each is an event of its own package.

use std::collections::BTreeSet;

use builders::TaggedBuild;
use domain::access::Judgement;
use domain::event::{ForgeEvent, Happened, ProjectFacts};
use domain::package_config::{JobType, PackageConfig};
use domain::plan::Plan;
use domain::plan::downstream::{Branch, Cause};
use domain::words::{EventKind, ProjectKey, Reference, ReferenceKind, Visibility};
use forges::{Forge, ForgeError};
use store::events::{self, NewEvent};
use store::sidetags::{self, Sidetag};
use tracing::info;

use super::dist_git::Configured;
use super::prepared::tell_of;
use crate::Engine;

/// Where dist-git has the packages.
pub(crate) const PACKAGES: &str = "rpms";

/// Why what a build starts was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotStarted {
    /// A forge could not answer just now.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The database could not.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What is started for one package.
struct Started {
    project: ProjectFacts,
    head: String,
    plan: Plan,
    config: serde_json::Value,
}

impl Engine {
    /// Starts what a build starts that is in a sidetag, and takes note of it in the same transaction.
    pub(crate) async fn start_after_tag(
        &self,
        sidetag: &Sidetag,
        name: &str,
        build: &TaggedBuild,
        present: &BTreeSet<String>,
    ) -> Result<(), NotStarted> {
        let known = sidetags::builders(&self.db, &BTreeSet::from([build.nvr.clone()])).await?;
        let known = known.get(&build.nvr);
        let mut started = Vec::new();
        let dist_git = self.forges.dist_git().cloned();
        let shows = dist_git.as_ref().map(|forge| forge.shows());
        if let Some(forge) = dist_git {
            let forge = forge.as_ref();
            let mut packages = self.dependents(forge, sidetag, &build.package).await?;
            // Its own update follows it in the workflow that built it, if it has one there.
            if packages.is_empty() && !known.is_some_and(|known| known.has_update) {
                packages.insert(build.package.clone());
            }
            for package in &packages {
                started.extend(self.prepare_after_tag(forge, sidetag, name, build, package, present).await?);
            }
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        if !sidetags::seen(&mut tx, sidetag, &build.nvr, &build.package, now).await? {
            return Ok(());
        }
        for one in &started {
            let reference = Reference::new(ReferenceKind::Branch, &sidetag.branch);
            let event = NewEvent {
                project: &one.project,
                reference: &reference,
                hash: Some(&one.head),
                kind: EventKind::KojiTag,
                actor: Some(&self.settings.rules.fedora_account),
                occurred_at: now,
                received_at: now,
                before: None,
                after: None,
                config: Some(&one.config),
                inbox: None,
            };
            let tell =
                shows.filter(|_| !one.plan.pipelines.is_empty()).map(|shows| tell_of(shows, &self.settings));
            let recorded = events::record(&mut tx, &event, &one.plan, tell, now).await?;
            if let Some(known) = known {
                events::set_cause(&mut tx, recorded, known.id).await?;
            }
            info!(event = %recorded, project = %one.project.key, nvr = build.nvr, sidetag = name, "tagged");
        }
        tx.commit().await?;
        self.wake.workflow();
        Ok(())
    }

    /// The packages that the jobs of a package name as dependent on it, for the group and branch of a sidetag.
    async fn dependents(
        &self,
        forge: &dyn Forge,
        sidetag: &Sidetag,
        package: &str,
    ) -> Result<BTreeSet<String>, NotStarted> {
        let project = package_facts(forge, package);
        if !self.may_start(&project) {
            return Ok(BTreeSet::new());
        }
        Ok(match self.dist_git_configuration(forge, &project).await? {
            Configured::Read(configuration, _) => dependents(&configuration, &sidetag.group_name),
            Configured::Not(_) => BTreeSet::new(),
        })
    }

    /// What a tag comes to for one package; none if it is none of our business.
    async fn prepare_after_tag(
        &self,
        forge: &dyn Forge,
        sidetag: &Sidetag,
        name: &str,
        build: &TaggedBuild,
        package: &str,
        present: &BTreeSet<String>,
    ) -> Result<Option<Started>, NotStarted> {
        let project = package_facts(forge, package);
        if !self.may_start(&project) {
            info!(project = %project.key, sidetag = name, "not started: no access rule covers it");
            return Ok(None);
        }
        let Configured::Read(configuration, file) = self.dist_git_configuration(forge, &project).await?
        else {
            return Ok(None);
        };
        let head = match forge.resolve(&project.key, &sidetag.branch).await {
            Ok(Some(head)) => head,
            Ok(None) | Err(ForgeError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let under_way = sidetags::under_way(&self.db, &project.key, sidetag, &head).await?;
        // Its own workflow goes on to the update by itself, and may not have heard yet that the build is complete.
        if package == build.package && under_way.update {
            return Ok(None);
        }
        let cause = Cause::Tag {
            group: &sidetag.group_name,
            sidetag: name,
            package: &build.package,
            present,
            under_way,
        };
        let branches = vec![Branch::named(&sidetag.branch)];
        let plan = self.plan_downstream(&project.key, branches, cause, &configuration).await?;
        // A package that asks for nothing here has no history of it.
        let is_asked_for =
            !plan.pipelines.is_empty() || plan.omissions.iter().any(|omission| omission.kind != "event");
        let config = Configured::kept(&file);
        Ok(is_asked_for.then_some(Started { project, head, plan, config }))
    }

    /// Whether work may start in a package at all.
    pub(crate) fn may_start(&self, project: &ProjectFacts) -> bool {
        self.refuses(project, None).is_none()
    }

    /// Why what an account did may start no work in a package; none if it may.
    pub(super) fn refuses(&self, project: &ProjectFacts, account: Option<&str>) -> Option<String> {
        let event = ForgeEvent {
            project: project.clone(),
            actor: account.map(str::to_owned),
            occurred_at: None,
            happened: Happened::Release { tag: String::new() },
        };
        match self.settings.access.judge(&event) {
            Judgement::Allowed => None,
            Judgement::Denied(reason) | Judgement::IfMayMerge { otherwise: reason, .. } => Some(reason),
        }
    }
}

/// A package of dist-git, which everybody may see.
pub(crate) fn package_facts(forge: &dyn Forge, package: &str) -> ProjectFacts {
    ProjectFacts {
        key: ProjectKey::new(forge.host(), PACKAGES, package),
        forge_id: None,
        visibility: Visibility::Public,
        default_branch: None,
    }
}

fn dependents(configuration: &PackageConfig, group: &str) -> BTreeSet<String> {
    let jobs = configuration.jobs.iter();
    let of_group =
        jobs.filter(|job| job.job == JobType::KojiBuild && job.sidetag_group.as_deref() == Some(group));
    of_group.flat_map(|job| job.dependents.iter().flatten().cloned()).collect()
}

//! New versions of packages' upstreams, which are pulled into dist-git (`docs/contracts.md` 8.2, 8.6).

use domain::event::ProjectFacts;
use domain::ids::EventId;
use domain::notice::UpstreamVersion;
use domain::package_config::PackageConfig;
use domain::plan::downstream::{self, NewVersion, Upstream};
use domain::words::{DeliveryOutcome, EventKind, ProjectKey, Reference, ReferenceKind, Visibility};
use forges::{Forge, ForgeError};
use store::events::{self, NewEvent, Pulled};
use store::inbox::Delivery;
use store::projects;

use super::dist_git::Configured;
use super::tags::package_facts;
use super::{Settled, Unsettled};
use crate::{Engine, failure_issues};

/// Release monitoring, which sees versions of what is at no forge.
const MONITORING: &str = "release-monitoring.org";
/// Where its projects are there.
const PROJECTS: &str = "project";

/// Where a version belongs: a release of the upstream's repository, or what release monitoring calls it.
pub(super) struct Origin {
    pub(super) project: ProjectFacts,
    pub(super) reference: Reference,
    pub(super) hash: Option<String>,
}

/// An upstream at a forge that is configured here.
pub(super) struct AtForge<'a> {
    pub(super) forge: &'a dyn Forge,
    pub(super) key: ProjectKey,
}

impl Engine {
    /// A version for which release monitoring filed a bug starts what the package's configuration says. Where no bug was filed,
    /// the packagers want none of it.
    pub(super) async fn settle_upstream_version(
        &self,
        delivery: &Delivery,
        worker: &str,
        told: &UpstreamVersion,
    ) -> Result<Settled, Unsettled> {
        let ignored =
            |reason: &str| format!("versions {} of {}: {reason}", told.versions.join(", "), told.project);
        let done = DeliveryOutcome::Ignored;
        let Some(bug) = told.bug else {
            let reason = ignored("a package is updated when a bug is filed for it (hotness.update.bug.file)");
            return self.finish(delivery, worker, done, reason).await;
        };
        let (Some(package), Some(version)) = (told.packages.first(), told.versions.first()) else {
            return self.finish(delivery, worker, done, ignored("it names no package")).await;
        };
        let Some(forge) = self.forges.dist_git().cloned() else {
            return self.finish(delivery, worker, done, ignored("no dist-git is configured here")).await;
        };
        let facts = package_facts(forge.as_ref(), package);
        if !self.may_start(&facts) {
            return self.finish(delivery, worker, done, ignored("no access rule covers its package")).await;
        }
        let (configuration, file) = match self.dist_git_configuration(forge.as_ref(), &facts).await? {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return self.finish(delivery, worker, done, ignored(&omission.reason)).await;
            }
        };
        let Some(upstream) = downstream::upstream_of(&configuration) else {
            let reason = ignored(&format!("{package} has no job pull_from_upstream"));
            return self.finish(delivery, worker, done, reason).await;
        };
        let tag = upstream.tag(version);
        let pulled = events::pulled(&self.db, &facts.key.name, version, &tag).await?;
        if let Some(earlier) = earlier(&pulled, &tag, None) {
            return self.finish(delivery, worker, done, ignored(&self.pulls_already(earlier))).await;
        }
        let new =
            NewVersion { package: &facts.key, version, bugs: vec![format!("rhbz#{bug}")], is_command: false };
        let plan = self.plan_pull(&new, &configuration).await?;
        let origin = self.origin(&upstream, version, told).await?;
        let config = Configured::kept(&file);
        let event = NewEvent {
            project: &origin.project,
            reference: &origin.reference,
            hash: origin.hash.as_deref(),
            kind: EventKind::UpstreamVersion,
            actor: None,
            occurred_at: delivery.received_at,
            received_at: delivery.received_at,
            before: None,
            after: None,
            config: Some(&config),
            inbox: Some(delivery.id),
        };
        let starts = !plan.pipelines.is_empty();
        let (outcome, reason) = match plan.omissions.first() {
            _ if starts => {
                let reason = format!("version {version} of {package}: planned to be pulled into dist-git");
                (DeliveryOutcome::Accepted, reason)
            }
            Some(omission) => (DeliveryOutcome::NothingPlanned, ignored(&omission.reason)),
            None => (DeliveryOutcome::NothingPlanned, ignored("nothing is planned for it")),
        };
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        // Upstream never asked for anything, so it is told nothing.
        let recorded = events::record(&mut tx, &event, &plan, None, now).await?;
        // Another message may have told of it at the same time.
        let pulled = events::pulled_in(&mut tx, &facts.key.name, version, &tag).await?;
        if let Some(earlier) = earlier(&pulled, &tag, Some(recorded)) {
            drop(tx);
            return self.finish(delivery, worker, done, ignored(&self.pulls_already(earlier))).await;
        }
        failure_issues::plan(&mut tx, &self.settings, recorded, &plan, now).await?;
        super::settle(tx, delivery, worker, (outcome, reason, Some(recorded))).await
    }

    fn pulls_already(&self, event: EventId) -> String {
        let again = format!("{} pull-from-upstream", self.settings.comment_prefix);
        format!("event {event} pulls it in already; `{again}` redoes what failed")
    }

    /// Plans what a version starts, by the configuration in dist-git.
    pub(super) async fn plan_pull(
        &self,
        new: &NewVersion<'_>,
        configuration: &PackageConfig,
    ) -> store::Result<domain::plan::Plan> {
        let releases = crate::housekeeping::releases(&self.db).await?;
        Ok(downstream::plan_pull(new, configuration, &releases, &self.settings.rules))
    }

    /// Where a version belongs. A repository counts that is known here and that everybody may see: so whoever comes from an
    /// update finds what was built of the same commit, and nobody learns here of what is private there.
    async fn origin(
        &self,
        upstream: &Upstream<'_>,
        version: &str,
        told: &UpstreamVersion,
    ) -> Result<Origin, Unsettled> {
        if let Some(AtForge { forge, key }) = self.at_forge(upstream)
            && projects::visibility(&self.db, &key).await? == Some(Visibility::Public)
        {
            let tag = upstream.tag(version);
            let hash = match forge.resolve(&key, &tag).await {
                Ok(hash) => hash,
                Err(ForgeError::Refused(_)) => None,
                Err(error) => return Err(error.into()),
            };
            // Whether it is still public only its forge can say.
            let project =
                ProjectFacts { key, forge_id: None, visibility: Visibility::Unknown, default_branch: None };
            return Ok(Origin { project, reference: Reference::new(ReferenceKind::Release, tag), hash });
        }
        let namespace = told.project_id.map_or_else(|| PROJECTS.to_owned(), |id| format!("{PROJECTS}/{id}"));
        let project = ProjectFacts {
            key: ProjectKey::new(MONITORING, &namespace, &told.project),
            forge_id: None,
            visibility: Visibility::Public,
            default_branch: None,
        };
        Ok(Origin { project, reference: Reference::new(ReferenceKind::AnityaVersion, version), hash: None })
    }

    /// The upstream's repository, if it is at a forge that is configured here. Its address comes from a configuration that
    /// nobody has checked: other hosts are none of ours, and are not asked.
    pub(super) fn at_forge(&self, upstream: &Upstream<'_>) -> Option<AtForge<'_>> {
        let key = upstream.url.and_then(ProjectKey::of_address)?;
        let forge = self.forges.get(&key.forge).filter(|forge| !forge.is_dist_git())?;
        Some(AtForge { forge: forge.as_ref(), key })
    }
}

/// The event that pulled this tag in before; one that has just been recorded does not count.
fn earlier(pulled: &[Pulled], tag: &str, recorded: Option<EventId>) -> Option<EventId> {
    let is_it = |known: &&Pulled| known.tag.as_deref() == Some(tag) && Some(known.event) != recorded;
    pulled.iter().find(is_it).map(|known| known.event)
}

//! What the bus tells of Koji that nobody here asked for: builds, which may get an update, and tags into sidetags of ours
//! (`docs/contracts.md` 8.6).

use domain::notice::{KojiBuild, KojiState, KojiTag};
use domain::plan::downstream::{self, Branch, Cause};
use domain::words::{DeliveryOutcome, EventKind, ProjectKey, Reference, ReferenceKind};
use forges::Forge;
use store::events::{self, NewEvent};
use store::inbox::Delivery;
use store::sidetags;

use super::dist_git::{Configured, standing};
use super::prepared::tell_of;
use super::tags::package_facts;
use super::{Settled, Unsettled};
use crate::Engine;

/// What ends a build target that is called after its branch.
const CANDIDATE: &str = "-candidate";

impl Engine {
    /// A tag: if the sidetag is ours, it is looked into now. What the message says of it is not believed.
    pub(super) async fn settle_tag(
        &self,
        delivery: &Delivery,
        worker: &str,
        tag: &KojiTag,
    ) -> Result<Settled, Unsettled> {
        let is_ours = sidetags::hurry(&self.db, &tag.tag, self.clock.now()).await?;
        let reason = if is_ours {
            self.wake.workflow();
            format!("{tag}: the sidetag is looked into now")
        } else {
            format!("{tag}: no sidetag of ours")
        };
        self.finish(delivery, worker, DeliveryOutcome::Ignored, reason).await
    }

    /// A build that nobody here asked for: when it is complete, its package may want an update of it.
    pub(super) async fn settle_foreign_build(
        &self,
        delivery: &Delivery,
        worker: &str,
        build: &KojiBuild,
    ) -> Result<Settled, Unsettled> {
        let ignored = |reason: &str| format!("{build}: {reason}");
        let done = DeliveryOutcome::Ignored;
        if build.new != KojiState::Complete {
            return self
                .finish(delivery, worker, done, ignored("only what is complete starts something"))
                .await;
        }
        let Some((forge, project, hash)) = self.source_of(build) else {
            let reason = ignored("it was not built of a commit of a dist-git that is configured here");
            return self.finish(delivery, worker, done, reason).await;
        };
        let Some(branch) = build.target.as_deref().and_then(branch_of_target) else {
            let reason = ignored("its target is none of a branch; a sidetag's update is made of its tag");
            return self.finish(delivery, worker, done, reason).await;
        };
        let forge = forge.as_ref();
        let facts = package_facts(forge, &project.name);
        if self.refuses(&facts, Some(&build.owner)).is_some() {
            let reason = ignored("no access rule covers its package, or its owner may start nothing");
            return self.finish(delivery, worker, done, reason).await;
        }
        let (configuration, file) = match self.dist_git_configuration(forge, &facts).await? {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return self.finish(delivery, worker, done, ignored(&omission.reason)).await;
            }
        };
        let questions = downstream::questions(&configuration);
        let owner = standing(forge, &facts.key, Some(&build.owner), &questions).await?;
        let branches = vec![Branch { nvr: Some(build.nvr()), ..Branch::named(branch) }];
        let plan = self
            .plan_downstream(&facts.key, branches, Cause::Build { owner: &owner }, &configuration)
            .await?;
        let now = self.clock.now();
        let config = Configured::kept(&file);
        let starts = !plan.pipelines.is_empty();
        let reference = Reference::new(ReferenceKind::Branch, branch);
        let event = NewEvent {
            project: &facts,
            reference: &reference,
            hash: Some(&hash),
            kind: EventKind::KojiBuild,
            actor: Some(&build.owner),
            occurred_at: delivery.received_at,
            received_at: delivery.received_at,
            before: None,
            after: None,
            config: Some(&config),
            inbox: Some(delivery.id),
        };
        let tell = starts.then(|| tell_of(forge.shows(), &self.settings));
        let mut tx = self.db.write().await?;
        let recorded = events::record(&mut tx, &event, &plan, tell, now).await?;
        let (outcome, reason) = match plan.omissions.first() {
            _ if starts => (DeliveryOutcome::Accepted, format!("{build}: planned an update")),
            Some(omission) => (DeliveryOutcome::NothingPlanned, ignored(&omission.reason)),
            None => (DeliveryOutcome::NothingPlanned, ignored("nothing is planned for it")),
        };
        super::settle(tx, delivery, worker, (outcome, reason, Some(recorded))).await
    }

    /// The dist-git, the package and the commit that a build was made of.
    fn source_of(&self, build: &KojiBuild) -> Option<(std::sync::Arc<dyn Forge>, ProjectKey, String)> {
        let (project, hash) = build.source.as_deref().and_then(source)?;
        let forge = self.forges.get(&project.forge).filter(|forge| forge.is_dist_git())?;
        (project.name == build.name).then(|| (std::sync::Arc::clone(forge), project, hash))
    }
}

/// `git+https://HOST/NAMESPACE/NAME.git#HASH`: the repository and the commit.
fn source(text: &str) -> Option<(ProjectKey, String)> {
    let (address, hash) = text.strip_prefix("git+https://")?.split_once('#')?;
    let is_hash = matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let project: ProjectKey = address.trim_end_matches('/').trim_end_matches(".git").parse().ok()?;
    let is_package = project.namespace == super::tags::PACKAGES;
    (is_hash && is_package).then(|| (project, hash.to_ascii_lowercase()))
}

/// The branch that a target is for.
fn branch_of_target(target: &str) -> Option<&str> {
    match target {
        "rawhide" | "eln" => Some(target),
        _ => target.strip_suffix(CANDIDATE).filter(|branch| !branch.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::{branch_of_target, source};

    #[test]
    fn a_build_names_its_package_commit_and_branch() {
        let hash = "a".repeat(40);
        let of = |text: String| source(&text).map(|(project, _)| project.to_string());
        let package = Some("src.fedoraproject.org/rpms/ogr".to_owned());
        assert_eq!(of(format!("git+https://src.fedoraproject.org/rpms/ogr.git#{hash}")), package);
        assert_eq!(of(format!("git+https://src.fedoraproject.org/rpms/ogr#{hash}")), package);
        for wrong in [
            format!("git+https://src.fedoraproject.org/forks/ann/rpms/ogr.git#{hash}"),
            "git+https://src.fedoraproject.org/rpms/ogr.git#f43".to_owned(),
            format!("git+http://src.fedoraproject.org/rpms/ogr.git#{hash}"),
            "cli-build/1/ogr.src.rpm".to_owned(),
        ] {
            assert_eq!(of(wrong), None);
        }
        let branches = ["f43-candidate", "rawhide", "epel9-candidate", "f43-build-side-7", "-candidate"];
        assert_eq!(branches.map(branch_of_target), [Some("f43"), Some("rawhide"), Some("epel9"), None, None]);
    }
}

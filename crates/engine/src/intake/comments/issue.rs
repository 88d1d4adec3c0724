//! Commands below an issue that tells of failures at dist-git: they mean the package and the branches that it names
//! (`docs/contracts.md` 8.6).

use domain::comments::CommandName;
use domain::plan::downstream::{Branch, Cause, FailedThere};
use domain::rerun::{Asked, Selection};
use domain::words::{JobKind, ProjectKey};
use forges::{Forge, ForgeError, Thread};
use store::events;
use store::inbox::Delivery;

use super::super::Unsettled;
use super::super::dist_git::Configured;
use super::super::prepared::{Consumed, Prepared};
use super::super::tags::package_facts;
use super::redo::Redone;
use super::{Answer, Commented, replies};
use crate::Engine;

impl Engine {
    /// Carries a command out. What was started below the same issue before is redone, else it is started; the event is the
    /// issue's, what is built is dist-git's.
    pub(super) async fn obey_in_issue(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: CommandName,
    ) -> Result<Answer, Unsettled> {
        let Thread::Issue(number) = commented.thread else {
            return Ok(replies::sorry(
                "this command is for pull requests of packages, and issues about them",
            ));
        };
        let text = match forge.issue_text(&commented.event.project.key, number).await {
            Ok(text) => text.unwrap_or_default(),
            Err(ForgeError::Refused(reason)) => return Ok(replies::sorry(&reason)),
            Err(error) => return Err(error.into()),
        };
        let Some(failed) = FailedThere::of_issue(&text) else {
            return Ok(replies::sorry(
                "the issue does not tell of a failure at dist-git: its first line names no package there, or no branches follow",
            ));
        };
        let Some(dist_git) = self.forges.get(&failed.project.forge).filter(|forge| forge.is_dist_git())
        else {
            return Ok(replies::sorry(&format!(
                "{} is no dist-git that is configured here",
                failed.project.forge
            )));
        };
        let facts = package_facts(dist_git.as_ref(), &failed.project.name);
        if facts.key != failed.project || !self.may_start(&facts) {
            return Ok(replies::sorry(&format!("no access rule covers {}", failed.project)));
        }
        let kind = match command {
            CommandName::CreateUpdate => JobKind::BodhiUpdate,
            _ => JobKind::KojiBuild,
        };
        let selection = Selection { kinds: Some([kind].into()), ..Selection::of(Asked::Failed) };
        let reference = commented.event.reference();
        let known = events::workflows_of(&self.db, &commented.event.project.key, &reference).await?;
        match self.redo_any_of(delivery, commented, &known, &selection).await? {
            Redone::Answer(answer) => return Ok(answer),
            Redone::Nothing(Some((event, found))) => return self.nothing_to_do(event, &found).await,
            Redone::Nothing(None) => {}
        }
        let (configuration, file) = match self.dist_git_configuration(dist_git.as_ref(), &facts).await? {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return Ok(replies::nothing_planned(&self.settings.comment_prefix, &[omission], ""));
            }
        };
        // Who can write an issue's text names any package in it: its own configuration says whose issues are believed.
        let here = &commented.event.project.key;
        let is_named = configuration.jobs.iter().filter_map(|job| job.issue_repository.as_deref());
        if !is_named.filter_map(ProjectKey::of_address).any(|named| named == *here) {
            return Ok(replies::sorry(&format!(
                "the configuration of {} does not name {here} as its issue_repository",
                facts.key
            )));
        }
        let (mut branches, mut consumed) = (Vec::new(), Vec::new());
        for name in &failed.branches {
            let head = match dist_git.resolve(&facts.key, name).await {
                Ok(Some(head)) => head,
                Ok(None) | Err(ForgeError::Refused(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let mut branch = Branch { revision: Some(head), ..Branch::named(name) };
            if kind == JobKind::BodhiUpdate {
                let newest = events::newest_koji_build(&self.db, &facts.key, name).await?;
                let Some((build, nvr)) = newest else { continue };
                branch.nvr = Some(nvr);
                consumed.push(Consumed { name: name.clone(), build });
            }
            branches.push(branch);
        }
        if branches.is_empty() {
            return Ok(replies::sorry(
                "of the branches that the issue names, none is known that this could be done for",
            ));
        }
        let cause = match kind {
            JobKind::BodhiUpdate => Cause::UpdateCommand,
            _ => Cause::BuildCommand,
        };
        let plan = self.plan_downstream(&facts.key, branches, cause, &configuration).await?;
        let prepared = Prepared::at_issue(plan, Configured::kept(&file)).consuming(consumed);
        Ok(match prepared.nothing_planned() {
            None => Answer::started(prepared),
            Some(omissions) => replies::nothing_planned(&self.settings.comment_prefix, omissions, ""),
        })
    }
}

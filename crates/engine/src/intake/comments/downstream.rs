//! Commands at dist-git: Koji builds, tags into sidetags, updates (`docs/contracts.md` 8.2, 8.5).

use std::collections::BTreeSet;

use domain::access::Judgement;
use domain::comments::{Command, CommandName};
use domain::package_config::{JobType, PackageConfig};
use domain::plan::downstream::{Branch, Cause};
use domain::rerun::{Asked, Selection};
use domain::words::{JobKind, Reference, ReferenceKind};
use forges::{Forge, ForgeError, Permission, Thread};
use store::events;
use store::inbox::Delivery;

use super::super::Unsettled;
use super::super::dist_git::Configured;
use super::super::prepared::{Consumed, Prepared};
use super::place::Place;
use super::redo::Redone;
use super::{Answer, Commented, replies};
use crate::Engine;

/// Whose members may command at dist-git.
const PACKAGERS: &str = "packager";

/// Whether a command is one of dist-git's.
pub(super) fn is_downstream(command: CommandName) -> bool {
    use CommandName::{CreateUpdate, KojiBuild, KojiTag, PullFromUpstream};
    matches!(command, KojiBuild | KojiTag | CreateUpdate | PullFromUpstream)
}

impl Engine {
    /// Why somebody may not give a command at dist-git; none if they may: packagers, and for updates only who can push.
    pub(super) async fn refuses_at_dist_git(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: CommandName,
    ) -> Result<Option<String>, ForgeError> {
        let project = &commented.event.project;
        let account = commented.event.actor.as_deref();
        let account = match self.settings.access.judge_command(&project.key, project.visibility, account) {
            Judgement::Allowed => return Ok(None),
            Judgement::Denied(reason) => return Ok(Some(reason)),
            Judgement::IfMayMerge { account, .. } => account,
        };
        match forge.is_member(PACKAGERS, &account).await {
            Ok(true) => {}
            Ok(false) => {
                return Ok(Some(format!(
                    "{command} is for packagers, and {account} is not in the group {PACKAGERS}"
                )));
            }
            Err(ForgeError::Refused(reason)) => {
                return Ok(Some(format!("{command} is for packagers; the forge says: {reason}")));
            }
            Err(error) => return Err(error),
        }
        if command != CommandName::CreateUpdate {
            return Ok(None);
        }
        let permission = match forge.permission(&project.key, &account).await {
            Err(ForgeError::Refused(_)) => Permission::None,
            answer => answer?,
        };
        Ok((!permission.can_merge()).then(|| {
            format!("{command} is for packagers who can push to {}, and {account} cannot", project.key)
        }))
    }

    /// Carries a command out: what was built or updated for the branch's newest commit is redone, else it is started.
    pub(super) async fn obey_at_dist_git(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
    ) -> Result<Answer, Unsettled> {
        if command.command == CommandName::PullFromUpstream {
            return self.obey_pull(delivery, commented, forge, command).await;
        }
        let project = &commented.event.project;
        let branch = match self.branch_of(commented, forge).await? {
            Ok(branch) => branch,
            Err(answer) => return Ok(answer),
        };
        let head = match forge.resolve(&project.key, &branch).await {
            Ok(Some(head)) => head,
            Ok(None) | Err(ForgeError::Refused(_)) => {
                return Ok(replies::sorry(&format!("dist-git does not know the branch {branch}")));
            }
            Err(error) => return Err(error.into()),
        };
        let reference = Reference::new(ReferenceKind::Branch, &branch);
        let place = Place { reference, hash: head, pull_request: None };
        let kind = match command.command {
            CommandName::KojiBuild => Some(JobKind::KojiBuild),
            CommandName::CreateUpdate => Some(JobKind::BodhiUpdate),
            _ => None,
        };
        if let Some(kind) = kind {
            let selection = Selection { kinds: Some([kind].into()), ..Selection::of(Asked::Everything) };
            match self.redo_any(delivery, commented, &place, &selection).await? {
                Redone::Answer(answer) => return Ok(answer),
                Redone::Nothing(Some((event, found))) if !found.plan.cannot.is_empty() => {
                    return self.nothing_to_do(event, &found).await;
                }
                Redone::Nothing(_) => {}
            }
        }
        self.start_at_dist_git(commented, forge, command, &place).await
    }

    async fn start_at_dist_git(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
        place: &Place,
    ) -> Result<Answer, Unsettled> {
        let project = &commented.event.project;
        let (configuration, file) = match self.dist_git_configuration(forge, project).await? {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return Ok(replies::nothing_planned(&self.settings.comment_prefix, &[omission], ""));
            }
        };
        let names = if command.all_branches {
            let releases = crate::housekeeping::releases(&self.db).await?;
            branches_of_groups(&configuration, &releases)
        } else {
            BTreeSet::from([place.reference.name.clone()])
        };
        let cause = match command.command {
            CommandName::KojiBuild => Cause::BuildCommand,
            CommandName::CreateUpdate => Cause::UpdateCommand,
            _ => Cause::TagCommand,
        };
        let (mut branches, mut consumed) = (Vec::new(), Vec::new());
        for name in names {
            let mut branch = Branch::named(&name);
            if !matches!(cause, Cause::BuildCommand) {
                // What is tagged or updated is the newest build; without one there is nothing to do it with.
                let Some((build, nvr)) = events::newest_koji_build(&self.db, &project.key, &name).await?
                else {
                    continue;
                };
                branch.nvr = Some(nvr);
                consumed.push(Consumed { name: name.clone(), build });
            }
            branches.push(branch);
        }
        if branches.is_empty() {
            return Ok(replies::sorry(&format!(
                "no complete Koji build of {} is known here that could be used",
                place.reference
            )));
        }
        let plan = self.plan_downstream(&project.key, branches, cause, &configuration).await?;
        let prepared = Prepared::at_dist_git(forge, &place.hash, plan, Some(Configured::kept(&file)))
            .at(&place.reference)
            .consuming(consumed);
        Ok(match prepared.nothing_planned() {
            None => Answer::started(prepared),
            Some(omissions) => replies::nothing_planned(&self.settings.comment_prefix, omissions, ""),
        })
    }

    /// The branch that a comment is about: the one that its pull request goes into.
    async fn branch_of(
        &self,
        commented: &Commented<'_>,
        forge: &dyn Forge,
    ) -> Result<Result<String, Answer>, ForgeError> {
        let Thread::PullRequest(number) = commented.thread else {
            return Ok(Err(replies::sorry("write the command in a pull request of the package")));
        };
        match forge.pull_request(&commented.event.project.key, number).await {
            Ok(Some(head)) => Ok(Ok(head.target_branch)),
            Ok(None) => Ok(Err(replies::sorry("the forge does not know this pull request"))),
            Err(ForgeError::Refused(reason)) => Ok(Err(replies::sorry(&reason))),
            Err(error) => Err(error),
        }
    }
}

/// The branches of all jobs that build into sidetags or make updates of them.
fn branches_of_groups(
    configuration: &PackageConfig,
    releases: &domain::releases::Releases,
) -> BTreeSet<String> {
    let jobs = configuration.jobs.iter().filter(|job| {
        job.sidetag_group.is_some() && matches!(job.job, JobType::KojiBuild | JobType::BodhiUpdate)
    });
    let names = jobs.flat_map(|job| job.dist_git_branches.names());
    names.flat_map(|name| releases.branches(name, "rawhide")).collect()
}

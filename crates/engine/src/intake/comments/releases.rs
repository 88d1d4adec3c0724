//! Commands about releases: proposed to dist-git from upstream, pulled in from dist-git (`docs/contracts.md` 8.2, 8.4).

use std::collections::BTreeSet;

use domain::comments::Command;
use domain::ids::EventId;
use domain::plan::downstream::{self, NewVersion, Upstream};
use domain::plan::{Trigger, Wanted};
use domain::rerun::{Asked, Selection};
use domain::words::{JobKind, Reference, ReferenceKind};
use forges::{CommitAt, Forge, ForgeError, Thread};
use store::events;
use store::inbox::Delivery;

use super::super::Unsettled;
use super::super::configuration;
use super::super::dist_git::Configured;
use super::super::prepared::Prepared;
use super::super::upstream::AtForge;
use super::redo::Redone;
use super::{Answer, Commented, replies};
use crate::Engine;

/// What is said where there is nothing that failed.
const NOTHING_FAILED: &str =
    "no branch of it failed: what was proposed is there, and the page of its workflow does all of it again";

/// The longest version that is taken.
const LONGEST_VERSION: usize = 100;

impl Engine {
    /// Proposes the newest release: the branches that failed are done again, or if nothing was started for it, all are.
    pub(super) async fn obey_propose(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
    ) -> Result<Answer, Unsettled> {
        let project = &commented.event.project.key;
        if matches!(commented.thread, Thread::PullRequest(_)) {
            return Ok(replies::sorry(
                "a pull request is no release: write the command in an issue, or at the commit of the newest release",
            ));
        }
        let tag = match latest(forge.latest_release(project).await)? {
            Ok(Some(tag)) => tag,
            Ok(None) => return Ok(replies::sorry("the project has no release")),
            Err(reason) => return Ok(replies::sorry(&reason)),
        };
        let hash = match latest(forge.resolve(project, &tag).await)? {
            Ok(Some(hash)) => hash,
            Ok(None) => return Ok(replies::sorry(&format!("the forge does not know the commit of {tag}"))),
            Err(reason) => return Ok(replies::sorry(&reason)),
        };
        if let Thread::Commit(commit) = &commented.thread
            && *commit != hash
        {
            return Ok(replies::sorry(&format!("this commit is not that of the newest release, {tag}")));
        }
        let reference = Reference::new(ReferenceKind::Release, &tag);
        let known = events::workflows_of(&self.db, project, &reference).await?;
        let redone =
            self.redo_failed(delivery, commented, known.first(), JobKind::ProposeDownstream, command).await?;
        if let Some(answer) = redone {
            return Ok(answer);
        }
        let wanted = Wanted { proposals: true, package: command.package.clone(), ..Wanted::default() };
        let trigger = Trigger::Release { tag: &tag };
        let at = CommitAt { project: project.clone(), hash: hash.clone() };
        let configuration = configuration::read(forge, &at).await?;
        let prepared = self
            .prepare_command(commented.event, forge, (&reference, &hash), trigger, wanted, configuration)
            .await?;
        Ok(match prepared.nothing_planned() {
            None => Answer::started(prepared),
            Some(omissions) => replies::nothing_planned(&self.settings.comment_prefix, omissions, ""),
        })
    }

    /// Pulls a version into the package: the one that is named, else the newest release upstream.
    pub(super) async fn obey_pull(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        forge: &dyn Forge,
        command: &Command,
    ) -> Result<Answer, Unsettled> {
        let project = &commented.event.project;
        let configured = match (command.with_pr_config, &commented.thread) {
            (false, _) => self.dist_git_configuration(forge, project).await?,
            (true, Thread::PullRequest(number)) => {
                self.pull_request_configuration(forge, &project.key, *number).await?
            }
            (true, _) => return Ok(replies::sorry("--with-pr-config is for comments on a pull request")),
        };
        let (configuration, file) = match configured {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return Ok(replies::nothing_planned(&self.settings.comment_prefix, &[omission], ""));
            }
        };
        let Some(upstream) = downstream::upstream_of(&configuration) else {
            return Ok(replies::sorry("the package's configuration has no job pull_from_upstream"));
        };
        let version = match self.version(command, &upstream).await? {
            Ok(version) => version,
            Err(reason) => return Ok(replies::sorry(&reason)),
        };
        let bugs = command.resolve_bug.clone().unwrap_or_default();
        if let Some(wrong) = bugs.iter().find(|bug| !is_bug(bug)) {
            return Ok(replies::sorry(&format!("`{wrong}` is no bug; one is written rhbz#2106196")));
        }
        let own = Reference::new(ReferenceKind::AnityaVersion, &version);
        // By another configuration it is another workflow, whatever was done by the one before.
        if !command.with_pr_config {
            let (package, tag) = (&project.key.name, upstream.tag(&version));
            let mut known = events::workflows_of(&self.db, &project.key, &own).await?;
            let pulled = events::pulled(&self.db, package, &version, &tag).await?;
            known.extend(pulled.into_iter().map(|pulled| pulled.event));
            let newest = known.iter().max();
            let kind = JobKind::PullFromUpstream;
            if let Some(event) = newest
                && events::pulls(&self.db, *event, package, &tag).await?
                && let Some(answer) = self.redo_failed(delivery, commented, newest, kind, command).await?
            {
                return Ok(answer);
            }
        }
        let new = NewVersion { package: &project.key, version: &version, bugs, is_command: true };
        let plan = self.plan_pull(&new, &configuration).await?;
        let prepared = Prepared::at_version(plan, Configured::kept(&file)).at(&own);
        Ok(match prepared.nothing_planned() {
            None => Answer::started(prepared),
            Some(omissions) => replies::nothing_planned(&self.settings.comment_prefix, omissions, ""),
        })
    }

    /// The version that is meant; or why none is.
    async fn version(
        &self,
        command: &Command,
        upstream: &Upstream<'_>,
    ) -> Result<Result<String, String>, ForgeError> {
        if let Some(version) = &command.version {
            let is_version = |sign: char| sign.is_ascii_alphanumeric() || "._-+~^".contains(sign);
            let is_good = version.starts_with(|first: char| first.is_ascii_alphanumeric())
                && version.len() <= LONGEST_VERSION
                && version.chars().all(is_version);
            return Ok(if is_good { Ok(version.clone()) } else { Err(format!("`{version}` is no version")) });
        }
        let Some(AtForge { forge, key }) = self.at_forge(upstream) else {
            return Ok(Err("its upstream is at no forge that is configured here: say --version".to_owned()));
        };
        Ok(match latest(forge.latest_release(&key).await)? {
            Ok(Some(tag)) => upstream
                .version(&tag)
                .ok_or_else(|| format!("the newest release {tag} does not fit upstream_tag_template")),
            Ok(None) => Err(format!("{key} has no release: say --version")),
            Err(reason) => Err(format!("{reason}: say --version")),
        })
    }

    /// Does those branches again that failed in the newest workflow (`docs/acceptance.md` A10). None if nothing was started yet.
    async fn redo_failed(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        newest: Option<&EventId>,
        kind: JobKind,
        command: &Command,
    ) -> Result<Option<Answer>, Unsettled> {
        let selection = Selection {
            kinds: Some([kind].into()),
            packages: command.package.clone().map(|package| BTreeSet::from([package])),
            ..Selection::of(Asked::Failed)
        };
        let workflows = newest.map_or(&[][..], std::slice::from_ref);
        Ok(match self.redo_any_of(delivery, commented, workflows, &selection).await? {
            Redone::Answer(answer) => Some(answer),
            Redone::Nothing(None) => None,
            Redone::Nothing(Some(_)) => Some(replies::sorry(NOTHING_FAILED)),
        })
    }
}

/// `rhbz#2106196`.
fn is_bug(text: &str) -> bool {
    let is_number = |number: &str| number.len() <= 10 && number.bytes().all(|digit| digit.is_ascii_digit());
    text.strip_prefix("rhbz#").is_some_and(|number| !number.is_empty() && is_number(number))
}

/// What a forge said, or why it will not say.
fn latest(answer: Result<Option<String>, ForgeError>) -> Result<Result<Option<String>, String>, ForgeError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(ForgeError::Refused(reason)) => Ok(Err(reason)),
        Err(error) => Err(error),
    }
}

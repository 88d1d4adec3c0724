//! Releases into dist-git (`docs/contracts.md` 8.6): a pull request for each branch, made of what Packit's own command line
//! does with a checkout of both repositories.
//!
//! A submission is one branch. It is carried out inside [`Builder::submit`], in phases that trust each other as little as
//! they can:
//!
//! 1. The repositories are fetched, by git of ours, from configured hosts only.
//! 2. The program changes the dist-git checkout, in a sandbox: the repository's own `actions` run here, so there is no
//!    network, no secret, no file but its own, and there are limits. Nothing outside changes, so it can be repeated at will.
//!    Archives that it lacks are fetched by us, from configured hosts only, and it starts again.
//! 3. What it committed leaves the sandbox as a bundle, is pushed to our fork and becomes a pull request.
//!
//! The branch in our fork is named after the event and the branch, so a lost answer is looked up by it, and a rerun changes the
//! pull request that is there.

mod archives;
mod bubblewrap;
mod git;
mod lookaside;
mod prepare;
mod publisher;
mod run;
mod sources;
mod stop;
mod workshop;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::details::{DistGitSync, JobDetails, TargetDetails};
use domain::ids::TargetId;
use domain::words::{BuildSystem, JobKind, TargetStatus};

use crate::{Builder, BuilderError, Observation, Submitted, Work, WorkTarget};

pub use bubblewrap::Bubblewrap;
pub use git::GitAccount;
pub use lookaside::{Lookaside, LookasideLogin};
pub use publisher::{NewPullRequest, Publisher, PushTarget};
pub use workshop::{Errand, ErrandEnd, ErrandLimits, GIVEN_FOLDER, WORK_FOLDER, Workshop, WorkshopError};

/// What fetching, pushing, uploading and the pull request may take beside the program.
const AROUND_THE_PROGRAM: Duration = Duration::from_secs(30 * 60);

/// How releases are carried into dist-git.
#[derive(Debug, Clone)]
pub struct DistGitConfig {
    /// The program and its arguments for each kind; see [`DistGitConfig::usual_programs`].
    pub programs: BTreeMap<JobKind, Vec<String>>,
    /// Where runs have their folders; each is removed when its run ends.
    pub work_folder: PathBuf,
    /// Where upstream repositories and archives may be fetched from: the origins of their addresses (`https://github.com`),
    /// each with the address that is really fetched from, which is the same unless there is a mirror.
    pub upstream: BTreeMap<String, String>,
    /// Name and address of the commits' author.
    pub author: (String, String),
    /// Where archives are uploaded to; none if people do that.
    pub lookaside: Option<Lookaside>,
}

impl DistGitConfig {
    /// Packit's own command line, run by a Python that has it (`packitos`): it makes no pull request and asks no server. In
    /// arguments, `{branch}`, `{tag}`, `{version}` and `{package}` stand for what is carried over, `{packit}` for the script
    /// that keeps Packit from asking, and a word with `{bug}` is there for each bug that is resolved; the checkouts are
    /// `upstream` and `dist-git` in the folder that the program is started in.
    pub fn usual_programs(python: &str) -> BTreeMap<JobKind, Vec<String>> {
        let program = |command: &str, options: &str, checkout: &str| {
            let mut words = vec![python.to_owned()];
            let rest = format!(
                "{{packit}} {command} --no-pr --dist-git-path {WORK_FOLDER}/dist-git --dist-git-branch {{branch}} \
                 {options} {WORK_FOLDER}/{checkout} {{version}}"
            );
            words.extend(rest.split(' ').map(str::to_owned));
            words
        };
        let bugs = "--resolve-bug={bug}";
        BTreeMap::from([
            (JobKind::ProposeDownstream, program("propose-downstream", "--local-content", "upstream")),
            (JobKind::PullFromUpstream, program("pull-from-upstream", bugs, "dist-git")),
        ])
    }
}

/// Keeps what a run told, so that people can read it.
#[async_trait]
pub trait Logs: Send + Sync + fmt::Debug {
    /// Keeps the log of a target, instead of an earlier one; the address it can be read at.
    ///
    /// # Errors
    /// If it cannot be kept.
    async fn keep(&self, target: TargetId, log: &str) -> Result<String, BuilderError>;
}

/// Dist-git, and what makes pull requests there.
#[derive(Debug)]
pub struct DistGit {
    config: DistGitConfig,
    workshop: Arc<dyn Workshop>,
    publisher: Arc<dyn Publisher>,
    logs: Arc<dyn Logs>,
}

impl DistGit {
    /// Nothing is asked yet.
    pub fn new(
        config: DistGitConfig,
        workshop: Arc<dyn Workshop>,
        publisher: Arc<dyn Publisher>,
        logs: Arc<dyn Logs>,
    ) -> Self {
        Self { config, workshop, publisher, logs }
    }

    /// How long a whole run may take.
    fn longest(&self) -> Duration {
        self.workshop.longest_run() + AROUND_THE_PROGRAM
    }

    /// What stands for a finished submission there, given the pages of its pull requests: of the branch, then of those that
    /// follow it.
    fn done(work: &Work, target: &WorkTarget, pages: &[String]) -> Submitted {
        let (page, followers) =
            pages.split_first().map_or(("", &[][..]), |(page, rest)| (page.as_str(), rest));
        let mut seen = observation(target, TargetStatus::Succeeded);
        seen.url = Some(page.to_owned());
        seen.details =
            Some(TargetDetails { fast_forward_pull_requests: followers.to_vec(), ..target.details.clone() });
        let is_known = work.earlier_external_ids.iter().any(|id| id == page);
        let external_id = if is_known { format!("{page}#{}", work.submission) } else { page.to_owned() };
        Submitted { external_id, observations: vec![seen] }
    }
}

/// The one target of a submission, and what its job was planned with.
fn sync_of(work: &Work) -> Result<(&WorkTarget, &DistGitSync), BuilderError> {
    match work.targets.as_slice() {
        [target] => match &target.job {
            JobDetails::DistGitSync(sync) => Ok((target, sync)),
            _ => Err(BuilderError::Refused("this is nothing that is carried into dist-git".to_owned())),
        },
        targets => Err(BuilderError::Refused(format!("one branch at a time, not {}", targets.len()))),
    }
}

/// Our branch for a branch of dist-git. Another attempt has the same; another installation with our account has others, since
/// it counts its events alike.
fn our_branch(work: &Work, target: &WorkTarget) -> String {
    format!("packflow-{}-{}-{}", work.installation, work.event, target.name)
}

fn observation(target: &WorkTarget, status: TargetStatus) -> Observation {
    Observation {
        target: target.id,
        status,
        reason: None,
        url: None,
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details: None,
    }
}

#[async_trait]
impl Builder for DistGit {
    fn system(&self) -> BuildSystem {
        BuildSystem::DistGit
    }

    fn longest_submit(&self) -> Option<Duration> {
        Some(self.longest())
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        let (target, sync) = sync_of(work)?;
        self.carry(work, target, sync).await
    }

    /// A run that came to an end without a pull request left nothing that could be found; it is done again.
    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        let (target, sync) = sync_of(work)?;
        if !work.earlier_external_ids.is_empty() {
            // The pull request may be an earlier attempt's, with what that one made of the sources.
            return Ok(None);
        }
        let branch = our_branch(work, target);
        let mut pages = Vec::new();
        for to_branch in std::iter::once(&target.name).chain(&target.details.fast_forward) {
            match self.publisher.pull_request(&sync.downstream_package, &branch, to_branch).await? {
                Some(page) => pages.push(page),
                None => return Ok(None),
            }
        }
        Ok(Some(Self::done(work, target, &pages)))
    }

    /// A submission is finished when it is submitted.
    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        let (target, _) = sync_of(work)?;
        let mut seen = observation(target, TargetStatus::Errored);
        seen.reason = Some("its run left no result".to_owned());
        Ok(vec![seen])
    }

    /// There is nothing left to cancel: what was submitted has ended.
    async fn cancel(&self, _: &Work) -> Result<(), BuilderError> {
        Ok(())
    }

    async fn check(&self) -> Result<String, BuilderError> {
        let mut told = vec![self.publisher.check().await?];
        told.push(self.workshop.check().await.map_err(|error| BuilderError::Refused(error.to_string()))?);
        told.extend(self.packit_version().await?);
        if let Some(lookaside) = &self.config.lookaside {
            told.push(lookaside.check().await?);
        }
        Ok(told.join("; "))
    }
}

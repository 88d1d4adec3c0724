//! One branch, from fetched sources to a pull request.

use std::path::Path;

use domain::details::DistGitSync;
use domain::words::{JobKind, TargetStatus};

use super::git::{GitError, Transport, git};
use super::prepare::{FetchError, Fetched};
use super::publisher::{NewPullRequest, PushTarget};
use super::workshop::{Errand, WorkshopError};
use super::{DistGit, observation, our_branch};
use crate::{BuilderError, Submitted, Work, WorkTarget};

/// The bundle that carries the commits out of the sandbox.
const BUNDLE: &str = "result.bundle";
/// Where they are in the bundle, and in the repository that is pushed from.
const RESULT: &str = "refs/heads/result";

/// The file that names a package's archives in the lookaside cache.
const SOURCES: &str = "sources";
/// What is said where it names the old ones.
const NO_UPLOAD: &str = "\nThe file `sources` is as it was: the archive of this version is still to be uploaded to the \
                         lookaside cache (`fedpkg new-sources`), or the build will lack it.\n";

/// How a run came to no pull request.
enum Stop {
    /// For a reason that a person can read, and that another attempt may not have.
    Told(TargetStatus, String),
    /// It did not come so far.
    Broken(BuilderError),
}

impl From<BuilderError> for Stop {
    fn from(error: BuilderError) -> Self {
        Self::Broken(error)
    }
}

impl From<GitError> for Stop {
    fn from(error: GitError) -> Self {
        match error {
            GitError::Failed(reason) => Self::Told(TargetStatus::Errored, reason),
            GitError::Unavailable(reason) => {
                Self::Broken(BuilderError::Unavailable { reason, retry_after: None })
            }
        }
    }
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Refused(reason) => Self::Broken(BuilderError::Refused(reason)),
            FetchError::Git(error) => error.into(),
            FetchError::Folder(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        let reason = format!("the run has no folder: {error}");
        Self::Broken(BuilderError::Unavailable { reason, retry_after: None })
    }
}

impl From<WorkshopError> for Stop {
    fn from(error: WorkshopError) -> Self {
        match error {
            WorkshopError::Refused(reason) => Self::Broken(BuilderError::Refused(reason)),
            WorkshopError::Unavailable(reason) => {
                Self::Broken(BuilderError::Unavailable { reason, retry_after: None })
            }
        }
    }
}

impl DistGit {
    /// All phases. What the program told becomes the target's log, however it ended.
    pub(super) async fn carry(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
    ) -> Result<Submitted, BuilderError> {
        let mut log = String::new();
        let ended = self.phases(work, target, sync, &mut log).await;
        let mut submitted = match ended {
            Ok(page) => Self::done(work, target, &page),
            Err(Stop::Told(status, reason)) => {
                log.push_str(&format!("\n{reason}\n"));
                let mut seen = observation(target, status);
                seen.reason = Some(reason);
                Submitted { external_id: format!("run-{}", work.submission), observations: vec![seen] }
            }
            Err(Stop::Broken(error)) => return Err(error),
        };
        match self.logs.keep(target.id, &log).await {
            Ok(address) => submitted.observations[0].logs_url = Some(address),
            Err(error) => tracing::warn!(target = %target.id, %error, "the log is not kept"),
        }
        Ok(submitted)
    }

    async fn phases(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
        log: &mut String,
    ) -> Result<String, Stop> {
        std::fs::create_dir_all(&self.config.work_folder)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&self.config.work_folder)?;
        let checkouts = folder.path().join("work");
        let Fetched { base, upstream } = self.fetch(work, target, sync, &checkouts).await?;
        self.change(target, sync, &checkouts, log).await?;
        let clean = folder.path().join("clean.git");
        let commit = self.take_out(target, sync, &checkouts, &clean, &base).await?;
        log.push_str(&format!("\n{commit} is proposed for {}\n", target.name));
        let mut text = text(work, target, sync, upstream.as_deref());
        if names_old_sources(&clean, &base).await? {
            log.push_str(NO_UPLOAD);
            text.push_str(NO_UPLOAD);
        }
        self.publish(work, target, sync, &clean, &text).await
    }

    /// The program, then a bundle of what it committed: both in the sandbox, since git reads the configuration of the
    /// repository that it is run in.
    async fn change(
        &self,
        target: &WorkTarget,
        sync: &DistGitSync,
        checkouts: &Path,
        log: &mut String,
    ) -> Result<(), Stop> {
        self.workshop.hand_over(checkouts)?;
        let errand = |command| Errand { command, folder: checkouts.to_owned() };
        let program = self.program(target, sync)?;
        let end = self.workshop.run(&errand(program)).await?;
        log.push_str(&end.output);
        if let Some(problem) = end.problem {
            return Err(Stop::Told(TargetStatus::Failed, problem));
        }
        // The program may have committed on a branch of its own, and pushed it or not: the checkout's commit is what counts.
        let bundle = format!(
            "cd dist-git && git update-ref {RESULT} HEAD && git bundle create ../{BUNDLE} {RESULT} ^refs/packflow/base"
        );
        let end = self.workshop.run(&errand(["sh", "-c", &bundle].map(str::to_owned).to_vec())).await?;
        match end.problem {
            None => Ok(()),
            Some(_) if end.output.contains("empty bundle") => Err(Stop::Told(
                TargetStatus::Failed,
                format!("the program changed nothing for {}", target.name),
            )),
            Some(problem) => {
                log.push_str(&end.output);
                Err(Stop::Told(TargetStatus::Errored, format!("what it committed cannot be read: {problem}")))
            }
        }
    }

    /// Brings the bundle's commits into a repository of ours, which knows the branch as dist-git has it; the new commit.
    async fn take_out(
        &self,
        target: &WorkTarget,
        sync: &DistGitSync,
        checkouts: &Path,
        clean: &Path,
        base: &str,
    ) -> Result<String, Stop> {
        let bundle = checkouts.join(BUNDLE);
        // The sandbox's user made it: a link would lead git wherever that user likes.
        if !bundle.symlink_metadata()?.is_file() {
            return Err(Stop::Told(TargetStatus::Errored, "what it committed is no file".to_owned()));
        }
        let url = self.publisher.repository_url(&sync.downstream_package);
        let parent = clean.parent().unwrap_or(clean);
        let name = clean.to_string_lossy();
        git(parent, Transport::None, &["init", "--quiet", "--bare", &name]).await?;
        let from = Transport::Web { url: &url, account: None };
        let branch = format!("refs/heads/{}:refs/heads/base", target.name);
        git(clean, from, &["fetch", "--quiet", "--no-tags", &url, &branch]).await?;
        let (file, wanted) = (bundle.to_string_lossy(), format!("{RESULT}:{RESULT}"));
        git(clean, Transport::File, &["fetch", "--quiet", "--no-tags", &file, &wanted]).await?;
        let is_ahead = git(clean, Transport::None, &["merge-base", "--is-ancestor", base, RESULT]).await;
        if is_ahead.is_err() {
            let reason = format!("what it committed does not build on {base}, the branch's newest commit");
            return Err(Stop::Told(TargetStatus::Failed, reason));
        }
        Ok(git(clean, Transport::None, &["rev-parse", RESULT]).await?)
    }

    /// Pushes to our fork and opens a pull request for the branch, and for each that is to be moved forward with it.
    async fn publish(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
        clean: &Path,
        text: &str,
    ) -> Result<String, Stop> {
        let package = &sync.downstream_package;
        let branch = our_branch(work, target);
        let PushTarget { url, account } = self.publisher.push_target(package).await?;
        let to = Transport::Web { url: &url, account: Some(&account) };
        // Ours alone: an earlier attempt's commits give way.
        git(clean, to, &["push", "--quiet", "--force", &url, &format!("{RESULT}:refs/heads/{branch}")])
            .await?;
        let mut page = None;
        for to_branch in std::iter::once(&target.name).chain(&target.details.fast_forward) {
            let known = self.publisher.pull_request(package, &branch, to_branch).await?;
            let opened = match known {
                Some(page) => page,
                None => {
                    let wanted = NewPullRequest {
                        from_branch: branch.clone(),
                        to_branch: to_branch.clone(),
                        title: title(sync),
                        text: for_branch(text, target, to_branch),
                    };
                    self.publisher.open(package, &wanted).await?
                }
            };
            page.get_or_insert(opened);
        }
        page.ok_or_else(|| {
            Stop::Told(TargetStatus::Errored, "there is no branch to propose it for".to_owned())
        })
    }
}

fn title(sync: &DistGitSync) -> String {
    match super::prepare::version(sync) {
        Some(version) => format!("Update to {version} upstream release"),
        None => "Update to the newest upstream release".to_owned(),
    }
}

/// Whether the package names archives in the lookaside cache, and the same ones as before.
async fn names_old_sources(clean: &Path, base: &str) -> Result<bool, GitError> {
    let there = git(clean, Transport::None, &["ls-tree", "--name-only", RESULT, "--", SOURCES]).await?;
    let changed = git(clean, Transport::None, &["diff", "--name-only", base, RESULT, "--", SOURCES]).await?;
    Ok(!there.is_empty() && changed.is_empty())
}

/// What a pull request says.
fn text(work: &Work, target: &WorkTarget, sync: &DistGitSync, upstream: Option<&str>) -> String {
    let mut text = String::new();
    // The version of an upstream that is no repository has no tag.
    if let Some(tag) = sync.source.tag.as_ref().filter(|_| upstream.is_some()) {
        text.push_str(&format!("Upstream tag: {tag}  \n"));
    }
    if let Some(commit) = upstream {
        text.push_str(&format!("Upstream commit: {commit}  \n"));
    }
    for bug in &sync.bugs {
        text.push_str(&format!("Resolves: {bug}  \n"));
    }
    if target.kind == JobKind::PullFromUpstream && upstream.is_none() {
        text.push_str(
            "There is no upstream repository: what changed is to be seen in the archive alone.  \n",
        );
    }
    text.push_str(&format!("\nHow it was made: {}\n", work.page_url));
    text
}

/// The same for a branch that is to be moved forward to another one's commit.
fn for_branch(text: &str, target: &WorkTarget, to_branch: &str) -> String {
    if to_branch == target.name {
        return text.to_owned();
    }
    format!("The commit is that for {}: this branch can be moved forward to it.  \n{text}", target.name)
}

//! One branch, from fetched sources to a pull request.

use std::path::Path;

use domain::details::DistGitSync;
use domain::words::{JobKind, TargetStatus};

use super::archives::{Archive, WANTED, wanted};
use super::git::{BASE, Transport, git};
use super::prepare::{ARCHIVES, Fetched};
use super::publisher::{NewPullRequest, PushTarget};
use super::stop::Stop;
use super::workshop::Errand;
use super::{DistGit, observation, our_branch};
use crate::{BuilderError, Submitted, Work, WorkTarget};

/// The bundle that carries the commits out of the sandbox.
const BUNDLE: &str = "result.bundle";
/// Where they are in the bundle, and in the repository that is pushed from.
const RESULT: &str = "refs/heads/result";

impl DistGit {
    /// All phases. What the program told becomes the target's log, however it ended.
    pub(super) async fn carry(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
    ) -> Result<Submitted, BuilderError> {
        let mut log = String::new();
        // What took longer than its lease may have been begun by somebody else.
        let longest = self.longest();
        let ended = tokio::time::timeout(longest, self.phases(work, target, sync, &mut log)).await;
        let ended = ended.unwrap_or_else(|_| {
            Err(Stop::failed(format!("it took longer than {} minutes", longest.as_secs() / 60)))
        });
        let mut submitted = match ended {
            Ok(pages) => Self::done(work, target, &pages),
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
    ) -> Result<Vec<String>, Stop> {
        std::fs::create_dir_all(&self.config.work_folder)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&self.config.work_folder)?;
        let checkouts = folder.path().join("work");
        let given = folder.path().join("given");
        self.give(&given, work, sync)?;
        let Fetched { base, upstream } = self.fetch(work, target, sync, &checkouts).await?;
        let archives = self.change(target, sync, &checkouts, &given, log).await?;
        let clean = folder.path().join("clean.git");
        let commit = self.take_out(target, sync, &checkouts, &clean, &base).await?;
        log.push_str(&format!("\n{commit} is proposed for {}\n", target.name));
        let mut text = text(work, target, sync, upstream.as_deref());
        if let Some(missing) = self.upload(target, sync, &clean, (&base, RESULT), &archives, log).await? {
            log.push_str(&missing);
            text.push_str(&missing);
        }
        self.publish(work, target, sync, &clean, &text).await
    }

    /// The program, once more if it lacked archives, then a bundle of what it committed: all in the sandbox, since git reads
    /// the configuration of the repository that it is run in. The archives that it was given.
    async fn change(
        &self,
        target: &WorkTarget,
        sync: &DistGitSync,
        checkouts: &Path,
        given: &Path,
        log: &mut String,
    ) -> Result<Vec<Archive>, Stop> {
        let errand = |command: Vec<String>| Errand {
            command,
            folder: checkouts.to_owned(),
            given: Some(given.to_owned()),
        };
        let shell = |script: &str| errand(["sh", "-c", script].map(str::to_owned).to_vec());
        let program = errand(self.program(target, sync)?);
        self.workshop.hand_over(checkouts)?;
        let mut end = self.workshop.run(&program).await?;
        log.push_str(&end.output);
        let lacked = wanted(checkouts)?;
        let mut archives = Vec::new();
        if !lacked.is_empty() {
            archives = self.fetch_archives(&lacked, &given.join(ARCHIVES), log).await?;
            self.workshop.hand_over(given)?;
            let again = format!(
                "rm -f {WANTED}; for one in dist-git upstream; do [ ! -d $one ] || (cd $one && git reset --quiet --hard \
                 && git clean -fdxq && git checkout --quiet --detach {BASE}) || exit 1; done"
            );
            let cleared = self.workshop.run(&shell(&again)).await?;
            log.push_str(&cleared.output);
            if let Some(problem) = cleared.problem {
                let reason = format!("the checkouts cannot be made anew: {problem}");
                return Err(Stop::Told(TargetStatus::Errored, reason));
            }
            end = self.workshop.run(&program).await?;
            log.push_str(&end.output);
            if !wanted(checkouts)?.is_empty() {
                return Err(Stop::failed("it lacks archives that it did not name before".to_owned()));
            }
        }
        if let Some(problem) = end.problem {
            return Err(Stop::Told(TargetStatus::Failed, problem));
        }
        // The program may have committed on a branch of its own, and pushed it or not: the checkout's commit is what counts.
        let bundle = format!(
            "cd dist-git && git update-ref {RESULT} HEAD && git bundle create ../{BUNDLE} {RESULT} ^{BASE}"
        );
        let end = self.workshop.run(&shell(&bundle)).await?;
        match end.problem {
            None => Ok(archives),
            Some(_) if end.output.contains("empty bundle") => {
                Err(Stop::failed(format!("the program changed nothing for {}", target.name)))
            }
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
            return Err(Stop::failed(reason));
        }
        Ok(git(clean, Transport::None, &["rev-parse", RESULT]).await?)
    }

    /// Pushes to our fork and opens a pull request for the branch, and for each that is to be moved forward with it; their pages.
    async fn publish(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
        clean: &Path,
        text: &str,
    ) -> Result<Vec<String>, Stop> {
        let package = &sync.downstream_package;
        let branch = our_branch(work, target);
        let PushTarget { url, account } = self.publisher.push_target(package).await?;
        let to = Transport::Web { url: &url, account: Some(&account) };
        // Ours alone: an earlier attempt's commits give way.
        git(clean, to, &["push", "--quiet", "--force", &url, &format!("{RESULT}:refs/heads/{branch}")])
            .await?;
        let mut pages = Vec::new();
        for to_branch in std::iter::once(&target.name).chain(&target.details.fast_forward) {
            let known = self.publisher.pull_request(package, &branch, to_branch).await?;
            pages.push(match known {
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
            });
        }
        Ok(pages)
    }
}

fn title(sync: &DistGitSync) -> String {
    match super::prepare::version(sync) {
        Some(version) => format!("Update to {version} upstream release"),
        None => "Update to the newest upstream release".to_owned(),
    }
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

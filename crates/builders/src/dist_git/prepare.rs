//! What the program finds in its folder, and how it is called.

use std::path::Path;

use domain::details::DistGitSync;
use domain::words::JobKind;
use serde_json::json;
use url::Url;

use super::git::{BASE, GitError, Transport, git};
use super::{DistGit, Errand, GIVEN_FOLDER, WORK_FOLDER};
use crate::{BuilderError, Work, WorkTarget, http};

impl DistGit {
    /// Makes the checkouts: `dist-git` at its branch, with a repository beside it as its origin, and `upstream` at the release.
    /// The branch's newest commit, and the release's.
    pub(super) async fn fetch(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
        checkouts: &Path,
    ) -> Result<Fetched, FetchError> {
        std::fs::create_dir_all(checkouts)?;
        let branch = &target.name;
        if !is_branch(branch) {
            return Err(FetchError::Refused(format!("`{branch}` is no name of a branch")));
        }
        let url = self.publisher.repository_url(&sync.downstream_package);
        let from = Transport::Web { url: &url, account: None };
        let bare = [
            "clone",
            "--quiet",
            "--bare",
            "--no-tags",
            "--template=",
            "--branch",
            branch,
            &url,
            "origin.git",
        ];
        git(checkouts, from, &bare).await?;
        let clone = [
            "clone",
            "--quiet",
            "--no-hardlinks",
            "--template=",
            "--branch",
            branch,
            "origin.git",
            "dist-git",
        ];
        git(checkouts, Transport::File, &clone).await?;
        let dist_git = checkouts.join("dist-git");
        // As the sandbox sees it.
        let origin = format!("{WORK_FOLDER}/origin.git");
        git(&dist_git, Transport::None, &["remote", "set-url", "origin", &origin]).await?;
        let (name, address) = &self.config.author;
        git(&dist_git, Transport::None, &["config", "user.name", name]).await?;
        git(&dist_git, Transport::None, &["config", "user.email", address]).await?;
        git(&dist_git, Transport::None, &["update-ref", BASE, "HEAD"]).await?;
        let base = git(&dist_git, Transport::None, &["rev-parse", "HEAD"]).await?;
        let upstream = self.fetch_upstream(work, target, sync, checkouts).await?;
        Ok(Fetched { base, upstream })
    }

    /// The release in the upstream repository, if there is one: at the event's commit where that is upstream's, else at its
    /// tag. The commit.
    async fn fetch_upstream(
        &self,
        work: &Work,
        target: &WorkTarget,
        sync: &DistGitSync,
        checkouts: &Path,
    ) -> Result<Option<String>, FetchError> {
        let url = &sync.source.url;
        if url.is_empty() {
            return Ok(None);
        }
        let url = self.upstream_address(url)?;
        let from = Transport::Web { url: &url, account: None };
        git(checkouts, from, &["clone", "--quiet", "--no-checkout", "--template=", &url, "upstream"]).await?;
        let upstream = checkouts.join("upstream");
        // What is pulled in is found by its tag: the event may be of dist-git.
        let release = match (&sync.source.tag, target.kind) {
            (Some(tag), JobKind::PullFromUpstream) => {
                let commit = format!("refs/tags/{tag}^{{commit}}");
                let asked = ["rev-parse", "--verify", "--quiet", &commit];
                if git(&upstream, Transport::None, &asked).await.is_err() {
                    let how = "`upstream_tag_template` says how tags are written";
                    return Err(GitError::Failed(format!("upstream has no tag `{tag}`: {how}")).into());
                }
                commit
            }
            _ => work.commit.clone(),
        };
        git(&upstream, Transport::None, &["checkout", "--quiet", "--detach", &release]).await?;
        git(&upstream, Transport::None, &["update-ref", BASE, "HEAD"]).await?;
        Ok(Some(git(&upstream, Transport::None, &["rev-parse", "HEAD"]).await?))
    }

    /// Where an upstream repository is fetched from. What stands behind a `?` is no part of its address.
    fn upstream_address(&self, url: &str) -> Result<String, FetchError> {
        let refused = |why: &str| FetchError::Refused(format!("`{url}` is not fetched: {why}"));
        let mut address = Url::parse(url).map_err(|_| refused("it is no address"))?;
        address.set_query(None);
        self.allowed(&address).map_err(refused)
    }

    /// Where what has this address is fetched from, or why it is not. What names it comes from a payload, a configuration or a
    /// program: other hosts than the configured are refused.
    pub(super) fn allowed(&self, address: &Url) -> Result<String, &'static str> {
        if !address.username().is_empty() || address.password().is_some() {
            return Err("it names an account");
        }
        let origin = address.origin().ascii_serialization();
        let base = self.config.upstream.get(&origin).ok_or("its host is not configured")?;
        let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(format!("{}{}{query}", base.trim_end_matches('/'), address.path()))
    }

    /// Puts what the program is given into a folder: the script that Packit's command line is run by, what was planned, and
    /// room for archives.
    pub(super) fn give(&self, given: &Path, work: &Work, sync: &DistGitSync) -> std::io::Result<()> {
        give_script(given)?;
        if let Some(configuration) = &work.configuration {
            let planned = json!({
                "configuration": configuration,
                "package": sync.configured.package,
                "index": sync.configured.index,
                "job": work.targets.first().map(|target| target.kind.as_str()),
            });
            std::fs::write(given.join(PLANNED), planned.to_string())?;
        }
        self.workshop.hand_over(given)
    }

    /// Which Packit it is that is run, in words; none if another program is.
    ///
    /// # Errors
    /// If it does not start in the sandbox.
    pub(super) async fn packit_version(&self) -> Result<Option<String>, BuilderError> {
        let mut programs = self.config.programs.values();
        let Some(program) = programs.find(|program| is_packit(program)) else { return Ok(None) };
        let folder =
            |error: std::io::Error| http::unavailable(format!("the run has no folder: {error}"), None);
        std::fs::create_dir_all(&self.config.work_folder).map_err(folder)?;
        let run = tempfile::tempdir_in(&self.config.work_folder).map_err(folder)?;
        let given = run.path().join("given");
        give_script(&given).and_then(|()| self.workshop.hand_over(&given)).map_err(folder)?;
        let place = program.iter().position(|word| word == PACKIT_WORD).unwrap_or_default();
        let mut command = program[..place].to_vec();
        command.extend([packit(), "--version".to_owned()]);
        let errand = Errand { command, folder: given.join(ARCHIVES), given: Some(given) };
        let end =
            self.workshop.run(&errand).await.map_err(|error| BuilderError::Refused(error.to_string()))?;
        let last = end.output.trim().lines().last().unwrap_or_default();
        match end.problem {
            None => Ok(Some(format!("Packit {last}"))),
            Some(problem) => Err(BuilderError::Refused(format!(
                "Packit's command line does not start in the sandbox (`dist_git.python`, `dist_git.shown`): {problem}: {last}"
            ))),
        }
    }

    /// The program with its arguments.
    pub(super) fn program(
        &self,
        target: &WorkTarget,
        sync: &DistGitSync,
    ) -> Result<Vec<String>, BuilderError> {
        let program = self.config.programs.get(&target.kind).filter(|program| !program.is_empty());
        let program = program.ok_or_else(|| {
            BuilderError::Refused(format!("no program is configured that carries out {}", target.kind))
        })?;
        let version = version(sync).unwrap_or_default();
        let tag = sync.source.tag.as_deref().unwrap_or_default();
        let filled = program.iter().flat_map(|word| {
            let word = word
                .replace("{branch}", &target.name)
                .replace("{tag}", tag)
                .replace(PACKIT_WORD, &packit())
                .replace("{version}", &version)
                .replace("{package}", &sync.downstream_package);
            if word.contains(BUG) {
                sync.bugs.iter().map(|bug| word.replace(BUG, bug)).collect()
            } else {
                vec![word]
            }
        });
        Ok(filled.filter(|word| !word.is_empty()).collect())
    }
}

/// What keeps Packit's command line from asking servers, and its name in the folder that the program is given.
const PACKIT: (&str, &str) = ("packit-offline.py", include_str!("packit-offline.py"));
/// Stands for it among the words of a program.
const PACKIT_WORD: &str = "{packit}";
/// Where archives are in that folder.
pub(super) const ARCHIVES: &str = "archives";
/// What was planned, there: the configuration, and the place of the job in it.
const PLANNED: &str = "planned.json";

/// Whether it is Packit's command line that a program runs.
pub(super) fn is_packit(program: &[String]) -> bool {
    program.iter().any(|word| word == PACKIT_WORD)
}

fn give_script(given: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(given.join(ARCHIVES))?;
    std::fs::write(given.join(PACKIT.0), PACKIT.1)
}

/// As the program sees it.
fn packit() -> String {
    format!("{GIVEN_FOLDER}/{}", PACKIT.0)
}

/// Stands for a bug that is resolved; a word that holds it is there once for each.
const BUG: &str = "{bug}";

/// The version that is carried over: the one that was told, else the tag's, without a `v` before its digits.
pub(super) fn version(sync: &DistGitSync) -> Option<String> {
    let tag = || {
        let tag = sync.source.tag.as_deref()?;
        let bare =
            tag.strip_prefix('v').filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        Some(bare.unwrap_or(tag).to_owned())
    };
    sync.version.clone().or_else(tag)
}

/// Names that cannot be taken for an option or another reference.
fn is_branch(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    !name.starts_with(['-', '.', '/']) && !name.contains("..") && name.chars().all(is_plain)
}

/// What was fetched.
pub(super) struct Fetched {
    /// The newest commit of the branch of dist-git.
    pub(super) base: String,
    /// The release's commit upstream, where that is a repository.
    pub(super) upstream: Option<String>,
}

/// Why sources were not fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// They will not be.
    #[error("{0}")]
    Refused(String),
    /// Git would not.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is no room for them.
    #[error("the run has no folder: {0}")]
    Folder(#[from] std::io::Error),
}

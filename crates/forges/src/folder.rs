//! A folder as a forge: for tests, and for laptops without an account anywhere.

mod lines;
mod spec_files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::words::ProjectKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::lines::CommentLine;
pub use self::spec_files::spec_files_below;
use crate::{
    CONFIGURATION_NAMES, CommitAt, File, Forge, ForgeError, Permission, PullRequestHead, Status, Thread,
};

/// The largest file that is read, in bytes; GitHub's contents API has the same limit.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A forge whose projects are folders below one root:
///
/// ```text
/// ROOT/NAMESPACE/NAME/          the files at any commit
/// ROOT/NAMESPACE/NAME@HASH/     the files at this commit, instead
/// ROOT/permissions.json         {"NAMESPACE/NAME": {"ACCOUNT": "admin" | "write" | "read" | "none"}}
/// ROOT/groups.json              {"GROUP": ["ACCOUNT"]}
/// ROOT/issues.json              {"NAMESPACE/NAME": {"NUMBER": "TEXT"}}
/// ROOT/references.json          {"NAMESPACE/NAME": {"BRANCH OR TAG": "HASH"}}
/// ROOT/releases.json            {"NAMESPACE/NAME": {"latest": "TAG"}}
/// ROOT/pull_requests.json       {"NAMESPACE/NAME": {"NUMBER": {"hash", "target_branch", "author"?, "labels"?}}}
/// ROOT/statuses.jsonl           the statuses that were set, one JSON object a line, the newest last
/// ROOT/comments.jsonl           the comments that were made, in the same way
/// ROOT/reactions.jsonl          the comments that were seen, in the same way
/// ```
///
/// All of the JSON files may be absent; an account that is not named has no permission. Nothing outside the root is
/// read, whatever a project's name or a symbolic link says. Hosts, names and hashes are taken as they are written.
#[derive(Debug, Clone)]
pub struct FolderForge {
    host: String,
    root: PathBuf,
    is_dist_git: bool,
    /// Held while a line is compared and appended.
    writing: Arc<Mutex<()>>,
}

/// An entry of `pull_requests.json`.
#[derive(Debug, Deserialize)]
struct PullRequestEntry {
    hash: String,
    target_branch: String,
    author: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

impl FolderForge {
    /// The forge `host` in the folder `root`.
    pub fn new(host: &str, root: impl Into<PathBuf>) -> Self {
        Self {
            host: host.to_ascii_lowercase(),
            root: root.into(),
            is_dist_git: false,
            writing: Arc::default(),
        }
    }

    /// The same, playing dist-git: its projects are packages.
    pub fn dist_git(host: &str, root: impl Into<PathBuf>) -> Self {
        Self { is_dist_git: true, ..Self::new(host, root) }
    }

    /// Whether `groups.json` names an account as a member of a group.
    fn has_member(&self, group: &str, account: &str) -> Result<bool, ForgeError> {
        let path = self.root.join("groups.json");
        let Some(text) = self.text(&path)? else { return Ok(false) };
        let groups: BTreeMap<String, Vec<String>> =
            serde_json::from_str(&text).map_err(|error| broken(&path, &error))?;
        Ok(groups.get(group).is_some_and(|members| members.iter().any(|member| member == account)))
    }

    /// The folder that holds a project's files at a commit.
    fn folder(&self, at: &CommitAt) -> Result<PathBuf, ForgeError> {
        let path = self.path_of(&at.project)?;
        if at.hash.is_empty() || !at.hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ForgeError::Refused(format!("`{}` is not a commit hash", at.hash)));
        }
        let own = self.root.join(format!("{path}@{}", at.hash));
        let common = self.root.join(&path);
        [own, common].into_iter().find(|folder| folder.is_dir()).map_or_else(
            || Err(ForgeError::Refused(format!("there is no folder {path} in {}", self.root.display()))),
            |folder| self.inside(&folder),
        )
    }

    /// `NAMESPACE/NAME`, made of nothing but names.
    fn path_of(&self, project: &ProjectKey) -> Result<String, ForgeError> {
        if project.forge != self.host {
            return Err(ForgeError::Refused(format!("{project} is not a project of {}", self.host)));
        }
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.contains(['/', '\\', '@', ':'])
                && !part.contains(char::is_control)
        };
        if !project.namespace.split('/').all(plain) || !plain(&project.name) {
            return Err(ForgeError::Refused(format!("{project} cannot be the name of a folder")));
        }
        Ok(format!("{}/{}", project.namespace, project.name))
    }

    /// The path without symbolic links, if it is still in the root.
    fn inside(&self, path: &Path) -> Result<PathBuf, ForgeError> {
        let real = path.canonicalize().map_err(|error| broken(path, &error))?;
        let root = self.root.canonicalize().map_err(|error| broken(&self.root, &error))?;
        if real.starts_with(root) {
            Ok(real)
        } else {
            Err(ForgeError::Refused(format!("{} leads out of the forge's folder", path.display())))
        }
    }

    /// A file's text; none if there is no such file.
    fn text(&self, path: &Path) -> Result<Option<String>, ForgeError> {
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let real = self.inside(path)?;
        let facts = real.metadata().map_err(|error| broken(path, &error))?;
        if !facts.is_file() {
            return Err(broken(path, &"is not a file"));
        }
        if facts.len() > LARGEST_FILE {
            return Err(broken(path, &"is larger than 1 MB"));
        }
        std::fs::read_to_string(&real).map(Some).map_err(|error| broken(path, &error))
    }

    fn read_configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        let folder = self.folder(at)?;
        for name in CONFIGURATION_NAMES {
            if let Some(text) = self.text(&folder.join(name))? {
                return Ok(Some(File { path: name.to_owned(), text }));
            }
        }
        Ok(None)
    }

    fn find_spec_files(&self, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
        let root = self.folder(at)?;
        spec_files_below(&root, usize::MAX, |folder, error| Err(broken(folder, &error)))
    }

    /// What one of the JSON files says of a key of a project.
    fn entry<T: DeserializeOwned>(
        &self,
        file: &str,
        project: &ProjectKey,
        key: &str,
    ) -> Result<Option<T>, ForgeError> {
        let project = self.path_of(project)?;
        let path = self.root.join(file);
        let Some(text) = self.text(&path)? else { return Ok(None) };
        let mut projects: BTreeMap<String, BTreeMap<String, T>> =
            serde_json::from_str(&text).map_err(|error| broken(&path, &error))?;
        Ok(projects.remove(&project).and_then(|mut entries| entries.remove(key)))
    }

    /// Runs what waits for the disk where it holds up nobody.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ForgeError> + Send + 'static,
    ) -> Result<T, ForgeError> {
        let forge = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&forge)).await;
        done.unwrap_or_else(|error| {
            Err(ForgeError::Refused(format!("the folder could not be read: {error}")))
        })
    }
}

/// A file or folder that is there but of no use.
fn broken(path: &Path, error: &dyn std::fmt::Display) -> ForgeError {
    ForgeError::Refused(format!("{}: {error}", path.display()))
}

#[async_trait]
impl Forge for FolderForge {
    fn host(&self) -> &str {
        &self.host
    }

    async fn configuration(&self, at: &CommitAt) -> Result<Option<File>, ForgeError> {
        let at = at.clone();
        self.on_disk(move |forge| forge.read_configuration(&at)).await
    }

    async fn spec_files(&self, at: &CommitAt) -> Result<Vec<String>, ForgeError> {
        let at = at.clone();
        self.on_disk(move |forge| forge.find_spec_files(&at)).await
    }

    async fn permission(&self, project: &ProjectKey, account: &str) -> Result<Permission, ForgeError> {
        let (project, account) = (project.clone(), account.to_owned());
        let word: Option<String> =
            self.on_disk(move |forge| forge.entry("permissions.json", &project, &account)).await?;
        match word.as_deref() {
            None => Ok(Permission::None),
            Some(word) => Permission::from_word(word).ok_or_else(|| {
                ForgeError::Refused(format!("permissions.json: `{word}` is not a permission"))
            }),
        }
    }

    async fn issue_text(&self, project: &ProjectKey, number: i64) -> Result<Option<String>, ForgeError> {
        let project = project.clone();
        self.on_disk(move |forge| forge.entry("issues.json", &project, &number.to_string())).await
    }

    fn is_dist_git(&self) -> bool {
        self.is_dist_git
    }

    async fn is_member(&self, group: &str, account: &str) -> Result<bool, ForgeError> {
        let (group, account) = (group.to_owned(), account.to_owned());
        self.on_disk(move |forge| forge.has_member(&group, &account)).await
    }

    async fn resolve(&self, project: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        let (project, revision) = (project.clone(), revision.to_owned());
        self.on_disk(move |forge| {
            // Tags and branches are not told apart there.
            let whole = revision.strip_prefix("refs/heads/").or_else(|| revision.strip_prefix("refs/tags/"));
            let named = forge.entry("references.json", &project, whole.unwrap_or(&revision))?;
            let is_hash =
                matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
            Ok(named.or_else(|| is_hash.then_some(revision)))
        })
        .await
    }

    async fn latest_release(&self, project: &ProjectKey) -> Result<Option<String>, ForgeError> {
        let project = project.clone();
        self.on_disk(move |forge| forge.entry("releases.json", &project, "latest")).await
    }

    async fn pull_request(
        &self,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Option<PullRequestHead>, ForgeError> {
        let (project, source) = (project.clone(), project.clone());
        let entry: Option<PullRequestEntry> = self
            .on_disk(move |forge| forge.entry("pull_requests.json", &project, &number.to_string()))
            .await?;
        Ok(entry.map(|PullRequestEntry { hash, target_branch, author, labels }| PullRequestHead {
            hash,
            target_branch,
            author,
            source: Some(source),
            labels,
        }))
    }

    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        let (at, status) = (at.clone(), status.clone());
        self.on_disk(move |forge| forge.append(&at, &status)).await
    }

    async fn react(&self, project: &ProjectKey, _: &Thread, comment: u64) -> Result<(), ForgeError> {
        let project = project.clone();
        self.on_disk(move |forge| forge.add_reaction(&project, comment)).await
    }

    async fn find_comment(
        &self,
        project: &ProjectKey,
        thread: &Thread,
        marker: &str,
        _since: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError> {
        let (project, thread, marker) = (self.path_of(project)?, thread.to_string(), marker.to_owned());
        self.on_disk(move |forge| {
            let is_it = |line: &CommentLine| {
                line.project == project && line.thread == thread && line.text.contains(&marker)
            };
            Ok(forge.lines("comments.jsonl")?.iter().find(|line| is_it(line)).map(|line| line.id))
        })
        .await
    }

    async fn comment(&self, project: &ProjectKey, thread: &Thread, text: &str) -> Result<(), ForgeError> {
        let (project, thread, text) = (project.clone(), thread.clone(), text.to_owned());
        self.on_disk(move |forge| forge.add_comment(&project, &thread, &text)).await
    }

    async fn check(&self) -> Result<String, ForgeError> {
        self.on_disk(|forge| {
            let broken = |error| broken(&forge.root, &error);
            let namespaces = std::fs::read_dir(&forge.root).map_err(broken)?;
            let namespaces =
                namespaces.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
            Ok(format!("{} holds {} namespaces", forge.root.display(), namespaces.count()))
        })
        .await
    }
}

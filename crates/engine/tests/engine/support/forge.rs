//! A forge that says what a test wants, and remembers what it was asked and told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::event::CheckApp;
use domain::words::ProjectKey;
use forges::{
    Check, CommitAt, File, Forge, ForgeError, KnownCheck, Permission, PullRequestHead, Shows, Status, Thread,
};
use tokio::sync::Semaphore;

use super::told::HOST;
use super::world::CONFIGURATION;

/// Why it does not answer.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    Refuses(&'static str),
    IsAway(Option<Duration>),
}

impl From<Trouble> for ForgeError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refuses(reason) => Self::Refused(reason.to_owned()),
            Trouble::IsAway(retry_after) => {
                Self::Unavailable { reason: "the forge is away".to_owned(), retry_after }
            }
        }
    }
}

/// What it answers.
#[derive(Debug)]
pub(crate) struct Says {
    pub(crate) configuration: Result<Option<String>, Trouble>,
    pub(crate) spec_files: Vec<String>,
    pub(crate) permission: Result<Permission, Trouble>,
    /// What branches stand for, and tags by their whole names (`refs/tags/1.0`).
    pub(crate) revisions: Result<BTreeMap<String, String>, Trouble>,
    /// The newest commit of every pull request.
    pub(crate) head: Option<String>,
    /// Who opened every pull request.
    pub(crate) author: Option<String>,
    pub(crate) status: Result<(), Trouble>,
    /// What comes of reactions and comments.
    pub(crate) reply: Result<(), Trouble>,
    /// What it shows.
    pub(crate) shows: Shows,
    pub(crate) check: Result<(), Trouble>,
    /// The answers to the next so many new checks are lost.
    pub(crate) lost_checks: usize,
}

/// A check that it has, and the titles that it had.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) check: Check,
    pub(crate) titles: Vec<String>,
}

/// The number of our App there.
pub(crate) const OUR_APP: u64 = 4711;

/// See [`Says`].
#[derive(Debug)]
pub(crate) struct TestForge {
    pub(crate) says: Mutex<Says>,
    asked: Mutex<Vec<&'static str>>,
    told: Mutex<Vec<(String, Status)>>,
    /// Thread and text.
    pub(crate) comments: Mutex<Vec<(String, String)>>,
    /// Thread and comment.
    pub(crate) reactions: Mutex<Vec<String>>,
    checks: Mutex<Vec<Shown>>,
    /// Configurations are given and statuses taken only while there are permits.
    pub(crate) reads: Semaphore,
    pub(crate) writes: Semaphore,
    writing: AtomicUsize,
    most_writing: AtomicUsize,
}

/// As good as no limit.
pub(crate) const OPEN: usize = 1_000_000;

impl TestForge {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            says: Mutex::new(Says {
                configuration: Ok(Some(CONFIGURATION.to_owned())),
                spec_files: Vec::new(),
                permission: Ok(Permission::Read),
                revisions: Ok(BTreeMap::new()),
                head: None,
                author: None,
                status: Ok(()),
                reply: Ok(()),
                shows: Shows::Summary,
                check: Ok(()),
                lost_checks: 0,
            }),
            asked: Mutex::default(),
            told: Mutex::default(),
            comments: Mutex::default(),
            reactions: Mutex::default(),
            checks: Mutex::default(),
            reads: Semaphore::new(OPEN),
            writes: Semaphore::new(OPEN),
            writing: AtomicUsize::new(0),
            most_writing: AtomicUsize::new(0),
        })
    }

    /// Has it say something else from now on.
    pub(crate) fn say(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    /// What it was asked, by name.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| **asked == what).count()
    }

    /// The statuses it was told, `state: description`, oldest first.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter().map(|(_, status)| format!("{}: {}", status.state.as_str(), status.description)).collect()
    }

    /// The statuses it was told, oldest first.
    pub(crate) fn statuses(&self) -> Vec<Status> {
        self.told.lock().unwrap().iter().map(|(_, status)| status.clone()).collect()
    }

    /// The last status that it was told, with its commit.
    pub(crate) fn shows(&self) -> Option<(String, Status)> {
        self.told.lock().unwrap().last().cloned()
    }

    /// Its checks, oldest first.
    pub(crate) fn checks(&self) -> Vec<Shown> {
        self.checks.lock().unwrap().clone()
    }

    /// The newest check of a name.
    pub(crate) fn check(&self, name: &str) -> Option<Shown> {
        self.checks().into_iter().rev().find(|shown| shown.check.name == name)
    }

    /// How many statuses were told at once, at most.
    pub(crate) fn most_writing(&self) -> usize {
        self.most_writing.load(Ordering::SeqCst)
    }

    /// How many statuses and checks it is being told just now.
    pub(crate) fn writing(&self) -> usize {
        self.writing.load(Ordering::SeqCst)
    }

    /// Lets a write through when there is a permit for it.
    async fn is_written(&self) {
        let writing = self.writing.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_writing.fetch_max(writing, Ordering::SeqCst);
        // Counted down even if the caller gives up while it waits.
        let _here = Writing(&self.writing);
        self.writes.acquire().await.unwrap().forget();
    }

    fn is_asked(&self, what: &'static str) {
        self.asked.lock().unwrap().push(what);
    }
}

struct Writing<'a>(&'a AtomicUsize);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Lets calls through again.
pub(crate) fn open(gate: &Semaphore) {
    gate.add_permits(OPEN);
}

/// Lets no further call through.
pub(crate) fn close(gate: &Semaphore) {
    gate.forget_permits(2 * OPEN);
}

#[async_trait]
impl Forge for TestForge {
    fn host(&self) -> &str {
        HOST
    }

    async fn configuration(&self, _: &CommitAt) -> Result<Option<File>, ForgeError> {
        self.is_asked("configuration");
        self.reads.acquire().await.unwrap().forget();
        let text = self.says.lock().unwrap().configuration.clone()?;
        Ok(text.map(|text| File { path: ".packit.yaml".to_owned(), text }))
    }

    async fn spec_files(&self, _: &CommitAt) -> Result<Vec<String>, ForgeError> {
        self.is_asked("spec_files");
        Ok(self.says.lock().unwrap().spec_files.clone())
    }

    async fn permission(&self, _: &ProjectKey, _: &str) -> Result<Permission, ForgeError> {
        self.is_asked("permission");
        Ok(self.says.lock().unwrap().permission.clone()?)
    }

    async fn resolve(&self, _: &ProjectKey, revision: &str) -> Result<Option<String>, ForgeError> {
        self.is_asked("resolve");
        let says = self.says.lock().unwrap();
        let revisions = says.revisions.clone()?;
        Ok(revisions.get(revision).or(revisions.get(revision.trim_start_matches("refs/heads/"))).cloned())
    }

    async fn pull_request(&self, _: &ProjectKey, _: i64) -> Result<Option<PullRequestHead>, ForgeError> {
        self.is_asked("pull_request");
        let says = self.says.lock().unwrap();
        let author = says.author.clone();
        let of = |hash| PullRequestHead {
            hash,
            target_branch: "main".to_owned(),
            author,
            source: Some(ProjectKey::new(HOST, "alice", "ogr")),
            labels: Vec::new(),
        };
        Ok(says.head.clone().map(of))
    }

    async fn react(&self, _: &ProjectKey, thread: &Thread, comment: u64) -> Result<(), ForgeError> {
        self.is_asked("react");
        self.says.lock().unwrap().reply.clone()?;
        let mut reactions = self.reactions.lock().unwrap();
        let reaction = format!("{thread} {comment}");
        if !reactions.contains(&reaction) {
            reactions.push(reaction);
        }
        Ok(())
    }

    async fn find_comment(
        &self,
        _: &ProjectKey,
        thread: &Thread,
        marker: &str,
        _: DateTime<Utc>,
    ) -> Result<Option<u64>, ForgeError> {
        self.is_asked("find_comment");
        let comments = self.comments.lock().unwrap();
        let is_it = |(on, text): &&(String, String)| *on == thread.to_string() && text.contains(marker);
        Ok(comments.iter().find(is_it).map(|_| 1))
    }

    async fn comment(&self, _: &ProjectKey, thread: &Thread, text: &str) -> Result<(), ForgeError> {
        self.is_asked("comment");
        self.comments.lock().unwrap().push((thread.to_string(), text.to_owned()));
        // Trouble comes after it was done: the answer is lost.
        Ok(self.says.lock().unwrap().reply.clone()?)
    }

    fn shows(&self) -> Shows {
        self.says.lock().unwrap().shows
    }

    fn is_our_app(&self, app: &CheckApp) -> bool {
        app.id == OUR_APP
    }

    async fn create_check(&self, _: &CommitAt, check: &Check) -> Result<String, ForgeError> {
        self.is_asked("create_check");
        self.is_written().await;
        self.says.lock().unwrap().check.clone()?;
        let id = {
            let mut checks = self.checks.lock().unwrap();
            checks.push(Shown { check: check.clone(), titles: vec![check.title.clone()] });
            (checks.len() - 1).to_string()
        };
        let mut says = self.says.lock().unwrap();
        if says.lost_checks > 0 {
            says.lost_checks -= 1;
            return Err(Trouble::IsAway(None).into());
        }
        Ok(id)
    }

    async fn update_check(&self, _: &ProjectKey, id: &str, check: &Check) -> Result<(), ForgeError> {
        self.is_asked("update_check");
        self.is_written().await;
        self.says.lock().unwrap().check.clone()?;
        let mut checks = self.checks.lock().unwrap();
        let shown = &mut checks[id.parse::<usize>().unwrap()];
        shown.titles.push(check.title.clone());
        shown.check = check.clone();
        Ok(())
    }

    async fn our_checks(&self, _: &CommitAt, name: &str) -> Result<Vec<KnownCheck>, ForgeError> {
        self.is_asked("our_checks");
        let checks = self.checks.lock().unwrap();
        let of = checks.iter().enumerate().rev().filter(|(_, shown)| shown.check.name == name);
        Ok(of
            .map(|(id, shown)| KnownCheck {
                id: id.to_string(),
                external_id: shown.check.external_id.clone(),
            })
            .collect())
    }

    async fn check(&self) -> Result<String, ForgeError> {
        Ok("a forge of this test".to_owned())
    }

    async fn set_status(&self, at: &CommitAt, status: &Status) -> Result<(), ForgeError> {
        self.is_asked("set_status");
        self.is_written().await;
        self.says.lock().unwrap().status.clone()?;
        self.told.lock().unwrap().push((at.hash.clone(), status.clone()));
        Ok(())
    }
}

//! A Koji with sidetags and a Bodhi beside it, in memory: they do what they are asked, and fail where a test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use builders::{Builder, BuilderError, Observation, Sidetags, Submitted, TaggedBuild, Work, WorkTarget};
use domain::details::TargetDetails;
use domain::ids::SubmissionId;
use domain::words::{BuildSystem, JobKind, TargetStatus};

/// One task of Koji.
#[derive(Debug, Clone)]
struct Task {
    package: String,
    branch: String,
    sidetag: Option<String>,
    status: TargetStatus,
    nvr: Option<String>,
}

/// An update of Bodhi.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) nvrs: BTreeSet<String>,
    pub(crate) from_tag: Option<String>,
}

/// What both have.
#[derive(Debug, Default)]
struct State {
    tasks: BTreeMap<String, Task>,
    begun: BTreeMap<SubmissionId, String>,
    sidetags: BTreeMap<String, (String, Vec<TaggedBuild>)>,
    updates: BTreeMap<String, Update>,
    failing: BTreeSet<String>,
    releases: BTreeMap<String, u64>,
    is_stable: bool,
    canceled: BTreeSet<String>,
    takes_its_time: bool,
    lost_sidetags: usize,
    made_sidetags: usize,
    removed_sidetags: Vec<String>,
    submitted: Vec<String>,
}

/// See [`State`].
#[derive(Debug, Clone)]
pub(crate) struct Distribution {
    system: BuildSystem,
    state: Arc<Mutex<State>>,
}

impl Distribution {
    /// Koji and Bodhi of one distribution.
    pub(crate) fn new() -> [Arc<Self>; 2] {
        let state = Arc::default();
        [BuildSystem::Koji, BuildSystem::Bodhi]
            .map(|system| Arc::new(Self { system, state: Arc::clone(&state) }))
    }

    /// Builds of this package, or of `PACKAGE BRANCH`, fail, or do not any more.
    pub(crate) fn fails(&self, package: &str, fails: bool) {
        let failing = &mut self.state.lock().unwrap().failing;
        if fails {
            failing.insert(package.to_owned());
        } else {
            failing.remove(package);
        }
    }

    /// All updates become stable.
    pub(crate) fn becomes_stable(&self) {
        self.state.lock().unwrap().is_stable = true;
    }

    /// What is canceled goes on for now, or has ended.
    pub(crate) fn takes_its_time(&self, takes_its_time: bool) {
        self.state.lock().unwrap().takes_its_time = takes_its_time;
    }

    /// How much was canceled.
    pub(crate) fn canceled(&self) -> usize {
        self.state.lock().unwrap().canceled.len()
    }

    /// The answers to the next so many requests for sidetags are lost.
    pub(crate) fn loses_sidetags(&self, count: usize) {
        self.state.lock().unwrap().lost_sidetags = count;
    }

    /// Somebody tags a build by hand.
    pub(crate) fn tag(&self, sidetag: &str, package: &str, nvr: &str) {
        let build = TaggedBuild { package: package.to_owned(), nvr: nvr.to_owned() };
        self.state.lock().unwrap().sidetags.get_mut(sidetag).unwrap().1.push(build);
    }

    /// The sidetags that are there.
    pub(crate) fn sidetags(&self) -> Vec<String> {
        self.state.lock().unwrap().sidetags.keys().cloned().collect()
    }

    /// How many sidetags were ever made.
    pub(crate) fn made_sidetags(&self) -> usize {
        self.state.lock().unwrap().made_sidetags
    }

    pub(crate) fn updates(&self) -> Vec<Update> {
        self.state.lock().unwrap().updates.values().cloned().collect()
    }

    /// What was submitted, in order: `koji hello f43`.
    pub(crate) fn submitted(&self) -> Vec<String> {
        self.state.lock().unwrap().submitted.clone()
    }
}

fn observation(target: &WorkTarget, status: TargetStatus, details: Option<TargetDetails>) -> Observation {
    Observation {
        target: target.id,
        status,
        reason: None,
        url: None,
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details,
    }
}

impl State {
    fn build(&mut self, work: &Work, target: &WorkTarget) -> String {
        let id = format!("task {}", self.tasks.len() + 1);
        let tags = target.kind == JobKind::KojiTagRequest;
        if let (true, Some(sidetag), Some(nvr)) = (tags, &target.details.sidetag, &target.details.nvr) {
            let build = TaggedBuild { package: work.project.name.clone(), nvr: nvr.clone() };
            self.sidetags.get_mut(sidetag).unwrap().1.push(build);
        }
        let task = Task {
            package: work.project.name.clone(),
            branch: target.name.clone(),
            sidetag: target.details.sidetag.clone(),
            status: if tags { TargetStatus::Succeeded } else { TargetStatus::Running },
            nvr: target.details.nvr.clone().filter(|_| tags),
        };
        self.tasks.insert(id.clone(), task);
        id
    }

    /// A task ends when it is looked at; what it made is in its tag by then.
    fn end(&mut self, id: &str) -> Task {
        let mut task = self.tasks[id].clone();
        if task.status == TargetStatus::Running {
            let of_branch = format!("{} {}", task.package, task.branch);
            task.status = if self.failing.contains(&task.package) || self.failing.contains(&of_branch) {
                TargetStatus::Failed
            } else {
                let release = self.releases.entry(task.package.clone()).or_default();
                *release += 1;
                let nvr = format!("{}-1-{release}.{}", task.package, task.branch);
                if let Some(sidetag) = &task.sidetag {
                    let build = TaggedBuild { package: task.package.clone(), nvr: nvr.clone() };
                    self.sidetags.get_mut(sidetag).unwrap().1.push(build);
                }
                task.nvr = Some(nvr);
                TargetStatus::Succeeded
            };
            self.tasks.insert(id.to_owned(), task.clone());
        }
        task
    }

    fn update(&mut self, target: &WorkTarget) -> String {
        let from_tag = target.details.sidetag.clone();
        let consumed = target.inputs.iter().filter_map(|input| input.details.nvr.clone());
        let mut nvrs: BTreeSet<String> = consumed.chain(target.details.nvr.clone()).collect();
        if let Some(sidetag) = &from_tag {
            nvrs = self.sidetags[sidetag].1.iter().map(|build| build.nvr.clone()).collect();
        }
        let alias = format!("FEDORA-{}", self.updates.len() + 1);
        self.updates.insert(alias.clone(), Update { nvrs, from_tag });
        alias
    }
}

#[async_trait]
impl Builder for Distribution {
    fn system(&self) -> BuildSystem {
        self.system
    }

    async fn submit(&self, work: &Work) -> Result<Submitted, BuilderError> {
        let target = &work.targets[0];
        let mut state = self.state.lock().unwrap();
        state.submitted.push(format!("{} {} {}", self.system, work.project.name, target.name));
        let external_id = match self.system {
            BuildSystem::Koji => state.build(work, target),
            _ => state.update(target),
        };
        let before = state.begun.insert(work.submission, external_id.clone());
        assert!(before.is_none(), "submission {} was begun twice", work.submission);
        Ok(Submitted { external_id, observations: Vec::new() })
    }

    async fn look_up(&self, work: &Work) -> Result<Option<Submitted>, BuilderError> {
        let begun = self.state.lock().unwrap().begun.get(&work.submission).cloned();
        Ok(begun.map(|external_id| Submitted { external_id, observations: Vec::new() }))
    }

    async fn poll(&self, work: &Work) -> Result<Vec<Observation>, BuilderError> {
        let (target, id) = (&work.targets[0], work.external_id.clone().unwrap());
        let mut state = self.state.lock().unwrap();
        let is_canceled = state.canceled.contains(&id);
        Ok(vec![match self.system {
            _ if is_canceled && state.takes_its_time => observation(target, TargetStatus::Running, None),
            _ if is_canceled => observation(target, TargetStatus::Canceled, None),
            BuildSystem::Koji => {
                let task = state.end(&id);
                let details = TargetDetails { nvr: task.nvr, ..target.details.clone() };
                observation(target, task.status, Some(details))
            }
            _ if state.is_stable => observation(target, TargetStatus::Succeeded, None),
            _ => observation(target, TargetStatus::Running, None),
        }])
    }

    async fn cancel(&self, work: &Work) -> Result<(), BuilderError> {
        self.state.lock().unwrap().canceled.extend(work.external_id.clone());
        Ok(())
    }

    async fn check(&self) -> Result<String, BuilderError> {
        Ok("it is there".to_owned())
    }

    fn sidetags(&self) -> Option<&dyn Sidetags> {
        (self.system == BuildSystem::Koji).then_some(self)
    }
}

#[async_trait]
impl Sidetags for Distribution {
    async fn create(&self, branch: &str) -> Result<String, BuilderError> {
        let mut state = self.state.lock().unwrap();
        state.made_sidetags += 1;
        let name = format!("{branch}-build-side-{}", state.made_sidetags);
        state.sidetags.insert(name.clone(), (branch.to_owned(), Vec::new()));
        if state.lost_sidetags > 0 {
            state.lost_sidetags -= 1;
            return Err(BuilderError::Unknown("the connection broke".to_owned()));
        }
        Ok(name)
    }

    async fn ours(&self, branch: &str) -> Result<Vec<String>, BuilderError> {
        let state = self.state.lock().unwrap();
        let of_branch = state.sidetags.iter().filter(|(_, (of, _))| of == branch);
        Ok(of_branch.map(|(name, _)| name.clone()).collect())
    }

    async fn tagged(&self, sidetag: &str) -> Result<Option<Vec<TaggedBuild>>, BuilderError> {
        Ok(self.state.lock().unwrap().sidetags.get(sidetag).map(|(_, builds)| builds.clone()))
    }

    async fn remove(&self, sidetag: &str) -> Result<(), BuilderError> {
        let mut state = self.state.lock().unwrap();
        state.sidetags.remove(sidetag);
        state.removed_sidetags.push(sidetag.to_owned());
        Ok(())
    }
}

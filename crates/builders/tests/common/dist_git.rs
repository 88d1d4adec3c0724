//! Dist-git beside a git server, as far as tests of releases need it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use builders::dist_git::{
    Bubblewrap, DistGit, DistGitConfig, ErrandLimits, GitAccount, Logs, Lookaside, NewPullRequest, Publisher,
    PushTarget,
};
use builders::{Builder, BuilderError, Submitted, Work};
use domain::details::{DistGitSync, JobDetails, Source};
use domain::ids::{EventId, TargetId};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind};
use simulator::GitServer;

use super::{target, work};

pub(crate) const PACKAGE: &str = "rpms/hello";
pub(crate) const FORK: &str = "forks/packflow/rpms/hello";

/// Dist-git as far as these tests need it, and what was kept as logs.
#[derive(Debug)]
pub(crate) struct Remote {
    git: String,
    pub(crate) opened: Mutex<Vec<NewPullRequest>>,
    logs: Mutex<BTreeMap<TargetId, String>>,
}

#[async_trait]
impl Publisher for Remote {
    fn repository_url(&self, package: &str) -> String {
        format!("{}/rpms/{package}.git", self.git)
    }

    async fn push_target(&self, _: &str) -> Result<PushTarget, BuilderError> {
        let account = GitAccount { name: "packflow".to_owned(), password: "simulated".into() };
        Ok(PushTarget { url: format!("{}/{FORK}.git", self.git), account })
    }

    async fn pull_request(&self, _: &str, from: &str, to: &str) -> Result<Option<String>, BuilderError> {
        let opened = self.opened.lock().unwrap();
        let place = opened.iter().position(|one| one.from_branch == from && one.to_branch == to);
        Ok(place.map(|place| format!("https://dist-git.example/rpms/hello/pull-request/{}", place + 1)))
    }

    async fn open(&self, package: &str, wanted: &NewPullRequest) -> Result<String, BuilderError> {
        self.opened.lock().unwrap().push(wanted.clone());
        Ok(self.pull_request(package, &wanted.from_branch, &wanted.to_branch).await?.unwrap())
    }

    async fn check(&self) -> Result<String, BuilderError> {
        Ok("dist-git answers".to_owned())
    }
}

#[async_trait]
impl Logs for Remote {
    async fn keep(&self, target: TargetId, log: &str) -> Result<String, BuilderError> {
        self.logs.lock().unwrap().insert(target, log.to_owned());
        Ok(format!("https://packflow.example/targets/{target}/log"))
    }
}

/// How a world begins.
pub(crate) struct Setup {
    pub(crate) programs: BTreeMap<JobKind, Vec<String>>,
    pub(crate) limits: ErrandLimits,
    pub(crate) shown: Vec<PathBuf>,
    /// The files of the package's branches, and of the upstream release.
    pub(crate) package: BTreeMap<String, String>,
    pub(crate) upstream: BTreeMap<String, String>,
    /// Beside GitHub.
    pub(crate) origins: BTreeMap<String, String>,
    pub(crate) lookaside: Option<Lookaside>,
}

impl Setup {
    pub(crate) fn new(program: &[String]) -> Self {
        let kinds = [JobKind::ProposeDownstream, JobKind::PullFromUpstream];
        Self {
            programs: kinds.map(|kind| (kind, program.to_vec())).into(),
            limits: quick(),
            shown: Vec::new(),
            package: files(&[("hello.spec", "Version: 1.0\n")]),
            upstream: files(&[("hello.spec", "Version: 2.0\n")]),
            origins: BTreeMap::new(),
            lookaside: None,
        }
    }
}

pub(crate) fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

pub(crate) struct World {
    pub(crate) git: GitServer,
    pub(crate) remote: Arc<Remote>,
    pub(crate) builder: DistGit,
    pub(crate) upstream_commit: String,
    _folder: tempfile::TempDir,
}

pub(crate) fn quick() -> ErrandLimits {
    ErrandLimits {
        wall_clock: Duration::from_secs(60),
        cpu: Duration::from_secs(20),
        ..ErrandLimits::default()
    }
}

impl World {
    /// Dist-git with a branch `rawhide` and `f43`, an upstream with a release, and a program: a shell script.
    /// None, and a named skip, where there is no sandbox.
    pub(crate) async fn new(test: &str, script: &str, limits: ErrandLimits) -> Option<Self> {
        let program = ["sh", "-c", script, "sh", "{branch}", "{version}"].map(str::to_owned).to_vec();
        Self::with(test, Setup { limits, ..Setup::new(&program) }).await
    }

    pub(crate) async fn with(test: &str, setup: Setup) -> Option<Self> {
        if !test_support::sandbox(test) {
            return None;
        }
        let git = GitServer::start("packflow", "simulated").await.unwrap();
        for branch in ["rawhide", "f43"] {
            git.commit(PACKAGE, branch, &setup.package).await.unwrap();
        }
        git.create(FORK).await.unwrap();
        let upstream_commit = git.commit("gnu/hello", "main", &setup.upstream).await.unwrap();
        git.tag("gnu/hello", "v2.0", "main").await.unwrap();
        let remote = Remote { git: git.url().to_owned(), opened: Mutex::default(), logs: Mutex::default() };
        let remote = Arc::new(remote);
        let folder = tempfile::tempdir().unwrap();
        let mut upstream = setup.origins;
        upstream.insert("https://github.com".to_owned(), git.url().to_owned());
        let config = DistGitConfig {
            programs: setup.programs,
            work_folder: folder.path().join("runs"),
            upstream,
            author: ("Packflow".to_owned(), "packflow@example.org".to_owned()),
            lookaside: setup.lookaside,
        };
        // The folder of a service is for nobody else; the sandbox's user must get through to its own.
        open_to_all(folder.path());
        let workshop = Arc::new(Bubblewrap { limits: setup.limits, shown: setup.shown });
        let builder = DistGit::new(config, workshop, remote.clone(), remote.clone());
        Some(Self { git, remote, builder, upstream_commit, _folder: folder })
    }

    pub(crate) fn work(&self, branch: &str) -> Work {
        let source = Source {
            url: "https://github.com/gnu/hello".to_owned(),
            tag: Some("v2.0".to_owned()),
            ..Source::default()
        };
        let job = DistGitSync { source, downstream_package: "hello".to_owned(), ..DistGitSync::default() };
        let target = target(7, JobKind::ProposeDownstream, branch, JobDetails::DistGitSync(job));
        Work {
            event: EventId(5),
            project: ProjectKey::new("github.com", "gnu", "hello"),
            reference: Reference::new(ReferenceKind::Release, "v2.0"),
            commit: self.upstream_commit.clone(),
            page_url: "https://packflow.example/events/5".to_owned(),
            ..work(3, vec![target])
        }
    }

    pub(crate) async fn run(&self, branch: &str) -> Submitted {
        self.builder.submit(&self.work(branch)).await.unwrap()
    }

    pub(crate) fn log(&self) -> String {
        self.remote.logs.lock().unwrap()[&TargetId(7)].clone()
    }
}

pub(crate) fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

//! Releases into dist-git: fetched, changed in a sandbox, pushed and proposed; and what a program in the sandbox cannot reach.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use builders::dist_git::{
    Bubblewrap, DistGit, DistGitConfig, ErrandLimits, GitAccount, Logs, NewPullRequest, Publisher, PushTarget,
};
use builders::{Builder, BuilderError, Submitted, Work, WorkTarget};
use chrono::Utc;
use domain::details::{DistGitSync, JobDetails, Source, TargetDetails};
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus};
use simulator::GitServer;

const PACKAGE: &str = "rpms/hello";
const FORK: &str = "forks/packflow/rpms/hello";

/// Dist-git as far as these tests need it, and what was kept as logs.
#[derive(Debug)]
struct Remote {
    git: String,
    opened: Mutex<Vec<NewPullRequest>>,
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

struct World {
    git: GitServer,
    remote: Arc<Remote>,
    builder: DistGit,
    upstream_commit: String,
    _folder: tempfile::TempDir,
}

fn quick() -> ErrandLimits {
    ErrandLimits {
        wall_clock: Duration::from_secs(60),
        cpu: Duration::from_secs(20),
        ..ErrandLimits::default()
    }
}

impl World {
    /// Dist-git with a branch `rawhide` and `f43`, an upstream with a release, and a program: a shell script.
    /// None, and a named skip, where there is no sandbox.
    async fn new(test: &str, script: &str, limits: ErrandLimits) -> Option<Self> {
        if !test_support::sandbox(test) {
            return None;
        }
        let git = GitServer::start("packflow", "simulated").await.unwrap();
        let files = |name: &str, text: &str| BTreeMap::from([(name.to_owned(), text.to_owned())]);
        for branch in ["rawhide", "f43"] {
            git.commit(PACKAGE, branch, &files("hello.spec", "Version: 1.0\n")).await.unwrap();
        }
        git.create(FORK).await.unwrap();
        let upstream_commit =
            git.commit("gnu/hello", "main", &files("hello.spec", "Version: 2.0\n")).await.unwrap();
        let remote = Remote { git: git.url().to_owned(), opened: Mutex::default(), logs: Mutex::default() };
        let remote = Arc::new(remote);
        let folder = tempfile::tempdir().unwrap();
        let program = ["sh", "-c", script, "sh", "{branch}", "{version}"].map(str::to_owned).to_vec();
        let config = DistGitConfig {
            programs: BTreeMap::from([
                (JobKind::ProposeDownstream, program.clone()),
                (JobKind::PullFromUpstream, program),
            ]),
            work_folder: folder.path().join("runs"),
            upstream: BTreeMap::from([("https://github.com".to_owned(), git.url().to_owned())]),
            author: ("Packflow".to_owned(), "packflow@example.org".to_owned()),
        };
        // The folder of a service is for nobody else; the sandbox's user must get through to its own.
        open_to_all(folder.path());
        let workshop = Arc::new(Bubblewrap { limits, shown: Vec::new() });
        let builder = DistGit::new(config, workshop, remote.clone(), remote.clone());
        Some(Self { git, remote, builder, upstream_commit, _folder: folder })
    }

    fn work(&self, branch: &str) -> Work {
        let source = Source {
            url: "https://github.com/gnu/hello".to_owned(),
            tag: Some("v2.0".to_owned()),
            ..Source::default()
        };
        let job = DistGitSync { source, downstream_package: "hello".to_owned(), ..DistGitSync::default() };
        let target = WorkTarget {
            id: TargetId(7),
            kind: JobKind::ProposeDownstream,
            name: branch.to_owned(),
            identifier: None,
            status: TargetStatus::Ready,
            job: JobDetails::DistGitSync(job),
            details: TargetDetails::default(),
            inputs: Vec::new(),
        };
        Work {
            submission: SubmissionId(3),
            event: EventId(5),
            project: ProjectKey::new("github.com", "gnu", "hello"),
            reference: Reference::new(ReferenceKind::Release, "v2.0"),
            commit: self.upstream_commit.clone(),
            page_url: "https://packflow.example/events/5".to_owned(),
            external_id: None,
            earlier_external_ids: Vec::new(),
            canceled: false,
            created_at: Utc::now(),
            callback: None,
            targets: vec![target],
        }
    }

    async fn run(&self, branch: &str) -> Submitted {
        self.builder.submit(&self.work(branch)).await.unwrap()
    }

    fn log(&self) -> String {
        self.remote.logs.lock().unwrap()[&TargetId(7)].clone()
    }
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What Packit's command line does, as far as it matters here.
const UPDATE: &str = "echo updating $1 to $2 && cp upstream/hello.spec dist-git/hello.spec && cd dist-git && \
                      git commit --quiet --all --message \"Update to $2\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_becomes_a_pull_request_of_its_branch() {
    let Some(world) = World::new("a_release_becomes_a_pull_request_of_its_branch", UPDATE, quick()).await
    else {
        return;
    };
    let submitted = world.run("rawhide").await;
    let seen = &submitted.observations[0];
    assert_eq!((seen.status, seen.reason.as_deref()), (TargetStatus::Succeeded, None), "{}", world.log());
    assert_eq!(submitted.external_id, "https://dist-git.example/rpms/hello/pull-request/1");
    assert_eq!(seen.url.as_deref(), Some(submitted.external_id.as_str()));
    assert_eq!(seen.logs_url.as_deref(), Some("https://packflow.example/targets/7/log"));
    assert!(world.log().starts_with("updating rawhide to 2.0\n"), "{}", world.log());
    let spec = world.git.file(FORK, "packflow-5-rawhide", "hello.spec").await;
    assert_eq!(spec.as_deref(), Some("Version: 2.0"));
    assert_eq!(world.git.file(PACKAGE, "rawhide", "hello.spec").await.as_deref(), Some("Version: 1.0"));
    let opened = world.remote.opened.lock().unwrap().clone();
    assert_eq!(opened.len(), 1);
    assert_eq!(
        (opened[0].to_branch.as_str(), opened[0].title.as_str()),
        ("rawhide", "Update to 2.0 upstream release")
    );
    assert!(opened[0].text.contains("Upstream tag: v2.0"), "{}", opened[0].text);
}

/// Nothing here uploads archives, so it is said where one is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_says_which_archive_is_not_uploaded() {
    let test = "a_pull_request_says_which_archive_is_not_uploaded";
    let with_sources =
        format!("{UPDATE}; if [ \"$1\" = f43 ]; then echo new > sources && git commit -qam sources; fi");
    let Some(world) = World::new(test, &with_sources, quick()).await else { return };
    let old = BTreeMap::from([("sources".to_owned(), "SHA512 (hello-1.0.tar.gz) = 00\n".to_owned())]);
    for branch in ["rawhide", "f43"] {
        world.git.commit(PACKAGE, branch, &old).await.unwrap();
        world.run(branch).await;
    }
    let opened = world.remote.opened.lock().unwrap().clone();
    let says: Vec<bool> = opened.iter().map(|one| one.text.contains("fedpkg new-sources")).collect();
    assert_eq!(says, [true, false], "{opened:?}");
}

/// What is pulled in is found upstream by its tag, whatever the event is about.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_pulled_in_is_found_by_its_tag() {
    let test = "what_is_pulled_in_is_found_by_its_tag";
    let Some(world) = World::new(test, UPDATE, quick()).await else { return };
    world.git.tag("gnu/hello", "v2.0", "main").await.unwrap();
    let newer = BTreeMap::from([("hello.spec".to_owned(), "Version: 3.0\n".to_owned())]);
    world.git.commit("gnu/hello", "main", &newer).await.unwrap();
    let mut work = world.work("rawhide");
    work.commit = "0".repeat(40);
    work.targets[0].kind = JobKind::PullFromUpstream;
    let submitted = world.builder.submit(&work).await.unwrap();
    assert_eq!(submitted.observations[0].status, TargetStatus::Succeeded, "{}", world.log());
    let spec = world.git.file(FORK, "packflow-5-rawhide", "hello.spec").await;
    assert_eq!(spec.as_deref(), Some("Version: 2.0"));
    let text = world.remote.opened.lock().unwrap()[0].text.clone();
    assert!(text.contains(&world.upstream_commit) && !text.contains(&"0".repeat(40)), "{text}");
    if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
        sync.source.tag = Some("v9".to_owned());
    }
    let missing = world.builder.submit(&work).await.unwrap();
    assert_eq!(missing.observations[0].status, TargetStatus::Errored, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_twice_changes_the_pull_request_that_is_there() {
    let Some(world) =
        World::new("what_is_asked_twice_changes_the_pull_request_that_is_there", UPDATE, quick()).await
    else {
        return;
    };
    let first = world.run("f43").await;
    let found = world.builder.look_up(&world.work("f43")).await.unwrap().unwrap();
    assert_eq!(found.external_id, first.external_id);
    let mut again = world.work("f43");
    again.earlier_external_ids = vec![first.external_id.clone()];
    assert_eq!(world.builder.look_up(&again).await.unwrap(), None);
    let second = world.builder.submit(&again).await.unwrap();
    assert_eq!(second.external_id, format!("{}#3", first.external_id));
    assert_eq!(second.observations[0].url.as_deref(), Some(first.external_id.as_str()));
    assert_eq!(world.remote.opened.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_that_follow_get_a_pull_request_of_the_same_commit() {
    let Some(world) =
        World::new("branches_that_follow_get_a_pull_request_of_the_same_commit", UPDATE, quick()).await
    else {
        return;
    };
    let mut work = world.work("rawhide");
    work.targets[0].details.fast_forward = vec!["f43".to_owned(), "f42".to_owned()];
    world.builder.submit(&work).await.unwrap();
    let opened = world.remote.opened.lock().unwrap().clone();
    let to: Vec<&str> = opened.iter().map(|one| one.to_branch.as_str()).collect();
    assert_eq!(to, ["rawhide", "f43", "f42"]);
    assert!(opened.iter().all(|one| one.from_branch == "packflow-5-rawhide"), "{opened:?}");
}

/// The acceptance of the sandbox: an action of the repository tries to read what it must not.
#[tokio::test(flavor = "multi_thread")]
async fn an_action_reaches_no_environment_no_home_no_database_and_no_network() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "the database").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = std::env::var("HOME").unwrap();
    let script = format!(
        "env; echo; echo user $(id -u); ls {home} && echo HOME-SEEN; cat {} && echo DATABASE-SEEN; \
         ls /etc/packflow /etc/shadow /root /var/lib && echo SYSTEM-SEEN; ls -d /proc/[0-9]* | wc -l; \
         (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo NETWORK-SEEN; \
         python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)' && echo NETWORK-SEEN; \
         touch /usr/made && echo SYSTEM-WRITTEN; touch /work/../made; {UPDATE}",
        secret.path().display()
    );
    let Some(world) =
        World::new("an_action_reaches_no_environment_no_home_no_database_and_no_network", &script, quick())
            .await
    else {
        return;
    };
    let submitted = world.run("rawhide").await;
    let log = world.log();
    assert_eq!(submitted.observations[0].status, TargetStatus::Succeeded, "{log}");
    assert!(!log.contains("-SEEN") && !log.contains("-WRITTEN") && !log.contains("the database"), "{log}");
    let environment = log.split("\n\n").next().unwrap();
    let mut names: Vec<&str> =
        environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LANG", "PATH", "PWD"], "{environment}");
    assert!(log.contains("user 65534"), "{log}");
    let nobody_came = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(nobody_came.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_says_no_fails_its_branch_with_its_log() {
    for (script, reason) in [
        ("echo the spec file is broken; exit 3", "the program ended with exit status 3"),
        ("true", "the program changed nothing for rawhide"),
        (
            "cd dist-git && git checkout --quiet --orphan other && git commit --quiet --message other",
            "does not build on",
        ),
    ] {
        let Some(world) =
            World::new("a_program_that_says_no_fails_its_branch_with_its_log", script, quick()).await
        else {
            return;
        };
        let submitted = world.run("rawhide").await;
        let seen = &submitted.observations[0];
        assert_eq!(seen.status, TargetStatus::Failed, "{script}: {}", world.log());
        assert!(seen.reason.as_deref().unwrap().contains(reason), "{script}: {:?}", seen.reason);
        assert_eq!(submitted.external_id, "run-3");
        assert!(world.remote.opened.lock().unwrap().is_empty());
        assert_eq!(world.git.head(FORK, "packflow-5-rawhide").await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_takes_too_much_is_ended() {
    let limits = ErrandLimits { output: 1000, wall_clock: Duration::from_secs(2), processes: 64, ..quick() };
    for (script, reason) in
        [("yes", "printed more than 1000 bytes"), ("sleep 1000 & sleep 1000", "ran for more than 2 s")]
    {
        let Some(world) = World::new("a_program_that_takes_too_much_is_ended", script, limits).await else {
            return;
        };
        let seen = world.run("rawhide").await.observations.remove(0);
        assert_eq!(seen.status, TargetStatus::Failed);
        assert!(seen.reason.as_deref().unwrap().contains(reason), "{script}: {:?}", seen.reason);
        assert!(world.log().len() < 2000);
    }
}

/// A link in the place of the bundle would let a program choose which of our files git reads.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_results_are_not_followed() {
    let script = format!(
        "{UPDATE} && git config core.fsmonitor 'touch /work/pwned; echo' && ln -s /etc/passwd ../result.bundle"
    );
    let Some(world) = World::new("hostile_results_are_not_followed", &script, quick()).await else { return };
    let seen = world.run("rawhide").await.observations.remove(0);
    assert_eq!(seen.status, TargetStatus::Errored, "{}", world.log());
    assert!(world.remote.opened.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_come_from_configured_hosts_only() {
    let Some(world) = World::new("sources_come_from_configured_hosts_only", UPDATE, quick()).await else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}/gnu/hello", listener.local_addr().unwrap());
    for url in [
        here.as_str(),
        "file:///etc",
        "https://gitlab.example/gnu/hello",
        "https://user:password@github.com/gnu/hello",
        "ext::sh -c true",
        "http://169.254.169.254/latest",
        "https://github.com.evil.example/gnu/hello",
    ] {
        let mut work = world.work("rawhide");
        if let JobDetails::DistGitSync(sync) = &mut work.targets[0].job {
            sync.source.url = url.to_owned();
        }
        let refused = world.builder.submit(&work).await;
        assert!(
            matches!(&refused, Err(BuilderError::Refused(reason)) if reason.contains("is not fetched")),
            "{refused:?}"
        );
    }
    let nobody_came = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(nobody_came.is_err());
}

#[tokio::test]
async fn the_sandbox_says_that_it_works() {
    let Some(world) = World::new("the_sandbox_says_that_it_works", UPDATE, quick()).await else { return };
    let told = world.builder.check().await.unwrap();
    assert_eq!(told, "dist-git answers; the sandbox works: bubblewrap, as another user, without a network");
}

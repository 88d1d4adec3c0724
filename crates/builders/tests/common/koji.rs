//! A Koji client, and work for it.

use std::time::Duration;

use builders::koji::{Koji, KojiConfig, KojiLogin, srpm_origins};
use builders::{Work, WorkTarget};
use domain::details::{JobDetails, KojiBuild, KojiTagRequest, Source, TargetDetails};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind};
use simulator::{Accounts, Behaviour, Simulator, System, Trouble};

use super::{COMMIT, target, work};

pub(crate) fn config(simulator: &Simulator) -> KojiConfig {
    let accounts = Accounts::default();
    let login = KojiLogin::Password { user: accounts.koji_user, password: accounts.koji_password.into() };
    KojiConfig {
        hub: simulator.koji_hub(),
        web: simulator.koji_web(),
        files: simulator.koji_web(),
        srpm_origins: srpm_origins(&simulator.copr_url()),
        timeout: Duration::from_secs(5),
        ..KojiConfig::new(login)
    }
}

pub(crate) fn koji(simulator: &Simulator) -> Koji {
    Koji::new(config(simulator)).unwrap()
}

pub(crate) fn trouble(trouble: Trouble) -> Behaviour {
    Behaviour { troubles: [(System::Koji, trouble)].into(), ..Behaviour::immediate() }
}

/// A submission for a push to a branch in dist-git.
pub(crate) fn pushed(submission: i64, branch: &str, target: WorkTarget) -> Work {
    Work {
        project: ProjectKey::new("src.fedoraproject.org", "rpms", "hello"),
        reference: Reference::new(ReferenceKind::Branch, branch),
        ..work(submission, vec![target])
    }
}

pub(crate) fn build_of(branch: &str, job: KojiBuild) -> WorkTarget {
    target(5, JobKind::KojiBuild, branch, JobDetails::KojiBuild(job))
}

/// A real build of the newest commit of a branch.
pub(crate) fn real(submission: i64, branch: &str) -> Work {
    let url = "https://src.fedoraproject.org/rpms/hello".to_owned();
    let source = Source { url, ..Source::default() };
    pushed(submission, branch, build_of(branch, KojiBuild { source, ..KojiBuild::default() }))
}

pub(crate) fn scratch() -> KojiBuild {
    KojiBuild { scratch: true, ..KojiBuild::default() }
}

pub(crate) fn tag_request(submission: i64, nvr: &str, sidetag: &str) -> Work {
    let job = JobDetails::KojiTagRequest(KojiTagRequest::default());
    let mut target = target(6, JobKind::KojiTagRequest, "f43", job);
    target.details = TargetDetails {
        nvr: Some(nvr.to_owned()),
        sidetag: Some(sidetag.to_owned()),
        ..TargetDetails::default()
    };
    pushed(submission, "f43", target)
}

/// What Koji is told to build for the commit that all work has.
pub(crate) fn source_of_commit() -> String {
    format!("git+https://src.fedoraproject.org/rpms/hello.git#{COMMIT}")
}

/// The calls of a method, oldest first, with their parameters.
pub(crate) fn called(simulator: &Simulator, method: &str) -> Vec<serde_json::Value> {
    let log = simulator.log().into_iter().filter(|entry| entry.system == System::Koji);
    log.filter(|entry| entry.body["method"] == method).map(|entry| entry.body["params"].clone()).collect()
}

//! Work as a plan would make it, and a simulator to submit it to.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::time::Duration;

use builders::copr::{Copr, CoprConfig};
use builders::{Builder, BuilderError, Observation, Submitted, Work, WorkInput, WorkTarget};
use chrono::Utc;
use domain::details::{Configured, CoprBuild, JobDetails, Source, SrpmBuild, TargetDetails};
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus};
use simulator::{Accounts, Behaviour, Simulator, SimulatorConfig};

pub(crate) mod dist_git;
pub(crate) mod koji;

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

pub(crate) async fn simulator(behaviour: Behaviour) -> Simulator {
    Simulator::start(SimulatorConfig { behaviour, ..SimulatorConfig::default() }).await.unwrap()
}

pub(crate) fn copr(simulator: &Simulator) -> Copr {
    let accounts = Accounts::default();
    let config = CoprConfig {
        url: simulator.copr_url(),
        timeout: Duration::from_secs(5),
        ..CoprConfig::new(accounts.copr_user, accounts.copr_login.into(), accounts.copr_token.into())
    };
    Copr::new(config).unwrap()
}

pub(crate) fn work(submission: i64, targets: Vec<WorkTarget>) -> Work {
    Work {
        installation: "0123456789ab".to_owned(),
        submission: SubmissionId(submission),
        event: EventId(1),
        project: ProjectKey::new("github.com", "packit", "hello-world"),
        reference: Reference::new(ReferenceKind::PullRequest, 7),
        commit: COMMIT.to_owned(),
        page_url: "http://localhost:8080/events/1".to_owned(),
        external_id: None,
        configuration: None,
        earlier_external_ids: Vec::new(),
        canceled: false,
        created_at: Utc::now(),
        callback: None,
        tagged: Vec::new(),
        targets,
    }
}

pub(crate) fn source() -> Source {
    Source { url: "https://github.com/packit/hello-world".to_owned(), pull_request: None, tag: None }
}

fn configured() -> Configured {
    Configured { package: "hello".to_owned(), index: Some(0), labels: Vec::new(), ..Configured::default() }
}

pub(crate) fn target(id: i64, kind: JobKind, name: &str, job: JobDetails) -> WorkTarget {
    WorkTarget {
        id: TargetId(id),
        kind,
        name: name.to_owned(),
        identifier: None,
        status: TargetStatus::Submitting,
        job,
        details: TargetDetails::default(),
        inputs: Vec::new(),
    }
}

pub(crate) fn srpm(id: i64) -> WorkTarget {
    let job = SrpmBuild {
        configured: configured(),
        source: source(),
        build_dependencies: vec!["python3-setuptools".to_owned()],
        chroot: "fedora-43-x86_64".to_owned(),
        ..SrpmBuild::default()
    };
    target(id, JobKind::SrpmBuild, "srpm", JobDetails::SrpmBuild(job))
}

pub(crate) fn copr_job() -> CoprBuild {
    CoprBuild {
        configured: configured(),
        project: "packit-hello-world-7".to_owned(),
        forge_project: "github.com/packit/hello-world".to_owned(),
        ..CoprBuild::default()
    }
}

pub(crate) fn chroot(id: i64, name: &str) -> WorkTarget {
    chroot_of(id, name, copr_job())
}

pub(crate) fn chroot_of(id: i64, name: &str, job: CoprBuild) -> WorkTarget {
    target(id, JobKind::CoprBuild, name, JobDetails::CoprBuild(job))
}

/// The target consumes this one as it was observed.
pub(crate) fn consuming(
    mut target: WorkTarget,
    input: &WorkTarget,
    made: &Observation,
    build: &str,
) -> WorkTarget {
    target.inputs.push(WorkInput {
        id: input.id,
        kind: input.kind,
        name: input.name.clone(),
        external_id: Some(build.to_owned()),
        details: made.details.clone().unwrap(),
    });
    target
}

/// Submits, and notes the id as a worker does.
pub(crate) async fn submit(builder: &dyn Builder, work: &mut Work) -> Submitted {
    let submitted = builder.submit(work).await.unwrap();
    work.external_id = Some(submitted.external_id.clone());
    submitted
}

/// Polls until all of it is finished.
pub(crate) async fn poll_to_the_end(builder: &dyn Builder, work: &Work) -> Vec<Observation> {
    loop {
        let observations = builder.poll(work).await.unwrap();
        if observations.len() == work.targets.len()
            && observations.iter().all(|observation| observation.status.is_finished())
        {
            return observations;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn of(observations: &[Observation], target: i64) -> &Observation {
    observations.iter().find(|observation| observation.target == TargetId(target)).unwrap()
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, BuilderError>) -> String {
    match result {
        Err(BuilderError::Refused(reason)) => reason,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// How many builds or test requests were begun.
pub(crate) fn begun(simulator: &Simulator) -> usize {
    simulator.log().iter().filter(|entry| entry.began.is_some()).count()
}

/// How often a call was made, by method and the beginning of its path.
pub(crate) fn calls(simulator: &Simulator, method: &str, path: &str) -> usize {
    simulator.log().iter().filter(|entry| entry.method == method && entry.path.starts_with(path)).count()
}

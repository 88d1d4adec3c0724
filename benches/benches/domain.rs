//! What is computed without a database: `cargo bench -p benches --bench domain`.

use std::collections::BTreeSet;

use benches::shapes;
use chrono::{DateTime, Utc};
use divan::{Bencher, black_box};
use domain::event::{PullRequest, PullRequestAction};
use domain::ids::{EventId, JobId, TargetId};
use domain::package_config;
use domain::plan::{Occasion, Rules, Trigger, plan};
use domain::releases::Releases;
use domain::words::{JobKind, Needs, ProjectKey, TargetStatus};
use domain::workflow::{Input, Job, Seen, Target, Workflow};

fn main() {
    divan::main();
}

/// A package configuration of 30 KB with 101 jobs and merge keys.
#[divan::bench]
fn load_large_configuration(bencher: Bencher<'_, '_>) {
    let (text, source) = (shapes::large_configuration(), shapes::source());
    bencher.bench(|| package_config::load(black_box(&text), &source).is_ok());
}

/// A pull request of a monorepo with 20 packages: 180 targets in 20 pipelines.
#[divan::bench]
fn plan_monorepo(bencher: Bencher<'_, '_>) {
    let configuration = shapes::understood(&shapes::monorepo_configuration());
    let (releases, rules) = (Releases::shipped(), Rules::default());
    let project = ProjectKey::new("github.com", shapes::NAMESPACE, "tools");
    let pull_request = PullRequest {
        action: PullRequestAction::Synchronized,
        number: 7,
        author: Some("maria".to_owned()),
        head: shapes::commit(7),
        before: None,
        target_branch: "main".to_owned(),
        source: None,
        labels: Vec::new(),
    };
    let occasion = Occasion {
        project: &project,
        default_branch: Some("main"),
        trigger: Trigger::PullRequest(&pull_request),
        project_url: format!("https://{project}"),
        source_url: None,
        target_hash: None,
        wanted: None,
        is_dist_git: false,
    };
    assert_eq!(plan(&occasion, &configuration, &releases, &rules).pipelines.len(), 20);
    bencher.bench(|| plan(black_box(&occasion), &configuration, &releases, &rules));
}

/// A delivery of 25 KB understood.
#[divan::bench]
fn read_delivery(bencher: Bencher<'_, '_>) {
    let body = shapes::delivery(1, 1);
    bencher.bench(|| forges::github::delivery::read("pull_request", black_box(&body), "github.com"));
}

/// A workflow of 200 targets of which nothing can move.
#[divan::bench]
fn settle_200_targets(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| workflow(TargetStatus::Waiting)).bench_local_values(|mut workflow| {
        workflow.settle(now());
        workflow
    });
}

/// The SRPM of a workflow of 200 targets failed: everything else is skipped.
#[divan::bench]
fn observe_failed_srpm_of_200_targets(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(|| workflow(TargetStatus::Running)).bench_local_values(|mut workflow| {
        workflow.observe(Seen::new(TargetId(1), TargetStatus::Failed), now());
        assert!(workflow.targets.values().all(|target| target.status.is_finished()));
        workflow
    });
}

/// All 200 results of a workflow, one after another.
#[divan::bench]
fn observe_200_results(bencher: Bencher<'_, '_>) {
    let ids: BTreeSet<TargetId> = workflow(TargetStatus::Running).targets.keys().copied().collect();
    bencher.with_inputs(|| workflow(TargetStatus::Running)).bench_local_values(|mut workflow| {
        for id in &ids {
            workflow.observe(Seen::new(*id, TargetStatus::Succeeded), now());
        }
        assert!(workflow.targets.values().all(|target| target.status == TargetStatus::Succeeded));
        workflow
    });
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// An SRPM in this status, 99 builds that consume it, and 100 tests that consume the builds.
fn workflow(srpm: TargetStatus) -> Workflow {
    let mut workflow = Workflow::empty(EventId(1));
    let jobs =
        [(1, JobKind::SrpmBuild, None), (2, JobKind::CoprBuild, Some(1)), (3, JobKind::TestRun, Some(2))];
    for (id, kind, previous) in jobs {
        workflow.jobs.insert(JobId(id), Job { kind, previous: previous.map(JobId) });
    }
    add(&mut workflow, 1, 1, srpm, None);
    for id in 2..=100 {
        add(&mut workflow, id, 2, TargetStatus::Waiting, Some(1));
    }
    for id in 101..=200 {
        add(&mut workflow, id, 3, TargetStatus::Waiting, Some(if id == 200 { 2 } else { id - 99 }));
    }
    workflow
}

fn add(workflow: &mut Workflow, id: i64, job: i64, status: TargetStatus, input: Option<i64>) {
    let target = Target {
        status,
        inputs: input
            .map(|input| Input { target: TargetId(input), needs: Needs::Success })
            .into_iter()
            .collect(),
        ..Target::first_attempt(
            TargetId(id),
            JobId(job),
            workflow.jobs[&JobId(job)].kind,
            &format!("target-{id}"),
        )
    };
    workflow.targets.insert(TargetId(id), target);
}

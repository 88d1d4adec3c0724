//! Statements of the store, on SQLite and on a PostgreSQL of our own with `fsync` on:
//! `cargo bench -p benches --bench store`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use benches::{Kind, Place, shapes};
use chrono::{DateTime, TimeDelta, Utc};
use divan::Bencher;
use domain::details::{CoprBuild, JobDetails, SrpmBuild, TargetDetails, TestRun};
use domain::event::ProjectFacts;
use domain::ids::{EventId, ProjectId};
use domain::plan::{Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use domain::words::{
    BuildSystem, EventKind, JobKind, Needs, ProjectKey, Reference, ReferenceKind, Visibility,
};
use store::events::{self, NewEvent, Tell};
use store::inbox::{self, NewDelivery};
use store::submissions::{self, Limits};
use store::{Db, queue_fill, reads};
use tokio::runtime::Runtime;

/// Submissions that wait while one claims: 20,000 in 200 projects. `--bin claims` has the long queue.
const QUEUE: (u32, u32) = (200, 100);
const WORKER: &str = "measured";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().unwrap_or_else(|error| panic!("no runtime: {error}")));

fn main() {
    divan::main();
}

/// A delivery of 25 KB stored.
#[divan::bench(args = databases())]
fn inbox_receive(bencher: Bencher<'_, '_>, database: &Database) {
    let db = database.open();
    let body = shapes::delivery(1, 1);
    bencher.with_inputs(|| format!("measured-{}", unique())).bench_local_values(|id| {
        let delivery = NewDelivery {
            source: "github.com",
            delivery_id: &id,
            kind: "pull_request",
            received_at: Utc::now(),
            body: &body,
            settled: None,
        };
        wait(inbox::receive(db, &delivery))
    });
}

/// An event with an SRPM, five chroots and three tests.
#[divan::bench(args = databases())]
fn events_record(bencher: Bencher<'_, '_>, database: &Database) {
    let db = database.open();
    let plan = workflow(5, 3);
    bencher.with_inputs(unique).bench_local_values(|number| wait(record(db, &plan, number)));
}

/// The whole workflow of an event with so many targets.
#[divan::bench(args = databases(), consts = [10, 200])]
fn reads_workflow<const TARGETS: usize>(bencher: Bencher<'_, '_>, database: &Database) {
    let db = database.open();
    let builds = TARGETS / 2;
    let event = wait(record(db, &workflow(builds, TARGETS - builds - 1), unique()));
    bencher.bench_local(|| {
        let workflow = wait(reads::workflow(db, event));
        assert_eq!(workflow.map(|workflow| workflow.targets.len()), Some(TARGETS));
    });
}

/// Sixteen submissions claimed out of a queue.
#[divan::bench(args = databases(), sample_size = 1)]
fn submissions_claim(bencher: Bencher<'_, '_>, database: &Database) {
    let db = database.open();
    database.fill_once();
    let give_back = || wait(submissions::release_all(db, WORKER, Utc::now()));
    bencher.with_inputs(give_back).bench_local_values(|()| {
        let (now, limits) = (Utc::now(), Limits { total: 16, per_project: 4 });
        let (lease_end, first) = (now + TimeDelta::minutes(2), ProjectId(0));
        let claimed = wait(submissions::claim(db, BuildSystem::Copr, now, lease_end, WORKER, limits, first));
        assert_eq!(claimed.len(), 16);
    });
    give_back();
}

/// One of the databases, by its place in [`places`].
struct Database {
    place: &'static Place,
    name: String,
    filled: OnceLock<()>,
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// SQLite, and PostgreSQL if it is installed; made once.
fn databases() -> &'static [Database] {
    static DATABASES: LazyLock<Vec<Database>> = LazyLock::new(|| {
        Kind::own()
            .iter()
            .map(|kind| {
                let place: &'static Place = Box::leak(Box::new(wait(kind.place())));
                Database { place, name: kind.to_string(), filled: OnceLock::new() }
            })
            .collect()
    });
    &DATABASES
}

impl Database {
    fn open(&self) -> &'static Db {
        &self.place.db
    }

    fn fill_once(&self) {
        self.filled.get_or_init(|| {
            let due_at = Utc::now() - TimeDelta::minutes(1);
            wait(queue_fill::fill(self.open(), BuildSystem::Copr, QUEUE.0, QUEUE.1, due_at));
        });
    }
}

/// Runs to the end; a fault of the database ends the measurement.
fn wait<T, E: std::fmt::Display>(work: impl Future<Output = Result<T, E>>) -> T {
    RUNTIME.block_on(work).unwrap_or_else(|error| panic!("{error}"))
}

fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn record(db: &Db, plan: &Plan, number: u32) -> store::Result<EventId> {
    let now: DateTime<Utc> = Utc::now();
    let project = ProjectFacts {
        key: ProjectKey::new("github.com", shapes::NAMESPACE, "package"),
        forge_id: Some("1".to_owned()),
        visibility: Visibility::Public,
        default_branch: None,
    };
    let hash = shapes::commit(number as usize);
    let event = NewEvent {
        project: &project,
        reference: &Reference::new(ReferenceKind::PullRequest, i64::from(number)),
        hash: Some(&hash),
        kind: EventKind::PullRequest,
        actor: Some("maria"),
        occurred_at: now,
        received_at: now,
        before: None,
        after: None,
        config: None,
        inbox: None,
    };
    let mut tx = db.write().await?;
    let id = events::record(&mut tx, &event, plan, Some(Tell::Event("packflow")), now).await?;
    tx.commit().await?;
    Ok(id)
}

/// An SRPM, so many builds of it, and so many tests of those.
fn workflow(builds: usize, tests: usize) -> Plan {
    let target = |name: String, input: Option<usize>| PlannedTarget {
        name,
        details: TargetDetails::default(),
        inputs: input.map(|target| PlannedInput { target, needs: Needs::Success }).into_iter().collect(),
    };
    let step = |previous, kind, details, targets| PlannedStep {
        previous,
        job: PlannedJob { kind, identifier: None, details, targets },
    };
    let srpm = vec![target("srpm".to_owned(), None)];
    let chroots = (0..builds).map(|number| target(format!("chroot-{number}"), Some(0))).collect();
    let tested =
        (0..tests).map(|number| target(format!("compose-{number}"), Some(number % builds))).collect();
    let steps = vec![
        step(None, JobKind::SrpmBuild, JobDetails::SrpmBuild(SrpmBuild::default()), srpm),
        step(Some(0), JobKind::CoprBuild, JobDetails::CoprBuild(CoprBuild::default()), chroots),
        step(Some(1), JobKind::TestRun, JobDetails::TestRun(Box::<TestRun>::default()), tested),
    ];
    Plan { pipelines: vec![PlannedPipeline { package: None, steps }], omissions: Vec::new() }
}

//! An engine with its forge and build systems, on a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use builders::Builder;
use chrono::TimeDelta;
use domain::access::AccessRules;
use domain::ids::{EventId, TargetId};
use domain::rerun::{Asked, Selection};
use domain::words::{BuildSystem, JobKind, RerunVia, TargetStatus};
use engine::{Builders, Clock, Engine, Readers, Settings, Settled, Tasks, Wake};
use forges::Forge;
use store::inbox::{self, Delivery, NewDelivery, Received};
use store::reads::{self, TargetView, WorkflowView};
use store::reruns::Request;
use store::{Db, Migrations};
use test_support::TestDatabase;

use super::builder::TestBuilder;
use super::forge::TestForge;
use super::told::{HOST, Told, read};

/// A build in two chroots, and tests in one of them.
pub(crate) const CONFIGURATION: &str = "\
specfile_path: ogr.spec
upstream_package_name: ogr
downstream_package_name: ogr
jobs:
  - job: copr_build
    trigger: pull_request
    targets: [fedora-42-x86_64, fedora-43-x86_64]
  - job: tests
    trigger: pull_request
    targets: [fedora-42-x86_64]
";

/// Longer than any pause, so that what is leased can be told from what waits.
const LEASE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A lease that tests let end. What is cut off may claim once more before it ends: that is free again long before patience is.
pub(crate) const SHORT_LEASE: Duration = Duration::from_secs(30);

/// The longest that a test waits for something that is bound to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Worlds may share a database.
static DELIVERIES: AtomicU64 = AtomicU64::new(0);

/// Everything around one engine.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) forge: Arc<TestForge>,
    pub(crate) copr: Arc<TestBuilder>,
    pub(crate) farm: Arc<TestBuilder>,
}

/// The settings of most tests: everybody of `packit` may start work, looks are frequent, and no time that a test lets pass
/// ends a lease.
pub(crate) fn settings() -> Settings {
    Settings {
        access: AccessRules { allow: vec![format!("{HOST}/packit")], ..AccessRules::default() },
        look_interval: Duration::from_millis(20),
        lease: LEASE,
        ..Settings::default()
    }
}

impl World {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        Self::with(database, |_| {}).await
    }

    pub(crate) async fn with(database: &TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        let mut settings = settings();
        change(&mut settings);
        let forge = TestForge::new();
        let (copr, farm) = (TestBuilder::new(BuildSystem::Copr), TestBuilder::new(BuildSystem::TestingFarm));
        let builders: [Arc<dyn Builder>; 2] = [copr.clone(), farm.clone()];
        let forges: [Arc<dyn Forge>; 1] = [forge.clone()];
        let engine = Engine {
            db,
            forges: forges.into_iter().collect(),
            readers: Arc::new(Readers::from([(HOST.to_owned(), forges::Reader::of_host(read, HOST))])),
            builders: Arc::new(
                builders.into_iter().map(|builder| (builder.system(), builder)).collect::<Builders>(),
            ),
            releases: None,
            settings: Arc::new(settings),
            clock: Clock::default(),
            wake: Wake::default(),
        };
        Self { engine, forge, copr, farm }
    }

    /// Has bob redo this of an event.
    pub(crate) async fn redo(&self, event: EventId, asked: Asked) {
        let selection = Selection::of(asked);
        let request = Request {
            event,
            selection: &selection,
            requested_by: "bob",
            via: RerunVia::Api,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        engine::rerun(&self.engine, &request).await.unwrap();
    }

    /// The same world seen by another process: with its own connections, and woken by nobody.
    pub(crate) async fn other_process(&self) -> Engine {
        let db = Db::open(self.engine.db.url()).await.unwrap();
        Engine { db, wake: Wake::default(), ..self.engine.clone() }
    }

    /// A delivery is stored; says its key.
    pub(crate) async fn deliver(&self, told: &Told) -> String {
        self.deliver_raw(HOST, "event", &serde_json::to_vec(told).unwrap()).await
    }

    pub(crate) async fn deliver_raw(&self, source: &str, kind: &str, body: &[u8]) -> String {
        let delivery_id = format!("d{}", DELIVERIES.fetch_add(1, Ordering::SeqCst));
        let received_at = self.engine.clock.now();
        let new = NewDelivery { source, delivery_id: &delivery_id, kind, received_at, body, settled: None };
        assert!(matches!(inbox::receive(&self.engine.db, &new).await.unwrap(), Received::New(_)));
        self.engine.wake.inbox();
        delivery_id
    }

    pub(crate) async fn delivery(&self, delivery_id: &str) -> Delivery {
        inbox::find(&self.engine.db, HOST, delivery_id).await.unwrap().unwrap()
    }

    /// Delivers, and settles without any task running.
    pub(crate) async fn settle(&self, told: &Told) -> Settled {
        let delivery = self.deliver(told).await;
        self.engine.settle_now(HOST, &delivery).await.unwrap()
    }

    /// The event that a delivery comes to.
    pub(crate) async fn event(&self, told: &Told) -> EventId {
        let settled = self.settle(told).await;
        settled.event.unwrap_or_else(|| panic!("{settled:?}"))
    }

    pub(crate) async fn view(&self, event: EventId) -> WorkflowView {
        reads::workflow(&self.engine.db, event).await.unwrap().unwrap()
    }

    pub(crate) fn start(&self) -> Tasks {
        Tasks::start(&self.engine)
    }

    /// Time passes, and whoever waits for it notices.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.engine.clock.advance(time);
        self.engine.wake.workflow();
        self.engine.wake.inbox();
    }

    /// Waits until the workflow is as wanted.
    pub(crate) async fn until(
        &self,
        what: &str,
        event: EventId,
        wanted: impl Fn(&WorkflowView) -> bool,
    ) -> WorkflowView {
        let begun = tokio::time::Instant::now();
        loop {
            let view = self.view(event).await;
            if wanted(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}: {}", shown(&view));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether the workflow's first submission is nobody's just now, and is looked at again later.
    pub(crate) fn rests(&self, view: &WorkflowView) -> bool {
        let lease_end = self.engine.clock.now() + LEASE / 2;
        view.submissions[0].due_at.is_some_and(|due_at| due_at < lease_end)
    }

    /// Waits until every target has ended.
    pub(crate) async fn until_ended(&self, event: EventId) -> WorkflowView {
        let ended = |view: &WorkflowView| view.targets.iter().all(|target| target.finished_at.is_some());
        self.until("it has ended", event, ended).await
    }

    /// Waits until a target has this status.
    pub(crate) async fn until_target(
        &self,
        event: EventId,
        name: &str,
        status: TargetStatus,
    ) -> WorkflowView {
        let what = format!("{name} is {status}");
        self.until(&what, event, |view| named(view, name).status == status).await
    }

    /// Cancels these targets of an event, all if none are named.
    pub(crate) async fn cancel(&self, event: EventId, names: &[&str]) {
        let view = self.view(event).await;
        let ids = names.iter().map(|name| TargetId(named(&view, name).id)).collect();
        let targets = (!names.is_empty()).then_some(ids);
        engine::cancel(&self.engine, event, targets, "bob", false).await.unwrap();
    }
}

fn shown(view: &WorkflowView) -> String {
    let targets = view.targets.iter().map(|t| format!("{} {} {} ({:?})", t.kind, t.name, t.status, t.reason));
    let submissions =
        view.submissions.iter().map(|s| format!("{} {:?} {} {:?}", s.id, s.external_id, s.tries, s.problem));
    format!("{:#?}", targets.chain(submissions).collect::<Vec<_>>())
}

/// The build of this chroot, or the SRPM; `tests` is the test run.
pub(crate) fn named<'a>(view: &'a WorkflowView, name: &str) -> &'a TargetView {
    let is_it = |target: &&TargetView| match name {
        "tests" => target.kind == JobKind::TestRun,
        _ => target.name == name && target.kind != JobKind::TestRun,
    };
    view.targets.iter().find(is_it).unwrap_or_else(|| panic!("no {name}"))
}

/// Waits for what a test's own counters tell.
pub(crate) async fn ready(what: &str, wanted: impl Fn() -> bool) {
    let begun = tokio::time::Instant::now();
    while !wanted() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A configuration with one build and nothing behind it.
pub(crate) fn alone() -> String {
    CONFIGURATION
        .replace(", fedora-43-x86_64", "")
        .split_inclusive("  - job: tests")
        .next()
        .unwrap()
        .replace("  - job: tests", "")
}

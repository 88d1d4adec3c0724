//! An engine with a dist-git, a Koji and a Bodhi.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use builders::Builder;
use chrono::TimeDelta;
use domain::access::AccessRules;
use domain::event::{ForgeEvent, Happened, ProjectFacts};
use domain::ids::EventId;
use domain::notice::{Interest, KojiBuild, KojiState, KojiTag, Notice};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus, Visibility};
use engine::{Builders, Clock, Engine, Readers, Settings, Settled, Tasks, Wake};
use forges::{FolderForge, Forge, Reader, Reading};
use serde_json::{Value, json};
use store::inbox::{self, NewDelivery, Received};
use store::reads::{self, EventFilter, TargetView, Viewer, WorkflowView};
use store::{Db, Migrations};
use tempfile::TempDir;
use test_support::TestDatabase;

use super::koji::Distribution;
use crate::support::hash;

/// The host of the tests' dist-git.
pub(super) const HOST: &str = "src.example";

/// The host of an upstream forge, where issues tell of failures.
pub(super) const UPSTREAM: &str = "up.example";

/// The source of what the bus tells.
pub(super) const BUS: &str = "bus.example";

/// The longest that a test waits for something that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(120);

static DELIVERIES: AtomicU64 = AtomicU64::new(0);

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) koji: Arc<Distribution>,
    folder: TempDir,
}

impl World {
    pub(super) async fn new(database: &TestDatabase) -> Self {
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        let folder = TempDir::new().unwrap();
        write(folder.path(), "groups.json", &json!({"packager": ["ann"], "wizards": ["bob"]}));
        let forge: Arc<dyn Forge> = Arc::new(FolderForge::dist_git(HOST, folder.path()));
        let upstream = folder.path().join("upstream");
        std::fs::create_dir(&upstream).unwrap();
        write(&upstream, "permissions.json", &json!({"rpms/hello": {"ann": "write"}}));
        let upstream: Arc<dyn Forge> = Arc::new(FolderForge::new(UPSTREAM, &upstream));
        let [koji, bodhi] = Distribution::new();
        let builders: [Arc<dyn Builder>; 2] = [koji.clone(), bodhi];
        let settings = Settings {
            access: AccessRules {
                allow: vec![format!("{HOST}/rpms"), UPSTREAM.to_owned()],
                ..AccessRules::default()
            },
            interest: Interest {
                dist_git: HOST.to_owned(),
                forges: [HOST.to_owned()].into(),
                access: AccessRules { allow: vec![format!("{HOST}/rpms")], ..AccessRules::default() },
                ..Interest::default()
            },
            // What is cut off may claim once more before it ends: that is free again long before patience is.
            lease: Duration::from_secs(20),
            look_interval: Duration::from_millis(10),
            poll_at_least: Duration::from_millis(20),
            poll_at_most: Duration::from_millis(50),
            ..Settings::default()
        };
        let engine = Engine {
            db,
            forges: [forge, upstream].into_iter().collect(),
            readers: Arc::new(Readers::from(
                [(HOST, read as forges::ReadDelivery), (UPSTREAM, read), (BUS, read_bus)]
                    .map(|(source, read)| (source.to_owned(), Reader::of_host(read, source))),
            )),
            builders: Arc::new(
                builders.into_iter().map(|builder| (builder.system(), builder)).collect::<Builders>(),
            ),
            releases: None,
            settings: Arc::new(settings),
            clock: Clock::default(),
            wake: Wake::default(),
        };
        Self { engine, koji, folder }
    }

    /// A package with this configuration; its branches have the commits that are counted from `first` on.
    pub(super) fn package(&self, name: &str, first: u64, jobs: &str) {
        let folder = self.folder.path().join("rpms").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(".packit.yaml"), format!("specfile_path: {name}.spec\njobs:\n{jobs}"))
            .unwrap();
        let branches = ["rawhide", "f42", "f43", "epel9"].into_iter().zip(first..);
        let heads: serde_json::Map<String, Value> =
            branches.map(|(branch, number)| (branch.to_owned(), json!(hash(number)))).collect();
        self.change("references.json", |all| all[format!("rpms/{name}")] = Value::Object(heads));
    }

    /// What the package's configuration is at one commit alone.
    pub(super) fn package_at(&self, name: &str, hash: &str, jobs: &str) {
        let folder = self.folder.path().join("rpms").join(format!("{name}@{hash}"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(".packit.yaml"), format!("specfile_path: {name}.spec\njobs:\n{jobs}"))
            .unwrap();
    }

    /// What one of the forge's files says from now on.
    pub(super) fn change(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
        let mut all = serde_json::from_str(&text).unwrap();
        change(&mut all);
        write(self.folder.path(), file, &all);
    }

    /// What was said below pull requests.
    pub(super) fn comments(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("comments.jsonl")).unwrap_or_default()
    }

    pub(super) async fn deliver(&self, told: Value) -> Settled {
        self.deliver_from(HOST, told).await
    }

    pub(super) async fn deliver_from(&self, source: &str, told: Value) -> Settled {
        let delivery_id = format!("dist-git-{}", DELIVERIES.fetch_add(1, Ordering::SeqCst));
        let body = serde_json::to_vec(&told).unwrap();
        let received_at = self.engine.clock.now();
        let new = NewDelivery {
            source,
            delivery_id: &delivery_id,
            kind: "event",
            received_at,
            body: &body,
            settled: None,
        };
        assert!(matches!(inbox::receive(&self.engine.db, &new).await.unwrap(), Received::New(_)));
        self.engine.settle_now(source, &delivery_id).await.unwrap()
    }

    /// Ann pushes a commit to a branch of a package.
    pub(super) async fn push(&self, package: &str, branch: &str, head: u64) -> EventId {
        let told = json!({"package": package, "branch": branch, "head": hash(head), "actor": "ann"});
        let settled = self.deliver(told).await;
        settled.event.unwrap_or_else(|| panic!("{settled:?}"))
    }

    pub(super) fn start(&self) -> Tasks {
        Tasks::start(&self.engine)
    }

    pub(super) fn pass(&self, time: TimeDelta) {
        self.engine.clock.advance(time);
        self.engine.wake.workflow();
    }

    pub(super) async fn view(&self, event: EventId) -> WorkflowView {
        reads::workflow(&self.engine.db, event).await.unwrap().unwrap()
    }

    /// The newest workflow of a package; waits until there are so many.
    pub(super) async fn nth_event(&self, package: &str, count: usize) -> EventId {
        let mut found = Vec::new();
        self.wait(&format!("{package} has {count} events"), async || {
            found = self.events(package).await;
            (found.len() >= count).then_some(())
        })
        .await;
        found[count - 1]
    }

    /// The events of a package, oldest first.
    pub(super) async fn events(&self, package: &str) -> Vec<EventId> {
        let all =
            reads::events(&self.engine.db, &Viewer::Everything, &EventFilter::default(), None, 100).await;
        let rows = all.unwrap().rows.into_iter().filter(|row| row.project_name == package);
        let mut ids: Vec<EventId> = rows.map(|row| EventId(row.id)).collect();
        ids.sort();
        ids
    }

    /// Waits until a target of this kind and name has this status in its newest attempt.
    pub(super) async fn until(
        &self,
        event: EventId,
        kind: JobKind,
        name: &str,
        status: TargetStatus,
    ) -> TargetView {
        self.wait(&format!("{kind} {name} of event {event} is {status}"), async || {
            let view = self.view(event).await;
            let newest = view.targets.into_iter().filter(|target| target.kind == kind && target.name == name);
            newest.max_by_key(|target| target.attempt).filter(|target| target.status == status)
        })
        .await
    }

    pub(super) async fn wait<T>(&self, what: &str, mut wanted: impl AsyncFnMut() -> Option<T>) -> T {
        let begun = tokio::time::Instant::now();
        loop {
            if let Some(found) = wanted().await {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}: {:?}", self.koji);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn write(folder: &Path, file: &str, value: &Value) {
    std::fs::write(folder.join(file), value.to_string()).unwrap();
}

/// Reads `{"package", "branch", "head", "actor", "pull_request"?}`, a push, or with `comment` a comment on that pull request, or on an `issue`.
fn read(_: &str, body: &[u8], host: &str) -> Reading {
    let told: Value = serde_json::from_slice(body).unwrap();
    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    let pull_request = told["pull_request"].as_i64();
    let happened = match told["comment"].as_str() {
        None => Happened::Push {
            reference: Reference::new(ReferenceKind::Branch, text("branch")),
            before: None,
            after: text("head"),
            pull_request,
        },
        Some(comment) => Happened::IssueComment {
            comment: 1,
            reference: match told["issue"].as_i64() {
                Some(issue) => Reference::new(ReferenceKind::Issue, issue),
                None => Reference::new(ReferenceKind::PullRequest, pull_request.unwrap()),
            },
            body: comment.to_owned(),
            author: None,
        },
    };
    Reading::Event(Box::new(ForgeEvent {
        project: ProjectFacts {
            key: ProjectKey::new(host, "rpms", &text("package")),
            forge_id: None,
            visibility: Visibility::Public,
            default_branch: None,
        },
        actor: told["actor"].as_str().map(str::to_owned),
        occurred_at: None,
        happened,
    }))
}

/// Reads `{"package", "tag"}`, that version 1-9 of a package was tagged, or `{"package", "target", "head", "owner"}`, that it was
/// built to its end.
fn read_bus(_: &str, body: &[u8], _: &str) -> Reading {
    let told: Value = serde_json::from_slice(body).unwrap();
    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    let (name, version, release) = (text("package"), "1".to_owned(), "9".to_owned());
    Reading::Notice(Box::new(match told["tag"].as_str() {
        Some(tag) => Notice::KojiTag(KojiTag {
            build: 1,
            name,
            version,
            release,
            tag: tag.to_owned(),
            owner: "ann".to_owned(),
            user: "ann".to_owned(),
        }),
        None => Notice::KojiBuild(KojiBuild {
            build: 1,
            task: Some(2),
            source: Some(format!("git+https://{HOST}/rpms/{name}.git#{}", text("head"))),
            target: Some(text("target")),
            name,
            version,
            release,
            epoch: None,
            owner: text("owner"),
            old: None,
            new: KojiState::Complete,
        }),
    }))
}

//! A consumer on a database, and somebody who publishes.

use std::sync::Arc;
use std::time::Duration;

use bus::{Certificates, Consumer, Endpoint, Message, Publisher, Queue, Standings, Subscription};
use chrono::Utc;
use domain::access::AccessRules;
use domain::ids::InboxId;
use domain::notice::Interest;
use serde_json::{Value, json};
use store::inbox::{self, Delivery, Filter};
use store::{Db, Migrations};
use test_support::{Broker, TestDatabase};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The longest that a test waits for something that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const PREFIX: &str = "org.fedoraproject.prod";

/// A consumer that runs.
pub(crate) struct Running {
    pub(crate) db: Db,
    pub(crate) standings: Standings,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

pub(crate) async fn open(database: &TestDatabase) -> Db {
    let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
    Migrations(&db).run().await.unwrap();
    db
}

pub(crate) fn endpoint(broker: &Broker) -> Endpoint {
    Endpoint::new(&broker.url(), None, Certificates::default()).unwrap()
}

pub(crate) fn subscription(endpoint: Endpoint, queue: Queue) -> Subscription {
    let topics = ["copr.build.start", "copr.build.end", "pagure.git.receive"];
    Subscription {
        endpoint,
        exchange: "amq.topic".to_owned(),
        queue,
        topics: topics.iter().map(|topic| format!("{PREFIX}.{topic}")).collect(),
        prefetch: 25,
    }
}

/// Ours are the Copr projects of this owner; tests that share a broker have owners of their own.
pub(crate) fn interest(owner: &str) -> Interest {
    Interest {
        copr_owner: Some(owner.to_owned()),
        dist_git: "src.example.org".to_owned(),
        forges: ["src.example.org".to_owned()].into(),
        access: AccessRules { allow: vec![format!("src.example.org/{owner}")], ..AccessRules::default() },
        ..Interest::default()
    }
}

impl Running {
    pub(crate) fn start(db: Db, subscription: Subscription, owner: &str) -> Self {
        let consumer = Consumer::new(subscription, interest(owner), db.clone(), Arc::new(Notify::new()));
        let (standings, stop) = (consumer.standings(), CancellationToken::new());
        let task = tokio::spawn(consumer.run(stop.clone()));
        Self { db, standings, stop, task }
    }

    pub(crate) async fn connected(&mut self) {
        let now = self.standings.clone();
        let connected = tokio::time::timeout(PATIENCE, self.standings.connected()).await;
        assert!(connected.is_ok(), "waited in vain until it is connected: {:?}", now.now());
    }

    pub(crate) async fn stop(self) -> Db {
        self.stop.cancel();
        within("it stops", self.task).await.unwrap();
        self.db
    }

    /// Waits until this many deliveries were kept, and gives them.
    pub(crate) async fn kept(&self, count: usize) -> Vec<Delivery> {
        kept(&self.db, count).await
    }
}

pub(crate) async fn kept(db: &Db, count: usize) -> Vec<Delivery> {
    within("messages are kept", async {
        loop {
            let kept = deliveries(db).await;
            if kept.len() >= count {
                break kept;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

pub(crate) async fn deliveries(db: &Db) -> Vec<Delivery> {
    inbox::list(db, Filter::All, InboxId(i64::MAX), 10_000).await.unwrap()
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

pub(crate) async fn publisher(broker: &Broker) -> Publisher {
    Publisher::connect(&endpoint(broker), "amq.topic").await.unwrap()
}

pub(crate) fn message(topic: &str, id: &str, body: &Value) -> Message {
    Message {
        topic: format!("{PREFIX}.{topic}"),
        id: Some(id.to_owned()),
        sent_at: Some(Utc::now()),
        body: body.to_string().into_bytes(),
    }
}

/// A chroot of a build of this owner ended.
pub(crate) fn ended(owner: &str, id: &str, build: i64) -> Message {
    let body = json!({ "build": build, "chroot": "fedora-43-x86_64", "copr": "hello", "owner": owner, "status": 1,
        "pid": 1, "what": "", "who": "", "user": null, "pkg": null, "version": null, "ip": null });
    message("copr.build.end", id, &body)
}

//! Messages that Fedora's own library publishes, with the schema packages of the services that send them.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bus::{Certificates, Consumer, Endpoint, Queue, Subscription, read};
use domain::access::AccessRules;
use domain::ids::InboxId;
use domain::notice::Interest;
use forges::Reading;
use store::inbox::{self, Filter};
use store::{Db, Migrations};
use test_support::{Broker, TestDatabase, interop_python};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const NAME: &str = "messages_of_fedoras_own_library_are_taken_and_read";

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_fedoras_own_library_are_taken_and_read() {
    let Some(python) = interop_python(NAME) else { return };
    let Some(broker) = Broker::shared(NAME) else { return };
    let database = TestDatabase::sqlite();
    let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
    Migrations(&db).run().await.unwrap();
    let interest = Interest {
        copr_owner: Some("packit".to_owned()),
        fedora_account: Some("packit".to_owned()),
        dist_git: "src.example.org".to_owned(),
        forges: ["src.example.org".to_owned()].into(),
        access: AccessRules {
            allow: vec!["src.example.org/rpms/hello".to_owned()],
            ..AccessRules::default()
        },
    };
    let subscription = Subscription {
        endpoint: Endpoint::new(&broker.url(), None, Certificates::default()).unwrap(),
        exchange: "amq.topic".to_owned(),
        queue: Queue::random(),
        topics: vec!["org.fedoraproject.prod.#".to_owned()],
        prefetch: 25,
    };
    let consumer = Consumer::new(subscription, interest, db.clone(), Arc::new(Notify::new()));
    let (mut standings, stop) = (consumer.standings(), CancellationToken::new());
    let task = tokio::spawn(consumer.run(stop.clone()));
    standings.connected().await;

    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("fedora-messaging.toml");
    let text = format!("amqp_url = \"{}\"\ntopic_prefix = \"org.fedoraproject.prod\"\n", broker.url());
    std::fs::write(&configuration, text).unwrap();
    let mut script = Command::new(python);
    script
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop_fedora_messaging.py"))
        .env("FEDORA_MESSAGING_CONF", &configuration);
    let output = tokio::task::spawn_blocking(move || script.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("all of it was published"), "{told}");
    let ids: Vec<&str> = told.lines().filter_map(|line| Some(line.split_once(' ')?.0)).take(8).collect();

    // The first eight are ours; the rest came behind them, through the same queue.
    let mut kept = loop {
        let kept = inbox::list(&db, Filter::All, InboxId(i64::MAX), 100).await.unwrap();
        if kept.len() >= 8 {
            break kept;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    kept.reverse();
    let kinds: Vec<(&str, &str)> = kept.iter().map(|d| (d.source.as_str(), d.kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("fedora-messaging", "copr.build.start"),
            ("fedora-messaging", "copr.build.end"),
            ("fedora-messaging", "buildsys.build.state.change"),
            ("fedora-messaging", "buildsys.task.state.change"),
            ("fedora-messaging", "buildsys.tag"),
            ("fedora-messaging", "bodhi.update.request.testing"),
            ("fedora-messaging", "pagure.git.receive"),
            ("fedora-messaging", "anitya.project.version.update.v2"),
        ]
    );
    let keys: Vec<&str> = kept.iter().map(|delivery| delivery.delivery_id.as_str()).collect();
    assert_eq!(keys, ids, "the message's id is the delivery's key");
    for delivery in kept.iter().filter(|delivery| !delivery.kind.starts_with("pagure.")) {
        let body = inbox::get(&db, delivery.id).await.unwrap().body.unwrap();
        let reading = read(&delivery.kind, &body, &delivery.source);
        assert!(matches!(reading, Reading::Notice(_)), "{}: {reading:?}", delivery.kind);
    }
    stop.cancel();
    task.await.unwrap();
    let kept = inbox::list(&db, Filter::All, InboxId(i64::MAX), 100).await.unwrap();
    assert_eq!(kept.len(), 8, "all else is dropped");
}

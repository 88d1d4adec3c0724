//! What is kept of what comes.

use serde_json::json;
use test_support::{Broker, TestDatabase, on_both_databases};

use crate::support::{Running, deliveries, ended, endpoint, message, open, publisher, subscription};
use bus::Queue;

on_both_databases! {
    async fn what_is_ours_is_kept_once_and_all_else_is_dropped(database: TestDatabase) {
        let Some(broker) = Broker::shared("what_is_ours_is_kept_once_and_all_else_is_dropped") else { return };
        let owner = format!("taking-{}", database.is_postgres());
        let db = open(&database).await;
        let mut running = Running::start(db, subscription(endpoint(broker), Queue::random()), &owner);
        running.connected().await;
        let publisher = publisher(broker).await;
        let received = json!({ "agent": "a", "branch": "f43", "repo": { "namespace": owner, "name": "hello",
            "fullname": format!("{owner}/hello"), "url_path": format!("{owner}/hello"),
            "full_url": format!("https://src.example.org/{owner}/hello") } });
        for message in [
            ended("somebody", "m-0", 1),
            ended(&owner, "m-1", 1),
            ended(&owner, "m-1", 1),
            message("pagure.git.receive", "m-2", &received),
            // Nobody bound this topic.
            message("pagure.git.branch.creation", "m-3", &received),
            ended(&owner, "m-1", 1),
            ended(&owner, "m-4", 2),
        ] {
            publisher.publish(&message).await.unwrap();
        }
        let mut kept = running.kept(3).await;
        kept.sort_by_key(|delivery| delivery.id);
        let told: Vec<_> = kept.iter().map(|d| (d.source.as_str(), d.kind.as_str(), d.delivery_id.as_str())).collect();
        assert_eq!(told, [
            ("fedora-messaging", "copr.build.end", "m-1"),
            ("fedora-messaging", "pagure.git.receive", "m-2"),
            ("fedora-messaging", "copr.build.end", "m-4"),
        ]);
        assert!(kept.iter().all(|delivery| delivery.outcome().is_none() && delivery.due_at.is_some()));
        let db = running.stop().await;
        assert_eq!(deliveries(&db).await.len(), 3);
    }

    /// A body that nobody can read is told of by its owner alone: then people can see it, with the reason.
    async fn what_cannot_be_read_stops_nothing(database: TestDatabase) {
        let Some(broker) = Broker::shared("what_cannot_be_read_stops_nothing") else { return };
        let owner = format!("unread-{}", database.is_postgres());
        let db = open(&database).await;
        let mut running = Running::start(db, subscription(endpoint(broker), Queue::random()), &owner);
        running.connected().await;
        let publisher = publisher(broker).await;
        let mut binary = ended(&owner, "m-0", 1);
        binary.body = (0..=255).collect();
        publisher.publish(&binary).await.unwrap();
        let faulty = message("copr.build.end", "m-1", &json!({ "owner": owner, "build": "one" }));
        publisher.publish(&faulty).await.unwrap();
        let mut nameless = ended(&owner, "", 1);
        nameless.id = None;
        publisher.publish(&nameless).await.unwrap();
        let kept = running.kept(2).await;
        assert_eq!((kept[1].delivery_id.as_str(), kept[0].delivery_id.len()), ("m-1", 64));
        running.stop().await;
    }
}

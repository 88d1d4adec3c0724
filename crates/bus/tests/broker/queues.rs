//! Whose queue it is.

use bus::{Queue, Standing};
use test_support::{Broker, TestDatabase};

use crate::support::{Running, deliveries, ended, endpoint, kept, open, publisher, subscription, within};

/// What comes while nobody takes from a lasting queue waits there.
#[tokio::test(flavor = "multi_thread")]
async fn a_lasting_queue_keeps_what_comes_while_we_are_away() {
    let Some(broker) = Broker::shared("a_lasting_queue_keeps_what_comes_while_we_are_away") else { return };
    let database = TestDatabase::sqlite();
    let queue = || Queue::Lasting { name: "packflow-lasting".to_owned() };
    let db = open(&database).await;
    let mut running = Running::start(db, subscription(endpoint(broker), queue()), "lasting");
    running.connected().await;
    let db = running.stop().await;
    let publisher = publisher(broker).await;
    publisher.publish(&ended("lasting", "m-1", 1)).await.unwrap();
    let told = subscription(endpoint(broker), queue()).check().await.unwrap();
    assert!(told.ends_with("connected; 1 messages wait in the queue packflow-lasting"), "{told}");
    let running = Running::start(db, subscription(endpoint(broker), queue()), "lasting");
    assert_eq!(running.kept(1).await[0].delivery_id, "m-1");
    running.stop().await;
}

/// What the broker's operators did not make is never made by us.
#[tokio::test(flavor = "multi_thread")]
async fn a_given_queue_has_to_be_there() {
    let Some(broker) = Broker::shared("a_given_queue_has_to_be_there") else { return };
    let database = TestDatabase::sqlite();
    let given = Queue::Given { name: "packflow-given".to_owned() };
    let refused = subscription(endpoint(broker), given.clone()).check().await.unwrap_err().to_string();
    assert!(refused.contains("no queue 'packflow-given'"), "{refused}");
    let db = open(&database).await;
    let mut waiting = Running::start(db.clone(), subscription(endpoint(broker), given.clone()), "given");
    within("it says that it is away", waiting.standings.away()).await;
    let Standing::Away { reason, .. } = waiting.standings.now() else { panic!("it is not away") };
    assert!(reason.contains("no queue 'packflow-given'"), "{reason}");
    // Whose queue it is makes it, and it is taken from by itself.
    let lasting = Queue::Lasting { name: "packflow-given".to_owned() };
    let other = TestDatabase::sqlite();
    let mut owner = Running::start(open(&other).await, subscription(endpoint(broker), lasting), "nobody");
    owner.connected().await;
    owner.stop().await;
    waiting.connected().await;
    publisher(broker).await.publish(&ended("given", "m-1", 1)).await.unwrap();
    assert_eq!(kept(&db, 1).await[0].delivery_id, "m-1");
    waiting.stop().await;
}

/// What was sent to a process that ended before it was kept comes to another one.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_acknowledged_comes_again() {
    let Some(broker) = Broker::shared("what_was_not_acknowledged_comes_again") else { return };
    let database = TestDatabase::sqlite();
    let queue = || Queue::Lasting { name: "packflow-again".to_owned() };
    let other = TestDatabase::sqlite();
    let closed = open(&other).await;
    let mut broken = Running::start(closed.clone(), subscription(endpoint(broker), queue()), "again");
    broken.connected().await;
    // Its database is gone: nothing can be kept.
    closed.close().await;
    let publisher = publisher(broker).await;
    for id in ["m-1", "m-2", "m-3"] {
        publisher.publish(&ended("again", id, 1)).await.unwrap();
    }
    within("it gives up its connection", broken.standings.away()).await;
    broken.stop().await;
    let db = open(&database).await;
    let running = Running::start(db, subscription(endpoint(broker), queue()), "again");
    assert_eq!(running.kept(3).await.len(), 3);
    let db = running.stop().await;
    assert_eq!(deliveries(&db).await.len(), 3);
}

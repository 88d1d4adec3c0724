//! The broker is away, at the start or in between.

use bus::{Certificates, Endpoint, Queue, Standing};
use test_support::TestDatabase;

use crate::support::{Running, open, subscription, within};

/// Nothing listens there: the port was free a moment ago, and nobody else is given it so soon.
fn nowhere() -> Endpoint {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    Endpoint::new(&format!("amqp://guest:guest@127.0.0.1:{port}/%2F"), None, Certificates::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_at_the_start_is_told_and_hangs_nothing() {
    let database = TestDatabase::sqlite();
    let db = open(&database).await;
    let mut running = Running::start(db, subscription(nowhere(), Queue::random()), "nobody");
    within("it says that it is away", running.standings.away()).await;
    let Standing::Away { reason, .. } = running.standings.now() else { panic!("it is not away") };
    assert!(reason.contains("refused"), "{reason}");
    within("it stops", running.stop()).await;
    let told = subscription(nowhere(), Queue::random()).check().await.unwrap_err().to_string();
    assert!(told.contains("refused"), "{told}");
}

/// Somebody listens there who never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_never_answers_hangs_nothing() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("amqp://guest:guest@{}/%2F", listener.local_addr().unwrap());
    let endpoint = Endpoint::new(&url, None, Certificates::default()).unwrap();
    let database = TestDatabase::sqlite();
    let db = open(&database).await;
    let mut running = Running::start(db, subscription(endpoint, Queue::random()), "nobody");
    within("it says that it is away", running.standings.away()).await;
    within("it stops", running.stop()).await;
}

//! The broker is away, at the start or in between.

use bus::{Certificates, Endpoint, Queue, Standing};
use test_support::{Broker, TestDatabase};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::{Running, ended, kept, open, publisher, subscription, within};

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

/// Whoever listens where an encrypted broker should be is told nothing that could be read: TLS begins, and no password is sent.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_the_clear_to_an_encrypted_broker() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("amqps://guest:hidden@{}/%2F", listener.local_addr().unwrap());
    let ca = include_str!("authority.pem").to_owned();
    let endpoint = Endpoint::new(&url, None, Certificates { ca: Some(ca), client: None }).unwrap();
    let checking = tokio::spawn(async move { subscription(endpoint, Queue::random()).check().await });
    let (mut caller, _) = within("it calls", listener.accept()).await.unwrap();
    let mut first = [0; 3];
    within("it speaks", caller.read_exact(&mut first)).await.unwrap();
    // A handshake record of TLS.
    assert_eq!(first[..2], [22, 3]);
    drop(caller);
    assert!(within("it gives up", checking).await.unwrap().is_err());
}

/// A line to the broker that can fall silent: nothing goes through it any more, and nobody is told.
async fn line(broker: &Broker, mut is_silent: watch::Receiver<bool>) -> Endpoint {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    // A broker that is silent for two seconds is gone.
    let url = format!("amqp://guest:guest@{}/%2F?heartbeat=1", listener.local_addr().unwrap());
    let port = broker.url().trim_end_matches("/%2F").rsplit(':').next().unwrap().parse::<u16>().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut caller, _) = listener.accept().await.unwrap();
            is_silent.wait_for(|is_silent| !is_silent).await.unwrap();
            let mut silence = is_silent.clone();
            tokio::spawn(async move {
                let mut called = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let fallen_silent = async {
                    let _ = silence.wait_for(|is_silent| *is_silent).await;
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut caller, &mut called) => {}
                    // Both stay open.
                    () = fallen_silent => std::future::pending::<()>().await,
                }
            });
        }
    });
    Endpoint::new(&url, None, Certificates::default()).unwrap()
}

/// A network that drops all packets closes no connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_falls_silent_is_noticed_and_taken_from_again() {
    let Some(broker) = Broker::shared("a_broker_that_falls_silent_is_noticed_and_taken_from_again") else {
        return;
    };
    let (silence, is_silent) = watch::channel(false);
    let endpoint = line(broker, is_silent).await;
    let database = TestDatabase::sqlite();
    let queue = Queue::Lasting { name: "packflow-silent".to_owned() };
    let mut running = Running::start(open(&database).await, subscription(endpoint, queue), "silent");
    running.connected().await;
    silence.send_replace(true);
    within("it says that it is away", running.standings.away()).await;
    publisher(broker).await.publish(&ended("silent", "m-1", 1)).await.unwrap();
    silence.send_replace(false);
    running.connected().await;
    assert_eq!(running.kept(1).await[0].delivery_id, "m-1");
    running.stop().await;
}

/// Killed and restarted, as a machine that loses its power.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_was_killed_is_taken_from_again_and_what_it_had_comes() {
    let Some(broker) = Broker::own("a_broker_that_was_killed_is_taken_from_again_and_what_it_had_comes")
    else {
        return;
    };
    let endpoint = || Endpoint::new(&broker.url(), None, Certificates::default()).unwrap();
    let queue = || Queue::Lasting { name: "packflow-killed".to_owned() };
    let database = TestDatabase::sqlite();
    let db = open(&database).await;
    let mut running = Running::start(db, subscription(endpoint(), queue()), "killed");
    running.connected().await;
    let db = running.stop().await;
    publisher(&broker).await.publish(&ended("killed", "m-1", 1)).await.unwrap();
    broker.take_away();
    let mut running = Running::start(db, subscription(endpoint(), queue()), "killed");
    within("it says that it is away", running.standings.away()).await;
    broker.bring_back();
    running.connected().await;
    assert_eq!(kept(&running.db, 1).await[0].delivery_id, "m-1");
    // In the midst of it, too.
    broker.take_away();
    within("it says that it is away", running.standings.away()).await;
    broker.bring_back();
    running.connected().await;
    publisher(&broker).await.publish(&ended("killed", "m-2", 1)).await.unwrap();
    assert_eq!(running.kept(2).await.len(), 2);
    running.stop().await;
}

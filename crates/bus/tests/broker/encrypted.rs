//! Mutual TLS, as Fedora's broker has it (`docs/contracts.md` 7).

use bus::{Certificates, Endpoint, Publisher, Queue};
use secrecy::SecretString;
use test_support::{Broker, TestDatabase};

use crate::support::{Running, ended, open, subscription};

fn certificates(made: &test_support::Certificates) -> Certificates {
    let read = |file: std::path::PathBuf| std::fs::read_to_string(file).unwrap();
    Certificates {
        ca: Some(read(made.ca())),
        client: Some((read(made.client()).into_bytes(), SecretString::from(read(made.client_key())))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_lets_us_in_and_nothing_else_does() {
    let Some(broker) = Broker::encrypted("a_certificate_lets_us_in_and_nothing_else_does") else { return };
    let ours = certificates(broker.certificates());
    let endpoint = Endpoint::new(&broker.url(), None, ours.clone()).unwrap();
    let database = TestDatabase::sqlite();
    let db = open(&database).await;
    let mut running = Running::start(db, subscription(endpoint.clone(), Queue::random()), "encrypted");
    running.connected().await;
    let publisher = Publisher::connect(&endpoint, "amq.topic").await.unwrap();
    publisher.publish(&ended("encrypted", "m-1", 1)).await.unwrap();
    assert_eq!(running.kept(1).await[0].delivery_id, "m-1");
    running.stop().await;

    let without = Certificates { client: None, ..ours.clone() };
    let refused = Endpoint::new(&broker.url(), None, without).unwrap();
    assert!(subscription(refused, Queue::random()).check().await.is_err(), "without a certificate of ours");

    let strangers = test_support::Certificates::make().unwrap();
    let stranger = certificates(&strangers);
    let distrusted = Certificates { ca: stranger.ca.clone(), ..ours.clone() };
    let refused = Endpoint::new(&broker.url(), None, distrusted).unwrap();
    assert!(subscription(refused, Queue::random()).check().await.is_err(), "a broker that we do not trust");
    let distrusting = Certificates { client: stranger.client, ..ours };
    let refused = Endpoint::new(&broker.url(), None, distrusting).unwrap();
    assert!(
        subscription(refused, Queue::random()).check().await.is_err(),
        "a certificate that it does not trust"
    );
}

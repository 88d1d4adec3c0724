//! The Koji client against the simulator: logging in.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use builders::koji::{Koji, KojiConfig, KojiLogin};
use builders::{Builder, BuilderError};
use common::koji::{called, config, koji, real};
use common::{poll_to_the_end, simulator, submit};
use domain::words::TargetStatus;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use simulator::{Behaviour, Simulator, SimulatorConfig, Tls};

/// An authority that signs certificates.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(parameters, key) }
    }

    /// A certificate and its key.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2060, 1, 2);
        (parameters.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

async fn with_tls(hub: &Authority, clients: &Authority) -> Simulator {
    let (certificate, key) = hub.sign("127.0.0.1");
    let tls = Some(Tls { certificate, key, clients: clients.certificate.pem() });
    let behaviour = Behaviour::immediate();
    Simulator::start(SimulatorConfig { behaviour, tls, ..SimulatorConfig::default() }).await.unwrap()
}

fn by_certificate(
    simulator: &Simulator,
    hub: &Authority,
    (certificate, key): (String, String),
) -> KojiConfig {
    KojiConfig {
        hub: simulator.koji_tls_hub().unwrap(),
        authorities: Some(hub.certificate.pem().into_bytes()),
        login: KojiLogin::certificate(&certificate.into(), &key.into()),
        ..config(simulator)
    }
}

#[tokio::test]
async fn a_client_certificate_logs_in_and_its_end_is_told() {
    let (hub, clients) = (Authority::new(), Authority::new());
    let simulator = with_tls(&hub, &clients).await;
    let koji = Koji::new(by_certificate(&simulator, &hub, clients.sign("packflow"))).unwrap();
    let told = koji.check().await.unwrap();
    assert!(told.contains("lets packflow in by certificate, which ends on 2060-01-02 (in "), "{told}");
    let mut work = real(11, "f43");
    submit(&koji, &mut work).await;
    assert_eq!(poll_to_the_end(&koji, &work).await[0].status, TargetStatus::Succeeded);
    assert_eq!(called(&simulator, "sslLogin").len(), 1, "one session serves all calls");
}

#[tokio::test]
async fn a_certificate_or_hub_that_is_not_trusted_is_no_end_of_the_work() {
    let (hub, clients) = (Authority::new(), Authority::new());
    let simulator = with_tls(&hub, &clients).await;
    // Another authority's certificate; and none of the hub's authorities is the hub's.
    for (trusted, signer) in [(&hub, &hub), (&clients, &clients)] {
        let koji = Koji::new(by_certificate(&simulator, trusted, signer.sign("packflow"))).unwrap();
        let error = koji.submit(&real(11, "f43")).await.unwrap_err();
        assert!(matches!(error, BuilderError::Unavailable { .. }), "{error:?}");
    }
    let broken = KojiLogin::certificate(&"no certificate".to_owned().into(), &"no key".to_owned().into());
    let error = Koji::new(KojiConfig { login: broken, ..config(&simulator) }).unwrap_err();
    assert!(error.to_string().starts_with("the certificate and key cannot be used"), "{error}");
}

#[tokio::test]
async fn credentials_are_checked_and_never_shown() {
    let simulator = simulator(Behaviour::immediate()).await;
    let good = koji(&simulator);
    assert!(good.check().await.unwrap().ends_with("lets packflow in by password"));
    assert!(!format!("{good:?}").contains("simulated-koji-password"));
    assert!(simulator.log().iter().all(|entry| !entry.body.to_string().contains("simulated-koji-password")));

    let login = KojiLogin::Password { user: "packflow".to_owned(), password: "wrong".to_owned().into() };
    let error = Koji::new(KojiConfig { login, ..config(&simulator) }).unwrap().check().await.unwrap_err();
    assert!(error.to_string().contains("does not let us in: invalid username or password"), "{error}");
}

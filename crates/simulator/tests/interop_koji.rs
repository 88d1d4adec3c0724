//! The simulated Koji is driven by Koji's released client.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use simulator::{Accounts, Behaviour, BuildOutcome, KojiRule, Latencies, Simulator, SimulatorConfig, Tls};

/// A certificate and its key.
fn sign(issuer: &Issuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    // A name of its own: one that is its issuer's would be taken as signed by itself.
    parameters.distinguished_name.push(DnType::CommonName, name);
    (parameters.signed_by(&key, issuer).unwrap().pem(), key.serialize_pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_released_client_of_koji_logs_in_builds_tags_and_cancels() {
    let Some(programs) = common::peers("the released client of Koji") else { return };
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = parameters.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(parameters, key);
    let (certificate, key) = sign(&issuer, "127.0.0.1");
    let tls = Some(Tls { certificate, key, clients: authority.clone() });

    let fails = KojiRule {
        target: "f43-*".to_owned(),
        package: Some("flaky".to_owned()),
        scratch: Some(false),
        outcome: BuildOutcome::FailedOnce,
    };
    let latencies =
        Latencies { queue_ms: 20, source_ms: 50, build_ms: 100, spread_percent: 50, ..Latencies::ZERO };
    let behaviour = Behaviour { latencies, koji_builds: vec![fails], ..Behaviour::default() };
    let simulator =
        Simulator::start(SimulatorConfig { behaviour, tls, ..SimulatorConfig::default() }).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = sign(&issuer, "packflow");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let accounts = Accounts::default();
    let mut script = Command::new(programs.join("python"));
    script
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop_koji.py"))
        .env("KOJI_HUB", simulator.koji_hub())
        .env("KOJI_TLS_HUB", simulator.koji_tls_hub().unwrap())
        .env("KOJI_USER", accounts.koji_user)
        .env("KOJI_PASSWORD", accounts.koji_password)
        .env("KOJI_CERTIFICATE", file("client.pem", &format!("{certificate}{key}")))
        .env("KOJI_AUTHORITY", file("authority.pem", &authority));
    let output = tokio::task::spawn_blocking(move || script.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("all of it holds"), "{told}");
}

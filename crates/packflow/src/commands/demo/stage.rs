//! What the demo plays: repositories, what fails in them, and the deliveries.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use chrono::Utc;
use engine::Engine;
use simulator::{
    Accounts, Behaviour, BuildOutcome, BuildRule, Delivery, Pull, Repository, Simulator, SimulatorConfig,
    TestOutcome, TestRule,
};

/// The deliveries, in the wire format of GitHub: the event's name, the delivery's id, the body.
const DELIVERIES: [(&str, &str, &str); 5] = [
    ("pull_request", "demo-1", include_str!("../../../demo/deliveries/1-pull_request.json")),
    ("push", "demo-2", include_str!("../../../demo/deliveries/2-push.json")),
    ("release", "demo-3", include_str!("../../../demo/deliveries/3-release.json")),
    ("pull_request", "demo-4", include_str!("../../../demo/deliveries/4-pull_request.json")),
    ("pull_request", "demo-5", include_str!("../../../demo/deliveries/5-pull_request.json")),
];

/// The simulator: epel-9 does not build, and the upgrade test of Fedora 43 is flaky.
///
/// Its ids begin at the clock's seconds, so that a demo that continues a database never repeats one.
pub(super) fn simulator() -> SimulatorConfig {
    let start = Utc::now().timestamp().unsigned_abs();
    let behaviour = Behaviour {
        seed: start,
        builds: vec![BuildRule {
            chroot: "epel-9-x86_64".to_owned(),
            package: Some("hello".to_owned()),
            project: None,
            outcome: BuildOutcome::Failed,
        }],
        tests: vec![TestRule {
            compose: Some("Fedora-43".to_owned()),
            plan: Some("/plans/upgrade".to_owned()),
            url: None,
            variables: BTreeMap::new(),
            outcome: TestOutcome::FailedOnce,
        }],
        ..Behaviour::default()
    };
    let accounts = Accounts { bodhi_knows_everybody: true, ..Accounts::default() };
    SimulatorConfig { accounts, behaviour, first_copr_id: start, ..SimulatorConfig::default() }
}

/// Puts the repositories on the simulated GitHub.
pub(super) fn set(simulator: &Simulator) {
    let files = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let hello = Repository {
        files: files(&[
            (".packit.yaml", include_str!("../../../demo/hello/packit.yaml")),
            ("hello.spec", include_str!("../../../demo/hello/hello.spec")),
            (".fmf/version", "1\n"),
        ]),
        references: refs(&[("main", 1), ("1.2.0", 1)]),
        permissions: [("jan".to_owned(), "write".to_owned())].into(),
        pulls: pull(12, "maria", 0),
        ..Repository::default()
    };
    let tools = Repository {
        files: files(&[
            (".packit.yaml", include_str!("../../../demo/tools/packit.yaml")),
            (".fmf/version", "1\n"),
        ]),
        permissions: [("jan".to_owned(), "write".to_owned())].into(),
        pulls: pull(3, "jan", 3),
        ..Repository::default()
    };
    let stranger = Repository { pulls: pull(1, "guest", 4), ..Repository::default() };
    simulator.put_repository("example", "hello", hello);
    simulator.put_repository("example", "tools", tools);
    simulator.put_repository("guest", "hello", stranger);
}

/// References that stand for the commit that a pushed delivery tells of.
fn refs(names: &[(&str, usize)]) -> BTreeMap<String, String> {
    names.iter().map(|(name, delivery)| ((*name).to_owned(), commit(*delivery))).collect()
}

/// A pull request as its delivery tells it.
fn pull(number: u64, author: &str, delivery: usize) -> BTreeMap<u64, Pull> {
    let pull = Pull { head: commit(delivery), base: "main".to_owned(), author: author.to_owned() };
    [(number, pull)].into()
}

/// The commit of a delivery.
fn commit(delivery: usize) -> String {
    let body: serde_json::Value = serde_json::from_str(DELIVERIES[delivery].2).unwrap_or_default();
    let hash = body.pointer("/pull_request/head/sha").or_else(|| body.pointer("/after"));
    hash.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Delivers what the demo plays, signed, one after another so that the events are numbered in that order. What an earlier
/// demo delivered into the same database is known there.
pub(super) async fn deliver(
    simulator: &Simulator,
    engine: &Engine,
    public_url: &str,
    secret: &str,
) -> Result<()> {
    for (event, id, body) in DELIVERIES {
        let delivery = Delivery {
            url: format!("{public_url}/webhooks/github"),
            secret: secret.to_owned(),
            event: event.to_owned(),
            payload: serde_json::from_str(body).with_context(|| format!("delivery {id}"))?,
            guid: Some(id.to_owned()),
        };
        match simulator.deliver(delivery).await {
            Some(202) => {
                engine.settle_now("github.com", id).await?;
            }
            status => bail!("delivery {id} was answered with {status:?}"),
        }
    }
    Ok(())
}

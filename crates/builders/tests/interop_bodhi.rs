//! The Bodhi client against Bodhi's own server, which logs us in at the simulated provider (`docs/contracts.md` 9).

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod common;

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use builders::bodhi::{Bodhi, BodhiConfig, Login, OidcLogin, releases};
use builders::{Builder, BuilderError, Work, WorkInput};
use common::{refusal, simulator, submit, target, work};
use domain::details::{BodhiUpdate, JobDetails, TargetDetails};
use domain::ids::TargetId;
use domain::words::{JobKind, TargetStatus};
use simulator::Behaviour;

/// A running Bodhi server; killed when dropped.
struct Server {
    process: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Server {
    /// Its files are in a folder; people log in at a provider, or are all taken for one account.
    fn start(python: &Path, folder: &Path, login: &str) -> Self {
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop_bodhi.py"))
            .args([folder.as_os_str(), login.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("errors")).unwrap())
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let Some(Ok(port)) = answers.next() else {
            panic!("{}", std::fs::read_to_string(folder.join("errors")).unwrap())
        };
        Self { process, commands, answers, url: format!("http://127.0.0.1:{port}") }
    }

    /// Changes what Koji has, or does what Bodhi's composer does.
    fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
        assert_eq!(self.answers.next().unwrap().unwrap(), "done");
    }

    fn client(&self, login: Login) -> Bodhi {
        Bodhi::new(BodhiConfig { url: self.url.clone(), ..BodhiConfig::new(login) }).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn an_update(nvrs: &[&str], sidetag: Option<&str>) -> Work {
    let job = BodhiUpdate { sidetag_group: sidetag.map(|_| "group".to_owned()), ..BodhiUpdate::default() };
    let mut target = target(1, JobKind::BodhiUpdate, "f43", JobDetails::BodhiUpdate(job));
    target.inputs = (10..)
        .zip(nvrs)
        .map(|(id, nvr)| WorkInput {
            id: TargetId(id),
            kind: JobKind::KojiBuild,
            name: "f43".to_owned(),
            external_id: Some("100".to_owned()),
            details: TargetDetails {
                nvr: Some((*nvr).to_owned()),
                sidetag: sidetag.map(str::to_owned),
                ..TargetDetails::default()
            },
        })
        .collect();
    work(7, vec![target])
}

async fn status(bodhi: &Bodhi, work: &Work) -> TargetStatus {
    bodhi.poll(work).await.unwrap()[0].status
}

fn waits<T: std::fmt::Debug>(result: Result<T, BuilderError>) -> String {
    match result {
        Err(BuilderError::Unavailable { reason, .. }) => reason,
        other => panic!("expected that it waits, got {other:?}"),
    }
}

/// One server for all of it: it takes seconds to start.
#[tokio::test(flavor = "multi_thread")]
async fn bodhis_own_server_makes_edits_and_takes_back_updates() {
    let Some(python) = test_support::interop_bodhi("Bodhi's own server") else { return };
    let simulator = simulator(Behaviour::immediate()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.json");
    std::fs::write(&file, simulator.bodhi_login().to_string()).unwrap();
    let mut server = Server::start(&python, folder.path(), &simulator.bodhi_provider_url());
    let login = OidcLogin::new(file).at(&simulator.bodhi_provider_url());
    let bodhi = server.client(Login::Oidc(login));

    let found = bodhi.check().await.unwrap();
    assert!(found.contains("has 2 current releases") && found.contains("renews itself"), "{found}");
    let list = releases(&server.url).await.unwrap();
    let names: Vec<_> = list["releases"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["F42", "F43"]);
    let stranger = server.client(Login::Known);
    server.tell("tag f43-updates-candidate hello-1-1.fc43");
    waits(stranger.submit(&an_update(&["hello-1-1.fc43"], None)).await);

    // Created; looked up; asked for again, by us and by a stranger's submission of the same build.
    let mut hello = an_update(&["hello-1-1.fc43"], None);
    assert_eq!(bodhi.look_up(&hello).await.unwrap(), None);
    let submitted = submit(&bodhi, &mut hello).await;
    assert!(submitted.external_id.starts_with("FEDORA-"), "{submitted:?}");
    assert_eq!(submitted.observations[0].status, TargetStatus::Submitted);
    assert_eq!(bodhi.look_up(&hello).await.unwrap().unwrap().external_id, submitted.external_id);
    assert_eq!(bodhi.submit(&hello).await.unwrap().external_id, submitted.external_id);

    // What Koji does not have, or has not tagged, waits; what belongs to no release does not.
    let early = an_update(&["early-1-1.fc43"], None);
    assert!(waits(bodhi.submit(&early).await).contains("Build does not exist: early-1-1.fc43"));
    server.tell("tag f43-pending early-1-1.fc43");
    assert!(waits(bodhi.submit(&early).await).contains("Cannot find release"));
    server.tell("tag f43-updates early-1-1.fc43");
    assert!(waits(bodhi.submit(&early).await).contains("not tagged with any of the following tags"));
    server.tell("tag f43-updates-candidate early-1-1.fc43");
    bodhi.submit(&early).await.unwrap();
    server.tell("tag f99-updates-candidate alien-1-1.fc99");
    let refused = refusal(bodhi.submit(&an_update(&["alien-1-1.fc99"], None)).await);
    assert!(refused.contains("Cannot find release associated with build: alien-1-1.fc99"), "{refused}");

    // Taken back while pending and while in testing, and brought back by a rerun.
    bodhi.cancel(&hello).await.unwrap();
    bodhi.cancel(&hello).await.expect("twice is no error");
    assert_eq!(status(&bodhi, &hello).await, TargetStatus::Failed);
    hello.canceled = true;
    assert_eq!(status(&bodhi, &hello).await, TargetStatus::Canceled);
    let mut again = an_update(&["hello-1-1.fc43"], None);
    again.earlier_external_ids = vec![submitted.external_id.clone()];
    assert_eq!(submit(&bodhi, &mut again).await.external_id, submitted.external_id);
    assert_eq!(status(&bodhi, &again).await, TargetStatus::Submitted);
    server.tell(&format!("status {} testing", submitted.external_id));
    assert_eq!(status(&bodhi, &again).await, TargetStatus::Running);
    bodhi.cancel(&again).await.unwrap();
    assert_eq!(status(&bodhi, &again).await, TargetStatus::Failed);
    submit(&bodhi, &mut again).await;
    server.tell(&format!("status {} stable", submitted.external_id));
    let seen = bodhi.poll(&again).await.unwrap().remove(0);
    assert_eq!(seen.status, TargetStatus::Succeeded);
    assert!(seen.url.unwrap().ends_with(&submitted.external_id) && seen.peer_finished_at.is_some());
    bodhi.cancel(&again).await.expect("what is stable stays");

    // A sidetag: one update, edited when another build comes into it.
    let side = "f43-build-side-7";
    let one = an_update(&["tools-1-1.fc43"], Some(side));
    assert!(refusal(bodhi.submit(&one).await).contains("doesn't exist"));
    server.tell(&format!("sidetag {side} packit"));
    assert!(waits(bodhi.submit(&one).await).contains("doesn't contain any builds"));
    server.tell(&format!("tag {side} tools-1-1.fc43"));
    server.tell("tag f43-updates-candidate tools-1-1.fc43");
    let made = bodhi.submit(&one).await.unwrap().external_id;
    assert_eq!(bodhi.submit(&one).await.unwrap().external_id, made, "it is as it is to be");
    server.tell(&format!("tag {side} library-2-1.fc43"));
    server.tell("tag f43-updates-candidate library-2-1.fc43");
    let mut both = an_update(&["library-2-1.fc43", "tools-1-1.fc43"], Some(side));
    assert_eq!(bodhi.look_up(&both).await.unwrap(), None);
    assert_eq!(submit(&bodhi, &mut both).await.external_id, made);
    let seen = bodhi.poll(&both).await.unwrap().remove(0).details.unwrap();
    assert_eq!(seen.packages, ["library-2-1.fc43", "tools-1-1.fc43"]);
    assert_eq!(seen.sidetag.as_deref(), Some(side));
    bodhi.cancel(&both).await.unwrap();
    both.canceled = true;
    assert_eq!(status(&bodhi, &both).await, TargetStatus::Canceled);
    both.external_id = Some("FEDORA-2026-0000000000".to_owned());
    assert!(matches!(bodhi.poll(&both).await, Err(BuilderError::Refused(_))));
}

/// As `testing=USER` has it: whoever calls is known.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_every_caller_needs_no_login() {
    let Some(python) = test_support::interop_bodhi("Bodhi's own server without a login") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&python, folder.path(), "packit");
    server.tell("tag f42-updates-candidate hello-1-1.fc42");
    let bodhi = server.client(Login::Known);
    let submitted = bodhi.submit(&an_update(&["hello-1-1.fc42"], None)).await.unwrap();
    assert_eq!(submitted.observations[0].status, TargetStatus::Submitted);
}

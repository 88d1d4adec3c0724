//! A red chroot of a pull request is run again, once from its check on GitHub and once by keyboard in Chromium: the same is
//! done, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

#[path = "system/harness/mod.rs"]
mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use simulator::{LogEntry, PressedButton, System};
use test_support::{Browser, TestDatabase, on_both_databases};
use tokio::process::Command;

use harness::{Check, Setup, World, failing_once, hash};

const RED: &str = "rpm-build:fedora-43-x86_64";

fn all_ended(checks: &[Check]) -> bool {
    !checks.iter().any(|check| matches!(check.stands(), "queued" | "in_progress"))
}

/// The newest check of each name: what GitHub shows.
fn shown(checks: &[Check]) -> BTreeMap<&str, &str> {
    checks.iter().map(|check| (check.name.as_str(), check.stands())).collect()
}

/// A pull request whose fedora-43 failed; its event.
async fn red(world: &World, number: u64) -> i64 {
    let head = hash(number);
    let event = world.opened(number, &head).await;
    world.ended(event).await;
    world.checks_when(&head, "all checks have ended", |checks| checks.len() == 6 && all_ended(checks)).await;
    event
}

/// What drives Chromium: one of its tests, and where it looks.
struct Driver<'a> {
    browser: &'a Browser,
    world: &'a World,
    database: &'a str,
}

impl Driver<'_> {
    async fn run(&self, test: &str, event: i64) {
        let screenshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        let told = Command::new("node")
            .args(["--test", "--test-reporter=spec", "--test-name-pattern", test, "reruns.test.mjs"])
            .current_dir(&self.browser.scripts)
            .env("PACKFLOW_URL", self.world.url())
            .env("PACKFLOW_SIMULATOR_URL", self.world.simulator.url())
            .env("PACKFLOW_DATABASE_URL", self.database)
            .env("PACKFLOW_PROGRAM", env!("CARGO_BIN_EXE_packflow"))
            .env("PACKFLOW_CHROMIUM", &self.browser.chromium)
            .env("PACKFLOW_SCREENSHOTS", &screenshots)
            .env("PACKFLOW_EVENT", event.to_string())
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        println!("{out}");
        assert!(told.status.success() && out.contains("pass 1"), "{out}{err}");
    }
}

/// What was asked of the outside, ids left out, and how often. What only looks may be asked any number of times, and counts
/// as once.
fn asked(calls: &[LogEntry]) -> BTreeMap<String, usize> {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls {
        let path: Vec<&str> = call
            .path
            .split('/')
            .map(|part| if part.len() > 30 || part.parse::<u64>().is_ok() { "N" } else { part })
            .collect();
        let looks = call.method == "GET" && !call.path.ends_with("/permission") && call.path != "/user";
        let count = asked.entry(format!("{:?} {} {}", call.system, call.method, path.join("/"))).or_default();
        *count = if looks { 1 } else { *count + 1 };
    }
    asked
}

/// Both doors: one new Copr build of the SRPM that is there, with that chroot alone; the test of that chroot; a check for
/// each, told of each stage.
fn once(more: &[(&str, usize)], checks: &[Check]) -> BTreeMap<String, usize> {
    let updates: usize = checks.iter().map(|check| check.stages.len() - 1).sum();
    let always = [
        ("Copr GET /api_3/project", 1),
        ("Copr GET /api_3/project-chroot", 1),
        ("Copr POST /api_3/build/create/url", 1),
        ("Copr GET /api_3/build/N", 1),
        ("Copr GET /api_3/build-chroot/list", 1),
        ("Copr GET /api_3/build/built-packages/N", 1),
        ("TestingFarm POST /v0.1/requests", 1),
        ("TestingFarm GET /v0.1/requests/N", 1),
        ("GitHub POST /repos/upstream/hello/check-runs", 2),
        ("GitHub PATCH /repos/upstream/hello/check-runs/N", updates),
    ];
    always.iter().chain(more).map(|(call, count)| ((*call).to_owned(), *count)).collect()
}

on_both_databases! {
    async fn a_red_chroot_is_run_again_from_its_check_and_from_the_keyboard(database: TestDatabase) {
        let Some(browser) = test_support::interop_browser("a_red_chroot_is_run_again_from_its_check_and_from_the_keyboard") else { return };
        // Asked for at the beginning alone, so that nothing is asked for between.
        let keys = [("worker.missed_deliveries_minutes", "60"), ("worker.rerun_window_seconds", "0.2")];
        let world = Setup { database: database.url(), behaviour: failing_once(), keys: &keys }.world().await;
        let server = world.serve().await;
        let driver = Driver { browser: &browser, world: &world, database: database.url() };

        for (number, door) in [(1, "check"), (2, "keyboard")] {
            let (head, event) = (hash(number), red(&world, number).await);
            let before = world.sent();
            assert_eq!(shown(&before.checks(&head))[RED], "failure");
            if door == "check" {
                world.press(PressedButton::Rerun { head: head.clone(), name: RED.to_owned() }).await;
            } else {
                driver.run("by keyboard", event).await;
            }
            let checks = world
                .checks_when(&head, "the red ones have turned green", |checks| checks.len() == 8 && all_ended(checks))
                .await;
            let workflow = world.ended(event).await;
            assert_eq!(workflow["status"], "succeeded");
            assert!(shown(&checks).values().all(|stands| *stands == "success"), "{checks:?}");
            assert_eq!(checks[..6], before.checks(&head)[..], "the first attempts stay as they ended");

            let sent = world.sent();
            let (builds, tests) = (sent.builds(), sent.tests());
            let (first, again) = (&builds[builds.len() - 2], &builds[builds.len() - 1]);
            assert_eq!((again.chroots.as_slice(), again.script.as_str()), (&["fedora-43-x86_64".to_owned()][..], ""));
            assert_eq!(again.project, first.project);
            let create = sent.0.iter().rev().find(|call| call.path == "/api_3/build/create/url").unwrap();
            let srpm = create.body["pkgs"][0].as_str().unwrap();
            assert!(srpm.ends_with(".src.rpm") && srpm.contains(&format!("/srpm-builds/{:0>8}/", first.id)), "{srpm}");
            let artifact = format!("{}:fedora-43-x86_64", again.id);
            assert_eq!(tests.last().map(|test| &test.artifact), Some(&artifact));
            // GitHub is asked whether Alice may: by the check once; by the pages when she looks, and when she confirms.
            let more: &[(&str, usize)] = if door == "check" {
                &[("GitHub GET /repos/upstream/hello/collaborators/alice/permission", 1)]
            } else {
                &[
                    ("GitHub GET /repos/upstream/hello/collaborators/alice/permission", 2),
                    ("GitHub GET /login/oauth/authorize", 1),
                    ("GitHub POST /login/oauth/access_token", 1),
                    ("GitHub GET /user", 1),
                    // The token of the login is given back at once.
                    ("GitHub DELETE /applications/simulated-client-id/token", 1),
                ]
            };
            assert_eq!(asked(&sent.0[before.0.len()..]), once(more, &checks[6..]), "{door}");
            driver.run("attempt 2 over 1", event).await;
        }
        assert!(server.stop().await.success());
        world.said(&["doctor", "--verify"]);
        assert_eq!(world.sent().count(System::Copr, "PUT", "/api_3/build/cancel/1"), 0);
    }
}

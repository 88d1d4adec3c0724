//! The dashboard in a real browser: `packflow demo` as a user starts it, driven by `xtask/peers/browser`.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod demo;

use std::path::Path;
use std::process::{Command, Stdio};

use demo::Demo;

#[test]
fn the_dashboard_works_in_a_browser() {
    let Some(browser) = test_support::interop_browser("the_dashboard_works_in_a_browser") else { return };
    let folder = tempfile::tempdir().unwrap();
    let screenshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    let demo = Demo::start(folder.path());
    let told = Command::new("node")
        .args(["--test", "--test-reporter=spec", "dashboard.test.mjs"])
        .current_dir(&browser.scripts)
        .env("PACKFLOW_URL", &demo.url)
        .env("PACKFLOW_SIMULATOR_URL", &demo.simulator)
        .env("PACKFLOW_DATABASE_URL", &demo.database)
        .env("PACKFLOW_PROGRAM", env!("CARGO_BIN_EXE_packflow"))
        .env("PACKFLOW_CHROMIUM", &browser.chromium)
        .env("PACKFLOW_SCREENSHOTS", &screenshots)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    println!("{out}");
    assert!(told.status.success(), "{out}{err}");
}

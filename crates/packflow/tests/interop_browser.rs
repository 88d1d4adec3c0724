//! The dashboard in a real browser: `packflow demo` as a user starts it, driven by `xtask/peers/browser`.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A demo that ends with its test.
struct Demo {
    process: Child,
    url: String,
    simulator: String,
    database: String,
}

impl Demo {
    /// Starts one on a free port, with a database of its own, and reads from its first lines where it is.
    fn start(folder: &Path) -> Self {
        let database = format!("sqlite://{}", folder.join("demo.sqlite").display());
        let mut process = Command::new(env!("CARGO_BIN_EXE_packflow"))
            .args(["demo", "--listen", "127.0.0.1:0", "--database", &database])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(|line| line.unwrap());
        let mut address = |before: &str| {
            let line = lines.find(|line| line.contains(before)).unwrap();
            let address = line.split(before).nth(1).unwrap();
            address.split_whitespace().next().unwrap().to_owned()
        };
        let url = address("packflow demo: ");
        let simulator = address("simulated at ");
        // Nobody reads on, but a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url, simulator, database }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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

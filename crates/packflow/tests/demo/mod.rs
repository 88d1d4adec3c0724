//! `packflow demo` as a user starts it, for foreign clients.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A demo that ends with its test.
#[allow(dead_code, reason = "not every test asks for all of it")]
pub(crate) struct Demo {
    process: Child,
    /// Where its pages are.
    pub(crate) url: String,
    /// Where GitHub and the build systems are simulated.
    pub(crate) simulator: String,
    /// What `--database` takes.
    pub(crate) database: String,
}

impl Demo {
    /// Starts one on a free port, with a database of its own, and reads from its first lines where it is.
    pub(crate) fn start(folder: &Path) -> Self {
        let database = format!("sqlite://{}", folder.join("demo.sqlite").display());
        let mut process = Command::new(env!("CARGO_BIN_EXE_packflow"))
            .args(["demo", "--listen", "127.0.0.1:0", "--database", &database])
            // A client that thinks of much is not to meet the limit for one caller.
            .env("PACKFLOW_SERVER__CHANGES_PER_MINUTE", "60000")
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

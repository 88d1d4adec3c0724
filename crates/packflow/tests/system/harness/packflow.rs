//! One process of the program.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// The program with a configuration. What else tests are steered by is no configuration of it.
pub(super) fn program(arguments: &[&str], configuration: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packflow"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PACKFLOW_")) {
        command.env_remove(name);
    }
    // Fedora's Bodhi is not asked for its releases.
    command.env("PACKFLOW_BODHI__REFRESH_HOURS", "0");
    command.args(arguments).arg("--config").arg(configuration);
    command
}

/// A running process. Dropped, it is killed.
pub(crate) struct Packflow(Child);

impl Packflow {
    /// Starts it; what it logs is appended to a file.
    pub(super) fn start(arguments: &[&str], configuration: &Path, log: &Path) -> Self {
        let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = program(arguments, configuration)
            .args(["--log", "info,web=warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Whether it has ended by itself, and how.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// The memory that it needs now, in kB.
    pub(crate) fn memory_kb(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most memory that it ever needed, in kB.
    pub(crate) fn highest_memory_kb(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it as a power cut does: SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Ends it as a supervisor does: SIGTERM, then waits.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        super::until("the process ends by itself", async || self.ended()).await
    }
}

impl Drop for Packflow {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

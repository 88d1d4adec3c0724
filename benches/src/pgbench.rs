//! `pgbench`, PostgreSQL's own client: what a statement costs without us.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use store::reads::measured::Script;
use tempfile::TempDir;

use crate::Spread;

/// Sends statements to one database.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    url: String,
}

/// A statement, and which of its values differ from run to run: the name and the expression of pgbench that makes it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The statement.
    pub script: Script,
    /// `p1` and `random(1, 1000)`, for example.
    pub chosen: Option<(&'static str, String)>,
}

impl Pgbench {
    /// For the database at this address.
    pub fn new(programs: &test_support::Programs, url: &str) -> Self {
        Self { program: programs.path("pgbench"), url: url.to_owned() }
    }

    /// Sends the statements, prepared once by each client, until the time is over; several are taken by turns. `settings` are
    /// PostgreSQL's, each such as `jit=off`.
    ///
    /// # Errors
    /// If it cannot be run, or a statement fails.
    pub fn run(&self, sent: &[Sent], clients: usize, lasting: Duration, settings: &[&str]) -> Result<Spread> {
        let folder = TempDir::with_prefix("packflow-pgbench-")?;
        let mut command = Command::new(&self.program);
        command
            .current_dir(folder.path())
            .env("PGOPTIONS", settings.iter().map(|setting| format!("-c {setting} ")).collect::<String>());
        command.args(["--no-vacuum", "--protocol=prepared", "--log", "--log-prefix=log"]);
        command.args([format!("--client={clients}"), format!("--jobs={}", clients.min(2))]);
        command.arg(format!("--time={}", lasting.as_secs().max(1)));
        for (place, sent) in sent.iter().enumerate() {
            let mut text = String::new();
            for (number, value) in sent.script.values.iter().enumerate() {
                let name = format!("p{}", number + 1);
                match &sent.chosen {
                    Some((chosen, expression)) if *chosen == name => {
                        // Writing to a string does not fail.
                        let _ = writeln!(text, "\\set {name} {expression}");
                    }
                    _ => {
                        command.arg(format!("--define={name}={value}"));
                    }
                }
            }
            let file = folder.path().join(format!("{place}.sql"));
            std::fs::write(&file, format!("{text}{};\n", sent.script.text))?;
            command.arg("--file").arg(file);
        }
        let output = command.arg(&self.url).output().context("pgbench cannot be run")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench: {told}");
        let mut took = Vec::new();
        for file in std::fs::read_dir(folder.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().starts_with("log.") {
                // client, transaction, time in microseconds, script, and when.
                for line in std::fs::read_to_string(file.path())?.lines() {
                    let time = line.split(' ').nth(2).context("a line of pgbench has a time")?;
                    took.push(Duration::from_micros(time.parse()?));
                }
            }
        }
        ensure!(!took.is_empty(), "pgbench sent nothing: {told}");
        Ok(Spread::of(took))
    }
}

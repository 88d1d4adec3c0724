//! A PostgreSQL server of our own, for as long as this process lives.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::programs::{Programs, finish};
use crate::ports::free_port;
use crate::unprivileged::Account;

/// What every server of ours is set to.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 500
";

/// Nothing that a test writes has to survive a power cut.
const NOT_DURABLE: &str = "
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
";

/// Somebody else may take the free port between our looking and the server's start.
const START_ATTEMPTS: u32 = 5;

/// Waits until this process is gone, however it went: then its end of the pipe is closed.
/// Arguments: `pg_ctl`, the cluster's folder.
const WATCHER: &str = r#"cat >/dev/null; "$1" stop -s -m immediate -D "$2/data" 2>/dev/null; rm -rf "$2""#;

/// A running server on a loopback port and a Unix socket, in a folder of its own. It is stopped
/// and its folder removed when this value is dropped or the process ends, even by SIGKILL.
#[derive(Debug)]
pub struct Cluster {
    watcher: Child,
    url: String,
    workplace: Workplace,
    programs: Programs,
}

impl Cluster {
    /// Creates and starts a server. Takes one to two seconds.
    ///
    /// # Errors
    ///
    /// If the server cannot be created or started, with what its programs said.
    pub fn start(programs: &Programs) -> Result<Self> {
        Self::start_with(programs, NOT_DURABLE)
    }

    /// Creates and starts a server that loses nothing it has committed, as in production: for measurements.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn start_durable(programs: &Programs) -> Result<Self> {
        Self::start_with(programs, "")
    }

    fn start_with(programs: &Programs, durability: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("packflow-postgres-").tempdir()?;
        let account = Account::for_folder(folder.path())?;
        let workplace = Workplace { folder: folder.path().to_path_buf(), account };
        let watcher = workplace.watch(programs)?;
        // From here on the watcher removes the folder.
        let _ = folder.keep();
        let mut cluster = Self { watcher, url: String::new(), workplace, programs: programs.clone() };
        cluster.workplace.initialise(programs)?;
        let port = cluster.workplace.start(programs, durability)?;
        cluster.url = format!("postgres://packflow@127.0.0.1:{port}/postgres");
        Ok(cluster)
    }

    /// Takes the server away as a crash does; what was committed stays.
    ///
    /// # Errors
    ///
    /// If it cannot be stopped, with what its programs said.
    pub fn take_away(&self) -> Result<()> {
        self.workplace.control(&self.programs, &["stop", "-m", "immediate"])
    }

    /// Brings the server back where it was.
    ///
    /// # Errors
    ///
    /// If it does not start, with what its programs said.
    pub fn bring_back(&self) -> Result<()> {
        self.workplace.control(&self.programs, &["start"])
    }

    /// The URL of the server's maintenance database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // If it cannot be waited for, the watcher still does its work.
        let _ = self.watcher.wait();
    }
}

/// The folder of a cluster and who works in it.
#[derive(Debug)]
struct Workplace {
    folder: PathBuf,
    account: Option<Account>,
}

impl Workplace {
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("HOME", &self.folder);
        if let Some(account) = self.account {
            account.apply(&mut command);
        }
        command
    }

    /// A process group of its own keeps Ctrl-C in the terminal away from the watcher.
    fn watch(&self, programs: &Programs) -> Result<Child> {
        self.command(Path::new("/bin/sh"))
            .args(["-c", WATCHER, "postgres-watcher"])
            .args([&programs.path("pg_ctl"), &self.folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot run /bin/sh")
    }

    fn initialise(&self, programs: &Programs) -> Result<()> {
        finish(
            self.command(&programs.path("initdb"))
                .args(["--no-sync", "--auth=trust", "--username=packflow", "--encoding=UTF8", "--locale=C"])
                .arg(self.folder.join("data")),
        )
    }

    /// Has `pg_ctl` do something and waits until it is done.
    fn control(&self, programs: &Programs, what: &[&str]) -> Result<()> {
        finish(
            self.command(&programs.path("pg_ctl"))
                .args(what)
                .args(["-s", "-w", "-t", "60", "-D"])
                .arg(self.folder.join("data"))
                .arg("-l")
                .arg(self.folder.join("log")),
        )
    }

    /// Starts the server and returns its port.
    fn start(&self, programs: &Programs, durability: &str) -> Result<u16> {
        let configuration = self.folder.join("data/postgresql.auto.conf");
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            let sockets = self.folder.display();
            let text =
                format!("{SETTINGS}{durability}port = {port}\nunix_socket_directories = '{sockets}'\n");
            std::fs::write(&configuration, text)?;
            match self.control(programs, &["start"]) {
                Ok(()) => return Ok(port),
                Err(_) if attempt < START_ATTEMPTS => attempt += 1,
                Err(error) => {
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    return Err(error.context(format!("PostgreSQL does not start; its log:\n{log}")));
                }
            }
        }
    }
}

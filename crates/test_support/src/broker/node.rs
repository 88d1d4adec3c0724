//! One node of RabbitMQ: its folder, its ports, its process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::certificates::Certificates;
use crate::ports::free_port;
use crate::unprivileged::Account;

/// Where distributions put the program that starts a server as whoever calls it. What is in `PATH` changes the account.
const PROGRAMS: [&str; 2] =
    ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/libexec/rabbitmq/rabbitmq-server"];

/// What every broker of ours is set to: no limit that a test machine would meet.
const SETTINGS: &str =
    "disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 1GB\nlog.file.level = warning\n";

/// Only loopback, and one scheduler: many may run beside each other.
const ERLANG: &str = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none";

/// The longest that a node may take to start.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(50);
/// How long it may take to answer a caller, before it counts as not started yet.
const ANSWER: Duration = Duration::from_secs(2);
/// What a caller says first.
const AMQP_0_9_1: &[u8] = b"AMQP\x00\x00\x09\x01";
/// What the answer begins with.
const METHOD_FRAME: [u8; 1] = [1];
/// How often it is tried.
const START_ATTEMPTS: u32 = 3;

/// Waits until this process is gone, however it went: then its end of the pipe is closed. Erlang's port mapper is in a session of
/// its own, and does not end before it has noticed that the node is gone. Arguments: the folder, the mapper's port.
const WATCHER: &str = r#"cat >/dev/null
test -s "$1/group" && kill -9 "-$(cat "$1/group")" 2>/dev/null
epmd=$(command -v epmd || echo "$(ls -d /usr/lib/erlang/erts-*/bin | tail -1)/epmd")
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  "$epmd" -port "$2" -names >/dev/null 2>&1 || break
  "$epmd" -port "$2" -kill >/dev/null 2>&1 && break
  sleep 0.1
done
rm -rf "$1""#;

/// The program that starts a server; none if RabbitMQ is not installed.
#[must_use]
pub fn server_program() -> Option<PathBuf> {
    PROGRAMS.iter().map(PathBuf::from).find(|program| program.is_file())
}

/// A node that may run.
#[derive(Debug)]
pub(super) struct Node {
    folder: PathBuf,
    account: Option<Account>,
    ports: Ports,
    is_encrypted: bool,
}

#[derive(Debug)]
struct Ports {
    amqp: u16,
    distribution: u16,
    mapper: u16,
}

impl Node {
    /// A folder for it, and who removes that when this process is gone.
    pub(super) fn prepare(certificates: Option<&Certificates>) -> Result<(Self, Child)> {
        let folder = tempfile::Builder::new().prefix("packflow-rabbitmq-").tempdir()?;
        let path = folder.path().to_path_buf();
        let ports = Ports { amqp: free_port()?, distribution: free_port()?, mapper: free_port()? };
        let mut settings = SETTINGS.to_owned();
        if let Some(certificates) = certificates {
            settings.push_str(&certificates.settings(&path, ports.amqp)?);
        }
        std::fs::write(path.join("rabbitmq.conf"), settings)?;
        let plugins = if certificates.is_some() { "[rabbitmq_auth_mechanism_ssl]." } else { "[]." };
        std::fs::write(path.join("enabled_plugins"), plugins)?;
        let account = Account::for_folder(&path)?;
        let node = Self { folder: path, account, ports, is_encrypted: certificates.is_some() };
        let watcher = node
            .command(Path::new("/bin/sh"))
            .args(["-c", WATCHER, "rabbitmq-watcher"])
            .arg(&node.folder)
            .arg(node.ports.mapper.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot run /bin/sh")?;
        let _ = folder.keep();
        Ok((node, watcher))
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.ports.amqp
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("HOME", &self.folder);
        if let Some(account) = self.account {
            account.apply(&mut command);
        }
        command
    }

    /// Starts it and waits until it lets somebody in.
    pub(super) fn start(&self) -> Result<()> {
        let program = server_program().context("RabbitMQ is not installed")?;
        let mut attempt = 1;
        loop {
            match self.try_start(&program) {
                Err(_) if attempt < START_ATTEMPTS => {
                    // What came to nothing may still run, and would be in the way.
                    self.kill()?;
                    attempt += 1;
                }
                tried => return tried,
            }
        }
    }

    fn try_start(&self, program: &Path) -> Result<()> {
        let out = std::fs::File::create(self.folder.join("out"))?;
        let at = |name: &str| self.folder.join(name);
        let mut server = self
            .command(program)
            .env("RABBITMQ_NODENAME", format!("packflow-{}@localhost", self.ports.amqp))
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", at("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env(
                "RABBITMQ_NODE_PORT",
                if self.is_encrypted { String::new() } else { self.ports.amqp.to_string() },
            )
            .env("RABBITMQ_DIST_PORT", self.ports.distribution.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", self.ports.mapper.to_string())
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", ERLANG)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        std::fs::write(at("group"), server.id().to_string())?;
        let begun = Instant::now();
        while !self.answers() {
            if let Some(ended) = server.try_wait()? {
                bail!("RabbitMQ does not start: {ended}\n{}", self.said());
            }
            ensure!(begun.elapsed() < PATIENCE, "RabbitMQ does not start in time\n{}", self.said());
            std::thread::sleep(LOOK);
        }
        // Nobody waits for it otherwise, and a process that nobody waits for stays.
        std::thread::spawn(move || server.wait());
        Ok(())
    }

    /// Whether it speaks: whoever calls names the protocol, and it begins the handshake. An encrypted one has a handshake before
    /// that, so that somebody listens has to do.
    fn answers(&self) -> bool {
        let Ok(mut called) = TcpStream::connect_timeout(&self.address(), LOOK) else { return false };
        if self.is_encrypted {
            return true;
        }
        let mut frame = [0];
        called.set_read_timeout(Some(ANSWER)).is_ok()
            && called.write_all(AMQP_0_9_1).is_ok()
            && called.read_exact(&mut frame).is_ok()
            && frame == METHOD_FRAME
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.amqp))
    }

    fn said(&self) -> String {
        let mut said = std::fs::read_to_string(self.folder.join("out")).unwrap_or_default();
        let logs = std::fs::read_dir(self.folder.join("log")).into_iter().flatten().flatten();
        for log in logs {
            said.push_str(&std::fs::read_to_string(log.path()).unwrap_or_default());
        }
        said
    }

    /// Kills all of its processes.
    pub(super) fn kill(&self) -> Result<()> {
        let group = std::fs::read_to_string(self.folder.join("group")).context("it was never started")?;
        let mut kill = self.command(Path::new("/bin/sh"));
        // What has ended already needs no killing; whether it is gone is seen by its port.
        kill.args(["-c", r#"kill -9 "-$1""#, "kill", group.trim()]).stderr(Stdio::null()).status()?;
        let begun = Instant::now();
        while TcpStream::connect_timeout(&self.address(), LOOK).is_ok() {
            ensure!(begun.elapsed() < PATIENCE, "the broker does not die");
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

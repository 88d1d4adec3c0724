//! `packflow` as it is shipped, against the simulator: what is measured is the program and nothing of ours.

use std::process::Stdio;

use anyhow::{Context, Result};
use domain::words::EventStatus;
use simulator::Accounts;
use store::{Db, inbox, reads};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::deliver::SECRET;
use crate::process::{Memory, packflow};
use crate::{Outside, Place, shapes};

/// How a service is run.
#[derive(Debug, Clone, Copy)]
pub struct ServiceOptions {
    /// Workers; the first is inside `packflow serve`, each further one a process of its own.
    pub workers: usize,
    /// How soon a submission is looked at again, in seconds; none for the default.
    pub poll_at_least_seconds: Option<f64>,
}

/// A running `packflow serve` with its further workers; dropped, they are killed.
#[derive(Debug)]
pub struct Service {
    /// Where it serves, without a slash at the end.
    pub url: String,
    server: Running,
    #[expect(dead_code, reason = "held for its Drop")]
    workers: Vec<Running>,
    #[expect(dead_code, reason = "held for its Drop")]
    folder: TempDir,
}

/// A process and the open end of its output: it would be told off for writing to a closed one.
#[derive(Debug)]
struct Running {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Service {
    /// Starts it; it serves when this returns.
    ///
    /// # Errors
    /// If the program cannot be built, or does not start.
    pub async fn start(place: &Place, outside: &Outside, options: ServiceOptions) -> Result<Self> {
        let folder = TempDir::with_prefix("packflow-service-")?;
        let configuration = folder.path().join("packflow.toml");
        std::fs::write(&configuration, configuration_text(outside, options, &folder)?)?;
        let run = |command: &str| {
            let mut program = Command::new(packflow()?);
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("PACKFLOW_") {
                    program.env_remove(name);
                }
            }
            // Fedora's Bodhi is not asked for its releases.
            program.env("PACKFLOW_BODHI__REFRESH_HOURS", "0");
            program.arg(command).arg("--config").arg(&configuration).args(["--database", &place.url]);
            program.args(["--log", "warn"]).stdout(Stdio::piped()).kill_on_drop(true);
            anyhow::Ok(program)
        };
        let mut serve = run("serve")?;
        serve.args(["--listen", "127.0.0.1:0"]);
        if options.workers == 0 {
            serve.arg("--no-worker");
        }
        let (server, first_line) = Running::start(serve).await?;
        let url = first_line.split_whitespace().find(|word| word.starts_with("http://"));
        let url = url.with_context(|| format!("packflow serve said {first_line}"))?.to_owned();
        let mut workers = Vec::new();
        for _ in 1..options.workers {
            let mut worker = run("worker")?;
            worker.env("PACKFLOW_SERVER__PUBLIC_URL", &url);
            workers.push(Running::start(worker).await?.0);
        }
        Ok(Self { url, server, workers, folder })
    }

    /// The memory of the server's process.
    ///
    /// # Errors
    /// If it has ended.
    pub fn memory(&self) -> Result<Memory> {
        Memory::of(self.server.process.id().context("packflow serve has ended")?)
    }
}

impl Running {
    /// Starts a process and waits for its first line.
    async fn start(mut command: Command) -> Result<(Self, String)> {
        let mut process = command.spawn().context("packflow does not start")?;
        let output = process.stdout.take().context("its output is ours")?;
        let mut lines = BufReader::new(output).lines();
        let first = lines.next_line().await?.context("packflow ended at once")?;
        Ok((Self { process, lines }, first))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = (self.process.start_kill(), &self.lines);
    }
}

fn configuration_text(outside: &Outside, options: ServiceOptions, folder: &TempDir) -> Result<String> {
    let accounts = Accounts::default();
    let secret = |name: &str, text: &str| -> Result<String> {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    };
    let simulator = outside.simulator();
    let poll = options.poll_at_least_seconds.map(|seconds| format!("poll_at_least_seconds = {seconds}"));
    Ok(format!(
        r#"
[server]
changes_per_minute = 60000
[access]
allow = ["github.com/{namespace}"]
[[forge]]
kind = "github"
api_url = "{github}"
token_file = "{github_token}"
webhook_secret_file = "{webhook_secret}"
[copr]
url = "{copr}"
owner = "{copr_user}"
login_file = "{copr_login}"
token_file = "{copr_token}"
[testing_farm]
url = "{testing_farm}"
api_key_file = "{testing_farm_key}"
[bodhi]
refresh_hours = 0
[worker]
reports_per_minute = 1000000
{poll}
"#,
        namespace = shapes::NAMESPACE,
        github = simulator.github_url(),
        github_token = secret("github-token", &accounts.github_token)?,
        webhook_secret = secret("webhook-secret", SECRET)?,
        copr = simulator.copr_url(),
        copr_user = accounts.copr_user,
        copr_login = secret("copr-login", &accounts.copr_login)?,
        copr_token = secret("copr-token", &accounts.copr_token)?,
        testing_farm = simulator.testing_farm_url(),
        testing_farm_key = secret("testing-farm-key", &accounts.testing_farm_key)?,
        poll = poll.unwrap_or_default(),
    ))
}

/// How many deliveries and events have not ended, and how many events did not succeed, of the newest `events`.
///
/// # Errors
/// If the database cannot be read.
pub async fn unfinished(db: &Db, events: usize) -> Result<(usize, usize)> {
    let (waiting, _) = inbox::pending(db).await?;
    let everything = reads::EventFilter::default();
    let page = reads::events(db, &reads::Viewer::Public, &everything, None, i64::try_from(events)?).await?;
    let rows = page.rows;
    let open =
        rows.iter().filter(|event| matches!(event.status, EventStatus::Running | EventStatus::Waiting));
    let open = open.count() + usize::try_from(waiting)? + events.saturating_sub(rows.len());
    let bad = rows.iter().filter(|event| event.status != EventStatus::Succeeded).count();
    Ok((open, bad))
}

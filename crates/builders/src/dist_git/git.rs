//! Git, as it may be used on repositories that nobody has checked: no hooks, no configuration but ours, only the transport
//! that is meant, no redirects, no prompts; credentials in no argument that others could see.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

/// Where a checkout stood before the program had it.
pub(super) const BASE: &str = "refs/packflow/base";
/// How long one call of git may take.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// How many characters of its complaint are told on.
const SHOWN: usize = 300;

/// What went wrong with a call of git.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitError {
    /// Git says no.
    #[error("{0}")]
    Failed(String),
    /// It was not run, or not to its end.
    #[error("{0}")]
    Unavailable(String),
}

/// An account at a git server.
#[derive(Debug, Clone)]
pub struct GitAccount {
    /// Its name.
    pub name: String,
    /// Its password or token.
    pub password: SecretString,
}

/// How git gets at a repository.
#[derive(Debug, Clone, Copy)]
pub(super) enum Transport<'a> {
    /// Nothing is fetched or pushed.
    None,
    /// A file of this machine.
    File,
    /// HTTP(S), as the address says, with this account if one is needed.
    Web { url: &'a str, account: Option<&'a GitAccount> },
}

/// Runs git in a folder; what it printed.
pub(super) async fn git(
    folder: &Path,
    transport: Transport<'_>,
    arguments: &[&str],
) -> Result<String, GitError> {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "http.followRedirects=false",
        ])
        .args(["-c", "protocol.version=2", "-c", "transfer.fsckObjects=true", "-c", "gc.auto=0"])
        .args(["-c", "credential.helper=", "-c", "submodule.recurse=false"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", protocol(transport))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Transport::Web { url, account: Some(account) } = transport {
        // By the environment: the arguments of a program can be seen by everybody. For this address only.
        let basic = STANDARD.encode(format!("{}:{}", account.name, account.password.expose_secret()));
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("http.{url}.extraHeader"))
            .env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
    }
    let output = tokio::time::timeout(TIMEOUT, command.output())
        .await
        .map_err(|_| GitError::Unavailable(format!("git took more than {} s", TIMEOUT.as_secs())))?
        .map_err(|error| GitError::Unavailable(format!("git cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint: String =
        complaint.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect();
    let what = arguments.first().copied().unwrap_or_default();
    Err(GitError::Failed(format!("git {what}: {complaint}")))
}

/// The text of a small file of a commit; empty if there is none. Who made the commit may be anybody.
pub(super) async fn small_file(
    folder: &Path,
    commit: &str,
    path: &str,
    largest: u64,
) -> Result<String, GitError> {
    let listed = git(
        folder,
        Transport::None,
        &["ls-tree", "--format=%(objecttype) %(objectsize)", commit, "--", path],
    )
    .await?;
    match listed.strip_prefix("blob ").and_then(|size| size.trim().parse::<u64>().ok()) {
        None if listed.is_empty() => Ok(String::new()),
        Some(size) if size <= largest => {
            git(folder, Transport::None, &["show", &format!("{commit}:{path}")]).await
        }
        _ => Err(GitError::Failed(format!("`{path}` is no file of at most {largest} bytes"))),
    }
}

fn protocol(transport: Transport<'_>) -> &'static str {
    match transport {
        Transport::None => "none",
        Transport::File => "file",
        Transport::Web { url, .. } if url.starts_with("http://") => "http",
        Transport::Web { .. } => "https",
    }
}

//! The sandbox: bubblewrap, with limits by `prlimit` and, where we are root, another user by `setpriv`.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::workshop::{Errand, ErrandEnd, ErrandLimits, GIVEN_FOLDER, WORK_FOLDER, Workshop, WorkshopError};

/// Debian's and Fedora's `nobody`.
const NOBODY: u32 = 65534;
/// Read-only, where it is there: programs, libraries, and what they need of the system's settings. Nothing of a user's, and
/// no configuration of ours.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/rpm",
    "/etc/mime.types",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/crypto-policies",
];
/// Links into `/usr` that a merged system has.
const LINKS: [&str; 4] = ["bin", "sbin", "lib", "lib64"];
/// The size of the sandbox's own temporary folder, in bytes.
const TEMPORARY: &str = "1073741824";

/// Runs programs in bubblewrap: another user, own processes, no network, a read-only system, own temporary folder.
#[derive(Debug, Clone)]
pub struct Bubblewrap {
    /// What a program may use up.
    pub limits: ErrandLimits,
    /// Further folders that are shown read-only: where Packit's command line is installed.
    pub shown: Vec<PathBuf>,
}

impl Bubblewrap {
    fn command(&self, errand: &Errand) -> Command {
        let limits = &self.limits;
        let mut arguments: Vec<String> = Vec::new();
        if is_root() {
            // The user namespace alone would leave us root outside.
            arguments.extend([
                "setpriv".to_owned(),
                format!("--reuid={NOBODY}"),
                format!("--regid={NOBODY}"),
            ]);
            arguments.extend(["--clear-groups", "--no-new-privs", "--"].map(str::to_owned));
        }
        arguments.extend([
            "prlimit".to_owned(),
            format!("--cpu={}", limits.cpu.as_secs()),
            format!("--as={}", limits.memory),
            format!("--nproc={}", limits.processes),
            format!("--fsize={}", limits.file),
            "--core=0".to_owned(),
            "--".to_owned(),
        ]);
        let mut bwrap = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        bwrap(&["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
        let nobody = NOBODY.to_string();
        bwrap(&["--uid", &nobody, "--gid", &nobody, "--hostname", "sandbox", "--clearenv"]);
        for (name, value) in [("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("LANG", "C.UTF-8")] {
            bwrap(&["--setenv", name, value]);
        }
        for path in SYSTEM {
            bwrap(&["--ro-bind-try", path, path]);
        }
        for link in LINKS {
            if Path::new("/").join(link).is_symlink() {
                bwrap(&["--symlink", &format!("usr/{link}"), &format!("/{link}")]);
            } else {
                bwrap(&["--ro-bind-try", &format!("/{link}"), &format!("/{link}")]);
            }
        }
        bwrap(&["--proc", "/proc", "--dev", "/dev", "--size", TEMPORARY, "--tmpfs", "/tmp"]);
        // After the temporary folder, which would hide what lies in the machine's.
        for path in &self.shown {
            let path = path.to_string_lossy();
            bwrap(&["--ro-bind", &path, &path]);
        }
        if let Some(given) = &errand.given {
            bwrap(&["--ro-bind", &given.to_string_lossy(), GIVEN_FOLDER]);
        }
        bwrap(&["--bind", &errand.folder.to_string_lossy(), WORK_FOLDER, "--chdir", WORK_FOLDER, "--"]);
        arguments.extend(errand.command.iter().cloned());
        let mut command = Command::new(&arguments[0]);
        command
            .args(&arguments[1..])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

#[async_trait]
impl Workshop for Bubblewrap {
    async fn run(&self, errand: &Errand) -> Result<ErrandEnd, WorkshopError> {
        let mut child = self.command(errand).spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                WorkshopError::Refused("there is no sandbox: install util-linux and bubblewrap".to_owned())
            }
            _ => WorkshopError::Unavailable(format!("the sandbox cannot be started: {error}")),
        })?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let mut output = Vec::new();
        let told = async {
            let is_cut = read_both(out, err, &mut output, self.limits.output).await;
            if is_cut { None } else { Some(child.wait().await) }
        };
        let ended = tokio::time::timeout(self.limits.wall_clock, told).await;
        let problem = match ended {
            Ok(Some(Ok(status))) if status.success() => None,
            Ok(Some(Ok(status))) => Some(match status.code() {
                Some(127) => "there is no sandbox, or no such program in it (exit status 127)".to_owned(),
                Some(code) => format!("the program ended with exit status {code}"),
                None => "the program was killed; its limits of time on the processor, memory or files may \
                         have been reached"
                    .to_owned(),
            }),
            Ok(Some(Err(error))) => return Err(WorkshopError::Unavailable(error.to_string())),
            Ok(None) => Some(format!("the program printed more than {} bytes", self.limits.output)),
            Err(_) => Some(format!("the program ran for more than {} s", self.limits.wall_clock.as_secs())),
        };
        // The sandbox's first process takes all others along.
        let _ = child.kill().await;
        Ok(ErrandEnd { problem, output: String::from_utf8_lossy(&output).into_owned() })
    }

    fn hand_over(&self, folder: &Path) -> std::io::Result<()> {
        if is_root() { give(folder) } else { Ok(()) }
    }

    fn longest_run(&self) -> Duration {
        self.limits.wall_clock
    }

    async fn check(&self) -> Result<String, WorkshopError> {
        let folder = tempfile::tempdir().map_err(|error| {
            WorkshopError::Unavailable(format!("no temporary folder can be made: {error}"))
        })?;
        self.hand_over(folder.path())
            .map_err(|error| WorkshopError::Unavailable(format!("{}: {error}", folder.path().display())))?;
        let command = ["sh", "-c", "touch made && id -u"].map(str::to_owned).to_vec();
        let end = self.run(&Errand { command, folder: folder.path().to_owned(), given: None }).await?;
        match end.problem {
            None => Ok("the sandbox works: bubblewrap, as another user, without a network".to_owned()),
            Some(problem) => Err(WorkshopError::Refused(format!(
                "the sandbox does not work here: {problem}: {}",
                end.output.trim()
            ))),
        }
    }
}

/// Reads both streams as they come, into one; whether there was more than the limit.
async fn read_both(
    mut out: Option<impl AsyncRead + Unpin>,
    mut err: Option<impl AsyncRead + Unpin>,
    output: &mut Vec<u8>,
    limit: usize,
) -> bool {
    let (mut out_buffer, mut err_buffer) = (vec![0; 8192], vec![0; 8192]);
    while out.is_some() || err.is_some() {
        let (is_out, read) = tokio::select! {
            read = read_some(&mut out, &mut out_buffer), if out.is_some() => (true, read),
            read = read_some(&mut err, &mut err_buffer), if err.is_some() => (false, read),
        };
        if read == 0 {
            if is_out {
                out = None;
            } else {
                err = None;
            }
            continue;
        }
        let told = if is_out { &out_buffer[..read] } else { &err_buffer[..read] };
        let room = limit - output.len();
        output.extend_from_slice(&told[..read.min(room)]);
        if read > room {
            return true;
        }
    }
    false
}

/// What a stream has to tell; 0 at its end, or if it cannot be read any more.
async fn read_some(stream: &mut Option<impl AsyncRead + Unpin>, buffer: &mut [u8]) -> usize {
    match stream {
        Some(stream) => stream.read(buffer).await.unwrap_or(0),
        None => 0,
    }
}

/// Whether we are root, which the owner of our own process folder tells.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Gives a folder and all that is in it to the sandbox's user. Links are given, not followed.
fn give(path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY))?;
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give(&entry?.path())?;
        }
    }
    Ok(())
}

//! Where PostgreSQL's programs are.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder of one installed PostgreSQL: server and client programs of the same version.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    const NEEDED: [&str; 5] = ["initdb", "pg_ctl", "postgres", "createdb", "dropdb"];

    /// Looks in `PATH`, in Debian's folders per version (newest first) and where `pg_config`
    /// points; `None` if no folder has all that is needed.
    ///
    /// A link in `PATH` is followed to the folder it points into: distributions put links or
    /// wrapper scripts for some of the programs there, never for all.
    #[must_use]
    pub fn find() -> Option<Self> {
        let in_path = std::env::var_os("PATH").unwrap_or_default();
        let linked = std::env::split_paths(&in_path)
            .filter_map(|folder| folder.join("initdb").canonicalize().ok())
            .filter_map(|initdb| initdb.parent().map(Path::to_path_buf));
        linked
            .chain(debian_folders())
            .chain(pg_config_folder())
            .find(|folder| Self::NEEDED.iter().all(|name| folder.join(name).is_file()))
            .map(|folder| Self { folder })
    }

    /// The path of one program.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a client program to its end.
    pub(super) fn run(&self, name: &str, arguments: &[&str]) -> Result<()> {
        finish(Command::new(self.path(name)).args(arguments))
    }
}

impl Programs {
    /// Lets `psql` read a dump; one whose name ends in `.gz` is unpacked on the way.
    pub(super) fn load(&self, url: &str, dump: &Path) -> Result<()> {
        let mut psql = Command::new(self.path("psql"));
        psql.args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]).arg(url);
        if dump.extension().is_none_or(|extension| extension != "gz") {
            return finish(psql.arg("--file").arg(dump));
        }
        let mut unpack = Command::new("gzip")
            .args(["--decompress", "--stdout"])
            .arg(dump)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .context("cannot run gzip")?;
        let text = unpack.stdout.take().context("gzip has no output")?;
        finish(psql.stdin(text))?;
        anyhow::ensure!(unpack.wait()?.success(), "gzip could not read {}", dump.display());
        Ok(())
    }
}

/// Runs a command to its end; what it wrote to stderr becomes the error if it failed.
pub(super) fn finish(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("{program}: {}: {}", output.status, message.trim());
    }
    Ok(())
}

fn debian_folders() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path())).collect();
    versions.sort_by_key(|folder| {
        Reverse(folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()))
    });
    versions.into_iter().map(|folder| folder.join("bin")).collect()
}

fn pg_config_folder() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

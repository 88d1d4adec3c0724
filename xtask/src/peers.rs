//! The foreign programs of the interop tests, in Python environments of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{run, succeeds, workspace_root};

/// A Python environment that is made from a lock file.
#[derive(Clone, Copy)]
struct Environment {
    folder: &'static str,
    lock: &'static str,
    /// How `venv` and `pip` are called beyond what they are always called with.
    venv: &'static [&'static str],
    pip: &'static [&'static str],
}

/// The clients.
const CLIENTS: Environment =
    // The lock file is complete, and leaves out what would have to be built with more than is there.
    Environment {
        folder: "target/peers",
        lock: "xtask/peers/requirements.txt",
        venv: &[],
        pip: &["--no-deps"],
    };

/// Bodhi's server. It uses bindings that are the operating system's, and asks for more than it needs here.
const BODHI: Environment = Environment {
    folder: "target/peers-bodhi",
    lock: "xtask/peers/bodhi/requirements.txt",
    venv: &["--system-site-packages"],
    pip: &["--no-deps", "--ignore-installed"],
};

/// Packit's command line. It uses bindings that are the operating system's, and asks for more than it needs here.
const PACKIT: Environment = Environment {
    folder: "target/peers-packit",
    lock: "xtask/peers/packit/requirements.txt",
    venv: &["--system-site-packages"],
    pip: &["--no-deps", "--ignore-installed"],
};

impl Environment {
    /// Whether the environment has exactly what the lock file asks for.
    fn is_installed(self) -> bool {
        let installed = std::fs::read(self.installed_lock());
        installed.is_ok_and(|installed| std::fs::read(self.lock()).is_ok_and(|wanted| wanted == installed))
    }

    /// Makes the environment anew.
    fn install(self) -> Result<()> {
        let folder = workspace_root().join(self.folder);
        run(Command::new(system_python()).args(["-m", "venv", "--clear"]).args(self.venv).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-input"]).args(self.pip);
        pip.arg("--requirement").arg(self.lock());
        // What builds a source distribution is locked too.
        run(pip.env("PIP_CONSTRAINT", self.lock()))?;
        // Written last: an installation that was broken off is made anew.
        std::fs::copy(self.lock(), self.installed_lock()).context("cannot note what is installed")?;
        Ok(())
    }

    fn lock(self) -> PathBuf {
        workspace_root().join(self.lock)
    }

    fn installed_lock(self) -> PathBuf {
        workspace_root().join(self.folder).join("requirements.txt")
    }
}

/// Whether the clients are there.
pub(crate) fn are_installed() -> bool {
    CLIENTS.is_installed()
}

/// Installs the clients.
pub(crate) fn install() -> Result<()> {
    CLIENTS.install()
}

/// Whether Bodhi's server is there.
pub(crate) fn is_bodhi_installed() -> bool {
    BODHI.is_installed()
}

/// Installs Bodhi's server.
pub(crate) fn install_bodhi() -> Result<()> {
    BODHI.install()
}

/// Whether Packit's command line is there.
pub(crate) fn is_packit_installed() -> bool {
    PACKIT.is_installed()
}

/// Installs Packit's command line.
pub(crate) fn install_packit() -> Result<()> {
    PACKIT.install()
}

/// Whether the operating system's Python has the bindings that Bodhi's server and Packit use.
pub(crate) fn are_bindings_there() -> bool {
    succeeds(Command::new(system_python()).args(["-c", "import rpm, librepo, createrepo_c, cccolutils"]))
}

/// The operating system's Python: one of a user's version manager may lack `venv`.
pub(crate) fn system_python() -> &'static str {
    if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" }
}

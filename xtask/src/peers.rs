//! The foreign clients of the interop tests, in a Python environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{run, workspace_root};

/// Whether the environment has exactly what the lock file asks for.
pub(crate) fn are_installed() -> bool {
    let installed = std::fs::read(installed_lock());
    installed.is_ok_and(|installed| std::fs::read(lock()).is_ok_and(|wanted| wanted == installed))
}

/// Makes the environment anew.
pub(crate) fn install() -> Result<()> {
    let folder = folder();
    run(Command::new(system_python()).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    // The lock file is complete, and leaves out what would have to be built with more than is there.
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--requirement"]).arg(lock());
    // What builds a source distribution is locked too.
    run(pip.env("PIP_CONSTRAINT", lock()))?;
    // Written last: an installation that was broken off is made anew.
    std::fs::copy(lock(), installed_lock()).context("cannot note what is installed")?;
    Ok(())
}

/// The operating system's Python: one of a user's version manager may lack `venv`.
pub(crate) fn system_python() -> &'static str {
    if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" }
}

fn folder() -> PathBuf {
    workspace_root().join("target/peers")
}

fn lock() -> PathBuf {
    workspace_root().join("xtask/peers/requirements.txt")
}

fn installed_lock() -> PathBuf {
    folder().join("requirements.txt")
}

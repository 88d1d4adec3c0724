//! The browser of the interop tests, and what drives it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{run, workspace_root};

/// Whether Chromium is where distributions put it.
pub(crate) fn is_there() -> bool {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser"].iter().any(|program| Path::new(program).exists())
}

/// Whether exactly what the lock file asks for is installed.
pub(crate) fn are_scripts_installed() -> bool {
    let installed = std::fs::read(installed_lock());
    installed.is_ok_and(|installed| std::fs::read(lock()).is_ok_and(|wanted| wanted == installed))
}

/// Installs it anew. No package brings a browser or runs a script of its own.
pub(crate) fn install() -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder());
    run(&mut npm)?;
    // Written last: an installation that was broken off is made anew.
    std::fs::copy(lock(), installed_lock()).context("cannot note what is installed")?;
    Ok(())
}

fn folder() -> PathBuf {
    workspace_root().join("xtask/peers/browser")
}

fn lock() -> PathBuf {
    folder().join("package-lock.json")
}

fn installed_lock() -> PathBuf {
    folder().join("node_modules/installed-package-lock.json")
}

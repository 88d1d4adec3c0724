//! What runs on Node.js in the interop tests: what drives the browser, and what knows GitHub's own description of its API.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{run, workspace_root};

/// Whether Chromium is where distributions put it.
pub(crate) fn is_there() -> bool {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser"].iter().any(|program| Path::new(program).exists())
}

/// Whether exactly what the lock files ask for is installed.
pub(crate) fn are_scripts_installed() -> bool {
    FOLDERS.iter().all(|folder| is_installed(&workspace_root().join(folder)))
}

/// Installs anew what is not. No package brings a browser or runs a script of its own.
pub(crate) fn install() -> Result<()> {
    for folder in FOLDERS {
        let folder = workspace_root().join(folder);
        if is_installed(&folder) {
            continue;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        run(&mut npm)?;
        // Written last: an installation that was broken off is made anew.
        std::fs::copy(lock(&folder), installed_lock(&folder)).context("cannot note what is installed")?;
    }
    Ok(())
}

const FOLDERS: [&str; 2] = ["xtask/peers/browser", "xtask/peers/github"];

fn is_installed(folder: &Path) -> bool {
    let installed = std::fs::read(installed_lock(folder));
    installed.is_ok_and(|installed| std::fs::read(lock(folder)).is_ok_and(|wanted| wanted == installed))
}

fn lock(folder: &Path) -> PathBuf {
    folder.join("package-lock.json")
}

fn installed_lock(folder: &Path) -> PathBuf {
    folder.join("node_modules/installed-package-lock.json")
}

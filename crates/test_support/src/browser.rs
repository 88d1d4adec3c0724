//! A real browser for tests of pages.

use std::path::{Path, PathBuf};

use crate::skip::{asked_for_foreign_clients, missing_peer, workspace_root};

/// Where distributions put Chromium: Debian, Fedora.
const CHROMIUM: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/// A browser, and the scripts that drive it.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Chromium's program.
    pub chromium: PathBuf,
    /// `xtask/peers/browser`, with all that its `package-lock.json` asks for installed.
    pub scripts: PathBuf,
}

/// The browser that `cargo xtask setup` installs; if foreign clients are not asked for, or something is not installed,
/// `test` is skipped by name and there is none.
///
/// # Panics
///
/// Under `CI=true`, if it is asked for and not installed.
#[must_use]
pub fn interop_browser(test: &str) -> Option<Browser> {
    if !asked_for_foreign_clients(test) {
        return None;
    }
    let scripts = workspace_root().join("xtask/peers/browser");
    let chromium = CHROMIUM.iter().map(Path::new).find(|program| program.exists());
    let Some(chromium) = chromium else {
        missing_peer(test, "chromium");
        return None;
    };
    if !scripts.join("node_modules").exists() {
        missing_peer(test, "what drives the browser (xtask/peers/browser/node_modules)");
        return None;
    }
    Some(Browser { chromium: chromium.to_owned(), scripts })
}

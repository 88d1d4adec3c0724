//! Tests that cannot or should not run here say so by name; none is silently left out.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Says on the terminal that `test` did not run, and why.
///
/// Written past the test harness, which would swallow the output of a test that passes.
pub fn skip(test: &str, reason: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
}

/// A program that `test` needs is not installed: a named skip on a developer's machine.
///
/// # Panics
///
/// Under `CI=true`, where everything is expected to be installed and a skip would hide a fault.
pub fn missing_peer(test: &str, what: &str) {
    let reason = format!("{what} is not installed (cargo xtask setup)");
    assert!(!is_set_to("CI", "true"), "{test}: {reason}");
    skip(test, &reason);
}

/// Whether soak tests (long runs with crashes and outages) are asked for; if not, `test` is
/// skipped by name. `cargo xtask test --soak` asks for them with `PACKFLOW_SOAK=1`.
#[must_use]
pub fn soak(test: &str) -> bool {
    let asked = is_set_to("PACKFLOW_SOAK", "1");
    if !asked {
        skip(test, "long runs are not asked for (cargo xtask test --soak)");
    }
    asked
}

/// The Python interpreter that has the foreign clients of `xtask/peers/requirements.txt`; if
/// they are not asked for, or not installed, `test` is skipped by name and there is none.
///
/// `cargo xtask test --interop` asks with `PACKFLOW_INTEROP=1`. Programs that the clients bring
/// (`testing-farm`, `copr-cli`) lie in the interpreter's folder.
///
/// # Panics
///
/// Under `CI=true`, if the clients are asked for and not installed.
#[must_use]
pub fn interop_python(test: &str) -> Option<PathBuf> {
    python_of(test, "target/peers", "the environment of foreign clients")
}

/// `xtask/peers/github`, where `validate.mjs` checks calls against GitHub's own description of its API; if foreign clients are
/// not asked for, or it is not installed, `test` is skipped by name and there is none.
///
/// # Panics
///
/// Under `CI=true`, if it is asked for and not installed.
#[must_use]
pub fn interop_github(test: &str) -> Option<PathBuf> {
    if !asked_for_foreign_clients(test) {
        return None;
    }
    let scripts = workspace_root().join("xtask/peers/github");
    if !scripts.join("node_modules").exists() {
        missing_peer(test, "GitHub's description of its API (xtask/peers/github/node_modules)");
        return None;
    }
    Some(scripts)
}

/// Whether what the sandbox is made of is installed; if not, `test` is skipped by name.
///
/// # Panics
///
/// Under `CI=true`, if something is not installed.
#[must_use]
pub fn sandbox(test: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing = ["bwrap", "setpriv", "prlimit", "git"].into_iter().find(|program| !is_there(program));
    if let Some(program) = missing {
        missing_peer(test, program);
    }
    missing.is_none()
}

/// The Python interpreter that has Bodhi's server, of `xtask/peers/bodhi/requirements.txt`; if foreign programs are not asked
/// for, or it is not installed, `test` is skipped by name and there is none.
///
/// # Panics
///
/// Under `CI=true`, if it is asked for and not installed.
#[must_use]
pub fn interop_bodhi(test: &str) -> Option<PathBuf> {
    python_of(test, "target/peers-bodhi", "Bodhi's server")
}

/// The same for Packit's command line, of `xtask/peers/packit/requirements.txt`.
///
/// # Panics
///
/// Under `CI=true`, if it is asked for and not installed.
#[must_use]
pub fn interop_packit(test: &str) -> Option<PathBuf> {
    python_of(test, "target/peers-packit", "Packit's command line")
}

fn python_of(test: &str, folder: &str, what: &str) -> Option<PathBuf> {
    if !asked_for_foreign_clients(test) {
        return None;
    }
    let python = workspace_root().join(folder).join("bin/python");
    if !python.exists() {
        missing_peer(test, &format!("{what} in {folder}"));
        return None;
    }
    Some(python)
}

/// Whether foreign clients are asked for with `PACKFLOW_INTEROP=1`; if not, `test` is skipped by name.
pub(crate) fn asked_for_foreign_clients(test: &str) -> bool {
    let asked = is_set_to("PACKFLOW_INTEROP", "1");
    if !asked {
        skip(test, "foreign clients are not asked for (cargo xtask test --interop)");
    }
    asked
}

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn is_set_to(variable: &str, value: &str) -> bool {
    std::env::var(variable).is_ok_and(|set| set == value)
}

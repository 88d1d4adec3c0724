//! The operating system's packages.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{in_path, run, succeeds};

/// A mirror that stumbles once should not fail a run.
const RETRIES: [&str; 2] = ["-o", "Acquire::Retries=3"];

/// A package manager that we can ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackageManager {
    /// Debian and its descendants.
    AptGet,
    /// Fedora and its descendants.
    Dnf,
}

/// The packages that bring one thing, on each distribution.
#[derive(Clone, Copy)]
pub(crate) struct Packages {
    pub(crate) debian: &'static [&'static str],
    pub(crate) fedora: &'static [&'static str],
}

impl PackageManager {
    /// The one of this machine.
    pub(crate) fn find() -> Result<Self> {
        match (in_path("apt-get"), in_path("dnf")) {
            (true, _) => Ok(Self::AptGet),
            (false, true) => Ok(Self::Dnf),
            (false, false) => bail!("neither apt-get nor dnf: install what is missing by hand"),
        }
    }

    /// What a thing's packages are called here.
    pub(crate) fn names(self, packages: Packages) -> &'static [&'static str] {
        match self {
            Self::AptGet => packages.debian,
            Self::Dnf => packages.fedora,
        }
    }

    /// Installs packages, through `sudo` where we are not root.
    pub(crate) fn install(self, names: &[&str]) -> Result<()> {
        match self {
            Self::AptGet => {
                run(as_root("apt-get").args(RETRIES).arg("update"))?;
                let mut install = as_root("env");
                install.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(RETRIES);
                run(install.args(["install", "--yes", "--no-install-recommends"]).args(names))
            }
            Self::Dnf => run(as_root("dnf").args(["install", "--assumeyes"]).args(names)),
        }
    }
}

fn as_root(program: &str) -> Command {
    let root = succeeds(Command::new("sh").args(["-c", r#"test "$(id -u)" = 0"#]));
    if root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

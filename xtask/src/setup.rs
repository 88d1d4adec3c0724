//! What the tests need, and how it comes onto the machine.

use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

use anyhow::{Result, bail, ensure};
use test_support::Programs;

use crate::command::{cargo, in_path, run as run_command, succeeds};
use crate::packages::{PackageManager, Packages};
use crate::{browser, peers};

/// How `cargo xtask setup` behaves.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install without asking
    #[arg(long)]
    yes: bool,
    /// Only say what is there and what is missing; exit 1 if something is
    #[arg(long, conflicts_with = "yes")]
    check: bool,
}

/// One thing that the tests need.
struct Need {
    name: &'static str,
    is_met: fn() -> bool,
    remedy: Remedy,
}

/// How a need is met.
enum Remedy {
    System(Packages),
    /// What is done, in words, and the deed.
    Own(&'static str, fn() -> Result<()>),
}

/// In this order: the later ones are met with the help of the earlier.
const NEEDS: [Need; 15] = [
    Need {
        name: "C compiler",
        is_met: || in_path("cc"),
        remedy: Remedy::System(Packages { debian: &["gcc", "libc6-dev"], fedora: &["gcc"] }),
    },
    Need {
        name: "PostgreSQL",
        is_met: || Programs::find().is_some(),
        remedy: Remedy::System(Packages { debian: &["postgresql"], fedora: &["postgresql-server"] }),
    },
    Need {
        name: "sandbox (bubblewrap) and git",
        is_met: || ["bwrap", "setpriv", "prlimit", "git"].iter().all(|program| in_path(program)),
        remedy: Remedy::System(Packages {
            debian: &["bubblewrap", "util-linux", "git"],
            fedora: &["bubblewrap", "util-linux", "git-core"],
        }),
    },
    Need {
        name: "RabbitMQ and OpenSSL",
        is_met: || test_support::server_program().is_some() && in_path("openssl"),
        remedy: Remedy::System(Packages {
            debian: &["rabbitmq-server", "openssl"],
            fedora: &["rabbitmq-server", "openssl"],
        }),
    },
    Need {
        name: "Python with venv",
        is_met: || succeeds(Command::new(peers::system_python()).args(["-c", "import venv, ensurepip"])),
        remedy: Remedy::System(Packages { debian: &["python3", "python3-venv"], fedora: &["python3"] }),
    },
    Need {
        name: "Python bindings of RPM, librepo, createrepo_c and Kerberos",
        is_met: peers::are_bindings_there,
        remedy: Remedy::System(Packages {
            debian: &["python3-rpm", "python3-librepo", "python3-createrepo-c", "python3-cccolutils"],
            fedora: &["python3-rpm", "python3-librepo", "python3-createrepo_c", "python3-cccolutils"],
        }),
    },
    Need {
        name: "rsync, which Packit copies with",
        is_met: || in_path("rsync"),
        remedy: Remedy::System(Packages { debian: &["rsync"], fedora: &["rsync"] }),
    },
    Need {
        name: "Chromium",
        is_met: browser::is_there,
        remedy: Remedy::System(Packages { debian: &["chromium"], fedora: &["chromium"] }),
    },
    // Apart from Chromium: where another packager's Node.js brings npm along, the distribution's own cannot be installed.
    Need {
        name: "Node.js and npm",
        is_met: || ["node", "npm"].iter().all(|program| in_path(program)),
        remedy: Remedy::System(Packages { debian: &["nodejs", "npm"], fedora: &["nodejs", "nodejs-npm"] }),
    },
    Need {
        name: "rustfmt and clippy",
        is_met: || {
            succeeds(&mut cargo(&["fmt", "--version"])) && succeeds(&mut cargo(&["clippy", "--version"]))
        },
        remedy: Remedy::Own("rustup component add rustfmt clippy", || {
            run_command(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))
        }),
    },
    Need {
        name: "Rust dependencies (Cargo.lock)",
        is_met: dependencies_are_fetched,
        remedy: Remedy::Own("cargo fetch --locked", || run_command(&mut cargo(&["fetch", "--locked"]))),
    },
    Need {
        name: "foreign clients (xtask/peers/requirements.txt)",
        is_met: peers::are_installed,
        remedy: Remedy::Own("pip install into target/peers", peers::install),
    },
    Need {
        name: "Bodhi's server (xtask/peers/bodhi/requirements.txt)",
        is_met: peers::is_bodhi_installed,
        remedy: Remedy::Own("pip install into target/peers-bodhi", peers::install_bodhi),
    },
    Need {
        name: "Packit's command line (xtask/peers/packit/requirements.txt)",
        is_met: peers::is_packit_installed,
        remedy: Remedy::Own("pip install into target/peers-packit", peers::install_packit),
    },
    Need {
        name: "what drives the browser and knows GitHub's API (xtask/peers/{browser,github}/package-lock.json)",
        is_met: browser::are_scripts_installed,
        remedy: Remedy::Own("npm ci in xtask/peers/browser and xtask/peers/github", browser::install),
    },
];

/// `cargo xtask setup`
pub(crate) fn run(options: &Options) -> Result<()> {
    let missing = check();
    if missing.is_empty() {
        return Ok(());
    }
    ensure!(!options.check, "missing: {}", names(&missing));
    announce(&missing)?;
    if !options.yes && !agreed()? {
        bail!("nothing was installed");
    }
    install(&missing)?;
    let still_missing = check();
    ensure!(still_missing.is_empty(), "installed, and yet missing: {}", names(&still_missing));
    Ok(())
}

/// Prints what is there and what is missing before a test run. Under `CI=true` nothing may be.
pub(crate) fn check_before_tests() -> Result<()> {
    let missing = check();
    if missing.is_empty() {
        return Ok(());
    }
    let names = names(&missing);
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    ensure!(!is_ci, "missing: {names} (cargo xtask setup)");
    println!("What needs {names} will be skipped; `cargo xtask setup` installs it.");
    Ok(())
}

/// Whether cargo can do without the network.
pub(crate) fn dependencies_are_fetched() -> bool {
    succeeds(&mut cargo(&["fetch", "--locked", "--offline"]))
}

/// Prints the state of each need and returns those that are not met.
fn check() -> Vec<&'static Need> {
    let mut missing = Vec::new();
    for need in &NEEDS {
        let met = (need.is_met)();
        println!("{:>8}  {}", if met { "ok" } else { "missing" }, need.name);
        if !met {
            missing.push(need);
        }
    }
    missing
}

fn names(needs: &[&Need]) -> String {
    needs.iter().map(|need| need.name).collect::<Vec<_>>().join(", ")
}

fn announce(missing: &[&Need]) -> Result<()> {
    println!("\nTo be done:");
    let packages = system_packages(missing)?;
    if !packages.is_empty() {
        println!("  install packages: {}", packages.join(" "));
    }
    for need in missing {
        if let Remedy::Own(words, _) = &need.remedy {
            println!("  {words}");
        }
    }
    Ok(())
}

fn install(missing: &[&Need]) -> Result<()> {
    let packages = system_packages(missing)?;
    if !packages.is_empty() {
        PackageManager::find()?.install(&packages)?;
    }
    for need in missing {
        if let Remedy::Own(_, deed) = &need.remedy {
            deed()?;
        }
    }
    Ok(())
}

/// All packages in one list: they are installed in one call.
fn system_packages(missing: &[&Need]) -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    for need in missing {
        if let Remedy::System(packages) = &need.remedy {
            names.extend(PackageManager::find()?.names(*packages));
        }
    }
    Ok(names)
}

fn agreed() -> Result<bool> {
    let stdin = std::io::stdin();
    ensure!(stdin.is_terminal(), "nobody is there to ask: say --yes");
    print!("Go on? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

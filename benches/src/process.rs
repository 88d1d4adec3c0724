//! What the kernel tells of a process, and the program that is measured.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Linux counts CPU time in these, whatever its timer does (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// The memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// What is resident now, in kB.
    pub resident_kb: u64,
    /// The most that ever was, in kB.
    pub peak_kb: u64,
}

impl Memory {
    /// The memory of this process.
    ///
    /// # Errors
    /// If there is no such process, or the kernel is not Linux.
    pub fn of(process: u32) -> Result<Self> {
        let path = format!("/proc/{process}/status");
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let kb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number =
                line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next()?.parse().ok());
            number.with_context(|| format!("{path} does not tell {name}"))
        };
        Ok(Self { resident_kb: kb("VmRSS")?, peak_kb: kb("VmHWM")? })
    }
}

/// The CPU time of this process so far, all its threads together.
///
/// # Errors
/// If the kernel is not Linux.
pub fn cpu_time() -> Result<Duration> {
    let (_, time) = read_stat("/proc/self/stat")?;
    Ok(time)
}

/// The CPU time so far of those threads of this process that have this name.
///
/// # Errors
/// If the kernel is not Linux.
pub fn cpu_time_of_threads(name: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir("/proc/self/task")? {
        // A thread may end while the folder is read.
        let Ok((thread_name, time)) = read_stat(&thread?.path().join("stat").to_string_lossy()) else {
            continue;
        };
        if thread_name == name {
            sum += time;
        }
    }
    Ok(sum)
}

/// The name and the CPU time in a `stat` file: `id (name) state ...`, where user and system time are the 14th and 15th.
fn read_stat(path: &str) -> Result<(String, Duration)> {
    let stat = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let (head, rest) = stat.rsplit_once(')').with_context(|| format!("{path} reads otherwise"))?;
    let (_, name) = head.split_once('(').with_context(|| format!("{path} reads otherwise"))?;
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok((name.to_owned(), Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)))
}

/// The `packflow` program of the profile that this program was built with, brought up to date first.
///
/// # Errors
/// If it cannot be built.
pub fn packflow() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("a program lies in a folder")?;
    // `cargo run` says where cargo is; started by hand, what is there is taken.
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build
            .args(["build", "--quiet", "--locked", "--package", "packflow"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        ensure!(build.status()?.success(), "packflow cannot be built");
    }
    let program = folder.join("packflow");
    ensure!(program.is_file(), "{} is missing: cargo build --release --package packflow", program.display());
    Ok(program)
}

//! The machine that the other figures were taken on.

use std::process::Command;

use anyhow::Result;
use benches::{Table, file_system, fsyncs_per_second, repeat, section};

fn main() -> Result<()> {
    let folder = std::env::temp_dir();
    section(
        "Machine",
        "The disk is the one of the folder for temporary files (`TMPDIR`), where the measured databases lie too.",
    );
    let mut table = Table::new(&[
        "processor",
        "memory",
        "file system",
        "commits per second of the disk (append 4 KiB, fdatasync)",
        "Rust",
        "PostgreSQL",
    ]);
    let cores = std::thread::available_parallelism()?;
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory =
        field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let memory = memory.map_or_else(|| "unknown".to_owned(), |kb| format!("{:.1} GiB", kb / 1024.0 / 1024.0));
    table.row(&[
        &format!("{cores} cores, {processor}"),
        &memory,
        &file_system(&folder).unwrap_or_else(|| "unknown".to_owned()),
        &format!("{:.0}", fsyncs_per_second(&folder)?),
        &version(Command::new("rustc").arg("--version")),
        &postgres_version(),
    ]);
    table.print();
    repeat("machine");
    Ok(())
}

/// The value of a line `name : value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn postgres_version() -> String {
    match test_support::Programs::find() {
        Some(programs) => version(Command::new(programs.path("postgres")).arg("--version")),
        None => "not installed".to_owned(),
    }
}

fn version(command: &mut Command) -> String {
    let output =
        command.output().ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.filter(|text| !text.is_empty()).unwrap_or_else(|| "not in PATH".to_owned())
}

//! The figures of `docs/figures.md`, taken anew.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::command::{cargo, describe};

/// The programs of `benches`, in the order of the page. Their defaults are the sizes that the page shows.
const PROGRAMS: [&str; 11] = [
    "machine",
    "deliveries",
    "latency",
    "throughput",
    "claims",
    "polls",
    "reads",
    "readers",
    "reruns",
    "rest",
    "import",
];

/// How long one statement or function is measured, in seconds.
const LONGEST_BENCHMARK: &str = "2";

/// `cargo xtask figures`: builds the release profile, measures, and prints the page; all else goes to standard error. The
/// machine should have nothing else to do.
pub(crate) fn run() -> Result<()> {
    // By itself, so that the program has no feature that only measurements need.
    output(&mut cargo(&["build", "--release", "--locked", "--package", "packflow"]))?;
    output(&mut cargo(&["build", "--release", "--locked", "--package", "benches", "--bins"]))?;
    output(&mut cargo(&["bench", "--locked", "--package", "benches", "--benches", "--no-run"]))?;
    let started = Instant::now();
    print!(
        "# Figures\n\n\
         Measured, not promised; each with the command that repeats it, `cargo xtask figures` with all of them. The machine \
         matters more than\nthe program where the disk decides: the rate at which the disk commits stands beside.\n\n"
    );
    for program in PROGRAMS {
        let run = ["run", "--quiet", "--release", "--locked", "--package", "benches", "--bin", program];
        print!("{}", output(&mut cargo(&run))?);
    }
    println!(
        "## Functions and statements\n\nBy divan; each with the fastest, slowest, median and mean time.\n"
    );
    for bench in ["domain", "store"] {
        let mut command =
            cargo(&["bench", "--quiet", "--locked", "--package", "benches", "--bench", bench, "--"]);
        let text = output(command.args(["--max-time", LONGEST_BENCHMARK]))?;
        println!("    cargo bench -p benches --bench {bench} -- --max-time {LONGEST_BENCHMARK}\n");
        println!("```text\n{}\n```\n", text.trim());
    }
    eprintln!("measured in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Runs a program and gives what it printed.
fn output(command: &mut Command) -> Result<String> {
    let line = describe(command);
    eprintln!("$ {line}");
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot run {line}"))?;
    ensure!(output.status.success(), "{line}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

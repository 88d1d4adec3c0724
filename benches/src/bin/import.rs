//! How fast the history of a Packit Service is imported, and what it takes.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use benches::{DatabaseOption, Kind, Memory, Table, packflow, repeat, section};
use clap::Parser;
use serde_json::Value;
use test_support::{Cluster, Programs};

/// Makes the source: see its head.
const SOURCE: &str = include_str!("../packit_service.sql");

/// The import of a generated database of Packit Service, beside a dump that is restored.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Pipelines of the source; each has about eight targets
    #[arg(long, default_value_t = 120_000)]
    pipelines: u32,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let program = packflow()?;
    let Some(programs) = Programs::find() else {
        println!("PostgreSQL is not installed: nothing is imported without it (cargo xtask setup).\n");
        return Ok(());
    };
    let source = Cluster::start_durable(&programs)?;
    fill(&programs, source.url(), arguments.pipelines)?;
    let copied = copy(&programs, source.url())?;
    section(
        "Import",
        &format!(
            "`packflow import` of a generated Packit Service database with {} pipelines, into an empty database; its foreign keys, \
             triggers and indexes are on. Beside it `pg_dump | psql` of the same database into another server, which took {:.1} s, and of \
             what the import had made: the least that these rows take, without reading, shaping or checking any.",
            arguments.pipelines,
            copied.as_secs_f64()
        ),
    );
    let mut table = Table::new(&[
        "database",
        "rows of the source",
        "targets",
        "seconds",
        "rows per second",
        "peak memory",
        "times `pg_dump \\| psql`",
        "`pg_dump \\| psql` of what was made",
    ]);
    for kind in arguments.database.kinds().await? {
        let place = kind.place().await?;
        place.db.close().await;
        let (report, took, peak_kb) = import(&program, source.url(), &place.url)?;
        let made = match &kind {
            Kind::Postgres(programs) => format!("{:.1} s", copy(programs, &place.url)?.as_secs_f64()),
            _ => String::new(),
        };
        let targets: i64 = ["srpm_builds", "copr_build_targets", "tft_test_run_targets"]
            .iter()
            .filter_map(|name| report["tables"][name]["imported"].as_i64())
            .sum();
        let rows = report["imported_total"].as_i64().context("the report counts rows")?;
        table.row(&[
            &kind,
            &rows,
            &targets,
            &format!("{:.1}", took.as_secs_f64()),
            &format!("{:.0}", rows as f64 / took.as_secs_f64()),
            &format!("{} MB", peak_kb / 1024),
            &format!("{:.1}", took.as_secs_f64() / copied.as_secs_f64()),
            &made,
        ]);
    }
    table.print();
    repeat("import");
    Ok(())
}

fn psql(programs: &Programs, url: &str) -> Command {
    let mut command = Command::new(programs.path("psql"));
    command
        .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--dbname"])
        .arg(url);
    command
}

fn fill(programs: &Programs, url: &str, pipelines: u32) -> Result<()> {
    let mut command = psql(programs, url);
    let mut running = command.arg(format!("--set=pipelines={pipelines}")).stdin(Stdio::piped()).spawn()?;
    running.stdin.take().context("psql reads its input")?.write_all(SOURCE.as_bytes())?;
    ensure!(running.wait()?.success(), "the source could not be made");
    Ok(())
}

/// How long a dump takes that is restored as it is made, in another server.
fn copy(programs: &Programs, source: &str) -> Result<Duration> {
    let target = Cluster::start_durable(programs)?;
    let began = Instant::now();
    let mut dump = Command::new(programs.path("pg_dump"))
        .args(["--no-owner", "--dbname"])
        .arg(source)
        .stdout(Stdio::piped())
        .spawn()?;
    let text = dump.stdout.take().context("pg_dump writes to its output")?;
    ensure!(psql(programs, target.url()).stdin(text).status()?.success(), "the dump could not be restored");
    ensure!(dump.wait()?.success(), "the source could not be dumped");
    Ok(began.elapsed())
}

/// The report of an import, how long it took, and the most memory that it had, in kB.
fn import(program: &std::path::Path, source: &str, target: &str) -> Result<(Value, Duration, u64)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("report.json");
    let began = Instant::now();
    let mut running = Command::new(program)
        .args(["import", source, "--database", target, "--report"])
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak_kb = 0;
    let status = loop {
        if let Some(status) = running.try_wait()? {
            break status;
        }
        // The kernel keeps the peak; it is gone with the process.
        peak_kb = Memory::of(running.id()).map_or(peak_kb, |memory| memory.peak_kb);
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = began.elapsed();
    ensure!(status.success(), "the import ended with {status}");
    Ok((serde_json::from_str(&std::fs::read_to_string(&file)?)?, took, peak_kb))
}

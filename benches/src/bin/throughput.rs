//! How many workflows a minute are carried through, and what memory that took.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use benches::{
    DatabaseOption, Kind, Outside, Place, Sender, Service, ServiceOptions, Table, repeat, section, shapes,
    unfinished,
};
use clap::Parser;
use simulator::Behaviour;
use tokio::task::JoinSet;

/// Deliveries that are sent at once.
const CONNECTIONS: usize = 8;
/// How often it is looked whether all has ended.
const LOOK: Duration = Duration::from_millis(250);

/// Workflows per minute.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Workflows in each run
    #[arg(long, default_value_t = 300)]
    workflows: usize,
    /// Projects that they belong to: a worker makes four calls at once for one project
    #[arg(long, default_value_t = 50)]
    projects: usize,
    /// Workers, one run for each number: the first is in `packflow serve`, a second is `packflow worker`
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    workers: Vec<usize>,
    /// A run that takes longer has failed
    #[arg(long, default_value_t = 240)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.projects > 0 && !arguments.workers.contains(&0),
        "there is at least one project and worker"
    );
    section(
        "Workflows per minute",
        &format!(
            "{} pull requests of {} projects, delivered as fast as they are taken, until the last workflow has ended: an SRPM, \
             builds in five chroots, tests of three, and the statuses told to GitHub. Against a simulator without latency, which \
             shares the machine; submissions are polled again at once (`poll_at_least_seconds = 0.01`), so nothing waits. Memory \
             is that of the `packflow serve` process when all has ended, and the most it ever was.",
            arguments.workflows, arguments.projects
        ),
    );
    let mut table = Table::new(&[
        "database",
        "workers",
        "workflows per minute",
        "targets per second",
        "memory",
        "peak memory",
    ]);
    for kind in arguments.database.kinds().await? {
        for (run, workers) in arguments.workers.iter().enumerate() {
            measure(&arguments, &kind, run, *workers, &mut table).await?;
        }
    }
    table.print();
    repeat("throughput");
    Ok(())
}

async fn measure(
    arguments: &Arguments,
    kind: &Kind,
    run: usize,
    workers: usize,
    table: &mut Table,
) -> Result<()> {
    let place = kind.place().await?;
    // Several runs may share a database: neither its keys nor those of the build systems may come twice.
    let first = run * arguments.workflows;
    let behaviour = Behaviour { seed: run as u64, ..Behaviour::immediate() };
    let outside =
        Outside::start(behaviour, (first * 100) as u64, arguments.projects, shapes::WORKFLOW).await?;
    let service =
        Service::start(&place, &outside, ServiceOptions { workers, poll_at_least_seconds: Some(0.01) })
            .await?;
    let started = Instant::now();
    deliver(arguments, &service, first).await?;
    wait(arguments, &place, started).await?;
    let elapsed = started.elapsed();
    let memory = service.memory()?;
    let per_second = arguments.workflows as f64 / elapsed.as_secs_f64();
    let targets = shapes::WORKFLOW_TARGETS as f64 * per_second;
    table.row(&[
        kind,
        &workers,
        &format!("{:.0}", per_second * 60.0),
        &format!("{targets:.0}"),
        &format!("{:.1} MB", memory.resident_kb as f64 / 1024.0),
        &format!("{:.1} MB", memory.peak_kb as f64 / 1024.0),
    ]);
    drop(service);
    place.db.close().await;
    Ok(())
}

async fn deliver(arguments: &Arguments, service: &Service, first: usize) -> Result<()> {
    let next = Arc::new(AtomicUsize::new(first));
    let (end, projects) = (first + arguments.workflows, arguments.projects);
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (sender, next) = (Sender::new(&service.url)?, Arc::clone(&next));
        senders.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return anyhow::Ok(());
                }
                let body = shapes::delivery(number % projects, number + 1);
                sender.send(&format!("measured-{number}"), body).await?;
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    Ok(())
}

/// Waits until all workflows have ended; all of them must have succeeded.
async fn wait(arguments: &Arguments, place: &Place, started: Instant) -> Result<()> {
    loop {
        let (open, bad) = unfinished(&place.db, arguments.workflows).await?;
        if open == 0 {
            ensure!(bad == 0, "{bad} of {} workflows did not succeed", arguments.workflows);
            return Ok(());
        }
        if started.elapsed() > Duration::from_secs(arguments.seconds) {
            bail!(
                "after {} s, {open} of {} workflows have not ended",
                arguments.seconds,
                arguments.workflows
            );
        }
        tokio::time::sleep(LOOK).await;
    }
}

//! Many readers at once while the worker writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use benches::{
    DatabaseOption, Heard, Kind, Outside, Sender, Service, ServiceOptions, Table, ask_at_once, milliseconds,
    repeat, section, shapes,
};
use chrono::Utc;
use clap::Parser;
use simulator::Behaviour;
use store::generate::{Scale, generate};
use store::reads::{self, EventFilter, Viewer};

/// Projects whose pull requests are delivered meanwhile.
const PROJECTS: usize = 20;
/// A pull request is delivered as often as this.
const BETWEEN_DELIVERIES: Duration = Duration::from_millis(250);
/// How long the last workflows may take when nobody reads any more.
const LONGEST_END: Duration = Duration::from_secs(120);

/// Readers and a writer.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Readers, each with a connection and without a pause
    #[arg(long, default_value_t = 200)]
    readers: usize,
    /// Seconds that they read
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Events that are there before
    #[arg(long, default_value_t = 20_000)]
    events: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Many readers while the worker writes",
        &format!(
            "{} readers for {} s, each over its own connection and without a pause, in a database of {} generated events: the recent \
             list, any workflow, any step, a project's events and workflows by the API; the first page and any event's page as \
             people see it. Meanwhile four pull requests a second of {PROJECTS} projects are delivered, and the worker of the same \
             process carries them through. Without a pause the machine is busy all the time: what one waits is what the others ask. Memory \
             is that of `packflow serve`, the most it ever was.",
            arguments.readers, arguments.seconds, arguments.events
        ),
    );
    let mut table = Table::new(&[
        "database",
        "answers",
        "per second",
        "errors",
        "p50",
        "p99",
        "longest",
        "workflows begun and ended",
        "peak memory",
    ]);
    for kind in arguments.database.kinds().await? {
        measure(&arguments, &kind, &mut table).await?;
    }
    table.print();
    repeat("readers");
    Ok(())
}

async fn measure(arguments: &Arguments, kind: &Kind, table: &mut Table) -> Result<()> {
    let place = kind.place().await?;
    let made =
        generate(&place.db, Scale { events: arguments.events, seed: 2, until: Utc::now() }, |_| {}).await?;
    // The simulated Copr gives other ids than the generated builds have.
    let outside = Outside::start(Behaviour::immediate(), 100_000_000, PROJECTS, shapes::WORKFLOW).await?;
    let options = ServiceOptions { workers: 1, poll_at_least_seconds: Some(0.1) };
    let service = Service::start(&place, &outside, options).await?;
    let projects = reads::projects(&place.db, &Viewer::Public, None, 50).await?.rows;
    let projects: Vec<i64> = projects.iter().map(|project| project.id).collect();
    let has_ended = Arc::new(AtomicBool::new(false));
    let delivering = tokio::spawn(deliver(service.url.clone(), Arc::clone(&has_ended)));
    let lasting = Duration::from_secs(arguments.seconds);
    let (server, readers) = (service.url.clone(), arguments.readers);
    let events = i64::try_from(made.events)?;
    let heard: Heard = tokio::task::spawn_blocking(move || {
        ask_at_once(&server, readers, lasting, &|chance| address(chance, events, &projects))
    })
    .await??;
    has_ended.store(true, Ordering::Relaxed);
    let delivered = delivering.await??;
    wait(&place.db, delivered).await?;
    let (errors, answers) = (heard.errors.len(), heard.took.len());
    if let Some(error) = heard.errors.first() {
        eprintln!("{errors} errors, the first: {error}");
    }
    let spread = heard.spread();
    table.row(&[
        kind,
        &answers,
        &format!("{:.0}", answers as f64 / lasting.as_secs_f64()),
        &errors,
        &milliseconds(spread.percentile(50)),
        &milliseconds(spread.percentile(99)),
        &milliseconds(spread.longest()),
        &delivered,
        &format!("{:.1} MB", service.memory()?.peak_kb as f64 / 1024.0),
    ]);
    drop(service);
    place.db.close().await;
    ensure!(errors == 0, "not every answer was one");
    Ok(())
}

/// What somebody asks for next.
fn address(chance: &mut fastrand::Rng, events: i64, projects: &[i64]) -> String {
    let (event, project) = (chance.i64(1..=events), projects[chance.usize(..projects.len())]);
    match chance.u8(0..8) {
        0 => "/api/v1/workflows?limit=20".to_owned(),
        1 | 2 => format!("/api/v1/events/{event}/workflow"),
        3 => format!("/api/v1/steps/{event}"),
        4 => format!("/api/v1/projects/{project}/events"),
        5 => format!("/api/v1/projects/{project}/workflows"),
        6 => "/".to_owned(),
        _ => format!("/events/{event}"),
    }
}

/// Delivers pull requests until it is told to end; gives their number.
async fn deliver(server: String, has_ended: Arc<AtomicBool>) -> Result<usize> {
    let sender = Sender::new(&server)?;
    let mut number = 0;
    while !has_ended.load(Ordering::Relaxed) {
        number += 1;
        sender.send(&format!("measured-{number}"), shapes::delivery(number % PROJECTS, number)).await?;
        tokio::time::sleep(BETWEEN_DELIVERIES).await;
    }
    Ok(number)
}

/// Waits until what was delivered has ended, all of it well.
async fn wait(db: &store::Db, delivered: usize) -> Result<()> {
    let began = Instant::now();
    loop {
        let filter = EventFilter { author: Some(shapes::AUTHOR.to_owned()), ..EventFilter::default() };
        let page = reads::events(db, &Viewer::Everything, &filter, None, i64::try_from(delivered)?).await?;
        let ended = page.rows.iter().filter(|event| event.status.as_str() == "succeeded").count();
        if ended == delivered {
            return Ok(());
        }
        ensure!(began.elapsed() < LONGEST_END, "{ended} of {delivered} workflows have ended well");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

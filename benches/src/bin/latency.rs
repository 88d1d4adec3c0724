//! How long it takes from a delivery to the submission at the build system, while nothing else is to be done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use benches::{
    DatabaseOption, Kind, Outside, Sender, Service, ServiceOptions, Spread, Table, milliseconds, repeat,
    section, shapes, unfinished,
};
use chrono::Utc;
use clap::Parser;
use simulator::{Behaviour, System};
use store::Db;

/// How often it is looked whether a workflow has ended.
const LOOK: Duration = Duration::from_millis(25);
/// A workflow that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(20);

/// From a delivery to its submission, at rest.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Deliveries, one after another
    #[arg(long, default_value_t = 200)]
    deliveries: usize,
    /// Milliseconds of rest between the end of a workflow and the next delivery
    #[arg(long, default_value_t = 50)]
    pause: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "From a delivery to its submission, at rest",
        &format!(
            "From the moment that GitHub begins to send a delivery to the moment that Copr receives the build of its source \
             package and first chroots: {} deliveries to `packflow serve`, each {} ms after the one before has been carried \
             through; forge and build systems are the simulator, without latency. In between lie the reading of the \
             configuration at the forge and the making of the project in Copr. Aim: under 1 s.",
            arguments.deliveries, arguments.pause
        ),
    );
    let mut table = Table::new(&["database", "p50", "p99", "longest"]);
    for kind in arguments.database.kinds().await? {
        measure(&arguments, &kind, &mut table).await?;
    }
    table.print();
    repeat("latency");
    Ok(())
}

async fn measure(arguments: &Arguments, kind: &Kind, table: &mut Table) -> Result<()> {
    let place = kind.place().await?;
    let outside = Outside::start(Behaviour::immediate(), 0, arguments.deliveries, shapes::WORKFLOW).await?;
    let options = ServiceOptions { workers: 1, poll_at_least_seconds: Some(0.01) };
    let service = Service::start(&place, &outside, options).await?;
    let sender = Sender::new(&service.url)?;
    let mut sent = Vec::new();
    for number in 0..arguments.deliveries {
        let body = shapes::delivery(number, number + 1);
        tokio::time::sleep(Duration::from_millis(arguments.pause)).await;
        sent.push(Utc::now());
        sender.send(&format!("measured-{number}"), body).await?;
        rest(&place.db, number + 1).await?;
    }
    let builds: Vec<_> = outside.began().into_iter().filter(|entry| entry.system == System::Copr).collect();
    let mut took = Vec::new();
    for (number, sent) in sent.iter().enumerate() {
        // Each delivery is of a project of its own, which names the project in Copr.
        let project = shapes::project(number);
        let build = builds.iter().find(|entry| entry.body.to_string().contains(&project));
        let build = build.with_context(|| format!("no build of {project} was submitted"))?;
        took.push((build.at - *sent).to_std().context("a submission came before its delivery")?);
    }
    let spread = Spread::of(took);
    table.row(&[
        kind,
        &milliseconds(spread.percentile(50)),
        &milliseconds(spread.percentile(99)),
        &milliseconds(spread.longest()),
    ]);
    drop(service);
    place.db.close().await;
    Ok(())
}

/// Waits until nothing is left to do for so many deliveries.
async fn rest(db: &Db, deliveries: usize) -> Result<()> {
    let started = Instant::now();
    while unfinished(db, deliveries).await?.0 > 0 {
        ensure!(
            started.elapsed() < LONGEST,
            "delivery {deliveries} was not carried through in {} s",
            LONGEST.as_secs()
        );
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

//! How many deliveries a second the server takes, beside what the disk can do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use benches::{
    DatabaseOption, Kind, Outside, Sender, Service, ServiceOptions, Spread, Table, commits_per_second,
    fsyncs_per_second, milliseconds, repeat, section, shapes,
};
use clap::Parser;
use simulator::Behaviour;
use tokio::task::JoinSet;

/// Deliveries accepted per second.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Signed deliveries that are sent at most
    #[arg(long, default_value_t = 20_000)]
    count: usize,
    /// Connections that are kept open, each with one delivery at a time
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How long deliveries are sent at most
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Deliveries accepted",
        &format!(
            "Signed deliveries of 25 KB over {} connections that are kept open; each is checked, stored and committed before \
             it is answered. `packflow serve --no-worker` and the senders share the machine. Beside it: how often one client \
             can commit one small row to the same database, and how often its disk can append 4 KiB and fdatasync.",
            arguments.connections
        ),
    );
    let mut table = Table::new(&[
        "database",
        "deliveries per second",
        "p50",
        "p99",
        "commits per second, one client",
        "commits per second of the disk",
    ]);
    for kind in arguments.database.kinds().await? {
        measure(&arguments, &kind, &mut table).await?;
    }
    table.print();
    repeat("deliveries");
    Ok(())
}

async fn measure(arguments: &Arguments, kind: &Kind, table: &mut Table) -> Result<()> {
    let place = kind.place().await?;
    let outside = Outside::start(Behaviour::immediate(), 0, 0, "").await?;
    let options = ServiceOptions { workers: 0, poll_at_least_seconds: None };
    let service = Service::start(&place, &outside, options).await?;
    let body = Arc::new(shapes::delivery(0, 1));
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let end = started + Duration::from_secs(arguments.seconds);
    let mut senders = JoinSet::new();
    for _ in 0..arguments.connections {
        let (sender, body, next) = (Sender::new(&service.url)?, Arc::clone(&body), Arc::clone(&next));
        let count = arguments.count;
        senders.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                took.push(sender.send(&format!("measured-{number}"), body.to_vec()).await?);
            }
            anyhow::Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(sent) = senders.join_next().await {
        took.extend(sent??);
    }
    let elapsed = started.elapsed();
    let accepted = took.len();
    let spread = Spread::of(took);
    let disk = place.folder.as_deref().map(fsyncs_per_second).transpose()?;
    table.row(&[
        kind,
        &format!("{:.0}", accepted as f64 / elapsed.as_secs_f64()),
        &milliseconds(spread.percentile(50)),
        &milliseconds(spread.percentile(99)),
        &format!("{:.0}", commits_per_second(&place.db).await?),
        &disk.map_or_else(|| "unknown".to_owned(), |rate| format!("{rate:.0}")),
    ]);
    drop(service);
    place.db.close().await;
    Ok(())
}

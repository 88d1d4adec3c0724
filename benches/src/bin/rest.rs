//! How large the program is, and how much memory it holds when it has nothing to do.

use std::time::Duration;

use anyhow::Result;
use benches::{Kind, Outside, Service, ServiceOptions, Table, packflow, repeat, section};
use clap::Parser;
use simulator::Behaviour;

/// The size of the program, at rest and on disk.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long the server has been at rest when it is looked at
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Size",
        &format!(
            "`packflow serve` on SQLite with GitHub, Copr and Testing Farm configured, {} s after its start. Memory after many \
             workflows stands with the workflows per minute.",
            arguments.seconds
        ),
    );
    let place = Kind::Sqlite.place().await?;
    let outside = Outside::start(Behaviour::immediate(), 0, 0, "").await?;
    let service =
        Service::start(&place, &outside, ServiceOptions { workers: 1, poll_at_least_seconds: None }).await?;
    tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
    let memory = service.memory()?;
    let bytes = packflow()?.metadata()?.len();
    let mut table = Table::new(&["", "aim", "measured"]);
    table.row(&[
        &"resident memory at rest",
        &"under 40 MB",
        &format!("{:.1} MB", memory.resident_kb as f64 / 1024.0),
    ]);
    table.row(&[&"release binary", &"", &format!("{:.1} MB", bytes as f64 / 1024.0 / 1024.0)]);
    table.print();
    repeat("rest");
    drop(service);
    place.db.close().await;
    Ok(())
}

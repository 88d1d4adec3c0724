//! How fast workers find their next work in a long queue.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use benches::{DatabaseOption, Kind, Spread, Table, milliseconds, repeat, section};
use chrono::{TimeDelta, Utc};
use clap::Parser;
use domain::ids::ProjectId;
use domain::words::BuildSystem;
use store::submissions::{self, Limits};
use store::{Db, queue_fill};
use tokio::task::JoinSet;

/// What a worker takes at once, and of one project: the defaults of `packflow`.
const LIMITS: Limits = Limits { total: 16, per_project: 4 };

/// Claims per second from a long queue.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Projects that have submissions waiting
    #[arg(long, default_value_t = 2_000)]
    projects: u32,
    /// Submissions waiting in each project
    #[arg(long, default_value_t = 250)]
    per_project: u32,
    /// Clients that claim, one run for each number
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4])]
    clients: Vec<usize>,
    /// How long each run takes at most
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Claims",
        &format!(
            "{} submissions wait in {} projects. Each client claims up to {} submissions at once, {} of one project, goes on \
             with the next projects, and holds what it has until every project has as many with workers as it may; `store` \
             alone, no calls. A claim is one statement that commits.",
            u64::from(arguments.projects) * u64::from(arguments.per_project),
            arguments.projects,
            LIMITS.total,
            LIMITS.per_project
        ),
    );
    let mut table = Table::new(&[
        "database",
        "clients",
        "submissions claimed per second",
        "claims per second",
        "p50",
        "p99",
    ]);
    for kind in arguments.database.kinds().await? {
        let place = kind.place().await?;
        let due = Utc::now() - TimeDelta::minutes(1);
        queue_fill::fill(&place.db, BuildSystem::Copr, arguments.projects, arguments.per_project, due)
            .await?;
        for clients in &arguments.clients {
            measure(&arguments, &kind, &place.db, *clients, &mut table).await?;
        }
        place.db.close().await;
    }
    table.print();
    repeat("claims");
    Ok(())
}

async fn measure(
    arguments: &Arguments,
    kind: &Kind,
    db: &Db,
    clients: usize,
    table: &mut Table,
) -> Result<()> {
    let started = Instant::now();
    let end = started + Duration::from_secs(arguments.seconds);
    let mut running = JoinSet::new();
    for client in 0..clients {
        running.spawn(claim(db.clone(), format!("client-{client}"), end));
    }
    let (mut claimed, mut took) = (0, Vec::new());
    while let Some(ended) = running.join_next().await {
        let (submissions, durations) = ended??;
        claimed += submissions;
        took.extend(durations);
    }
    let elapsed = started.elapsed().as_secs_f64();
    for client in 0..clients {
        submissions::release_all(db, &format!("client-{client}"), Utc::now()).await?;
    }
    ensure!(claimed > 0, "nothing was claimed");
    let claims = took.len();
    let spread = Spread::of(took);
    table.row(&[
        kind,
        &clients,
        &format!("{:.0}", claimed as f64 / elapsed),
        &format!("{:.0}", claims as f64 / elapsed),
        &milliseconds(spread.percentile(50)),
        &milliseconds(spread.percentile(99)),
    ]);
    Ok(())
}

/// Claims as a worker does, going round, until a whole round gives nothing: then every project has what it may have.
async fn claim(db: Db, client: String, end: Instant) -> Result<(usize, Vec<Duration>)> {
    let lease_end = Utc::now() + TimeDelta::hours(1);
    let (mut claimed, mut took, mut after) = (0, Vec::new(), ProjectId(0));
    while Instant::now() < end {
        let began = Instant::now();
        let batch =
            submissions::claim(&db, BuildSystem::Copr, Utc::now(), lease_end, &client, LIMITS, after).await?;
        if batch.is_empty() && after == ProjectId(0) {
            break;
        }
        took.push(began.elapsed());
        claimed += batch.len();
        after = batch.iter().map(|submission| submission.project_id).max().unwrap_or(ProjectId(0));
    }
    Ok((claimed, took))
}

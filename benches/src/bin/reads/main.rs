//! How long people and programs wait for what they ask, and how much of that is the database.

mod questions;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use benches::{Kind, Outside, Pgbench, Place, Service, ServiceOptions, Table, ask_at_once, repeat, section};
use chrono::Utc;
use clap::Parser;
use simulator::Behaviour;
use store::Db;
use store::generate::{Generated, Scale, generate};
use store::reads::Sample;

use crate::questions::{Question, questions};

/// Of a thousand events come so many pipelines, reruns included.
const PIPELINES_OF_1000_EVENTS: u64 = 960;
/// Places at which it is counted what a question touches.
const PLACES: usize = 200;
/// What the door may add to the statement: a half of it, and this.
const DOOR_MS: f64 = 0.3;

/// Reads at the HTTP door beside the same statements by pgbench.
#[derive(Debug, Parser)]
struct Arguments {
    /// Pipelines in the database, one run for each number; SQLite is measured with the first
    #[arg(long, value_delimiter = ',', default_values_t = [120_000, 1_200_000])]
    pipelines: Vec<u64>,
    /// Clients that ask at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8])]
    clients: Vec<usize>,
    /// Rounds, of whose medians and 99th percentiles the median is shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds that each question is asked in each round
    #[arg(long, default_value_t = 1)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Reads",
        &format!(
            "`packflow serve` on a database as `packflow bench generate` makes it, asked over connections that are kept, without a \
             pause; {} rounds of {} s for each question and number of clients, the median of the rounds. Workflows and steps are \
             any of two years. Lists remember what they answered (docs/adr/0011-lists-remember-their-answers.md); those before any \
             moment were never asked before. Beside the door, in the same round, the same statement by `pgbench \
             --protocol=prepared`, told of nothing that is at hand. The aim for one client: at most 1.5 times pgbench's median and \
             {DOOR_MS} ms, and below what is named. Buffers are those of PostgreSQL, the mean of {PLACES} places. All share the machine's cores.",
            arguments.rounds, arguments.seconds
        ),
    );
    let mut buffers: Vec<(u64, Vec<(&'static str, f64)>)> = Vec::new();
    for kind in Kind::own() {
        let sizes = if matches!(kind, Kind::Postgres(_)) {
            &arguments.pipelines[..]
        } else {
            &arguments.pipelines[..1]
        };
        for pipelines in sizes {
            let touched = measure(&arguments, &kind, *pipelines).await?;
            if !touched.is_empty() {
                buffers.push((*pipelines, touched));
            }
        }
    }
    print_buffers(&buffers);
    repeat("reads");
    Ok(())
}

async fn measure(arguments: &Arguments, kind: &Kind, pipelines: u64) -> Result<Vec<(&'static str, f64)>> {
    let place = kind.place().await?;
    let scale = Scale { events: pipelines * 1000 / PIPELINES_OF_1000_EVENTS, seed: 1, until: Utc::now() };
    let began = Instant::now();
    let made = generate(&place.db, scale, |_| {}).await?;
    let loading = began.elapsed();
    println!(
        "### {kind}, {} pipelines\n\n{} events and {} targets, generated in {:.0} s ({:.1} million targets a minute).\n",
        made.pipelines,
        made.events,
        made.targets,
        loading.as_secs_f64(),
        made.targets as f64 / loading.as_secs_f64() * 60.0 / 1e6
    );
    let sample = Sample::choose(&place.db, Utc::now()).await?.context("there is a workflow")?;
    let outside = Outside::start(Behaviour::immediate(), 0, 0, "").await?;
    let service =
        Service::start(&place, &outside, ServiceOptions { workers: 0, poll_at_least_seconds: None }).await?;
    let asked = questions(&service.url, &sample, made.events, made.targets)?;
    let pgbench = match kind {
        Kind::Postgres(programs) => Some(Pgbench::new(programs, &place.url)),
        _ => None,
    };
    rounds(arguments, &service, pgbench.as_ref(), &asked)?;
    let touched = if pgbench.is_some() { touched(&place.db, &asked).await? } else { Vec::new() };
    println!("Memory of the server afterwards: {:.1} MB.\n", service.memory()?.resident_kb as f64 / 1024.0);
    drop(service);
    close(place, made).await;
    Ok(touched)
}

async fn close(place: Place, made: Generated) {
    place.db.close().await;
    eprintln!("measured with {} targets", made.targets);
}

/// The medians of the rounds, in milliseconds, for one question and number of clients.
#[derive(Default)]
struct Medians {
    door: [Vec<f64>; 2],
    statement: [Vec<f64>; 2],
    with_defaults: Vec<f64>,
}

fn rounds(
    arguments: &Arguments,
    service: &Service,
    pgbench: Option<&Pgbench>,
    asked: &[Question],
) -> Result<()> {
    let lasting = Duration::from_secs(arguments.seconds);
    let mut figures: Vec<Vec<Medians>> = Vec::new();
    for _ in asked {
        figures.push(arguments.clients.iter().map(|_| Medians::default()).collect());
    }
    // What is asked once is what everybody finds warm.
    for round in 0..=arguments.rounds {
        for (question, figures) in asked.iter().zip(&mut figures) {
            for (clients, figures) in arguments.clients.iter().zip(figures) {
                let heard = ask_at_once(&service.url, *clients, lasting, &*question.address)?;
                ensure!(heard.errors.is_empty(), "{}: {:?}", question.name, heard.errors.first());
                let door = heard.spread();
                let alone = |settings: &[&str]| {
                    pgbench
                        .map(|pgbench| pgbench.run(&question.sent, *clients, lasting, settings))
                        .transpose()
                };
                let statement = alone(question.sent[0].script.settings)?;
                let with_defaults = if round == 0 || *clients > 1 { None } else { alone(&["jit=on"])? };
                if round == 0 {
                    continue;
                }
                let ms =
                    |spread: &benches::Spread, percent| spread.percentile(percent).as_secs_f64() * 1000.0;
                for (place, percent) in [50, 99].into_iter().enumerate() {
                    figures.door[place].push(ms(&door, percent));
                    figures.statement[place].extend(statement.iter().map(|spread| ms(spread, percent)));
                }
                figures.with_defaults.extend(with_defaults.iter().map(|spread| ms(spread, 50)));
            }
        }
        eprintln!("round {round} of {}", arguments.rounds);
    }
    let mut table = Table::new(&[
        "question",
        "clients",
        "p50",
        "p99",
        "pgbench p50",
        "pgbench p99",
        "with its defaults",
        "aim for p50",
        "kept",
    ]);
    for (question, figures) in asked.iter().zip(&mut figures) {
        for (clients, figures) in arguments.clients.iter().zip(figures) {
            let [p50, p99] = figures.door.each_mut().map(|figures| median(figures));
            let [alone, alone_p99] = figures.statement.each_mut().map(|figures| median(figures));
            let aims = [question.aim_ms, alone.map(|alone| alone * 1.5 + DOOR_MS)];
            let aim = if *clients == 1 { aims.into_iter().flatten().reduce(f64::min) } else { None };
            let kept = aim.zip(p50).map_or("", |(aim, p50)| if p50 <= aim { "yes" } else { "no" });
            let shown = |ms: Option<f64>| ms.map_or_else(String::new, |ms| format!("{ms:.2} ms"));
            table.row(&[
                &question.name,
                clients,
                &shown(p50),
                &shown(p99),
                &shown(alone),
                &shown(alone_p99),
                &shown(median(&mut figures.with_defaults)),
                &shown(aim),
                &kept,
            ]);
        }
    }
    table.print();
    println!();
    Ok(())
}

fn median(figures: &mut [f64]) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

/// The buffers that each question touches, in the mean.
async fn touched(db: &Db, asked: &[Question]) -> Result<Vec<(&'static str, f64)>> {
    let mut all = Vec::new();
    for question in asked {
        let mut chance = fastrand::Rng::with_seed(3);
        let mut sum = 0;
        for _ in 0..PLACES {
            let lines = (question.measured)(&mut chance).plan(db).await?;
            sum += buffers(&lines).with_context(|| format!("{}: {lines:?}", question.name))?;
        }
        all.push((question.name, sum as f64 / PLACES as f64));
    }
    Ok(all)
}

/// What the whole statement touched stands in the first such line: `Buffers: shared hit=12 read=3`.
fn buffers(lines: &[String]) -> Option<u64> {
    let line = lines.iter().find_map(|line| line.trim().strip_prefix("Buffers: shared"))?;
    let counts = line.split_whitespace().filter_map(|part| part.split_once('='));
    counts
        .filter(|(name, _)| ["hit", "read"].contains(name))
        .map(|(_, count)| count.parse::<u64>().ok())
        .sum()
}

fn print_buffers(sizes: &[(u64, Vec<(&'static str, f64)>)]) {
    let Some((_, first)) = sizes.first() else { return };
    let names: Vec<String> = sizes.iter().map(|(pipelines, _)| format!("{pipelines} pipelines")).collect();
    let columns: Vec<&str> =
        std::iter::once("buffers").chain(names.iter().map(String::as_str)).chain(["ratio"]).collect();
    let mut table = Table::new(&columns);
    for (place, (question, least)) in first.iter().enumerate() {
        let counts: Vec<f64> = sizes.iter().map(|(_, touched)| touched[place].1).collect();
        let ratio = format!("{:.2}", counts.last().unwrap_or(least) / least);
        let shown: Vec<String> = counts.iter().map(|count| format!("{count:.0}")).chain([ratio]).collect();
        let cells: Vec<&dyn std::fmt::Display> = std::iter::once(question as &dyn std::fmt::Display)
            .chain(shown.iter().map(|cell| cell as &dyn std::fmt::Display))
            .collect();
        table.row(&cells);
    }
    table.print();
}

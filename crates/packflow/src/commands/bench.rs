//! `packflow bench`: a database of any size, and how it answers.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::Utc;
use store::Db;
use store::generate::{Generated, Scale, generate};
use store::reads::{Sample, query_plans};

use crate::cli::{Bench, Common};
use crate::{configuration, database};

/// Runs one of the bench commands.
pub(super) async fn run(common: &Common, command: Bench) -> Result<ExitCode> {
    let configuration = configuration::read(common.config.as_deref())?;
    let url = database::url(common.database.as_deref(), &configuration)?;
    match command {
        Bench::Generate { events, seed } => {
            fill(&database::begin(&url).await?, Scale { events, seed, until: Utc::now() }).await?;
        }
        Bench::Queries => show_plans(&database::open(&url).await?).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn fill(db: &Db, scale: Scale) -> Result<()> {
    let begun = Instant::now();
    let tell = |made: Generated| {
        eprint!("\r{} of {} events, {} targets", made.events, scale.events, made.targets);
    };
    let made = generate(db, scale, tell).await?;
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let a_minute = made.targets as f64 / seconds * 60.0;
    say!(
        "{} events, {} pipelines and {} targets in {seconds:.1} s: {a_minute:.0} targets a minute",
        made.events,
        made.pipelines,
        made.targets
    );
    Ok(())
}

async fn show_plans(db: &Db) -> Result<()> {
    let sample = Sample::choose(db, Utc::now()).await?;
    let sample = sample
        .with_context(|| format!("{} has no workflow with tests; try `packflow bench generate`", db.url()))?;
    for plan in query_plans(db, &sample).await? {
        say!("## {}\n\n```text\n{}\n```\n", plan.question, plan.lines.join("\n"));
    }
    Ok(())
}

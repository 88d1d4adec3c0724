//! `packflow aliases`: what release aliases stand for.

use std::process::ExitCode;

use anyhow::{Context, Result};
use chrono::Utc;
use domain::releases::Releases;
use store::Db;

use crate::cli::Aliases;
use crate::terminal::{self, clean};
use crate::{configuration, database};

/// Shows the aliases and what the given names stand for.
pub(super) async fn run(arguments: Aliases) -> Result<ExitCode> {
    let releases = releases(&arguments).await?;
    let report = releases.report(&arguments.targets);
    if arguments.json {
        say!("{}", terminal::json(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    for (alias, releases) in report.aliases {
        let names: Vec<&str> = releases.iter().map(|release| release.namever.as_str()).collect();
        say!("{alias}: {}", clean(&names.join(", ")));
    }
    for name in &arguments.targets {
        say!("{}", clean(name));
        say!("  chroots: {}", clean(&report.build_targets[name].join(", ")));
        say!("  dist-git branches: {}", clean(&report.branches_default_rawhide[name].join(", ")));
        say!("  Koji targets: {}", clean(&report.koji_targets[name].join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

async fn releases(arguments: &Aliases) -> Result<Releases> {
    if let Some(file) = &arguments.releases {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        return Releases::from_bodhi([text.as_str()]).with_context(|| file.display().to_string());
    }
    let configuration = configuration::read(arguments.common.config.as_deref())?;
    let url = database::url(arguments.common.database.as_deref(), &configuration)?;
    let is_named = arguments.common.database.is_some() || configuration.database.url.is_some();
    if !is_named && !arguments.refresh && url.path().is_some_and(|file| !file.exists()) {
        // Nobody spoke of a database, and there is none to keep another table.
        return Ok(Releases::shipped());
    }
    let db = database::open(&url).await?;
    if arguments.refresh {
        refresh(&db, configuration.bodhi.url.as_deref().unwrap_or(builders::bodhi::FEDORA_URL)).await?;
    }
    engine::releases(&db).await.context("cannot read the stored release table")
}

async fn refresh(db: &Db, bodhi: &str) -> Result<()> {
    let list = builders::bodhi::releases(bodhi).await.with_context(|| format!("cannot read {bodhi}"))?;
    Releases::from_bodhi([list.to_string().as_str()]).context("Bodhi's list cannot be used")?;
    store::releases::save(db, &list, Utc::now()).await?;
    Ok(())
}

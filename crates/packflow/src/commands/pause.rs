//! `packflow pause` and `packflow resume`: whether new work is submitted to a build system.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use domain::words::BuildSystem;
use store::pauses;

use crate::cli::Common;
use crate::{configuration, database};

/// Pauses a build system.
pub(super) async fn pause(common: &Common, system: &str, reason: Option<&str>) -> Result<ExitCode> {
    let system: BuildSystem = system.parse()?;
    let configuration = configuration::read(common.config.as_deref())?;
    let db = database::open(&database::url(common.database.as_deref(), &configuration)?).await?;
    pauses::pause(&db, system, &super::person(), reason, Utc::now()).await?;
    say!("{system} is paused: nothing new is submitted; `packflow resume {system}` lets it go on");
    Ok(ExitCode::SUCCESS)
}

/// Lets a build system go on.
pub(super) async fn resume(common: &Common, system: &str) -> Result<ExitCode> {
    let system: BuildSystem = system.parse()?;
    let configuration = configuration::read(common.config.as_deref())?;
    let db = database::open(&database::url(common.database.as_deref(), &configuration)?).await?;
    if pauses::resume(&db, system, Utc::now()).await? {
        say!("{system} goes on");
    } else {
        say!("{system} was not paused");
    }
    Ok(ExitCode::SUCCESS)
}

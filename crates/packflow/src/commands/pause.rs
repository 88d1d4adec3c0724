//! `packflow pause` and `packflow resume`: whether new work is submitted to a build system.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use domain::words::BuildSystem;
use store::pauses;

use crate::cli::Common;
use crate::terminal::{clean, time};
use crate::{configuration, database};

/// Pauses a build system.
pub(super) async fn pause(common: &Common, system: &str, reason: Option<&str>) -> Result<ExitCode> {
    let system: BuildSystem = system.parse()?;
    let configuration = configuration::read(common.config.as_deref())?;
    let db = database::open(&database::url(common.database.as_deref(), &configuration)?).await?;
    let before = pauses::list(&db).await?.into_iter().find(|pause| pause.system == system);
    pauses::pause(&db, system, &super::person(), reason, Utc::now()).await?;
    if let Some(before) = before {
        let why = before.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let was =
            format!("{system} was paused already since {}, by {}{why}", time(before.since), before.paused_by);
        say!("{}", clean(&was));
    }
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

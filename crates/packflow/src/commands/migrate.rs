//! `packflow migrate`: the database's schema.

use std::process::ExitCode;

use anyhow::Result;
use store::Migrations;

use crate::cli::Common;
use crate::terminal::clean;
use crate::{configuration, database};

/// Brings the database to this version's schema, or shows where it stands.
pub(super) async fn run(common: &Common, state: bool) -> Result<ExitCode> {
    let configuration = configuration::read(common.config.as_deref())?;
    let url = database::url(common.database.as_deref(), &configuration)?;
    let db = if state {
        database::must_be_there(&url)?;
        database::connect(&url).await?
    } else {
        database::begin(&url).await?
    };
    say!("{}", clean(&url.to_string()));
    for migration in Migrations(&db).state().await? {
        let mark = match (migration.known, migration.applied) {
            (false, _) => "unknown: a newer version of Packflow made it",
            (true, true) => "applied",
            (true, false) => "missing",
        };
        say!("  {:04} {} {mark}", migration.version, clean(&migration.name));
    }
    Ok(ExitCode::SUCCESS)
}

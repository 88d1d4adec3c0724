//! Whether the database is one that this version can work in.

use store::{Db, Migrations};

use super::Findings;
use crate::configuration::Configuration;
use crate::terminal::chain;
use crate::{database, wiring};

/// Whether the schema is this version's; what is not is told.
pub(super) async fn check_schema(db: &Db, findings: &mut Findings) -> bool {
    let (url, migrations) = (db.url(), Migrations(db));
    let (state, encoding) = match (migrations.state().await, migrations.other_encoding().await) {
        (Ok(state), Ok(encoding)) => (state, encoding),
        (Err(error), _) | (_, Err(error)) => {
            let found = format!("{url}: {}", chain(&error.into()));
            findings.bad(
                "database",
                &found,
                "is it a Packflow database, and may this account read its tables?",
            );
            return false;
        }
    };
    if let Some(encoding) = encoding {
        let found = format!("{url}: its encoding is {encoding}, and UTF8 is needed");
        let remedy = "make one with CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8', and bring over what this one holds";
        findings.bad("database", &found, remedy);
    }
    let newer: Vec<String> =
        state.iter().filter(|it| !it.known).map(|it| format!("{:04} {}", it.version, it.name)).collect();
    if !newer.is_empty() {
        let found = format!("{url}: migrations that are not known here: {}", newer.join(", "));
        findings.bad(
            "database",
            &found,
            "a newer version of Packflow migrated it: start that version or a newer one",
        );
        return false;
    }
    let missing = state.iter().filter(|migration| !migration.applied).count();
    if missing > 0 {
        let found = format!("{url}: {missing} of {} migrations are missing", state.len());
        findings.bad("database", &found, "if it is the right one, run `packflow migrate`");
        return false;
    }
    findings.good("database", &format!("{url}, {} migrations", state.len()));
    true
}

/// Whether the database takes a delivery: where its disk is full, or its file may not be written, it only answers.
pub(super) async fn check_writing(db: &Db, findings: &mut Findings) {
    if let Err(error) = store::inbox::try_write(db).await {
        let found = format!("it takes no writes: {}", chain(&error.into()));
        let remedy = "is its disk full, may this account write the file and its folder, is it a standby? No delivery is taken until then";
        findings.bad("database", &found, remedy);
    }
}

/// Whether the database's instance is the configured one.
pub(super) async fn check_instance(db: &Db, configuration: &Configuration, findings: &mut Findings) {
    // What is no instance was told above.
    let Ok(configured) = wiring::instance(configuration) else { return };
    match store::installation::get(db).await {
        Ok(Some(kept)) if kept.is_demos => {
            findings.note("instance", "`packflow demo` made the database, and alone works in it");
        }
        Ok(kept) => {
            let kept = kept.and_then(|kept| kept.instance);
            if let Some(other) = kept.filter(|kept| *kept != configured) {
                let found = database::other_instance(other, configured);
                findings.bad("instance", &found, &database::way_out(configured));
            }
        }
        Err(error) => findings.bad("instance", &chain(&error.into()), "see the database"),
    }
}

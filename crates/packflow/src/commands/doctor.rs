//! `packflow doctor`: what is wrong, and what to do about it.

use std::process::ExitCode;

use anyhow::Result;
use store::{Db, Migrations, verify};

use crate::cli::Common;
use crate::configuration::{self, Configuration};
use crate::terminal::clean;
use crate::{database, wiring};

/// What was found, counted.
#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn good(&self, what: &str, found: &str) {
        println!("ok      {what}: {}", clean(found));
    }

    fn note(&self, what: &str, found: &str) {
        println!("note    {what}: {}", clean(found));
    }

    fn bad(&mut self, what: &str, found: &str, remedy: &str) {
        self.bad += 1;
        println!("WRONG   {what}: {}", clean(found));
        println!("        {}", clean(remedy));
    }
}

/// Checks the configuration, the database and each outside system. Exit code 1 if something is wrong.
pub(super) async fn run(common: &Common, verify: bool) -> Result<ExitCode> {
    let mut findings = Findings::default();
    let configuration = match configuration::read(common.config.as_deref()) {
        Ok(configuration) => configuration,
        Err(error) => {
            findings.bad("configuration", &format!("{error:#}"), "docs/operating.md lists every key");
            return Ok(ExitCode::from(1));
        }
    };
    check_configuration(&configuration, &mut findings);
    let db = check_database(common, &configuration, &mut findings).await;
    check_forges(&configuration, &mut findings);
    check_builders(&configuration, &mut findings).await;
    if let (true, Some(db)) = (verify, &db) {
        check_rules(db, &mut findings).await?;
    }
    Ok(if findings.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check_configuration(configuration: &Configuration, findings: &mut Findings) {
    let faults = configuration::faults(configuration);
    if faults.is_empty() {
        findings.good("configuration", "no fault");
    }
    for fault in faults {
        findings.bad("configuration", &fault.to_string(), "docs/operating.md says what the key takes");
    }
    if configuration.access.allow.is_empty() && configuration.access.admins.is_empty() {
        findings.note("access", "nothing is allowed, so nothing starts; access.allow lists who may");
    }
}

async fn check_database(
    common: &Common,
    configuration: &Configuration,
    findings: &mut Findings,
) -> Option<Db> {
    let url = match database::url(common.database.as_deref(), configuration) {
        Ok(url) => url,
        Err(error) => {
            findings.bad("database", &format!("{error:#}"), "name it with --database or database.url");
            return None;
        }
    };
    let db = match Db::open(&url).await {
        Ok(db) => db,
        Err(error) => {
            let found = format!("{url}: {:#}", anyhow::Error::from(error));
            findings.bad("database", &found, "is it running, and may this account log in?");
            return None;
        }
    };
    match Migrations(&db).state().await {
        Ok(state) if state.iter().all(|migration| migration.applied) => {
            findings.good("database", &format!("{url}, {} migrations", state.len()));
        }
        Ok(state) => {
            let missing = state.iter().filter(|migration| !migration.applied).count();
            let found = format!("{url}: {missing} of {} migrations are missing", state.len());
            findings.bad("database", &found, "run `packflow migrate`");
            return None;
        }
        Err(error) => {
            let found = format!("{url}: {:#}", anyhow::Error::from(error));
            findings.bad("database", &found, "is it a Packflow database, and not a newer version's?");
            return None;
        }
    }
    check_queues(&db, findings).await;
    Some(db)
}

async fn check_queues(db: &Db, findings: &mut Findings) {
    match store::inbox::pending(db).await {
        Ok((0, _)) => findings.good("inbox", "everything is settled"),
        Ok((waiting, since)) => {
            let since = since.map(crate::terminal::time).unwrap_or_default();
            findings.note("inbox", &format!("{waiting} deliveries wait, the oldest since {since}"));
        }
        Err(error) => findings.bad("inbox", &format!("{:#}", anyhow::Error::from(error)), "see the database"),
    }
    for pause in store::pauses::list(db).await.unwrap_or_default() {
        let found = format!("paused by {} since {}", pause.paused_by, crate::terminal::time(pause.since));
        findings.note(pause.system.as_str(), &found);
    }
}

fn check_forges(configuration: &Configuration, findings: &mut Findings) {
    if configuration.forge.is_empty() {
        findings.note("forges", "none is configured: deliveries are kept, but no configuration is read");
    }
}

async fn check_builders(configuration: &Configuration, findings: &mut Findings) {
    let Ok(builders) = wiring::builders(configuration) else { return };
    if builders.is_empty() {
        findings.note("build systems", "none is configured: workflows are planned and not carried out");
    }
    for (system, builder) in builders {
        match builder.check().await {
            Ok(found) => findings.good(system.as_str(), &found),
            Err(error) => findings.bad(
                system.as_str(),
                &error.to_string(),
                "is its address right, is it up, and have the credentials ended?",
            ),
        }
    }
}

async fn check_rules(db: &Db, findings: &mut Findings) -> Result<()> {
    let broken = verify::verify(db).await?;
    if broken.is_empty() {
        findings.good("rules", "every rule and stored status agrees with the rows");
    }
    for finding in broken {
        let remedy = "tell the developers with this line; docs/design.md section 2 has the rule";
        findings.bad(finding.rule, &finding.what, remedy);
    }
    Ok(())
}

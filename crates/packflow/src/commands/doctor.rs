//! `packflow doctor`: what is wrong, and what to do about it.

mod queues;
mod schema;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use builders::{Builder, BuilderError};
use chrono::{TimeDelta, Utc};
use domain::words::BuildSystem;
use forges::ForgeError;
use store::{Db, verify};

use crate::cli::Common;
use crate::configuration::{self, Configuration, Faults, ForgeKind, Reading};
use crate::terminal::{chain, clean};
use crate::{database, wiring};

/// From when on the release table is told to be old. A worker reads it twice a day.
const STALE_RELEASES: TimeDelta = TimeDelta::days(2);

/// What was found, counted.
#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn good(&self, what: &str, found: &str) {
        say!("ok      {what}: {}", clean(found));
    }

    fn note(&self, what: &str, found: &str) {
        say!("note    {what}: {}", clean(found));
    }

    fn bad(&mut self, what: &str, found: &str, remedy: &str) {
        self.bad += 1;
        say!("WRONG   {what}: {}", clean(found));
        say!("        {}", clean(remedy));
    }
}

/// Checks the configuration, the database and each outside system. Exit code 1 if something is wrong.
pub(super) async fn run(common: &Common, verify: bool) -> Result<ExitCode> {
    let mut findings = Findings::default();
    let (configuration, faults) = configuration::read_and_check(common.config.as_deref());
    check_configuration(&configuration, &faults, &mut findings);
    let db = check_database(common, &configuration, &mut findings).await;
    check_forges(&configuration, &mut findings).await;
    check_builders(&configuration, db.as_ref(), &mut findings).await;
    check_release_source(&configuration, &mut findings).await;
    check_bus(&configuration, &mut findings).await;
    if let (true, Some(db)) = (verify, &db) {
        check_rules(db, &mut findings).await?;
    }
    Ok(if findings.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check_configuration(configuration: &Configuration, faults: &Faults, findings: &mut Findings) {
    if faults.is_empty() {
        findings.good("configuration", "no fault");
    }
    for fault in faults.iter() {
        findings.bad("configuration", &fault.to_string(), "docs/operating.md says what the key takes");
    }
    for file in configuration.secret_files() {
        let mode = std::fs::metadata(file).map(|facts| facts.permissions().mode()).unwrap_or_default();
        if mode & 0o007 != 0 {
            let file = file.display();
            findings
                .note("secrets", &format!("every account of this machine may read {file}: chmod o= {file}"));
        }
    }
    let logs_in = configuration.forge.iter().any(|forge| forge.client_id.is_some());
    match &configuration.server.public_url {
        None if logs_in => {
            findings.note("login", "server.public_url is not set: GitHub sends people back to `listen`");
        }
        Some(url) if logs_in && url.starts_with("http://") => {
            findings.note("login", "server.public_url is not https: logins can be read on their way");
        }
        _ => {}
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
            findings.bad("database", &chain(&error), "name it with --database or database.url");
            return None;
        }
    };
    if let Some(file) = url.path() {
        match std::fs::metadata(file) {
            Err(error) => {
                // Opening it would create it.
                let remedy = "if it is the right file, run `packflow migrate`, which creates it";
                findings.bad("database", &format!("{url}: {error}"), remedy);
                return None;
            }
            Ok(facts) if facts.permissions().mode() & 0o077 != 0 => {
                let found = format!(
                    "others may read {0}, which holds private deliveries: chmod 600 {0}*",
                    file.display()
                );
                findings.note("database", &found);
            }
            Ok(_) => {}
        }
    }
    let db = match Db::open(&url).await {
        Ok(db) => db,
        Err(error) => {
            let found = format!("{url}: {}", chain(&error.into()));
            let remedy = if url.path().is_some() {
                "is it a SQLite database, and may this account read and write it and the folder that it is in?"
            } else {
                "is it running, and may this account log in?"
            };
            findings.bad("database", &found, remedy);
            return None;
        }
    };
    if !schema::check_schema(&db, findings).await {
        return None;
    }
    schema::check_writing(&db, findings).await;
    schema::check_instance(&db, configuration, findings).await;
    queues::check(&db, &configured_systems(configuration), findings).await;
    check_tokens(&db, configuration, findings).await;
    check_kept_releases(&db, findings).await;
    Some(db)
}

/// Whoever closes reading wants somebody to come in.
async fn check_tokens(db: &Db, configuration: &Configuration, findings: &mut Findings) {
    let now = Utc::now();
    match store::tokens::list(db).await {
        Ok(tokens) => {
            let valid = tokens.iter().filter(|token| {
                token.revoked_at.is_none() && token.expires_at.is_none_or(|expires_at| expires_at > now)
            });
            let logs_in = configuration.forge.iter().any(|forge| forge.client_id.is_some());
            if valid.count() == 0 && configuration.server.reading == Some(Reading::Token) && !logs_in {
                let found = "server.reading is `token`, and there is none: `packflow token create` makes one";
                findings.note("tokens", found);
            }
        }
        Err(error) => findings.bad("tokens", &chain(&error.into()), "see the database"),
    }
}

/// The release table that aliases are made from.
async fn check_kept_releases(db: &Db, findings: &mut Findings) {
    match store::releases::get(db).await {
        Ok(None) => {
            findings.note("releases", "the table that came with the program serves; a worker reads Bodhi's");
        }
        Ok(Some((at, _))) if Utc::now() - at > STALE_RELEASES => {
            let found = format!(
                "last read from Bodhi at {}: aliases such as fedora-stable may be out of date",
                crate::terminal::time(at)
            );
            findings.note("releases", &found);
        }
        Ok(Some((at, _))) => {
            findings.good("releases", &format!("read from Bodhi at {}", crate::terminal::time(at)));
        }
        Err(error) => findings.bad("releases", &chain(&error.into()), "see the database"),
    }
}

/// Whether the release table can be read anew.
async fn check_release_source(configuration: &Configuration, findings: &mut Findings) {
    let Some(source) = wiring::release_source(configuration) else { return };
    match source.releases().await {
        Ok(list) => {
            let count = list["releases"].as_array().map_or(0, Vec::len);
            findings.good("releases", &format!("Bodhi has {count} that are not archived"));
        }
        Err(error) => {
            let remedy = "aliases stay as they are until Bodhi can be read: is bodhi.url right? bodhi.refresh_hours = 0 \
                          leaves them to `packflow aliases --refresh`";
            findings.bad("releases", &error.to_string(), remedy);
        }
    }
}

async fn check_forges(configuration: &Configuration, findings: &mut Findings) {
    if configuration.forge.is_empty() {
        findings.note("forges", "none is configured: deliveries are kept, but no configuration is read");
    }
    for (index, configured) in configuration.forge.iter().enumerate() {
        // What is wrong with its keys was told above.
        let Ok(wired) = wiring::forge(configured, &format!("forge[{index}]")) else { continue };
        let host = wiring::host_of(configured);
        if let Some(login) = &wired.login {
            match login.check().await {
                Ok(found) => findings.good("login", &found),
                Err(error) => {
                    let remedy = "the App's page at GitHub shows its client id and makes client secrets; compare client_id and \
                                  client_secret_file, and web_url";
                    findings.bad("login", &error.to_string(), remedy);
                }
            }
        }
        match wired.forge.check().await {
            Ok(found) => findings.good(&host, &found),
            Err(error) => {
                let remedy = match (&error, configured.kind) {
                    (ForgeError::Unavailable { .. }, _) => {
                        "renew the credentials if it does not take them; else: is its api_url right, does a proxy or firewall stand \
                         between, is it up?"
                    }
                    (ForgeError::Refused(_), Some(ForgeKind::Github)) => {
                        "the App's page at GitHub shows its id, keys and permissions; compare app_id and \
                         private_key_file (or token_file), and the clock of this machine"
                    }
                    (
                        ForgeError::Refused(_),
                        Some(ForgeKind::Gitlab | ForgeKind::Forgejo | ForgeKind::Pagure),
                    ) => {
                        "does token_file hold a token of this host that was not withdrawn and may read and write what \
                         docs/operating.md says?"
                    }
                    (ForgeError::Refused(_), _) => "may this account read the folder that path names?",
                };
                findings.bad(&host, &error.to_string(), remedy);
            }
        }
    }
}

async fn check_builders(configuration: &Configuration, db: Option<&Db>, findings: &mut Findings) {
    // Each for itself: what is wrong with the keys of one was told above, and does not hide the others.
    let mut builders: Vec<Arc<dyn Builder>> = Vec::new();
    builders.extend(wiring::copr(configuration).ok().flatten().map(|it| Arc::new(it) as Arc<dyn Builder>));
    builders.extend(
        wiring::testing_farm(configuration).ok().flatten().map(|it| Arc::new(it) as Arc<dyn Builder>),
    );
    builders.extend(wiring::koji(configuration).ok().flatten().map(|it| Arc::new(it) as Arc<dyn Builder>));
    builders.extend(wiring::bodhi(configuration).ok().flatten().map(|it| Arc::new(it) as Arc<dyn Builder>));
    // It keeps its logs in the database, so without one it is not looked at.
    builders.extend(db.and_then(|db| wiring::dist_git::dist_git(configuration, db, "").ok().flatten()));
    let configured = configured_systems(configuration);
    if configured.is_empty() {
        findings.note("build systems", "none is configured: workflows are planned and not carried out");
    } else if let Some(db) = db {
        check_waiting(db, &configured, findings).await;
    }
    for builder in builders {
        let system = builder.system();
        match builder.check().await {
            Ok(found) => findings.good(system.as_str(), &found),
            Err(error) => {
                let remedy = match (&error, system) {
                    (_, BuildSystem::Koji) => {
                        "is koji.hub_url right and the hub up; is the certificate (or password) the account's, and not past its \
                         end; is the hub's authority in authorities_file or known to this machine?"
                    }
                    (_, BuildSystem::Bodhi) => {
                        "is bodhi.url right and Bodhi up? A login that has ended is renewed by logging in with `bodhi` on the \
                         command line; bodhi.token_file is its client.json, and the service must be able to write it"
                    }
                    (_, BuildSystem::DistGit) => {
                        "are git, bubblewrap, setpriv and prlimit installed, may this account make namespaces, and is the forge of \
                          [dist_git] up and its token good? docs/operating.md says what a run needs"
                    }
                    (BuilderError::Unavailable { .. }, _) => {
                        "is its url right, does a proxy or firewall stand between, is it up?"
                    }
                    (_, BuildSystem::Copr) => {
                        "Copr's tokens end after 180 days: log in at Copr, /api/ shows the login and a new token"
                    }
                    _ => "does api_key_file hold the key that Testing Farm gave, and was it not withdrawn?",
                };
                findings.bad(system.as_str(), &error.to_string(), remedy);
            }
        }
    }
}

/// The build systems that the configuration names, whether or not its keys are right.
fn configured_systems(configuration: &Configuration) -> BTreeSet<BuildSystem> {
    let configured = [
        (BuildSystem::Copr, configuration.copr.is_some()),
        (BuildSystem::TestingFarm, configuration.testing_farm.is_some()),
        (BuildSystem::Koji, configuration.koji.is_some()),
        (BuildSystem::Bodhi, configuration.bodhi.token_file.is_some()),
        (BuildSystem::DistGit, configuration.dist_git.is_some()),
    ];
    configured.into_iter().filter(|(_, is)| *is).map(|(system, _)| system).collect()
}

/// What waits for a build system that was configured once waits for ever.
async fn check_waiting(db: &Db, configured: &BTreeSet<BuildSystem>, findings: &mut Findings) {
    match store::submissions::waiting(db).await {
        Ok(waiting) => {
            for (system, count) in waiting.into_iter().filter(|(system, _)| !configured.contains(system)) {
                let found = format!("{count} submissions wait for it, and it is not configured here");
                let remedy = "configure it again, or cancel the workflows that wait for it (`packflow cancel`): what was sent there ends \
                              ten minutes later, if no process that has it takes it";
                findings.bad(system.as_str(), &found, remedy);
            }
        }
        Err(error) => findings.bad("submissions", &chain(&error.into()), "see the database"),
    }
}

async fn check_bus(configuration: &Configuration, findings: &mut Findings) {
    // What is wrong with its keys was told above.
    let Ok(Some(subscription)) = wiring::subscription(configuration) else { return };
    match subscription.check().await {
        Ok(found) => findings.good("bus", &found),
        Err(error) => {
            let remedy = "is bus.url right, does a firewall stand between, is it up? Are certificate_file and key_file those that \
                          the broker knows, and queue one that it has? Until then results come by polling, later";
            findings.bad("bus", &format!("{}: {error}", subscription.endpoint), remedy);
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

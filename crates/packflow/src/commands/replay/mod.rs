//! `packflow replay`: recorded deliveries, taken as if they were delivered now.

mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::words::DeliveryOutcome;
use engine::{Builders, Engine};
use forges::{File, Forge, Forges};
use serde_json::json;
use store::inbox::{self, NewDelivery};

use crate::cli::Replay;
use crate::configuration::{self, Configuration, ForgeKind};
use crate::operator::OperatorForge;
use crate::terminal::{self, clean};
use crate::{database, wiring};
use recording::{Recording, recordings};

/// Takes the deliveries in these files and prints a line for each. Exit code 1 if one was refused.
pub(super) async fn run(arguments: Replay) -> Result<ExitCode> {
    let named = Named::read(&arguments.config)?;
    let db = database::begin(&database::url(arguments.database.as_deref(), &named.service)?).await?;
    let files = recording::files(&arguments.paths)?;
    if files.is_empty() {
        bail!("there is no .json file in {}", arguments.paths[0].display());
    }
    // What they tell of is looked at before any is taken: their forges need not be configured.
    let mut told_of = BTreeMap::new();
    for recording in recordings(&files) {
        told_of.extend(recording?.forge);
    }
    let engine = named.engine(db, told_of.into_iter().collect())?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused = false;
    for recording in recordings(&files) {
        let line = take(&engine, &recording?).await?;
        *counts.entry(line.outcome.as_str()).or_default() += 1;
        refused |= line.outcome == DeliveryOutcome::Refused;
        line.print(arguments.json)?;
    }
    if !arguments.json {
        let counts: Vec<String> =
            counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        say!("{}", counts.join(", "));
    }
    Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What `--config` named.
struct Named {
    service: Configuration,
    has_service: bool,
    package: Option<(PathBuf, File)>,
}

impl Named {
    fn read(files: &[PathBuf]) -> Result<Self> {
        let mut named = Self { service: Configuration::default(), has_service: false, package: None };
        for file in files {
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("toml") => {
                    named.service = configuration::read(Some(file))?;
                    named.has_service = true;
                }
                Some("yaml" | "yml") => named.package = Some((file.clone(), package_file(file)?)),
                _ => bail!(
                    "--config {}: a .toml file is the service's configuration, a .yaml or .yml file a package's",
                    file.display()
                ),
            }
        }
        if !named.has_service {
            // The environment counts for the database, as with every command.
            named.service.database = configuration::read(None)?.database;
        }
        Ok(named)
    }

    /// An engine that reads what these hosts deliver, too.
    fn engine(&self, db: store::Db, mut told_of: Vec<(String, ForgeKind)>) -> Result<Engine> {
        told_of.retain(|(host, _)| self.service.forge.iter().all(|forge| wiring::host_of(forge) != *host));
        let readers = wiring::readers(&self.service, &told_of);
        let configured = self.service.forge.iter().map(wiring::host_of);
        let others = told_of.into_iter().map(|(host, _)| host);
        let hosts: BTreeSet<String> =
            configured.chain(others).chain([wiring::GITHUB_HOST.to_owned()]).collect();
        let mut forges: Vec<Arc<dyn Forge>> = Vec::new();
        for (index, configured) in self.service.forge.iter().enumerate() {
            forges.push(wiring::forge(configured, &format!("forge[{index}]"))?.forge);
        }
        if let Some((path, file)) = &self.package {
            for host in &hosts {
                let (host, path, file) = (host.clone(), path.clone(), file.clone());
                forges.push(Arc::new(OperatorForge { host, file, path }));
            }
        }
        let public_url = self.service.server.public_url.clone().unwrap_or_default();
        let builders = wiring::builders(&self.service, &db, &public_url)?;
        let mut settings = wiring::settings(&self.service, &builders, public_url)?;
        // A replay answers now: what a forge cannot tell just now is told, and can be retried.
        settings.outages.pauses = 0;
        settings.park = Duration::ZERO;
        if self.package.is_some() && !self.has_service {
            let hosts: Vec<String> = hosts.into_iter().collect();
            settings.access.allow.clone_from(&hosts);
            settings.access.private = hosts;
        }
        let forges: Forges = forges.into_iter().collect();
        Ok(wiring::engine(db, forges, Builders::new(), readers, settings))
    }
}

fn package_file(file: &Path) -> Result<File> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let path = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(File { path, text })
}

/// What became of a file.
struct Line {
    file: String,
    outcome: DeliveryOutcome,
    event: Option<i64>,
    reason: String,
}

impl Line {
    fn print(&self, as_json: bool) -> Result<()> {
        if as_json {
            let Self { file, outcome, event, reason } = self;
            let line = json!({ "file": file, "outcome": outcome, "event_id": event, "reason": reason });
            say!("{}", terminal::json_line(&line)?);
        } else {
            let event = self.event.map(|id| format!(" event {id}")).unwrap_or_default();
            let text = format!("{} {}{event}: {}", self.file, self.outcome, self.reason);
            say!("{}", clean(&text));
        }
        Ok(())
    }
}

async fn take(engine: &Engine, recording: &Recording) -> Result<Line> {
    let file = recording.file.display().to_string();
    let Some(sender) = &recording.sender else {
        let reason = "nobody can tell whose delivery it is: name the kind in INDEX.tsv, in FILE.headers.json, or as the \
                      beginning of the file's name";
        return Ok(Line { file, outcome: DeliveryOutcome::Refused, event: None, reason: reason.to_owned() });
    };
    if recording.body.len() > web::BODY_BYTES {
        // The webhook would not take it either.
        let (size, most) = (recording.body.len(), web::BODY_BYTES);
        let reason = format!("the body has {size} bytes; at most {most} are taken");
        return Ok(Line { file, outcome: DeliveryOutcome::Refused, event: None, reason });
    }
    let delivery = NewDelivery {
        source: &sender.source,
        delivery_id: &recording.delivery_id(sender),
        kind: &sender.kind,
        received_at: engine.clock.now(),
        body: &recording.body,
        settled: None,
    };
    inbox::receive(&engine.db, &delivery).await?;
    let settled = engine.settle_now(delivery.source, delivery.delivery_id).await?;
    Ok(Line { file, outcome: settled.outcome, event: settled.event.map(|id| id.0), reason: settled.reason })
}

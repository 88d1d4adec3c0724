//! `packflow serve` and `packflow worker`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use engine::{Engine, Tasks};
use forges::Forges;
use forges::github::GithubClient;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::warn;
use web::{Identity, LoginForge, Metrics, Sites, WebState};

use crate::cli::{Common, Serve};
use crate::commands::consume::Consuming;
use crate::configuration::{self, Configuration};
use crate::wiring::{self, BusLine, Delivers, Doors, ForgeDoor, GithubDoorkeeper, WiredForge};
use crate::{database, logging, terminal};

/// Where to listen unless told otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// How often what was measured is folded into histograms.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// How far before the last time missed deliveries are asked for again: a forge may list them late, by a clock of its own.
const ASK_OVERLAP: TimeDelta = TimeDelta::hours(1);

/// Takes deliveries, runs workflows and shows them, until it is interrupted.
pub(super) async fn serve(arguments: Serve) -> Result<ExitCode> {
    let Some(configuration) = sound(&arguments.common) else { return Ok(ExitCode::from(1)) };
    if arguments.check_config {
        say!("the configuration has no fault");
        return Ok(ExitCode::SUCCESS);
    }
    let listen =
        arguments.listen.as_deref().or(configuration.server.listen.as_deref()).unwrap_or(DEFAULT_LISTEN);
    let address: SocketAddr = listen.parse().with_context(|| format!("`{listen}` is no address and port"))?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let listens = listener.local_addr()?;
    let public_url = public_url(&configuration, listens);
    let mut service = Service::wire(&arguments.common, &configuration, &public_url).await?;
    // First of all: what was measured before is lost.
    let metrics = measuring()?;
    let database = terminal::clean(&service.engine.db.url().to_string());
    // A proxy stands between where the public address is another one; this is what it passes calls on to.
    let is_at =
        if public_url == format!("http://{listens}") { String::new() } else { format!(" at {listens}") };
    say!("packflow serves {public_url} with the database {database}{is_at}");
    if service.doors.is_empty() {
        say!("no forge with webhooks is configured: none are taken; `packflow replay` works");
    }
    let tasks = (!arguments.no_worker).then(|| Tasks::start(&service.engine));
    let subscription = wiring::subscription(&configuration)?.filter(|_| !arguments.no_worker);
    let consuming = Consuming::beside(&service.engine, subscription);
    let mut missed = JoinSet::new();
    for (host, forge) in service.redelivery.clone() {
        missed.spawn(ask_for_missed(service.engine.clone(), host, forge));
    }
    let line = consuming.as_ref().map(|it| Arc::new(BusLine(it.standings.clone())) as Arc<dyn web::Line>);
    let state = service.web(line, metrics, public_url);
    web::serve(listener, state, super::interrupted()).await?;
    missed.shutdown().await;
    if let Some(consuming) = consuming {
        consuming.stop().await;
    }
    if let Some(tasks) = tasks {
        tasks.stop().await;
    }
    service.engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Runs workflows, until it is interrupted.
pub(super) async fn worker(common: &Common) -> Result<ExitCode> {
    let Some((configuration, public_url)) = configured(common)? else { return Ok(ExitCode::from(1)) };
    let service = Service::wire(common, &configuration, &public_url).await?;
    if service.engine.builders.is_empty() {
        bail!(
            "no build system is configured: a worker has nothing to work with ([copr], [testing_farm], [koji])"
        );
    }
    say!("packflow works with the database {}", terminal::clean(&service.engine.db.url().to_string()));
    let tasks = Tasks::start(&service.engine);
    let consuming = Consuming::beside(&service.engine, wiring::subscription(&configuration)?);
    super::interrupted().await;
    if let Some(consuming) = consuming {
        consuming.stop().await;
    }
    tasks.stop().await;
    service.engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The configuration and our public address, if there is no fault; else each fault is told.
pub(super) fn configured(common: &Common) -> Result<Option<(Configuration, String)>> {
    let Some(configuration) = sound(common) else { return Ok(None) };
    let address: SocketAddr = configuration.server.listen.as_deref().unwrap_or(DEFAULT_LISTEN).parse()?;
    let public_url = public_url(&configuration, address);
    Ok(Some((configuration, public_url)))
}

/// The configuration, if it has no fault; else each fault is told.
fn sound(common: &Common) -> Option<Configuration> {
    let (configuration, faults) = configuration::read_and_check(common.config.as_deref());
    if faults.is_empty() {
        return Some(configuration);
    }
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    };
    let count = format!("{count} in the configuration; docs/operating.md lists every key");
    logging::tell_lines(faults.iter().map(ToString::to_string).chain([count]));
    None
}

/// The wired service.
pub(super) struct Service {
    pub(super) engine: Engine,
    doors: Doors,
    redelivery: Vec<(String, Arc<GithubClient>)>,
    identity: Identity,
    sites: Sites,
}

impl Service {
    pub(super) async fn wire(
        common: &Common,
        configuration: &Configuration,
        public_url: &str,
    ) -> Result<Self> {
        let mut forges = Vec::new();
        let mut redelivery = Vec::new();
        let mut doors = Doors::default();
        let mut login = None;
        for (index, configured) in configuration.forge.iter().enumerate() {
            let WiredForge { forge, redelivery: client, secrets, login: logs_in } =
                wiring::forge(configured, &format!("forge[{index}]"))?;
            let host = wiring::host_of(configured);
            redelivery.extend(client.map(|client| (host.clone(), client)));
            if let Some(logs_in) = logs_in {
                let host = host.clone();
                login = Some(Arc::new(GithubDoorkeeper { host, login: logs_in }) as Arc<dyn LoginForge>);
            }
            if let (Some(secrets), Some(kind)) = (secrets, Delivers::of(configured.kind)) {
                doors.add(ForgeDoor { kind, host, secrets });
            }
            forges.push(forge);
        }
        let db = database::begin(&database::url(common.database.as_deref(), configuration)?).await?;
        let builders = wiring::builders(configuration, &db, public_url)?;
        let settings = wiring::settings(configuration, &builders, public_url.to_owned())?;
        database::keep_instance(&db, wiring::instance(configuration)?).await?;
        let forges: Forges = forges.into_iter().collect();
        let engine = wiring::engine(db, forges, builders, wiring::readers(configuration, &[]), settings);
        let engine = Engine { releases: wiring::release_source(configuration), ..engine };
        let sites = Sites::new(configuration.forge.iter().filter_map(wiring::site));
        Ok(Self { engine, doors, redelivery, identity: wiring::identity(configuration, login), sites })
    }

    fn web(&mut self, bus: Option<Arc<dyn web::Line>>, metrics: Metrics, public_url: String) -> WebState {
        let doors = std::mem::take(&mut self.doors);
        let (sites, identity) = (self.sites.clone(), self.identity.clone());
        super::web_state(&self.engine, doors, sites, identity, bus, metrics, public_url)
    }
}

/// Keeps what is measured from now on.
fn measuring() -> Result<Metrics> {
    let metrics = Metrics::install()?;
    let upkeep = metrics.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(METRICS_UPKEEP).await;
            upkeep.upkeep();
        }
    });
    Ok(metrics)
}

/// Asks for the deliveries that were missed: those that came while nobody served and, once in a while, those that could not
/// be taken since, such as when the database was away.
async fn ask_for_missed(engine: Engine, host: String, forge: Arc<GithubClient>) {
    let (mut since, mut failures) = (None, 0);
    loop {
        let now = engine.clock.now();
        let pause = match engine::ask_for_missed_deliveries(&engine, &host, forge.as_ref(), since).await {
            Ok(_) => {
                failures = 0;
                since = now.checked_sub_signed(ASK_OVERLAP);
                engine.settings.ask_for_missed
            }
            Err(error) => {
                failures += 1;
                warn!(host, %error, "missed deliveries could not be asked for; trying again later");
                engine.settings.outages.pause_for_ever(failures, None)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn public_url(configuration: &Configuration, listen: SocketAddr) -> String {
    let url = configuration.server.public_url.clone().unwrap_or_else(|| format!("http://{listen}"));
    url.trim_end_matches('/').to_owned()
}

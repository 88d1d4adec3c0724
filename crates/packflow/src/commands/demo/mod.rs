//! `packflow demo`: a simulator, a server and realistic deliveries, with nothing to install.

mod downstream;
mod kept;
mod stage;
mod watch;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use builders::Builder;
use builders::copr::{Copr, CoprConfig};
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use domain::access::AccessRules;
use domain::words::JobKind;
use engine::{Engine, Settings, Tasks};
use forges::Forge;
use forges::github::{Credentials, GithubClient, GithubLogin, WebhookSecrets};
use secrecy::SecretString;
use simulator::{Accounts, Simulator};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use web::{Identity, Metrics, Sites};

use crate::cli::Demo;
use crate::wiring::{self, Delivers, Doors, ForgeDoor, GithubDoorkeeper};
use crate::{configuration, terminal};

/// The projects of the demo's own organisation may start work; the stranger's may not.
const ALLOWED: &str = "github.com/example";
/// What the simulated GitHub signs with; both ends are this process.
const WEBHOOK_SECRET: &str = "demo";

/// Runs the demo.
pub(super) async fn run(arguments: Demo) -> Result<ExitCode> {
    let kept = kept::open(&arguments).await?;
    let (url, db) = (&kept.url, kept.db.clone());
    let listener = listen(arguments.listen, arguments.json).await?;
    let public_url = format!("http://{}", listener.local_addr()?);
    let simulator = Simulator::start(stage::simulator()).await.context("the simulator cannot start")?;
    stage::set(&simulator);
    let token = Credentials::Token(SecretString::from(Accounts::default().github_token));
    let github = Arc::new(GithubClient::new("github.com", &simulator.github_url(), token)?);
    let identity = identity(&github, &simulator)?;
    let engine = engine(db, github, &simulator, &public_url)?;
    let tasks = Tasks::start(&engine);
    let secrets = WebhookSecrets::new(vec![SecretString::from(WEBHOOK_SECRET)])?;
    let mut doors = Doors::default();
    doors.add(ForgeDoor { kind: Delivers::Github, host: "github.com".to_owned(), secrets });
    let (sites, metrics) = (Sites::default(), Metrics::install()?);
    let state = super::web_state(&engine, doors, sites, identity, None, metrics, public_url.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(web::serve(listener, state, async {
        // A dropped sender is a stop too.
        let _ = stopped.await;
    }));
    if !arguments.json {
        say!("packflow demo: {public_url} with {url}");
        say!("GitHub, dist-git, Copr, Testing Farm, Koji and Bodhi are simulated at {}\n", simulator.url());
    }
    stage::deliver(&simulator, &engine, &public_url, WEBHOOK_SECRET).await?;
    downstream::deliver(&engine).await?;
    let ended = tokio::select! {
        ended = watch::until_ended(&engine, &public_url, arguments.json) => ended.map(|()| true),
        () = super::interrupted() => Ok(false),
    };
    if matches!(ended, Ok(true)) {
        if arguments.json {
            say!("{}", terminal::json(&watch::summary(&engine, &public_url).await?)?);
        } else {
            watch::what_next(&public_url, arguments.database.as_deref(), url, arguments.once);
        }
        if !arguments.once && !arguments.json {
            super::interrupted().await;
        }
    }
    tasks.stop().await;
    drop(stop);
    server.await.context("the server ended badly")??;
    simulator.stop().await;
    engine.db.close().await;
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Listens where it was asked to, or on another port if that one is taken.
async fn listen(address: SocketAddr, quiet: bool) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let listener = TcpListener::bind(SocketAddr::new(address.ip(), 0)).await?;
            if !quiet {
                say!("port {} is taken; using {}", address.port(), listener.local_addr()?.port());
            }
            Ok(listener)
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

/// Whoever is at hand logs in at the simulated GitHub, as anybody.
fn identity(github: &Arc<GithubClient>, simulator: &Simulator) -> Result<Identity> {
    let accounts = Accounts::default();
    let secret = SecretString::from(accounts.github_client_secret);
    let url = simulator.github_url();
    let login = GithubLogin::new(Arc::clone(github), &url, &accounts.github_client_id, secret)?;
    let door = GithubDoorkeeper { host: "github.com".to_owned(), login: Arc::new(login) };
    // There is no file, but a variable holds here as elsewhere: PACKFLOW_SERVER__CHANGES_PER_MINUTE.
    Ok(wiring::identity(&configuration::read(None)?, Some(Arc::new(door))))
}

/// The real clients, pointed at the simulator.
fn engine(
    db: store::Db,
    github: Arc<GithubClient>,
    simulator: &Simulator,
    public_url: &str,
) -> Result<Engine> {
    let accounts = Accounts::default();
    let github: Arc<dyn Forge> = github;
    let copr = Copr::new(CoprConfig {
        url: simulator.copr_url(),
        ..CoprConfig::new(
            accounts.copr_user,
            SecretString::from(accounts.copr_login),
            SecretString::from(accounts.copr_token),
        )
    })?;
    let farm = TestingFarm::new(TestingFarmConfig {
        url: simulator.testing_farm_url(),
        ..TestingFarmConfig::new(SecretString::from(accounts.testing_farm_key))
    })?;
    let mut builders = downstream::builders(simulator)?;
    builders.insert(copr.system(), Arc::new(copr));
    builders.insert(farm.system(), Arc::new(farm));
    let mut settings = Settings {
        public_url: public_url.to_owned(),
        access: AccessRules {
            allow: [ALLOWED, downstream::ALLOWED].map(str::to_owned).to_vec(),
            ..AccessRules::default()
        },
        look_interval: Duration::from_millis(200),
        poll_at_least: Duration::from_millis(300),
        poll_at_most: Duration::from_secs(2),
        ..Settings::default()
    };
    settings.rules.kinds = [
        JobKind::SrpmBuild,
        JobKind::CoprBuild,
        JobKind::TestRun,
        JobKind::KojiBuild,
        JobKind::KojiTagRequest,
        JobKind::BodhiUpdate,
    ]
    .into();
    let readers = wiring::readers(&configuration::Configuration::default(), &downstream::hosts());
    Ok(wiring::engine(
        db,
        [github, downstream::dist_git(simulator)?].into_iter().collect(),
        builders,
        readers,
        settings,
    ))
}

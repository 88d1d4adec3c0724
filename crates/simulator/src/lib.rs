//! Honest counterparts of the outside systems, for `packflow simulator`, `packflow demo` and tests.
//!
//! One server on one address speaks what `docs/contracts.md` records: Copr under `/copr/api_3`, Testing Farm under
//! `/testing-farm/v0.1` (and `/v0.1`, where its own command line looks), GitHub under `/github`, GitLab under
//! `/gitlab/api/v4`, Forgejo under `/forgejo/api/v1`, Pagure under `/pagure`, Koji's hub at `/koji/kojihub`, Bodhi under
//! `/bodhi`. Builds and tests move on
//! with the clock; what fails, what is slow, whose answers are lost is told by a [`Behaviour`] and a seed. All that it was
//! sent stands in its log. It shares no code with the clients, and they do not know whom they talk to.
//!
//! `PUT /simulator/behaviour`, `GET /simulator/log`, `PUT /simulator/github/{owner}/{repo}`,
//! `PUT /simulator/copr/{owner}/{project}`, `POST /simulator/github/deliveries` and
//! `POST /simulator/github/{owner}/{repo}/presses` steer it from outside.

mod announce;
mod behaviour;
mod bodhi;
mod chance;
mod control;
mod copr;
mod cut;
mod gate;
mod git_server;
mod github;
mod glob;
mod koji;
mod log;
mod lookaside;
mod others;
mod pages;
mod shared;
mod testing_farm;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

pub use announce::Announcement;
pub use behaviour::{
    Behaviour, BuildOutcome, BuildRule, Callbacks, KojiFault, KojiRule, Latencies, Limited, LostAnswers,
    Outage, OutageKind, Slowness, System, TestOutcome, TestRule, Trouble, UpdateOutcome, UpdateRule,
};
pub use copr::SeedProject;
pub use git_server::GitServer;
pub use github::{Delivery, Press, PressedButton, Pull, Repository};
pub use log::LogEntry;
pub use lookaside::Lookaside;
pub use shared::Accounts;
pub use tls::Tls;

use cut::{Cut, CuttableListener};
use shared::Shared;
use tls::TlsListener;

/// How a simulator is started.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Who may call.
    pub accounts: Accounts,
    /// What it does until told otherwise.
    pub behaviour: Behaviour,
    /// A folder whose `OWNER/NAME/` folders are put on GitHub as repositories; see [`Repository::from_folder`].
    pub repositories: Option<PathBuf>,
    /// Copr's ids are greater than this. What two simulators after another are to keep apart for one Packflow database
    /// needs other ids the second time (and another seed, from which Testing Farm's are made).
    pub first_copr_id: u64,
    /// If there is to be a second address with TLS, on the same host.
    pub tls: Option<Tls>,
}

impl Default for SimulatorConfig {
    /// A free port on loopback, the default accounts and behaviour.
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            accounts: Accounts::default(),
            behaviour: Behaviour::default(),
            repositories: None,
            first_copr_id: 0,
            tls: None,
        }
    }
}

/// A running simulator. Dropped, it stops.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    announcing: JoinHandle<()>,
    tls: Option<(SocketAddr, JoinHandle<()>)>,
}

impl Simulator {
    /// Starts it; it serves when this returns.
    ///
    /// # Errors
    /// If the address cannot be listened on, or the repositories cannot be read.
    pub async fn start(config: SimulatorConfig) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.bind).await?;
        let url = format!("http://{}", listener.local_addr()?);
        // Whoever came first has chosen the cryptography; then there is nothing left to do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(std::io::Error::other)?;
        let repositories = match &config.repositories {
            Some(folder) => github::read_repositories(folder)?,
            None => Vec::new(),
        };
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(url, config.accounts, config.behaviour, http, stopped.clone()));
        shared.copr().begin_ids_after(config.first_copr_id);
        // Other numbers than those of Copr: whoever searches for one means one.
        shared.koji().begin_ids_after(i64::try_from(config.first_copr_id / 2).unwrap_or(0));
        for (owner, name, repository) in repositories {
            shared.github().put(&owner, &name, repository);
        }
        let router = gate::router(Arc::clone(&shared));
        let tls = match &config.tls {
            None => None,
            Some(tls) => {
                let listener = TcpListener::bind(SocketAddr::new(config.bind.ip(), 0)).await?;
                let address = listener.local_addr()?;
                let listener = TlsListener::new(CuttableListener(listener), tls)?;
                let service = router.clone().into_make_service_with_connect_info::<Cut>();
                let server = tokio::spawn(async move {
                    if let Err(error) = axum::serve(listener, service).await {
                        tracing::error!(%error, "the simulator stopped");
                    }
                });
                Some((address, server))
            }
        };
        let service = router.into_make_service_with_connect_info::<Cut>();
        let server = tokio::spawn(async move {
            let stopping = async move {
                let mut stopped = stopped;
                // An error means that the handle is gone, which is a stop too.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            let serving = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopping);
            if let Err(error) = serving.await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        let announcing = tokio::spawn(announce::announce(Arc::clone(&shared)));
        Ok(Self { shared, stop, server, announcing, tls })
    }

    /// Its address, without a slash at the end: `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Copr's address: what a client takes as the web address of the front end.
    pub fn copr_url(&self) -> String {
        format!("{}/copr", self.shared.url)
    }

    /// Testing Farm's address, with its version.
    pub fn testing_farm_url(&self) -> String {
        format!("{}/testing-farm/v0.1", self.shared.url)
    }

    /// GitHub's address.
    pub fn github_url(&self) -> String {
        format!("{}/github", self.shared.url)
    }

    /// What the simulated systems tell everybody from now on, as they would over Fedora messaging. Nothing is told while nobody
    /// listens.
    pub fn announcements(&self) -> broadcast::Receiver<Announcement> {
        self.shared.listen()
    }

    /// The address of Koji's hub.
    pub fn koji_hub(&self) -> String {
        format!("{}/koji/kojihub", self.shared.url)
    }

    /// The address of Koji's hub where callers show certificates; none if the simulator does not speak TLS.
    pub fn koji_tls_hub(&self) -> Option<String> {
        self.tls.as_ref().map(|(address, _)| format!("https://{address}/koji/kojihub"))
    }

    /// The address of Koji's pages, and of its files.
    pub fn koji_web(&self) -> String {
        format!("{}/koji", self.shared.url)
    }

    /// Bodhi's address.
    pub fn bodhi_url(&self) -> String {
        format!("{}/bodhi", self.shared.url)
    }

    /// The address of the provider that people log in at for Bodhi.
    pub fn bodhi_provider_url(&self) -> String {
        format!("{}/bodhi/openidc", self.shared.url)
    }

    /// What the file holds that Bodhi's own command line keeps after a login: a token that can be renewed.
    pub fn bodhi_login(&self) -> serde_json::Value {
        let token = serde_json::json!({"refresh_token": self.shared.accounts.bodhi_refresh_token});
        serde_json::json!({"tokens": {self.bodhi_provider_url(): token}})
    }

    /// Puts a build into a tag that Bodhi asks Koji for, such as a sidetag.
    pub fn put_tagged(&self, tag: &str, nvr: &str) {
        self.shared.bodhi().tag(tag, nvr);
    }

    /// The address of GitLab's API.
    pub fn gitlab_url(&self) -> String {
        format!("{}/gitlab/api/v4", self.shared.url)
    }

    /// The address of Forgejo's API.
    pub fn forgejo_url(&self) -> String {
        format!("{}/forgejo/api/v1", self.shared.url)
    }

    /// Pagure's address.
    pub fn pagure_url(&self) -> String {
        format!("{}/pagure", self.shared.url)
    }

    /// Puts a repository on Pagure, by its path (`rpms/hello`), or changes it.
    pub fn put_on_pagure(&self, path: &str, repository: Repository) {
        self.shared.pagure().put(path, repository);
    }

    /// The pull requests that the token's account opened on Pagure, as Pagure tells them, oldest first.
    pub fn proposed_on_pagure(&self, path: &str) -> Vec<serde_json::Value> {
        self.shared.pagure().proposed(path)
    }

    /// A pull request on Pagure was merged: its branch stands at this commit now. What the Fedora bus would say of it is left to
    /// the caller.
    pub fn merge_on_pagure(&self, path: &str, number: u64, hash: &str) {
        self.shared.pagure().merge(path, number, hash);
    }

    /// Puts a repository on GitLab, by its path, or changes it.
    pub fn put_on_gitlab(&self, path: &str, repository: Repository) {
        self.shared.gitlab().put(path, repository);
    }

    /// Puts a repository on Forgejo, by its path, or changes it.
    pub fn put_on_forgejo(&self, path: &str, repository: Repository) {
        self.shared.forgejo().put(path, repository);
    }

    /// Says that a pull request on GitLab, Forgejo or Pagure comes from another repository there, which is made if it is missing.
    pub fn fork(&self, system: System, path: &str, number: u64, source: &str) {
        match system {
            System::GitLab => self.shared.gitlab().fork(path, number, source),
            System::Forgejo => self.shared.forgejo().fork(path, number, source),
            System::Pagure => self.shared.pagure().fork(path, number, source),
            System::Copr | System::TestingFarm | System::GitHub | System::Koji | System::Bodhi => {}
        }
    }

    /// Delivers a webhook as GitLab or Forgejo does, and tells the status of the answer; none if there was none.
    pub async fn deliver_as(&self, system: System, delivery: Delivery) -> Option<u16> {
        others::deliver(&self.shared, system, &delivery).await
    }

    /// All that it was sent, oldest first.
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.log().entries()
    }

    /// Behaves so from now on; outages count from now. What runs already ends as it was to end.
    pub fn behave(&self, behaviour: Behaviour) {
        self.shared.behave(behaviour);
    }

    /// Puts a repository on GitHub, or changes it.
    pub fn put_repository(&self, owner: &str, name: &str, repository: Repository) {
        self.shared.github().put(owner, name, repository);
    }

    /// Puts somebody's project into Copr, or changes it.
    pub fn put_copr_project(&self, owner: &str, name: &str, project: SeedProject) {
        self.shared.copr().seed(owner, name, project);
    }

    /// Delivers a webhook as GitHub does (signed, kept for redelivery) and tells the status of the answer; none if there
    /// was none.
    pub async fn deliver(&self, delivery: Delivery) -> Option<u16> {
        github::deliver(&self.shared, delivery).await
    }

    /// Presses a button below a check of a repository, and tells the status of the webhook's answer; none if there was
    /// none.
    ///
    /// # Errors
    /// If there is no such button.
    pub async fn press(&self, owner: &str, name: &str, press: Press) -> Result<Option<u16>, String> {
        github::press(&self.shared, (owner, name), press).await.map_err(|(_, reason)| reason)
    }

    /// Stops serving and waits until open answers are out, at most a second.
    pub async fn stop(mut self) {
        // No receiver means that the server has ended by itself.
        let _ = self.stop.send(true);
        // Clients keep connections open, and a graceful stop waits for them.
        if tokio::time::timeout(Duration::from_secs(1), &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.server.abort();
        self.announcing.abort();
        if let Some((_, server)) = &self.tls {
            server.abort();
        }
    }
}

/// A hash in lower-case hexadecimal.
fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

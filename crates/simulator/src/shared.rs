//! What all parts of the simulator share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::{broadcast, watch};

use crate::announce::{Announcement, BACKLOG};
use crate::behaviour::{Behaviour, OutageKind, System};
use crate::bodhi::Bodhi;
use crate::copr::Copr;
use crate::github::GitHub;
use crate::koji::Koji;
use crate::log::Log;
use crate::others::Other;
use crate::testing_farm::TestingFarm;

/// Who may call the simulated systems. The defaults are no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// The Copr account.
    pub copr_user: String,
    /// Its API login.
    pub copr_login: String,
    /// Its API token.
    pub copr_token: String,
    /// The Testing Farm API key; it is of the public ranch.
    pub testing_farm_key: String,
    /// The GitHub App's id: the issuer of its tokens.
    pub github_app_id: String,
    /// A personal access token for GitHub.
    pub github_token: String,
    /// A token for GitLab.
    pub gitlab_token: String,
    /// A token for Forgejo.
    pub forgejo_token: String,
    /// A token for Pagure.
    pub pagure_token: String,
    /// The id by which the App lets people log in.
    pub github_client_id: String,
    /// The secret that goes with it.
    pub github_client_secret: String,
    /// The Koji account. Whoever shows a certificate of the hub's authorities is this one.
    pub koji_user: String,
    /// Its password.
    pub koji_password: String,
    /// The account that logs in at Bodhi.
    pub bodhi_user: String,
    /// The token by which it gets its first access token.
    pub bodhi_refresh_token: String,
    /// Whether Bodhi takes whoever calls for that account, as its own server does with `testing=USER`.
    pub bodhi_knows_everybody: bool,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            copr_user: "packflow".to_owned(),
            copr_login: "simulated-login".to_owned(),
            copr_token: "simulated-copr-token".to_owned(),
            testing_farm_key: "simulated-testing-farm-key".to_owned(),
            github_app_id: "1".to_owned(),
            github_token: "simulated-github-token".to_owned(),
            gitlab_token: "simulated-gitlab-token".to_owned(),
            forgejo_token: "simulated-forgejo-token".to_owned(),
            pagure_token: "simulated-pagure-token".to_owned(),
            github_client_id: "simulated-client-id".to_owned(),
            github_client_secret: "simulated-client-secret".to_owned(),
            koji_user: "packflow".to_owned(),
            koji_password: "simulated-koji-password".to_owned(),
            bodhi_user: "packit".to_owned(),
            bodhi_refresh_token: "simulated-refresh-token".to_owned(),
            bodhi_knows_everybody: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) accounts: Accounts,
    pub(crate) http: reqwest::Client,
    pub(crate) stopped: watch::Receiver<bool>,
    behaviour: Mutex<Behaviour>,
    outages: Mutex<BTreeMap<System, (OutageKind, Instant)>>,
    chances: Mutex<fastrand::Rng>,
    log: Mutex<Log>,
    copr: Mutex<Copr>,
    testing_farm: Mutex<TestingFarm>,
    github: Mutex<GitHub>,
    koji: Mutex<Koji>,
    bodhi: Mutex<Bodhi>,
    gitlab: Mutex<Other>,
    forgejo: Mutex<Other>,
    pagure: Mutex<Other>,
    announcements: broadcast::Sender<Announcement>,
}

/// A poisoned lock is taken all the same: a handler that panicked was answered with 500, and the log is still wanted.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(
        url: String,
        accounts: Accounts,
        behaviour: Behaviour,
        http: reqwest::Client,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let shared = Self {
            url,
            accounts,
            http,
            stopped,
            behaviour: Mutex::default(),
            outages: Mutex::default(),
            chances: Mutex::new(fastrand::Rng::with_seed(behaviour.seed)),
            log: Mutex::default(),
            copr: Mutex::default(),
            testing_farm: Mutex::default(),
            github: Mutex::default(),
            koji: Mutex::default(),
            bodhi: Mutex::default(),
            gitlab: Mutex::default(),
            forgejo: Mutex::default(),
            pagure: Mutex::default(),
            announcements: broadcast::Sender::new(BACKLOG),
        };
        shared.behave(behaviour);
        shared
    }

    /// Tells everybody who listens.
    pub(crate) fn announce(&self, announcement: Announcement) {
        // Nobody needs to listen.
        let _ = self.announcements.send(announcement);
    }

    pub(crate) fn somebody_listens(&self) -> bool {
        self.announcements.receiver_count() > 0
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Announcement> {
        self.announcements.subscribe()
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        let now = Instant::now();
        *held(&self.outages) = behaviour
            .troubles
            .iter()
            .filter_map(|(system, trouble)| {
                let outage = trouble.outage?;
                Some((*system, (outage.kind, now + Duration::from_millis(outage.for_ms))))
            })
            .collect();
        *held(&self.chances) = fastrand::Rng::with_seed(behaviour.seed);
        *held(&self.behaviour) = behaviour;
    }

    /// A copy: nobody holds the lock while it works.
    pub(crate) fn behaviour(&self) -> Behaviour {
        held(&self.behaviour).clone()
    }

    pub(crate) fn behaviour_mut(&self) -> MutexGuard<'_, Behaviour> {
        held(&self.behaviour)
    }

    pub(crate) fn outage_of(&self, system: System) -> Option<OutageKind> {
        held(&self.outages).get(&system).filter(|(_, until)| Instant::now() < *until).map(|(kind, _)| *kind)
    }

    pub(crate) fn chances(&self) -> MutexGuard<'_, fastrand::Rng> {
        held(&self.chances)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        held(&self.log)
    }

    pub(crate) fn copr(&self) -> MutexGuard<'_, Copr> {
        held(&self.copr)
    }

    pub(crate) fn testing_farm(&self) -> MutexGuard<'_, TestingFarm> {
        held(&self.testing_farm)
    }

    pub(crate) fn koji(&self) -> MutexGuard<'_, Koji> {
        held(&self.koji)
    }

    pub(crate) fn bodhi(&self) -> MutexGuard<'_, Bodhi> {
        held(&self.bodhi)
    }

    pub(crate) fn gitlab(&self) -> MutexGuard<'_, Other> {
        held(&self.gitlab)
    }

    pub(crate) fn forgejo(&self) -> MutexGuard<'_, Other> {
        held(&self.forgejo)
    }

    pub(crate) fn pagure(&self) -> MutexGuard<'_, Other> {
        held(&self.pagure)
    }

    pub(crate) fn github(&self) -> MutexGuard<'_, GitHub> {
        held(&self.github)
    }
}

/// Milliseconds since 1970: the clock that builds and tests move on with.
pub(crate) fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

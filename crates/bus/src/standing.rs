//! How the connection to the broker stands, for whoever asks.

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// How the connection to the broker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was not tried yet.
    Starting,
    /// Messages are taken.
    Connected {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It is gone or was never there; it is tried again by itself.
    Away {
        /// Since when.
        since: DateTime<Utc>,
        /// Why, as the last try ended.
        reason: String,
    },
}

/// Tells how the connection stands. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Standings(watch::Receiver<Standing>);

impl Standings {
    /// How it stands now.
    pub fn now(&self) -> Standing {
        self.0.borrow().clone()
    }

    /// Waits until messages are taken. Never ends if nobody takes any.
    pub async fn connected(&mut self) {
        let is_connected = |standing: &Standing| matches!(standing, Standing::Connected { .. });
        if self.0.wait_for(is_connected).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until none are taken any more.
    pub async fn away(&mut self) {
        let is_away = |standing: &Standing| matches!(standing, Standing::Away { .. });
        if self.0.wait_for(is_away).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Writes down how the connection stands.
#[derive(Debug)]
pub(crate) struct Ledger(watch::Sender<Standing>);

impl Ledger {
    pub(crate) fn new() -> Self {
        metrics::gauge!("packflow_bus_connected").set(0.0);
        Self(watch::Sender::new(Standing::Starting))
    }

    pub(crate) fn standings(&self) -> Standings {
        Standings(self.0.subscribe())
    }

    pub(crate) fn connected(&self) {
        metrics::gauge!("packflow_bus_connected").set(1.0);
        self.0.send_replace(Standing::Connected { since: Utc::now() });
    }

    /// The time of the first of several failures stays.
    pub(crate) fn away(&self, reason: String) {
        metrics::gauge!("packflow_bus_connected").set(0.0);
        self.0.send_modify(|standing| {
            let since = match standing {
                Standing::Away { since, .. } => *since,
                Standing::Starting | Standing::Connected { .. } => Utc::now(),
            };
            *standing = Standing::Away { since, reason };
        });
    }
}

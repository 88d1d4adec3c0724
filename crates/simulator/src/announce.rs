//! What the simulated systems tell everybody, as they would over Fedora messaging (`docs/contracts.md` 7).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bodhi::BodhiNews;
use crate::copr::CoprNews;
use crate::koji::KojiNews;
use crate::shared::{Shared, now_ms};

/// How many messages wait for a slow listener before it loses the oldest.
pub(crate) const BACKLOG: usize = 16 * 1024;

/// What the topics begin with.
const PREFIX: &str = "org.fedoraproject.prod";

/// How often it is looked whether something moved on.
const LOOK: Duration = Duration::from_millis(10);

/// A message for the bus; whoever listens publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its topic.
    pub topic: String,
    /// Its body.
    pub body: Value,
}

impl Announcement {
    /// A message of this topic, without the prefix.
    pub(crate) fn new(topic: &str, body: Value) -> Self {
        Self { topic: format!("{PREFIX}.{topic}"), body }
    }
}

/// Announces what moves on at Copr, Koji and Bodhi, for as long as the simulator lives.
pub(crate) async fn announce(shared: Arc<Shared>) {
    let mut copr = CoprNews::default();
    let mut koji = KojiNews::new(&shared.url, &shared.accounts.koji_user);
    let mut bodhi = BodhiNews::new(&shared.url);
    loop {
        tokio::time::sleep(LOOK).await;
        if !shared.somebody_listens() {
            continue;
        }
        let now = now_ms();
        let mut news = copr.take(&shared.copr(), now);
        news.extend(koji.take(&mut shared.koji(), now));
        news.extend(bodhi.take(&shared.bodhi(), now));
        for news in news {
            shared.announce(news);
        }
    }
}

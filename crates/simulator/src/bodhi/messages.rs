//! Bodhi's messages: an update was made or sent to testing again, and where it came to (`docs/contracts.md` 6).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::update::{Bodhi, Update};
use crate::announce::Announcement;

/// Who acts where nobody asked for it.
const BODHI: &str = "bodhi";

/// What was told of Bodhi so far.
#[derive(Debug)]
pub(crate) struct BodhiNews {
    url: String,
    /// By alias: the status, and when it was last to begin anew.
    told: HashMap<String, (&'static str, i64)>,
}

impl BodhiNews {
    /// Nothing was told yet of the Bodhi of a simulator at this address.
    pub(crate) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), told: HashMap::new() }
    }

    /// What moved on since it was last looked.
    pub(crate) fn take(&mut self, bodhi: &Bodhi, now: i64) -> Vec<Announcement> {
        let mut news = Vec::new();
        for update in &bodhi.updates {
            let status = update.status(now);
            let before = self.told.insert(update.alias.clone(), (status, update.testing));
            let begins = before.is_none_or(|(_, testing)| testing != update.testing);
            if begins {
                news.extend(self.begins(update, now));
            }
            if (begins && status != "pending") || before.is_some_and(|(told, _)| !begins && told != status) {
                news.extend(self.moved(update, status, now));
            }
        }
        news
    }

    /// It was made, edited or brought back: its builds are to be tested, and it is on its way into testing.
    fn begins(&self, update: &Update, now: i64) -> [Announcement; 2] {
        let body = self.body(update, &update.user, now);
        let mut ready = body.clone();
        let builds = update.builds.iter().zip(1..);
        let builds: Vec<Value> = builds
            .map(|(nvr, id)| json!({"type": "koji-build", "id": id, "task_id": null, "nvr": nvr}))
            .collect();
        ready["artifact"] = json!({"type": "koji-build-group", "builds": builds});
        ready["re-trigger"] = json!(false);
        [
            Announcement::new("bodhi.update.status.testing.koji-build-group.build.complete", ready),
            Announcement::new("bodhi.update.request.testing", body),
        ]
    }

    /// What tells of its new status.
    fn moved(&self, update: &Update, status: &str, now: i64) -> Option<Announcement> {
        let (topic, agent) = match status {
            "testing" => ("bodhi.update.complete.testing", BODHI),
            "stable" => ("bodhi.update.complete.stable", BODHI),
            "unpushed" => ("bodhi.update.request.unpush", update.user.as_str()),
            "obsolete" => ("bodhi.update.request.obsolete", update.user.as_str()),
            _ => return None,
        };
        Some(Announcement::new(topic, self.body(update, agent, now)))
    }

    fn body(&self, update: &Update, agent: &str, now: i64) -> Value {
        json!({"update": update.shown(&self.url, now), "agent": agent})
    }
}

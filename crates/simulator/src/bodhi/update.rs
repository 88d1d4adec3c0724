//! What Bodhi knows of an update. It moves on with the clock.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::releases::Release;
use crate::behaviour::UpdateOutcome;

/// Moments in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) alias: String,
    pub(super) release: Release,
    pub(super) builds: Vec<String>,
    pub(super) from_tag: Option<String>,
    /// Notes, type, karma and the like, as they were sent or as Bodhi has them.
    pub(super) fields: Map<String, Value>,
    pub(super) user: String,
    pub(super) submitted: i64,
    /// When it gets into testing, and when it leaves it.
    pub(super) testing: i64,
    pub(super) leaves: i64,
    pub(super) outcome: UpdateOutcome,
    /// What somebody made of it: `unpushed`, `obsolete` or `stable`, and when.
    pub(super) ended: Option<(&'static str, i64)>,
}

impl Update {
    pub(super) fn status(&self, now: i64) -> &'static str {
        match (self.ended, self.outcome) {
            (Some((status, _)), _) => status,
            (None, _) if now < self.testing => "pending",
            (None, UpdateOutcome::StaysInTesting) => "testing",
            (None, _) if now < self.leaves => "testing",
            (None, UpdateOutcome::Stable | UpdateOutcome::TaggedLate) => "stable",
            (None, UpdateOutcome::Unpushed | UpdateOutcome::UnpushedOnce) => "unpushed",
            (None, UpdateOutcome::Obsolete) => "obsolete",
        }
    }

    /// Where it is to go next; one of a sidetag is asked for when its builds are signed.
    pub(super) fn request(&self, status: &str) -> Option<&'static str> {
        (status == "pending" && self.from_tag.is_none()).then_some("testing")
    }

    pub(super) fn shown(&self, url: &str, now: i64) -> Value {
        let status = self.status(now);
        let builds: Vec<Value> = self
            .builds
            .iter()
            .map(|nvr| json!({"nvr": nvr, "signed": now >= self.testing, "release_id": 1, "type": "rpm", "epoch": 0}))
            .collect();
        let stable_at = match self.ended {
            Some(("stable", at)) => at,
            _ => self.leaves,
        };
        let mut shown = self.fields.clone();
        for (name, value) in [
            ("alias", json!(self.alias)),
            ("updateid", json!(self.alias)),
            ("url", json!(format!("{url}/bodhi/updates/{}", self.alias))),
            ("title", json!(self.builds.join(" "))),
            ("status", json!(status)),
            ("request", json!(self.request(status))),
            ("builds", json!(builds)),
            ("release", self.release.shown()),
            ("from_tag", json!(self.from_tag)),
            ("locked", json!(false)),
            ("user", json!({"name": self.user, "groups": [{"name": "packager"}]})),
            ("comments", json!([])),
            ("bugs", json!([])),
            ("karma", json!(0)),
            ("content_type", json!("rpm")),
            ("date_submitted", time(self.submitted)),
            ("date_testing", if now >= self.testing { time(self.testing) } else { Value::Null }),
            ("date_stable", if status == "stable" { time(stable_at) } else { Value::Null }),
        ] {
            shown.insert(name.to_owned(), value);
        }
        Value::Object(shown)
    }
}

/// A time as Bodhi writes it: UTC, without saying so.
fn time(ms: i64) -> Value {
    let time: Option<DateTime<Utc>> = DateTime::from_timestamp_millis(ms);
    json!(time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()))
}

#[derive(Debug, Default)]
pub(crate) struct Bodhi {
    /// In the order of their creation.
    pub(super) updates: Vec<Update>,
    /// How often the tokens were renewed.
    pub(super) renewals: u32,
    /// Builds that Koji's tags hold, as far as somebody told Bodhi.
    pub(super) tagged: BTreeMap<String, Vec<String>>,
    /// How often each build was sent.
    pub(super) times_sent: HashMap<String, u32>,
}

impl Bodhi {
    /// The refresh token that is good now.
    pub(super) fn refresh_token(&self, first: &str) -> String {
        if self.renewals == 0 { first.to_owned() } else { format!("{first}-{}", self.renewals) }
    }

    pub(super) fn find(&self, alias: &str) -> Option<&Update> {
        self.updates.iter().find(|update| update.alias == alias)
    }

    pub(super) fn find_mut(&mut self, alias: &str) -> Option<&mut Update> {
        self.updates.iter_mut().find(|update| update.alias == alias)
    }

    /// Puts a build into a tag, such as a sidetag.
    pub(crate) fn tag(&mut self, tag: &str, nvr: &str) {
        let builds = self.tagged.entry(tag.to_owned()).or_default();
        // A newer build of the package takes the place of the older one.
        let package = |nvr: &str| nvr.rsplitn(3, '-').nth(2).map(str::to_owned);
        builds.retain(|other| package(other) != package(nvr));
        builds.push(nvr.to_owned());
    }
}

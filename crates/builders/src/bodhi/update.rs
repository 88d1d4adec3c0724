//! An update as Bodhi shows it, in the words of the design.

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::details::TargetDetails;
use domain::words::TargetStatus;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::text::OUR_NOTES;
use crate::{Observation, Submitted, WorkTarget};

/// What an edit must say again, or Bodhi sets it to its defaults.
const KEPT_BY_AN_EDIT: [&str; 13] = [
    "notes",
    "type",
    "severity",
    "suggest",
    "display_name",
    "close_bugs",
    "autokarma",
    "stable_karma",
    "unstable_karma",
    "autotime",
    "stable_days",
    "require_bugs",
    "require_testcases",
];

/// Where an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Pending,
    Testing,
    Stable,
    Unpushed,
    Obsolete,
    /// A word of tomorrow.
    #[serde(other)]
    Other,
}

impl Status {
    /// Whether it will become stable by itself no more.
    pub(super) const fn is_taken_back(self) -> bool {
        matches!(self, Self::Unpushed | Self::Obsolete)
    }
}

/// An update.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Update {
    pub(super) alias: String,
    pub(super) status: Status,
    /// Where it is to go next.
    #[serde(default)]
    pub(super) request: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    builds: Vec<Build>,
    #[serde(default)]
    from_tag: Option<String>,
    #[serde(default)]
    date_testing: Option<String>,
    #[serde(default)]
    date_stable: Option<String>,
    /// All else.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Build {
    nvr: String,
}

impl Update {
    /// Whether it has all of these builds.
    pub(super) fn holds(&self, nvrs: &[&str]) -> bool {
        nvrs.iter().all(|nvr| self.builds.iter().any(|build| build.nvr == *nvr))
    }

    /// Whether its notes are those that we write, so that nothing of anybody's is lost with them.
    pub(super) fn notes_are_ours(&self) -> bool {
        self.rest.get("notes").and_then(Value::as_str).is_some_and(|notes| notes.starts_with(OUR_NOTES))
    }

    /// The body of an edit that changes nothing yet.
    pub(super) fn as_it_is(&self) -> Value {
        let kept = KEPT_BY_AN_EDIT.iter().filter_map(|name| {
            let value = self.rest.get(*name).filter(|value| !value.is_null())?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(kept.collect())
    }

    /// What a submission became.
    pub(super) fn submitted(&self, target: &WorkTarget, canceled: bool) -> Submitted {
        Submitted {
            external_id: self.alias.clone(),
            observations: self.observation(target, canceled).into_iter().collect(),
        }
    }

    /// Where the target stands; none for a status that is not known.
    pub(super) fn observation(&self, target: &WorkTarget, canceled: bool) -> Option<Observation> {
        let (status, reason) = match self.status {
            Status::Pending => (TargetStatus::Submitted, None),
            Status::Testing => (TargetStatus::Running, None),
            Status::Stable => (TargetStatus::Succeeded, None),
            Status::Unpushed | Status::Obsolete if canceled => {
                (TargetStatus::Canceled, Some("taken back in Bodhi"))
            }
            Status::Unpushed => (TargetStatus::Failed, Some("the update was unpushed in Bodhi")),
            Status::Obsolete => (TargetStatus::Failed, Some("the update was made obsolete in Bodhi")),
            Status::Other => return None,
        };
        let mut packages: Vec<String> = self.builds.iter().map(|build| build.nvr.clone()).collect();
        packages.sort();
        let details = TargetDetails { packages, sidetag: self.from_tag.clone(), ..TargetDetails::default() };
        Some(Observation {
            target: target.id,
            status,
            reason: reason.map(str::to_owned),
            url: self.url.clone(),
            logs_url: None,
            peer_started_at: self.date_testing.as_deref().and_then(time),
            peer_finished_at: self.date_stable.as_deref().filter(|_| status.is_finished()).and_then(time),
            details: Some(details),
        })
    }
}

/// A time without a zone is UTC.
fn time(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(|time| time.and_utc())
}

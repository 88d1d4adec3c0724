//! The parts of GitLab's payloads that an event is made of. Whatever else a payload holds is skipped.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

use crate::address::ProjectAddress;
use crate::body::checked::{Hash, Login, ReferenceName, Text};

/// What every payload says.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) object_kind: Text,
}

/// Where it is of.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) project: Project,
}

#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub(super) id: Option<u64>,
    pub(super) web_url: ProjectAddress,
    /// 20 is public, 10 internal, 0 private.
    pub(super) visibility_level: Option<u32>,
    pub(super) default_branch: Option<ReferenceName>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub(super) id: Option<u64>,
    pub(super) username: Login,
}

#[derive(Debug, Deserialize)]
pub(super) struct MergeRequestDelivery {
    pub(super) user: Option<Account>,
    pub(super) project: Project,
    pub(super) object_attributes: MergeRequest,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MergeRequest {
    /// Its number in the project; `id` is one of the whole GitLab.
    pub(super) iid: u32,
    pub(super) author_id: Option<u64>,
    pub(super) state: Text,
    pub(super) action: Option<Text>,
    /// Set when commits were pushed, and at no other change.
    pub(super) oldrev: Option<Hash>,
    pub(super) target_branch: ReferenceName,
    pub(super) last_commit: Option<Commit>,
    pub(super) source: Option<Source>,
    pub(super) updated_at: Option<Moment>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) web_url: ProjectAddress,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) id: Hash,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub(super) title: Text,
}

#[derive(Debug, Deserialize)]
pub(super) struct PushDelivery {
    #[serde(rename = "ref")]
    pub(super) reference: ReferenceName,
    pub(super) before: Hash,
    pub(super) after: Hash,
    /// The commit itself, where `after` is that of an annotated tag; none when the reference was deleted.
    pub(super) checkout_sha: Option<Hash>,
    pub(super) user_username: Option<Login>,
    pub(super) project: Project,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReleaseDelivery {
    pub(super) action: Option<Text>,
    pub(super) tag: ReferenceName,
    pub(super) released_at: Option<Moment>,
    pub(super) project: Project,
}

#[derive(Debug, Deserialize)]
pub(super) struct NoteDelivery {
    pub(super) event_type: Option<Text>,
    pub(super) user: Option<Account>,
    pub(super) project: Project,
    pub(super) object_attributes: Note,
    pub(super) merge_request: Option<Noteable>,
    pub(super) issue: Option<Noteable>,
    pub(super) commit: Option<Commit>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) note: Text,
    /// Whether GitLab wrote it, to tell of a change.
    #[serde(default)]
    pub(super) system: bool,
    pub(super) action: Option<Text>,
    pub(super) created_at: Option<Moment>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Noteable {
    pub(super) iid: u32,
    pub(super) author_id: Option<u64>,
    pub(super) state: Option<Text>,
}

/// GitLab writes times in two ways: `2020-05-26T20:21:48.582Z` and `2020-06-01 07:24:00 UTC`.
#[derive(Debug, Deserialize)]
pub(super) struct Moment(Text);

impl Moment {
    pub(super) fn time(&self) -> Option<DateTime<Utc>> {
        let Self(Text(text)) = self;
        let written = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let spelled =
            || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S UTC").map(|time| time.and_utc());
        written.or_else(|_| spelled()).ok()
    }
}

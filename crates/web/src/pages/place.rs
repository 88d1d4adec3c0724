//! Where something happened: its project, reference and commit, here and on the forge.

use domain::words::ProjectKey;
use store::reads::{EventRow, ReferenceView};

use super::forge_links::There;
use super::text::Text;
use super::{forge_links, titles};

/// How much of a commit's hash tells it apart for people.
const SHORT_HASH: usize = 8;

/// Where something happened.
pub(super) struct Place {
    pub(super) forge: Text,
    pub(super) project: Named,
    pub(super) reference: Named,
    pub(super) commit: Option<Named>,
}

/// A thing that has a page here, and perhaps one on its forge ([`Frame::out`](super::Frame::out)).
pub(super) struct Named {
    pub(super) text: Text,
    /// The address of its page here.
    pub(super) here: String,
    pub(super) there: There,
}

impl Place {
    /// Of a project as reads name it, `host/namespace/name`.
    pub(super) fn new(
        (project, project_id): (&str, i64),
        (reference, reference_id): (&ReferenceView, i64),
        commit: Option<&str>,
    ) -> Self {
        let key: Option<ProjectKey> = project.parse().ok();
        let key = key.unwrap_or_else(|| ProjectKey::new("", "", project));
        Self {
            project: Named::project(&key, project_id),
            reference: Named {
                text: Text::new(titles::reference(reference.kind, &reference.name)),
                here: format!("/references/{reference_id}"),
                there: There::reference(&key, reference.kind, &reference.name),
            },
            commit: commit.map(|hash| Named::commit(&key, hash)),
            forge: Text::new(key.forge),
        }
    }

    pub(super) fn of_event(row: &EventRow) -> Self {
        let project = ProjectKey::new(&row.forge, &row.namespace, &row.project_name).to_string();
        let reference = ReferenceView { kind: row.reference_kind, name: row.reference_name.clone() };
        Self::new((&project, row.project_id), (&reference, row.reference_id), row.hash.as_deref())
    }
}

impl Named {
    pub(super) fn project(key: &ProjectKey, id: i64) -> Self {
        Self {
            text: Text::new(format!("{}/{}", key.namespace, key.name).trim_start_matches('/')),
            here: format!("/projects/{id}"),
            there: There::project(key),
        }
    }

    fn commit(key: &ProjectKey, hash: &str) -> Self {
        Self { text: Text::new(short(hash)), here: commit_here(hash), there: There::commit(key, hash) }
    }
}

/// The address of a commit's page.
pub(super) fn commit_here(hash: &str) -> String {
    format!("/commits/{}", forge_links::segment(hash))
}

/// The first characters of a hash.
pub(super) fn short(hash: &str) -> String {
    hash.chars().take(SHORT_HASH).collect()
}

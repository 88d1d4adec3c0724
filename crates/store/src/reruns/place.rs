//! Where a target stands.

use domain::event::ProjectFacts;
use domain::ids::{EventId, StepId, TargetId};
use domain::words::ProjectKey;
use sqlx::FromRow;

use crate::sql::{on, sql};
use crate::{Db, Result};

/// Where a target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its event.
    pub event: EventId,
    /// A step that holds it.
    pub step: StepId,
    /// The event's project, as it was called when it was heard of last.
    pub project: ProjectKey,
    /// The forge's own id of the project.
    pub forge_id: Option<String>,
    /// The event's commit.
    pub hash: Option<String>,
}

impl Place {
    /// Whether this is the project that a delivery tells of, renamed perhaps, and the commit.
    pub fn is_at(&self, project: &ProjectFacts, hash: &str) -> bool {
        let is_same = match (&self.forge_id, &project.forge_id) {
            (Some(ours), Some(told)) => ours == told && self.project.forge == project.key.forge,
            _ => self.project == project.key,
        };
        is_same && self.hash.as_deref() == Some(hash)
    }
}

#[derive(FromRow)]
struct Row {
    event_id: i64,
    forge: String,
    forge_id: Option<String>,
    namespace: String,
    name: String,
    hash: Option<String>,
    step_id: i64,
}

/// Where a target stands; none if there is no such target.
///
/// # Errors
/// If the database cannot be read.
pub async fn place(db: &Db, target: TargetId) -> Result<Option<Place>> {
    let row: Option<Row> = on!(db, sql!("reruns/place.sql"), |query, pool| sqlx::query_as(query)
        .bind(target.0)
        .fetch_optional(pool)
        .await)?;
    Ok(row.map(|row| Place {
        event: EventId(row.event_id),
        step: StepId(row.step_id),
        project: ProjectKey::new(&row.forge, &row.namespace, &row.name),
        forge_id: row.forge_id,
        hash: row.hash,
    }))
}

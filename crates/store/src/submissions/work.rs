use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::details::{JobDetails, TargetDetails};
use domain::ids::{EventId, SubmissionId, TargetId};
use domain::words::{JobKind, ProjectKey, Reference, ReferenceKind, TargetStatus};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::sql::{on, sql};
use crate::{Db, Error, Result};

/// What a build system is told about a submission.
#[derive(Debug, Clone)]
pub struct WorkOfSubmission {
    /// The id of this installation.
    pub installation: String,
    /// The project.
    pub project: ProjectKey,
    /// The reference.
    pub reference: Reference,
    /// The commit, if it is known.
    pub hash: Option<String>,
    /// The package configuration as it was read (`path` and `text`), where the program that carries it out has to have it.
    pub configuration: Option<serde_json::Value>,
    /// The build systems' ids of the earlier attempts of these targets.
    pub earlier_external_ids: Vec<String>,
    /// All targets of the submission, finished ones too.
    pub targets: Vec<WorkTarget>,
}

/// A target of a submission.
#[derive(Debug, Clone)]
pub struct WorkTarget {
    /// The target.
    pub id: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: TargetStatus,
    /// The job's identifier.
    pub identifier: Option<String>,
    /// What its job was planned with.
    pub job: JobDetails,
    /// What it was planned with.
    pub details: TargetDetails,
    /// When it was submitted, by our clock.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When we learned that it runs, by our clock.
    pub started_at: Option<DateTime<Utc>>,
    /// What it consumes.
    pub inputs: Vec<WorkInput>,
}

/// A target that another one consumes.
#[derive(Debug, Clone)]
pub struct WorkInput {
    /// The target.
    pub id: TargetId,
    /// The kind of its job.
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// The build system's id of it.
    pub external_id: Option<String>,
    /// What was made.
    pub details: TargetDetails,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    #[sqlx(try_from = "String")]
    kind: JobKind,
    name: String,
    #[sqlx(try_from = "String")]
    status: TargetStatus,
    identifier: Option<String>,
    job_details: Json<JobDetails>,
    details: Json<TargetDetails>,
    submitted_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    input_target_id: Option<i64>,
    input_kind: Option<String>,
    input_name: Option<String>,
    input_external_id: Option<String>,
    input_details: Option<Json<TargetDetails>>,
}

#[derive(FromRow)]
struct EventRow {
    forge: String,
    namespace: String,
    name: String,
    #[sqlx(try_from = "String")]
    kind: ReferenceKind,
    reference_name: String,
    hash: Option<String>,
    config: Option<Json<serde_json::Value>>,
    installation: Option<String>,
}

/// What a build system is told about a submission of an event.
///
/// # Errors
/// If there is no such event, or the database cannot be read.
pub async fn work(db: &Db, submission: SubmissionId, event: EventId) -> Result<WorkOfSubmission> {
    let place: EventRow = on!(db, sql!("submissions/event.sql"), |query, pool| sqlx::query_as(query)
        .bind(event.0)
        .bind(submission.0)
        .fetch_optional(pool)
        .await)?
    .ok_or_else(|| Error::NotFound(format!("event {event}")))?;
    let rows: Vec<Row> = on!(db, sql!("submissions/work.sql"), |query, pool| sqlx::query_as(query)
        .bind(submission.0)
        .fetch_all(pool)
        .await)?;
    let earlier_external_ids =
        on!(db, sql!("submissions/earlier.sql"), |query, pool| sqlx::query_scalar(query)
            .bind(submission.0)
            .fetch_all(pool)
            .await)?;
    let mut targets: BTreeMap<i64, WorkTarget> = BTreeMap::new();
    for mut row in rows {
        let input = row.take_input()?;
        targets.entry(row.id).or_insert_with(|| row.into_target()).inputs.extend(input);
    }
    let installation = match place.installation {
        Some(id) => id,
        None => crate::installation::id(db).await?,
    };
    Ok(WorkOfSubmission {
        installation,
        project: ProjectKey::new(&place.forge, &place.namespace, &place.name),
        reference: Reference::new(place.kind, place.reference_name),
        hash: place.hash,
        configuration: place.config.map(|config| config.0),
        earlier_external_ids,
        targets: targets.into_values().collect(),
    })
}

impl Row {
    fn take_input(&mut self) -> Result<Option<WorkInput>> {
        let (Some(id), Some(kind), Some(name), Some(details)) =
            (self.input_target_id, self.input_kind.take(), self.input_name.take(), self.input_details.take())
        else {
            return Ok(None);
        };
        Ok(Some(WorkInput {
            id: TargetId(id),
            kind: kind.parse()?,
            name,
            external_id: self.input_external_id.take(),
            details: details.0,
        }))
    }

    fn into_target(self) -> WorkTarget {
        WorkTarget {
            id: TargetId(self.id),
            kind: self.kind,
            name: self.name,
            status: self.status,
            identifier: self.identifier,
            job: self.job_details.0,
            details: self.details.0,
            submitted_at: self.submitted_at,
            started_at: self.started_at,
            inputs: Vec::new(),
        }
    }
}

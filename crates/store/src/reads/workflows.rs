//! Use case 6: workflows, newest first, of a project or across all projects, each with the newest attempts of its targets.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::words::{JobKind, ProjectKey, TargetStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::events::EventRow;
use super::filters::EventFilter;
use super::packed::{Text, by_place};
use super::page::{Page, Position};
use super::projects::{ProjectRow, ReferenceRow};
use super::question::{Question, Value};
use super::sections::{some, text, word};
use super::viewer::Viewer;
use super::views::PipelineView;
use super::words;
use crate::sql::sql;
use crate::{Db, Error, Result};

/// One workflow of a list: an event that started something, its pipelines, and the newest attempt of each target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRow {
    /// The event.
    pub event: EventRow,
    /// What it started, at the event's version.
    pub parts: Parts,
}

/// What an event started; the answers that a list gives one after another share it.
pub type Parts = Arc<WorkflowParts>;

/// What an event started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkflowParts {
    /// The event's pipelines, oldest first.
    pub pipelines: Vec<PipelineView>,
    /// Its jobs.
    pub jobs: Vec<WorkflowJob>,
    /// The newest attempt of each chain.
    pub targets: Vec<WorkflowTarget>,
}

/// A job of a workflow in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkflowJob {
    /// Its id.
    pub id: i64,
    /// Its kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// The identifier of the configuration.
    pub identifier: Option<String>,
    /// The job whose targets its own consume.
    pub previous_job_id: Option<i64>,
}

/// A target of a workflow in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkflowTarget {
    /// Its id.
    pub id: i64,
    /// Its job.
    pub job_id: i64,
    /// The first attempt of its chain.
    pub chain_id: i64,
    /// Its place in the chain, from 1.
    pub attempt: i64,
    /// Its job's kind.
    #[schema(schema_with = words::job_kind)]
    pub kind: JobKind,
    /// Its name.
    pub name: String,
    /// Where it stands.
    #[schema(schema_with = words::target_status)]
    pub status: TargetStatus,
    /// The build system's id of it.
    pub external_id: Option<String>,
    /// The build system's page of it.
    pub url: Option<String>,
    /// When we learned that it runs.
    pub started_at: Option<DateTime<Utc>>,
    /// When we learned that it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Workflows that this viewer may see, newest first: those before the cursor, at most `limit`.
///
/// # Errors
/// If the database cannot be read.
pub async fn workflows(
    db: &Db,
    viewer: &Viewer,
    filter: &EventFilter,
    before: Option<Position>,
    limit: i64,
) -> Result<Page<WorkflowRow>> {
    let question = filter.question(sql!("reads/workflows.sql").sqlite(), viewer, before, limit);
    let (_, rows) = read(db, question).await?;
    Ok(Page::cut(rows, limit, |row| (row.event.occurred_at, row.event.id)))
}

/// Whose list it is.
#[derive(Default)]
pub(super) struct Head {
    pub(super) project: Option<ProjectRow>,
    pub(super) reference: Option<ReferenceRow>,
}

impl WorkflowParts {
    /// How many rows it is made of.
    pub(super) fn rows(&self) -> usize {
        self.pipelines.len() + self.jobs.len() + self.targets.len()
    }

    /// All of it, each thing by its age.
    fn whole(mut self) -> Self {
        self.pipelines.sort_unstable_by_key(|pipeline| pipeline.id);
        self.jobs.sort_unstable_by_key(|job| job.id);
        keep_newest(&mut self.targets);
        self.targets.sort_unstable_by_key(|target| target.id);
        // They may be remembered for long, without the room for older attempts.
        self.pipelines.shrink_to_fit();
        self.jobs.shrink_to_fit();
        self.targets.shrink_to_fit();
        self
    }
}

/// The workflows in the order of a page, and whose they are if that was asked.
pub(super) async fn read(db: &Db, question: Question) -> Result<(Option<Head>, Vec<WorkflowRow>)> {
    let mut head = None;
    let mut events = Vec::new();
    let mut found: HashMap<i64, WorkflowParts> = HashMap::new();
    let at_hand = db.remembered().at_hand(&question);
    let answer = question.bind(Value::Text(at_hand.told())).packed(db).await?;
    answer.each(|row: Row<'_>| {
        if &*row.section == "head" {
            head = Some(row.head()?);
            return Ok(());
        }
        if &*row.section == "event" {
            events.push(row.event()?);
            return Ok(());
        }
        let workflow = found.entry(row.event_id).or_default();
        match &*row.section {
            "job" => workflow.jobs.push(row.job()?),
            "pipeline" => workflow.pipelines.push(row.pipeline()?),
            "target" => workflow.targets.push(row.target()?),
            other => return Err(Error::Unreadable(format!("section {other} of a list"))),
        }
        Ok(())
    })?;
    events.sort_unstable_by_key(|event: &EventRow| std::cmp::Reverse((event.occurred_at, event.id)));
    let rows: Vec<WorkflowRow> = events
        .into_iter()
        .map(|event| {
            let parts = at_hand.parts(event.id, event.version).unwrap_or_else(|| {
                Arc::new(found.remove(&event.id).map(WorkflowParts::whole).unwrap_or_default())
            });
            WorkflowRow { event, parts }
        })
        .collect();
    db.remembered().keep(&at_hand, &rows);
    Ok((head, rows))
}

/// What [`read`] asks where nothing of the answer is at hand.
pub(super) fn anew(question: Question) -> Question {
    question.bind(Value::Text(String::new()))
}

/// Leaves the newest attempt of each chain.
fn keep_newest(targets: &mut Vec<WorkflowTarget>) {
    let mut newest: HashMap<i64, i64> = HashMap::new();
    for target in &*targets {
        let attempt = newest.entry(target.chain_id).or_default();
        *attempt = target.attempt.max(*attempt);
    }
    targets.retain(|target| newest.get(&target.chain_id) == Some(&target.attempt));
}

impl WorkflowRow {
    /// The project, `host/namespace/name`.
    pub fn project(&self) -> ProjectKey {
        ProjectKey::new(&self.event.forge, &self.event.namespace, &self.event.project_name)
    }
}

by_place! {
    /// Columns by their places in `workflows.sql`.
    struct Row<'r> {
        #[serde(borrow)]
        section: Text<'r>,
        event_id: i64,
        id: i64,
        first_id: Option<i64>,
        second_id: Option<i64>,
        number: Option<i64>,
        kind: Option<Text<'r>>,
        name: Option<Text<'r>>,
        identifier: Option<Text<'r>>,
        status: Option<Text<'r>>,
        forge: Option<Text<'r>>,
        namespace: Option<Text<'r>>,
        visibility: Option<Text<'r>>,
        reference_kind: Option<Text<'r>>,
        reference_name: Option<Text<'r>>,
        hash: Option<Text<'r>>,
        url: Option<Text<'r>>,
        created_at: Option<DateTime<Utc>>,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
    }
}

impl Row<'_> {
    fn event(self) -> Result<EventRow> {
        Ok(EventRow {
            id: self.id,
            kind: word(&self.kind)?,
            actor: self.identifier.map(String::from),
            status: word(&self.status)?,
            version: some(self.number)?,
            occurred_at: some(self.created_at)?,
            received_at: some(self.started_at)?,
            project_id: some(self.first_id)?,
            reference_id: some(self.second_id)?,
            forge: some(self.forge)?.into(),
            namespace: some(self.namespace)?.into(),
            project_name: some(self.name)?.into(),
            visibility: word(&self.visibility)?,
            reference_kind: word(&self.reference_kind)?,
            reference_name: text(&self.reference_name)?.to_owned(),
            hash: self.hash.map(String::from),
            // Only a history asks for it.
            reason: self.url.map(String::from),
        })
    }

    fn head(self) -> Result<Head> {
        let reference = match self.second_id {
            Some(id) => Some(ReferenceRow {
                id,
                kind: word(&self.reference_kind)?,
                name: text(&self.reference_name)?.to_owned(),
            }),
            None => None,
        };
        let project = ProjectRow {
            id: self.id,
            forge: some(self.forge)?.into(),
            namespace: some(self.namespace)?.into(),
            name: some(self.name)?.into(),
            visibility: word(&self.visibility)?,
            created_at: some(self.created_at)?,
        };
        Ok(Head { project: Some(project), reference })
    }

    fn pipeline(self) -> Result<PipelineView> {
        Ok(PipelineView {
            id: self.id,
            package: self.name.map(String::from),
            origin_id: self.first_id,
            rerun_id: self.second_id,
            created_at: some(self.created_at)?,
        })
    }

    fn job(self) -> Result<WorkflowJob> {
        Ok(WorkflowJob {
            id: self.id,
            kind: word(&self.kind)?,
            identifier: self.identifier.map(String::from),
            previous_job_id: self.first_id,
        })
    }

    fn target(self) -> Result<WorkflowTarget> {
        Ok(WorkflowTarget {
            id: self.id,
            job_id: some(self.first_id)?,
            chain_id: some(self.second_id)?,
            attempt: some(self.number)?,
            kind: word(&self.kind)?,
            name: some(self.name)?.into(),
            status: word(&self.status)?,
            external_id: self.identifier.map(String::from),
            url: self.url.map(String::from),
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

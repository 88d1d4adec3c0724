//! How the database answers each question: for `docs/queries.md`, and for the test that no large table is scanned.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{EventId, PipelineId, ProjectId, ReferenceId, StepId, TargetId};
use domain::words::{EventKind, EventStatus, Reference, ReferenceKind};
use sqlx::FromRow;

use super::filters::EventFilter;
use super::page::Position;
use super::provenance::Bounds;
use super::question::Question;
use super::search::SearchFor;
use super::viewer::Viewer;
use super::{
    event, flakiness, history, origins, pipeline, projects, provenance, search, target, workflow, workflows,
};
use crate::origins::SourceRow;
use crate::sql::sql;
use crate::{Db, Result};

/// What the questions are asked about: rows that are there.
#[derive(Debug, Clone)]
pub struct Sample {
    /// A project, preferably a busy one.
    pub project: ProjectId,
    /// A reference of it.
    pub reference: ReferenceId,
    /// An event of it.
    pub event: EventId,
    /// A pipeline.
    pub pipeline: PipelineId,
    /// A step.
    pub step: StepId,
    /// A target.
    pub target: TargetId,
    /// A commit's hash.
    pub hash: String,
    /// An event's actor.
    pub author: String,
    /// A job's package.
    pub package: String,
    /// The project's name.
    pub project_name: String,
    /// A build system's id.
    pub external_id: String,
    /// A place deep in the lists.
    pub deep: Position,
    /// Now.
    pub now: DateTime<Utc>,
}

#[derive(FromRow)]
struct SampleRow {
    project_id: i64,
    reference_id: i64,
    event_id: i64,
    pipeline_id: i64,
    step_id: i64,
    target_id: i64,
    hash: String,
    author: String,
    package: String,
    project_name: String,
    external_id: String,
    deep_at: DateTime<Utc>,
    deep_id: i64,
}

impl Sample {
    /// A workflow of the public project with the most events; none if there is none. Reads the whole table of events.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn choose(db: &Db, now: DateTime<Utc>) -> Result<Option<Self>> {
        let rows: Vec<SampleRow> = Question::of(sql!("reads/sample.sql")).rows(db).await?;
        Ok(rows.into_iter().next().map(|row| Self {
            project: ProjectId(row.project_id),
            reference: ReferenceId(row.reference_id),
            event: EventId(row.event_id),
            pipeline: PipelineId(row.pipeline_id),
            step: StepId(row.step_id),
            target: TargetId(row.target_id),
            hash: row.hash,
            author: row.author,
            package: row.package,
            project_name: row.project_name,
            external_id: row.external_id,
            deep: (row.deep_at, row.deep_id),
            now,
        }))
    }
}

/// How a question is answered.
#[derive(Debug, Clone)]
pub struct QueryPlan {
    /// The question: its file in `sql/reads`, and what it was asked with.
    pub question: String,
    /// The database's lines.
    pub lines: Vec<String>,
}

/// Asks every question of [`crate::reads`] about the sample, and tells how the database answers.
///
/// # Errors
/// If the database cannot be read.
pub async fn query_plans(db: &Db, sample: &Sample) -> Result<Vec<QueryPlan>> {
    let mut plans = Vec::new();
    for (question, asked) in questions(sample) {
        plans.push(QueryPlan { question, lines: asked.plan(db).await? });
    }
    Ok(plans)
}

fn questions(sample: &Sample) -> Vec<(String, Question)> {
    let viewer = &Viewer::Public;
    let since = sample.now - TimeDelta::days(90);
    let bounds = Bounds { depth: 8, links: 500 };
    let mut asked = vec![
        ("workflow".to_owned(), workflow::question(viewer, Some(sample.event), None)),
        ("workflow (of a pipeline)".to_owned(), workflow::question(viewer, None, Some(sample.pipeline))),
        ("pipeline".to_owned(), pipeline::question(viewer, Some(sample.pipeline.0), None)),
        ("pipeline (one step)".to_owned(), pipeline::question(viewer, None, Some(sample.step.0))),
        ("target".to_owned(), target::question(viewer, sample.target)),
        ("event".to_owned(), event::question(viewer, sample.event)),
        ("provenance (depth 8)".to_owned(), provenance::question(viewer, sample.target, bounds)),
        ("flakiness (90 days)".to_owned(), flakiness::question(viewer, sample.project, since)),
        ("project".to_owned(), projects::question(viewer, sample.project)),
        ("projects".to_owned(), projects::list_question(viewer, None, 50)),
        ("origins".to_owned(), origins::question(viewer, &SourceRow::new("pipelines", sample.pipeline))),
        ("references".to_owned(), projects::references_question(viewer, sample.project, None, 50)),
    ];
    for (name, wanted) in searches(sample) {
        asked.push((format!("search ({name})"), search::question(viewer, &wanted)));
    }
    for (name, filter, before) in lists(sample) {
        let events = filter.question(sql!("reads/events.sql").sqlite(), viewer, before, 50);
        asked.push((format!("events ({name})"), events));
        let list = filter.question(sql!("reads/workflows.sql").sqlite(), viewer, before, 20);
        asked.push((format!("workflows ({name})"), workflows::anew(list)));
        asked.push((
            format!("history ({name})"),
            workflows::anew(history::question(viewer, &filter, history::Told::Events, before, 30)),
        ));
    }
    asked
}

fn searches(sample: &Sample) -> Vec<(&'static str, SearchFor)> {
    let nothing = SearchFor::default();
    let hash = Some(sample.hash.chars().take(8).collect());
    let reference = Some((ReferenceKind::PullRequest, "1".to_owned()));
    let in_project = SearchFor { project: Some(sample.project_name.clone()), reference, ..nothing.clone() };
    vec![
        ("pull request", in_project),
        ("commit", SearchFor { hash, ..nothing.clone() }),
        ("project", SearchFor { project: Some(sample.project_name.clone()), ..nothing.clone() }),
        ("external id", SearchFor { external_id: Some(sample.external_id.clone()), ..nothing }),
    ]
}

fn lists(sample: &Sample) -> Vec<(&'static str, EventFilter, Option<Position>)> {
    let all = EventFilter::default;
    let project = || EventFilter::of_project(sample.project);
    let author = Some(sample.author.clone());
    let (kind, status) = (Some(EventKind::Release), Some(EventStatus::Errored));
    let since = Some(sample.now - TimeDelta::days(30));
    let reference_named = Some(Reference::new(ReferenceKind::PullRequest, 1));
    vec![
        ("newest", all(), None),
        ("deep page", all(), Some(sample.deep)),
        ("author", EventFilter { author: author.clone(), ..all() }, None),
        ("kind", EventFilter { kind, ..all() }, None),
        ("status", EventFilter { status, ..all() }, None),
        ("package", EventFilter { package: Some(sample.package.clone()), ..all() }, None),
        ("commit", EventFilter { commit: Some(sample.hash.clone()), ..all() }, None),
        ("reference", EventFilter { reference: Some(sample.reference), ..all() }, None),
        ("since", EventFilter { since, ..all() }, None),
        ("origin", EventFilter { origin: Some(SourceRow::new("pipelines", sample.pipeline)), ..all() }, None),
        ("project", project(), None),
        ("project, author", EventFilter { author, ..project() }, None),
        ("project, kind", EventFilter { kind, ..project() }, None),
        ("project, status", EventFilter { status, ..project() }, None),
        ("project, package", EventFilter { package: Some(sample.package.clone()), ..project() }, None),
        ("project, commit", EventFilter { commit: Some(sample.hash.clone()), ..project() }, None),
        ("project, reference", EventFilter { reference_named, ..project() }, None),
        ("project, since", EventFilter { since, ..project() }, None),
        ("project, deep page", project(), Some(sample.deep)),
    ]
}

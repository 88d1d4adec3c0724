//! Lists of events and of workflows, of all projects and of one: use cases 6 and 7.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::ids::{ProjectId, ReferenceId};
use domain::words::{EventKind, EventStatus, ProjectKey, Reference, ReferenceKind};
use serde::{Deserialize, Serialize};
use store::reads::{
    self, EventFilter, EventRow, Page, Parts, Position, ReferenceView, Viewer, WorkflowParts, WorkflowRow,
    words,
};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

use super::answer::{Usual, page};
use super::parameters::{self, Id, Parameters, read_cursor};
use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// What a list of events or workflows can be asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows of a page.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100, default = 30)]
    limit: Option<String>,
    /// Only at this reference: its id, or in a list of one project `kind:name`, such as `pull_request:42`.
    reference: Option<String>,
    /// Only at this commit, by its full hash.
    commit: Option<String>,
    /// Only with a job for this package.
    package: Option<String>,
    /// Only of this actor, by the forge's login.
    author: Option<String>,
    /// Only of this kind.
    #[param(schema_with = words::event_kind)]
    kind: Option<String>,
    /// Only what stands so.
    #[param(schema_with = words::event_status)]
    status: Option<String>,
    /// Only what happened at this moment or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Only what happened before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// Only with this row of an imported database, `table:id`, such as `copr_build_targets:2545`.
    origin: Option<String>,
}

/// A page of events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Events {
    /// The events.
    pub(crate) events: Vec<Event>,
    /// What to ask for as `cursor` to get the next page; none on the last one.
    pub(crate) next_cursor: Option<String>,
}

/// One event of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Its id.
    id: i64,
    /// What happened.
    #[schema(schema_with = words::event_kind)]
    kind: EventKind,
    /// `host/namespace/name`
    project: String,
    /// The project's id.
    project_id: i64,
    /// What it happened to.
    reference: ReferenceView,
    /// The reference's id.
    reference_id: i64,
    /// The full hash.
    commit: Option<String>,
    /// Who acted, by the forge's login.
    actor: Option<String>,
    /// What became of it.
    #[schema(schema_with = words::event_status)]
    status: EventStatus,
    /// Counted up with each change of the workflow.
    version: i64,
    /// By the forge's clock.
    occurred_at: DateTime<Utc>,
    /// By our clock.
    received_at: DateTime<Utc>,
    /// The first reason for something that was not started.
    reason: Option<String>,
}

/// A page of workflows, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workflows {
    /// The workflows.
    workflows: Vec<Workflow>,
    /// What to ask for as `cursor` to get the next page; none on the last one.
    next_cursor: Option<String>,
}

/// One workflow of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workflow {
    event: Event,
    #[serde(flatten)]
    #[schema(value_type = WorkflowParts)]
    parts: Parts,
}

/// What is asked for, looked at.
pub(crate) struct Asked {
    pub(crate) filter: EventFilter,
    pub(crate) before: Option<Position>,
    pub(crate) limit: i64,
}

impl Asked {
    /// Whether nothing is left out: then an empty list means that there is no such thing.
    pub(crate) fn is_whole(&self) -> bool {
        self.before.is_none() && self.filter == EventFilter::default()
    }

    /// Nothing found in a project may mean that there is no such project: then that is said.
    async fn or_no_project<T>(&self, web: &Shared, viewer: &Viewer, found: &Page<T>) -> Result<(), Problem> {
        match self.filter.project {
            Some(id) if found.rows.is_empty() && reads::project(&web.db, viewer, id).await?.is_none() => {
                Err(Problem::not_found(&format!("project {id}")))
            }
            _ => Ok(()),
        }
    }
}

/// Events of all projects, newest first.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(ListParameters),
    responses((status = 200, body = Events), Usual))]
pub(crate) async fn events(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list_events(&web, &viewer, parameters.read(None)?, &uri, &headers).await
}

/// Events of one project, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{id}/events", tag = "projects",
    params(("id" = i64, Path), ListParameters), responses((status = 200, body = Events), Usual))]
pub(crate) async fn project_events(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list_events(&web, &viewer, parameters.read(Some(ProjectId(id)))?, &uri, &headers).await
}

/// Workflows of all projects, newest first: events that started something, with the newest attempts of their targets.
#[utoipa::path(get, path = "/api/v1/workflows", tag = "events", params(ListParameters),
    responses((status = 200, body = Workflows), Usual))]
pub(crate) async fn workflows(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list_workflows(&web, &viewer, parameters.read(None)?, &uri, &headers).await
}

/// Workflows of one project, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{id}/workflows", tag = "projects",
    params(("id" = i64, Path), ListParameters), responses((status = 200, body = Workflows), Usual))]
pub(crate) async fn project_workflows(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
    Parameters(parameters): Parameters<ListParameters>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list_workflows(&web, &viewer, parameters.read(Some(ProjectId(id)))?, &uri, &headers).await
}

async fn list_events(
    web: &Shared,
    viewer: &Viewer,
    asked: Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::events(&web.db, viewer, &asked.filter, asked.before, asked.limit).await?;
    asked.or_no_project(web, viewer, &found).await?;
    let document = Events::from(found);
    page(headers, &document, next_page(web, uri, document.next_cursor.as_deref()))
}

async fn list_workflows(
    web: &Shared,
    viewer: &Viewer,
    asked: Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let found = reads::workflows(&web.db, viewer, &asked.filter, asked.before, asked.limit).await?;
    asked.or_no_project(web, viewer, &found).await?;
    let next_cursor = cursor_of(&found);
    let workflows = found.rows.into_iter().map(Workflow::from).collect();
    let document = Workflows { workflows, next_cursor };
    page(headers, &document, next_page(web, uri, document.next_cursor.as_deref()))
}

/// The address of the next page: what was asked for, from the cursor on.
pub(crate) fn next_page(web: &Shared, uri: &Uri, cursor: Option<&str>) -> Option<String> {
    let asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.filter(|(name, _)| name != "cursor"));
    query.append_pair("cursor", cursor?);
    Some(format!("{}{}?{}", web.public_url, uri.path(), query.finish()))
}

fn cursor_of<T>(page: &Page<T>) -> Option<String> {
    page.next.map(|(at, id)| Cursor(at, id).encode())
}

impl ListParameters {
    pub(crate) fn read(self, project: Option<ProjectId>) -> Result<Asked, Problem> {
        let mut filter = EventFilter {
            project,
            commit: parameters::text("commit", self.commit)?.map(|hash| hash.to_ascii_lowercase()),
            package: parameters::text("package", self.package)?,
            author: parameters::text("author", self.author)?,
            kind: parameters::word("kind", self.kind.as_deref())?,
            status: parameters::word("status", self.status.as_deref())?,
            since: parameters::moment("since", self.since.as_deref())?,
            until: parameters::moment("until", self.until.as_deref())?,
            origin: parameters::origin(self.origin)?,
            ..EventFilter::default()
        };
        if let Some(text) = parameters::text("reference", self.reference)? {
            match (text.parse(), text.split_once(':')) {
                (Ok(id), _) => filter.reference = Some(ReferenceId(id)),
                (_, Some((kind, name))) if project.is_some() => {
                    let kind: Option<ReferenceKind> = parameters::word("reference", Some(kind))?;
                    filter.reference_named = kind.map(|kind| Reference::new(kind, name));
                }
                _ => {
                    let detail = "`reference` is an id; in a list of one project it may be `kind:name`.";
                    return Err(Problem::bad_parameter("reference", detail));
                }
            }
        }
        let cursor = self.cursor.as_deref().map(read_cursor).transpose()?;
        let before = cursor.map(|Cursor(at, id)| (at, id));
        Ok(Asked { filter, before, limit: parameters::limit(self.limit.as_deref())? })
    }
}

impl From<Page<EventRow>> for Events {
    fn from(page: Page<EventRow>) -> Self {
        let next_cursor = cursor_of(&page);
        Self { events: page.rows.into_iter().map(Event::from).collect(), next_cursor }
    }
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            project: ProjectKey::new(&row.forge, &row.namespace, &row.project_name).to_string(),
            project_id: row.project_id,
            reference: ReferenceView { kind: row.reference_kind, name: row.reference_name },
            reference_id: row.reference_id,
            commit: row.hash,
            actor: row.actor,
            status: row.status,
            version: row.version,
            occurred_at: row.occurred_at,
            received_at: row.received_at,
            reason: row.reason,
        }
    }
}

impl From<WorkflowRow> for Workflow {
    fn from(row: WorkflowRow) -> Self {
        Self { event: row.event.into(), parts: row.parts }
    }
}

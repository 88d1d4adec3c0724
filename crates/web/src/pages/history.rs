//! Histories, newest first: `/` of everything, and those of a project, a reference and a commit.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::ids::{ProjectId, ReferenceId};
use domain::words::{EventStatus, JobKind};
use store::reads::{self, EventFilter, History, Position, Told, Viewer, WorkflowRow};

use super::filters::{Filters, Form, Scope};
use super::id::Id;
use super::known::Known;
use super::place::{self, Named, Place};
use super::projects::ProjectHead;
use super::state::{self, State as TargetState};
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, show, titles};
use crate::api::parameters;
use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

const EVENTS_PER_PAGE: i64 = 30;
/// More targets of one job than these are counted, not named.
const MOST_NAMED: usize = 3;

type Asked = Known<Filters>;

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    frame: Frame,
    head: Head,
    form: Form,
    events: Vec<Event>,
    /// The address of the next page.
    older: Option<String>,
    /// The same rows as the API tells them.
    data_url: String,
    /// Only changes of this project matter.
    project_id: Option<i64>,
    /// Whether some of them may change at any time.
    is_open: bool,
}

/// Whose history it is.
enum Head {
    Recent { webhook_url: Text },
    Project(ProjectHead),
    Reference { forge: Text, project: Named, reference: Named },
    Commit { hash: Text, places: Vec<OfCommit> },
}

/// A commit in one of the projects that it was seen in.
struct OfCommit {
    forge: Text,
    project: Named,
    commit: Named,
}

/// An event of a list.
struct Event {
    id: i64,
    place: Place,
    kind: &'static str,
    actor: Option<Text>,
    occurred_at: Moment,
    status: EventStatus,
    status_title: &'static str,
    /// Why it started nothing, if it did not.
    reason: Option<Text>,
    jobs: Vec<Job>,
}

/// All targets of a kind and identifier, the newest attempts.
struct Job {
    title: &'static str,
    identifier: Option<Text>,
    tally: Vec<(TargetState, usize)>,
    /// Those that should be looked at, as far as there is room.
    bad: Vec<Bad>,
    /// How many more there are.
    more_bad: usize,
}

/// A target that should be looked at.
struct Bad {
    id: i64,
    name: Text,
    state: TargetState,
}

/// `/`
pub(crate) async fn recent(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    asked: Asked,
) -> Result<Response, ErrorPage> {
    let webhook_url = Text::new(format!("{}/webhooks/github", web.public_url));
    let asked = Listed::read(frame, asked, Scope::All, Told::Events)?;
    let found = asked.find(&web, &viewer).await?;
    Ok(asked.show(found, "/api/v1/events", |_| Some(Head::Recent { webhook_url }))?)
}

/// `/projects/{id}`
pub(crate) async fn workflows_of_project(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    asked: Asked,
) -> Result<Response, ErrorPage> {
    of_project(&web, &viewer, frame, ProjectId(id), asked, Told::Workflows, "workflows").await
}

/// `/projects/{id}/events`
pub(crate) async fn events_of_project(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    asked: Asked,
) -> Result<Response, ErrorPage> {
    of_project(&web, &viewer, frame, ProjectId(id), asked, Told::Events, "events").await
}

async fn of_project(
    web: &Shared,
    viewer: &Viewer,
    frame: Frame,
    id: ProjectId,
    asked: Asked,
    told: Told,
    tab: &'static str,
) -> Result<Response, ErrorPage> {
    let asked = Listed::read(frame, asked, Scope::Project(id), told)?;
    let found = asked.find(web, viewer).await?;
    let data_url = format!("/api/v1/projects/{id}/{tab}");
    Ok(asked.show(found, &data_url, |found| {
        Some(Head::Project(ProjectHead::new(found.project.as_ref()?, tab)))
    })?)
}

/// `/references/{id}`
pub(crate) async fn reference(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    asked: Asked,
) -> Result<Response, ErrorPage> {
    let asked = Listed::read(frame, asked, Scope::Reference(ReferenceId(id)), Told::Events)?;
    let found = asked.find(&web, &viewer).await?;
    Ok(asked.show(found, &format!("/api/v1/references/{id}"), |found| {
        let (project, reference) = (found.project.as_ref()?, found.reference.as_ref()?);
        let view = reads::ReferenceView { kind: reference.kind, name: reference.name.clone() };
        let place = Place::new((&project.key().to_string(), project.id), (&view, reference.id), None);
        Some(Head::Reference { forge: place.forge, project: place.project, reference: place.reference })
    })?)
}

/// `/commits/{hash}`
pub(crate) async fn commit(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Path(hash): Path<String>,
    asked: Asked,
) -> Result<Response, ErrorPage> {
    let unknown = || Problem::not_found("such commit");
    let hash = parameters::text("hash", Some(hash)).ok().flatten().ok_or_else(unknown)?.to_ascii_lowercase();
    let asked = Listed::read(frame, asked, Scope::Commit(hash.clone()), Told::Events)?;
    let found = asked.find(&web, &viewer).await?;
    let data_url = format!("/api/v1{}", place::commit_here(&hash));
    let is_whole = asked.is_whole();
    Ok(asked.show(found, &data_url, |found| {
        let rows = &found.page.rows;
        let projects: BTreeMap<i64, &WorkflowRow> =
            rows.iter().map(|row| (row.event.project_id, row)).collect();
        let places = projects.into_values().filter_map(|row| {
            let Place { forge, project, commit, .. } = Place::of_event(&row.event);
            Some(OfCommit { forge, project, commit: commit? })
        });
        // A commit at which nothing ever happened is none.
        (!rows.is_empty() || !is_whole)
            .then(|| Head::Commit { hash: Text::new(&hash), places: places.collect() })
    })?)
}

/// What was asked for.
struct Listed {
    frame: Frame,
    scope: Scope,
    told: Told,
    filter: EventFilter,
    before: Option<Position>,
    form: Form,
}

impl Listed {
    fn read(frame: Frame, asked: Asked, scope: Scope, told: Told) -> Result<Self, Problem> {
        let Known(filters) = asked;
        let (filter, before, form) = filters.read(&scope, told)?;
        Ok(Self { frame, scope, told, filter, before, form })
    }

    fn is_whole(&self) -> bool {
        !self.form.is_filtered && !self.form.is_further
    }

    async fn find(&self, web: &Shared, viewer: &Viewer) -> Result<History, Problem> {
        Ok(reads::history(&web.db, viewer, &self.filter, self.told, self.before, EVENTS_PER_PAGE).await?)
    }

    /// The page; none of it if there is no such thing.
    fn show(
        self,
        found: History,
        data_path: &str,
        head: impl FnOnce(&History) -> Option<Head>,
    ) -> Result<Response, Problem> {
        let head = head(&found).ok_or_else(|| {
            Problem::not_found(match self.scope {
                Scope::Project(_) => "such project",
                Scope::Reference(_) => "such reference",
                Scope::Commit(_) => "such commit",
                Scope::All => "such page",
            })
        })?;
        let is_open =
            |row: &WorkflowRow| matches!(row.event.status, EventStatus::Running | EventStatus::Waiting);
        let older = found.page.next.map(|(at, id)| self.form.page_at(&Cursor(at, id).encode()));
        Ok(show(&HistoryPage {
            frame: self.frame,
            head,
            is_open: found.page.rows.iter().any(is_open),
            project_id: found.project.map(|project| project.id),
            events: found.page.rows.into_iter().map(Event::from).collect(),
            older,
            data_url: self.form.data_at(data_path),
            form: self.form,
        }))
    }
}

impl From<WorkflowRow> for Event {
    fn from(row: WorkflowRow) -> Self {
        let jobs = jobs(&row);
        let event = row.event;
        Self {
            id: event.id,
            place: Place::of_event(&event),
            kind: titles::event_kind(event.kind),
            actor: Text::opt(event.actor),
            occurred_at: Moment(event.occurred_at),
            status: event.status,
            status_title: titles::event_status(event.status),
            reason: if event.status == EventStatus::Nothing { Text::opt(event.reason) } else { None },
            jobs,
        }
    }
}

/// The targets by what people know of a job, in the order in which they were planned. A rerun's job stands with the one that
/// it redoes.
fn jobs(row: &WorkflowRow) -> Vec<Job> {
    let mut keys: Vec<(JobKind, Option<&str>)> = Vec::new();
    for job in &row.parts.jobs {
        let key = (job.kind, job.identifier.as_deref());
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let targets_of = |key: &(JobKind, Option<&str>)| {
        let jobs = row.parts.jobs.iter().filter(|job| (job.kind, job.identifier.as_deref()) == *key);
        jobs.flat_map(|job| row.parts.targets.iter().filter(|target| target.job_id == job.id))
            .collect::<Vec<_>>()
    };
    keys.into_iter()
        .map(|key| (key, targets_of(&key)))
        .filter(|(_, targets)| !targets.is_empty())
        .map(|((kind, identifier), targets)| {
            let states = || targets.iter().map(|target| TargetState::from(target.status));
            let bad: Vec<Bad> = targets
                .iter()
                .map(|target| Bad {
                    id: target.id,
                    name: Text::new(&target.name),
                    state: target.status.into(),
                })
                .filter(|target| target.state.is_bad())
                .collect();
            // One more is named rather than counted.
            let room = if bad.len() == MOST_NAMED + 1 { bad.len() } else { MOST_NAMED };
            Job {
                title: titles::job_kind_short(kind),
                identifier: Text::opt(identifier),
                tally: state::tally(states()),
                more_bad: bad.len().saturating_sub(room),
                bad: bad.into_iter().take(room).collect(),
            }
        })
        .collect()
}

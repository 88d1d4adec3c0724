//! `/events/{id}`: the whole workflow of an event, now or as it was.

pub(super) mod fold;
mod past;
#[cfg(test)]
pub(super) mod story;
pub(super) mod table;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::ids::EventId;
use domain::words::EventStatus;
use serde::Deserialize;
use store::reads::{OmissionView, UNKNOWN, WorkflowView};

use self::past::Past;
use self::table::Pipeline;
use super::graph::Drawing;
use super::id::Id;
use super::known::Known;
use super::place::Place;
use super::reruns::{Again, Brief, Briefs};
use super::state::Unknown;
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, show, titles};
use crate::api::parameters;
use crate::identity::Caller;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

/// When the workflow is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct When {
    at: Option<String>,
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    id: i64,
    place: Place,
    kind: &'static str,
    actor: Option<Text>,
    occurred_at: Moment,
    received_at: Moment,
    status: &'static str,
    status_title: &'static str,
    /// Whether something is still to come.
    is_open: bool,
    /// The moment that is shown, if it is not now.
    at: Option<Moment>,
    earlier: Option<Moment>,
    later: Option<Moment>,
    again: Option<Again>,
    drawing: Option<Drawing>,
    pipelines: Vec<Pipeline>,
    omissions: Vec<Omission>,
}

/// What was not started.
struct Omission {
    what: Text,
    reason: Text,
}

/// The page.
pub(crate) async fn event(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
    Known(when): Known<When>,
) -> Result<Response, ErrorPage> {
    let at = when.at.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(moment).transpose()?;
    let at = at.map(|at| parameters::past("at", at)).transpose()?;
    let view = store::reads::workflow_seen_by(&web.db, &viewer, EventId(id)).await?;
    let view = view.ok_or_else(|| Problem::not_found("such event"))?;
    let briefs = match view.pipelines.iter().any(|pipeline| pipeline.rerun_id.is_some()) {
        true => Brief::by_id(&store::reruns::of_event(&web.db, EventId(id)).await?),
        false => Briefs::new(),
    };
    let Some(at) = at else {
        let (earlier, later) = past::around(&view, None);
        let page = EventPage::new(frame, &view, &Unknown::new(), &briefs, view.status.as_str());
        let drawn = page.drawing.iter().flat_map(|drawing| drawing.tally.iter().map(|(state, _)| *state));
        let again = Again::of_event(&web, &caller, (&view.project, id), drawn);
        return Ok(show(&EventPage { earlier, later, again, ..page }));
    };
    let past = Past::of(&view, at).ok_or_else(|| {
        let detail = format!("Nobody had told of this event by {}.", Moment(at));
        let problem = Problem::new(axum::http::StatusCode::NOT_FOUND, detail);
        ErrorPage::from(problem).way(format!("/events/{id}"), "The event as it is now")
    })?;
    let (earlier, later) = past::around(&view, Some(at));
    let status = past.status.map_or(UNKNOWN, EventStatus::as_str);
    let page = EventPage::new(frame, &past.view, &past.unknown, &briefs, status);
    Ok(show(&EventPage { at: Some(Moment(at)), earlier, later, is_open: false, ..page }))
}

/// A moment as the API takes it, or as a form's field sends it, which is UTC here.
fn moment(text: &str) -> Result<DateTime<Utc>, Problem> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    local.map(|local| local.and_utc()).ok_or_else(|| {
        Problem::bad_parameter("at", "`at` is a moment as RFC 3339 writes it: 2026-11-22T08:00:00Z.")
    })
}

impl EventPage {
    fn new(
        frame: Frame,
        view: &WorkflowView,
        unknown: &Unknown,
        briefs: &Briefs,
        status: &'static str,
    ) -> Self {
        let folded = fold::pipelines(view);
        Self {
            frame,
            id: view.event.id,
            place: Place::new(
                (&view.project, view.event.project_id),
                (&view.reference, view.event.reference_id),
                view.commit.as_deref(),
            ),
            kind: titles::event_kind(view.event.kind),
            actor: Text::opt(view.event.actor.as_ref()),
            occurred_at: Moment(view.event.occurred_at),
            received_at: Moment(view.event.received_at),
            status,
            status_title: if status == EventStatus::Nothing.as_str() { "nothing started" } else { status },
            is_open: view.targets.iter().any(|target| !target.status.is_finished()),
            at: None,
            earlier: None,
            later: None,
            again: None,
            drawing: Drawing::new(&folded, &fold::edges(&folded), unknown),
            pipelines: table::pipelines(view, &folded, unknown, briefs),
            omissions: view.omissions.iter().map(Omission::from).collect(),
        }
    }
}

impl From<&OmissionView> for Omission {
    fn from(omission: &OmissionView) -> Self {
        let what = match (omission.kind.as_str(), &omission.identifier) {
            ("event", _) => "The whole event".to_owned(),
            (kind, Some(identifier)) => format!("{kind} {identifier}"),
            (kind, None) => kind.to_owned(),
        };
        let what = omission.name.as_ref().map_or(what.clone(), |name| format!("{what}, {name}"));
        Self { what: Text::new(what), reason: Text::new(&omission.reason) }
    }
}

//! `/targets/{id}`: one target, its attempts, what it consumes, and what consumes it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::TargetId;
use store::reads::{self, ConsumerView, SubmissionView, TargetDetailsView, TargetView};

use super::attempt::Attempt;
use super::id::Id;
use super::place::Place;
use super::reruns::Again;
use super::state::{State as TargetState, Unknown};
use super::text::{Moment, Text};
use super::{ErrorPage, Frame, duration, show, titles};
use crate::identity::Caller;
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

#[derive(Template)]
#[template(path = "target.html")]
struct TargetPage {
    frame: Frame,
    place: Place,
    event_id: i64,
    event_kind: &'static str,
    title: &'static str,
    identifier: Option<Text>,
    package: Text,
    target: Attempt,
    planned_at: Moment,
    build_system: Option<&'static str>,
    external_id: Option<Text>,
    /// The pipelines in which it stands, with its step in each.
    pipelines: Vec<(i64, i64)>,
    /// Newest first.
    attempts: Vec<Attempt>,
    /// What consumes this attempt, not another one.
    consumers: Vec<Consumer>,
    again: Option<Again>,
    /// By the build system's clock.
    peer_started_at: Option<Moment>,
    peer_finished_at: Option<Moment>,
    /// From planned to submitted.
    queued: Option<String>,
    /// Whether something is still to come.
    is_open: bool,
}

/// What consumes this attempt.
struct Consumer {
    id: i64,
    what: Text,
    needs: &'static str,
    status: TargetState,
    event_id: Option<i64>,
    /// Which attempt of its own target it is.
    attempt: i64,
}

/// The page.
pub(crate) async fn target(
    State(web): State<Shared>,
    caller: Caller,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let found = reads::target(&web.db, &viewer, TargetId(id)).await?;
    let found = found.ok_or_else(|| Problem::not_found("such target"))?;
    let page = TargetPage::new(frame, &found);
    // Only the newest attempt can be run again; who looks at an older one is led to it.
    let again = match page.newer() {
        None => Again::of_target(&web, &caller, (&found.project, page.event_id), id),
        Some(_) => None,
    };
    Ok(show(&TargetPage { again, ..page }))
}

impl TargetPage {
    fn new(frame: Frame, found: &TargetDetailsView) -> Self {
        let target = &found.target;
        let submissions: BTreeMap<i64, &SubmissionView> =
            found.submissions.iter().map(|submission| (submission.id, submission)).collect();
        let submission =
            |target: &TargetView| target.submission_id.and_then(|id| submissions.get(&id).copied());
        let unknown = Unknown::new();
        let attempt = |target: &TargetView| Attempt::new(target, submission(target), &unknown);
        let job = found.jobs.iter().find(|job| job.id == target.job_id);
        let steps = found.steps.iter().filter(|step| step.job_id == target.job_id);
        Self {
            frame,
            place: Place::new(
                (&found.project, found.event.project_id),
                (&found.reference, found.event.reference_id),
                found.commit.as_deref(),
            ),
            event_id: found.event.id,
            event_kind: titles::event_kind(found.event.kind),
            title: titles::job_kind(target.kind),
            identifier: job.and_then(|job| Text::opt(job.identifier.as_ref())),
            package: Text::new(job.map_or("", |job| &job.package)),
            target: attempt(target),
            planned_at: Moment(target.created_at),
            build_system: submission(target).map(|submission| titles::build_system(submission.system)),
            external_id: Text::opt(target.external_id.as_ref()),
            pipelines: steps.map(|step| (step.pipeline_id, step.id)).collect(),
            attempts: found.attempts.iter().rev().map(attempt).collect(),
            consumers: found
                .consumers
                .iter()
                .filter(|consumer| consumer.input_target_id == target.id)
                .map(Consumer::from)
                .collect(),
            again: None,
            peer_started_at: target.peer_started_at.map(Moment),
            peer_finished_at: target.peer_finished_at.map(Moment),
            queued: duration::between(Some(target.created_at), target.submitted_at).map(duration::in_words),
            is_open: found.attempts.iter().any(|target| !target.status.is_finished()),
        }
    }

    /// Whether it was done again since.
    fn newer(&self) -> Option<&Attempt> {
        self.attempts.first().filter(|newest| newest.number > self.target.number)
    }
}

impl From<&ConsumerView> for Consumer {
    fn from(consumer: &ConsumerView) -> Self {
        Self {
            id: consumer.target_id,
            what: Text::new(format!(
                "{} {}",
                titles::job(consumer.kind, consumer.identifier.as_deref()),
                consumer.name
            )),
            needs: titles::needs(consumer.needs),
            status: consumer.status.into(),
            event_id: consumer.event_id,
            attempt: consumer.attempt,
        }
    }
}

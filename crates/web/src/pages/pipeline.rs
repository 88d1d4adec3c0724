//! `/pipelines/{id}`: one pipeline as it ran, with the jobs that it shares with its origin.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{PipelineId, RerunId, StepId};
use domain::words::{EventStatus, Needs};
use store::reads::{self, PipelineRun, TargetView, WorkflowView};
use store::reruns::{self, Rerun};

use super::graph::Drawing;
use super::id::Id;
use super::place::Place;
use super::reruns::{Brief, Briefs};
use super::state::Unknown;
use super::text::{Moment, Text};
use super::workflow::fold;
use super::workflow::table::{self, Pipeline};
use super::{ErrorPage, Frame, show, titles};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

#[derive(Template)]
#[template(path = "pipeline.html")]
struct PipelinePage {
    frame: Frame,
    id: i64,
    event_id: i64,
    event_kind: &'static str,
    place: Place,
    package: Option<Text>,
    planned_at: Moment,
    /// The pipeline that it does again.
    origin_id: Option<i64>,
    /// The rerun that it came of.
    rerun: Option<Brief>,
    status: EventStatus,
    is_open: bool,
    drawing: Option<Drawing>,
    pipelines: Vec<Pipeline>,
}

/// The page.
pub(crate) async fn pipeline(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let found = reads::pipeline(&web.db, &viewer, PipelineId(id)).await?;
    let run = found.ok_or_else(|| Problem::not_found("such pipeline"))?;
    let rerun = match run.pipeline.rerun_id {
        Some(rerun) => reruns::get(&web.db, RerunId(rerun)).await?,
        None => None,
    };
    Ok(show(&PipelinePage::new(frame, run, rerun.as_ref())))
}

/// A step has its place on its pipeline's page.
pub(crate) async fn step(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let found = reads::step(&web.db, &viewer, StepId(id)).await?;
    let step = found.ok_or_else(|| Problem::not_found("such step"))?.step;
    Ok(Redirect::temporary(&format!("/pipelines/{}#step-{id}", step.pipeline_id)).into_response())
}

impl PipelinePage {
    fn new(frame: Frame, run: PipelineRun, rerun: Option<&Rerun>) -> Self {
        let made: BTreeSet<i64> =
            rerun.into_iter().flat_map(|rerun| rerun.created.values()).map(|id| id.0).collect();
        let (id, origin_id) = (run.pipeline.id, run.pipeline.origin_id);
        let view = as_workflow(run);
        let unknown = Unknown::new();
        let shown = fold::as_it_ran(&view);
        Self {
            frame,
            id,
            event_id: view.event.id,
            event_kind: titles::event_kind(view.event.kind),
            place: Place::new(
                (&view.project, view.event.project_id),
                (&view.reference, view.event.reference_id),
                view.commit.as_deref(),
            ),
            package: view.pipelines.iter().find_map(|pipeline| Text::opt(pipeline.package.as_ref())),
            planned_at: Moment(view.pipelines[0].created_at),
            origin_id,
            rerun: rerun.map(Brief::new),
            status: status(&view.targets, &made),
            is_open: view.targets.iter().any(|target| !target.status.is_finished()),
            drawing: Drawing::new(&shown, &fold::edges(&shown), &unknown),
            pipelines: table::pipelines(&view, &shown, &unknown, &Briefs::new()),
        }
    }
}

/// Where a pipeline stands: by the targets of its jobs, and for a rerun by those that it made and all whose success these need.
/// The job that it shares may have others, which it neither made nor uses.
fn status(targets: &[TargetView], made: &BTreeSet<i64>) -> EventStatus {
    let all: BTreeMap<i64, &TargetView> = targets.iter().map(|target| (target.id, target)).collect();
    let mut next: Vec<i64> = all.keys().filter(|id| made.contains(*id)).copied().collect();
    if next.is_empty() {
        return EventStatus::of(targets.iter().map(|target| target.status));
    }
    let mut counted = BTreeMap::new();
    while let Some(id) = next.pop() {
        if let Some(target) = all.get(&id)
            && counted.insert(id, target.status).is_none()
        {
            let needed = target.inputs.iter().filter(|input| input.needs == Needs::Success);
            next.extend(needed.map(|input| input.target_id));
        }
    }
    EventStatus::of(counted.into_values())
}

/// The pipeline as a workflow of its own, in which every step is shown.
fn as_workflow(run: PipelineRun) -> WorkflowView {
    WorkflowView {
        event: run.event,
        project: run.project,
        reference: run.reference,
        commit: run.commit,
        status: run.event_status,
        omissions: Vec::new(),
        pipelines: vec![run.pipeline],
        steps: run.steps,
        jobs: run.jobs,
        targets: run.targets,
        submissions: run.submissions,
    }
}

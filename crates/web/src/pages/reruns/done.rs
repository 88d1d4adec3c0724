//! Reruns that were carried out: `/reruns/{id}`, and those of an event.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::{EventId, RerunId, TargetId};
use store::reads::{self, WorkflowView};
use store::reruns::{self, Rerun};

use super::super::graph::{Drawing, Looks, Mark, Told};
use super::super::id::Id;
use super::super::place::Place;
use super::super::state::{State as TargetState, Unknown, tally};
use super::super::text::{Moment, Text};
use super::super::workflow::fold;
use super::super::{ErrorPage, Frame, titles};
use super::brief::Brief;
use super::shown::{self, Aside};
use crate::problem::Problem;
use crate::server::Shared;
use crate::viewer::Asker;

#[derive(Template)]
#[template(path = "rerun.html")]
struct RerunPage {
    frame: Frame,
    event_id: i64,
    place: Place,
    rerun: Row,
    is_open: bool,
    minutes: String,
    cost: String,
    pipelines: Vec<i64>,
    with_builds: Vec<Build>,
    drawing: Option<Drawing>,
    redone: Vec<Redone>,
    others: Vec<Aside>,
}

#[derive(Template)]
#[template(path = "reruns.html")]
struct RerunsPage {
    frame: Frame,
    event_id: i64,
    place: Place,
    is_open: bool,
    /// Newest first.
    reruns: Vec<Row>,
}

/// A rerun in short.
struct Row {
    id: i64,
    at: Moment,
    by: Text,
    through: &'static str,
    asked: Text,
    because: Option<Text>,
    /// Where what it made stands.
    tally: Vec<(TargetState, usize)>,
}

/// A build of another event that the rerun's tests consume as well.
struct Build {
    id: i64,
    event_id: i64,
    name: Text,
}

/// An attempt that was replaced by a rerun.
struct Redone {
    what: Text,
    old: Attempt,
    /// None if the plan named it and nothing came of it.
    new: Option<Attempt>,
    /// If that one was replaced since, the newest.
    newest: Option<Attempt>,
    why: Text,
}

struct Attempt {
    id: i64,
    number: i64,
    status: TargetState,
}

/// One rerun, and what becomes of it.
pub(crate) async fn rerun(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let unknown = || Problem::not_found("such rerun");
    let mut done = reruns::get(&web.db, RerunId(id)).await?.ok_or_else(unknown)?;
    let view = reads::workflow_seen_by(&web.db, &viewer, done.event).await?.ok_or_else(unknown)?;
    reads::only_seen(&web.db, &viewer, [&mut done.plan]).await?;
    Ok(super::super::show(&RerunPage::new(frame, &view, &done)))
}

/// The reruns of an event.
pub(crate) async fn of_event(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Id(id): Id,
) -> Result<Response, ErrorPage> {
    let view = reads::workflow_seen_by(&web.db, &viewer, EventId(id)).await?;
    let view = view.ok_or_else(|| Problem::not_found("such event"))?;
    let mut done = reruns::of_event(&web.db, EventId(id)).await?;
    reads::only_seen(&web.db, &viewer, done.iter_mut().map(|done| &mut done.plan)).await?;
    Ok(super::super::show(&RerunsPage {
        frame,
        event_id: id,
        place: place(&view),
        is_open: is_open(&view),
        reruns: done.iter().rev().map(|rerun| Row::new(rerun, &view)).collect(),
    }))
}

fn place(view: &WorkflowView) -> Place {
    Place::new(
        (&view.project, view.event.project_id),
        (&view.reference, view.event.reference_id),
        view.commit.as_deref(),
    )
}

fn is_open(view: &WorkflowView) -> bool {
    view.targets.iter().any(|target| !target.status.is_finished())
}

impl Row {
    fn new(rerun: &Rerun, view: &WorkflowView) -> Self {
        let made: BTreeSet<i64> = rerun.created.values().map(|id| id.0).collect();
        let made = view.targets.iter().filter(|target| made.contains(&target.id));
        let Brief { id, by, asked, because } = Brief::new(rerun);
        Self {
            id,
            at: Moment(rerun.created_at),
            by,
            through: titles::door(rerun.via),
            asked,
            because,
            tally: tally(made.map(|target| target.status.into())),
        }
    }
}

impl RerunPage {
    fn new(frame: Frame, view: &WorkflowView, done: &Rerun) -> Self {
        let plan = &done.plan;
        let chains: BTreeMap<i64, i64> =
            view.targets.iter().map(|target| (target.id, target.chain_id)).collect();
        let folded = fold::pipelines(view);
        let newest: BTreeMap<i64, i64> = folded
            .iter()
            .flat_map(|pipeline| &pipeline.steps)
            .flat_map(|step| &step.chains)
            .map(|chain| (chain.newest.chain_id, chain.newest.id))
            .collect();
        let marks = [
            ("redo", "redone", &plan.redo),
            ("share", "used as it was", &plan.share),
            ("wait", "waited for", &plan.wait),
        ];
        let marks = marks.into_iter().flat_map(|(class, word, entries)| {
            let (chains, newest) = (&chains, &newest);
            entries.iter().filter_map(move |entry| {
                let newest = newest.get(chains.get(&entry.target_id.0)?)?;
                Some((*newest, Mark { class, word: None, label: format!("This rerun: {word}") }))
            })
        });
        // What was redone is said, whatever else is told of its chain.
        let mut looks = Looks { told: Told::OfEvent(view.event.id), ..Looks::default() };
        for (id, mark) in marks {
            looks.marks.entry(id).or_insert(mark);
        }
        let pipelines = view.pipelines.iter().filter(|pipeline| pipeline.rerun_id == Some(done.id.0));
        let redone: BTreeSet<i64> = plan.redo.iter().map(|entry| entry.target_id.0).collect();
        Self {
            frame,
            event_id: view.event.id,
            place: place(view),
            rerun: Row::new(done, view),
            is_open: is_open(view),
            minutes: shown::minutes(&plan.cost),
            cost: shown::counted(&plan.cost),
            pipelines: pipelines.map(|pipeline| pipeline.id).collect(),
            with_builds: with_builds(view, done),
            drawing: Drawing::with(&folded, &fold::edges(&folded), &Unknown::new(), &looks),
            redone: plan
                .redo
                .iter()
                .filter_map(|entry| {
                    let old = attempt(view, entry.target_id.0)?;
                    let new = done.created.get(&entry.target_id).and_then(|id| attempt(view, id.0));
                    let top = chains.get(&old.id).and_then(|chain| newest.get(chain));
                    let newest = top.and_then(|id| attempt(view, *id));
                    let newest = newest.filter(|newest| new.as_ref().is_some_and(|new| new.id != newest.id));
                    Some(Redone { what: shown::named(entry), old, new, newest, why: Text::new(&entry.why) })
                })
                .collect(),
            others: shown::asides(plan, |id| redone.contains(&id))
                .into_iter()
                .filter(|aside| aside.deed.class != "not-needed")
                .collect(),
        }
    }
}

/// Those that whoever looks may see: what is consumed of other projects is told to nobody else.
fn with_builds(view: &WorkflowView, done: &Rerun) -> Vec<Build> {
    let made: BTreeSet<i64> = done.created.values().map(|id| id.0).collect();
    let inputs = view.targets.iter().filter(|target| made.contains(&target.id)).flat_map(|made| &made.inputs);
    let wanted = inputs.filter(|input| done.selection.with_builds.contains(&TargetId(input.target_id)));
    let builds: BTreeMap<i64, Build> = wanted
        .filter_map(|input| {
            let build =
                Build { id: input.target_id, event_id: input.event_id?, name: Text::new(&input.name) };
            Some((build.id, build))
        })
        .collect();
    builds.into_values().collect()
}

fn attempt(view: &WorkflowView, id: i64) -> Option<Attempt> {
    let target = view.targets.iter().find(|target| target.id == id)?;
    Some(Attempt { id, number: target.attempt, status: target.status.into() })
}

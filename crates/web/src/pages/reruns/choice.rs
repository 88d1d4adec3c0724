//! The page on which one chooses what to run again.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use domain::rerun::{Conflict, Plan};
use store::reads::WorkflowView;

use super::super::graph::{Drawing, Looks, Pick, Picked, Picks};
use super::super::place::Place;
use super::super::state::{State, Unknown};
use super::super::text::Text;
use super::super::workflow::fold::{self, FoldedPipeline, FoldedStep};
use super::super::{Frame, titles};
use super::Shown;
use super::new_pipeline::NewPipeline;
use super::shown::{self, Aside, Deed};
use super::wanted::{Part, Wanted};

#[derive(Template)]
#[template(path = "rerun_new.html")]
pub(super) struct Page {
    frame: Frame,
    event_id: i64,
    place: Place,
    parts: Vec<Link>,
    /// Other ways of doing the same.
    ways: Vec<Link>,
    /// Whether anything is chosen.
    is_chosen: bool,
    without_follow_ups: bool,
    cancel_running: bool,
    trouble: Option<Trouble>,
    offer: Option<Offer>,
    tally: Vec<(&'static str, String)>,
    drawing: Option<Drawing>,
    steps: Vec<Step>,
    asides: Vec<Aside>,
}

/// A link to the same page with another choice.
struct Link {
    title: &'static str,
    href: String,
    is_current: bool,
}

/// Why it is not offered, or not as it was.
struct Trouble {
    title: &'static str,
    text: Text,
    ways: Vec<(String, &'static str)>,
}

/// What can be confirmed.
struct Offer {
    hash: String,
    key: String,
    fields: Vec<(&'static str, String)>,
    /// What was written as the reason already.
    reason: Option<Text>,
    counted: String,
    minutes: String,
    pipelines: Vec<NewPipeline>,
}

/// What is in the form besides the choice.
pub(super) struct Filled {
    /// Names this showing of it.
    pub(super) key: String,
    /// The reason that was sent with a form that had become stale.
    pub(super) reason: Option<String>,
}

/// A folded step with what is done to each of its targets.
struct Step {
    id: i64,
    title: &'static str,
    identifier: Option<Text>,
    package: Option<Text>,
    rows: Vec<Row>,
}

struct Row {
    id: i64,
    name: Text,
    status: State,
    attempt: i64,
    is_chosen: bool,
    deed: Option<Deed>,
}

impl Page {
    pub(super) fn new(
        frame: Frame,
        view: &WorkflowView,
        wanted: &Wanted,
        shown: &Shown,
        filled: Filled,
    ) -> Self {
        let event = view.event.id;
        let folded = fold::pipelines(view);
        let plan = match shown {
            Shown::Plan(plan) | Shown::NothingToDo(_, plan) | Shown::Changed(plan) => Some(plan),
            Shown::Nothing | Shown::Conflict(_) => None,
        };
        let newest: BTreeSet<i64> = steps(&folded).flat_map(|(_, step)| targets(step)).collect();
        let chosen = chosen(wanted, plan, &newest, view);
        let mut deeds = plan.map(shown::deeds).unwrap_or_default();
        let picks = Some(picks(&folded, wanted, &chosen, event));
        let looks = Looks { marks: shown::marks(&deeds), picks, ..Looks::default() };
        let rows = steps(&folded).map(|(pipeline, step)| Step::new(pipeline, step, &chosen, &mut deeds));
        let rows = rows.collect();
        Self {
            frame,
            event_id: event,
            place: Place::new(
                (&view.project, view.event.project_id),
                (&view.reference, view.event.reference_id),
                view.commit.as_deref(),
            ),
            parts: Part::ALL
                .iter()
                .map(|part| Link {
                    title: part.title(),
                    href: wanted.with_part(*part).address(event),
                    is_current: wanted.part == Some(*part),
                })
                .collect(),
            ways: ways(wanted, event),
            is_chosen: wanted.selection().is_some(),
            without_follow_ups: !wanted.follow_ups,
            cancel_running: wanted.cancel_running,
            trouble: trouble(wanted, shown, event),
            offer: match shown {
                Shown::Plan(plan) | Shown::Changed(plan) => {
                    let columns: Vec<BTreeSet<i64>> =
                        steps(&folded).map(|(_, step)| targets(step).collect()).collect();
                    Some(Offer::new(plan, wanted, filled, &columns))
                }
                _ => None,
            },
            tally: plan.map(shown::tally).unwrap_or_default(),
            drawing: Drawing::with(&folded, &fold::edges(&folded), &Unknown::new(), &looks),
            steps: rows,
            asides: plan.map_or_else(Vec::new, |plan| shown::asides(plan, |id| newest.contains(&id))),
        }
    }
}

fn steps<'view, 'folded>(
    folded: &'folded [FoldedPipeline<'view>],
) -> impl Iterator<Item = (&'folded FoldedPipeline<'view>, &'folded FoldedStep<'view>)> {
    folded.iter().flat_map(|pipeline| pipeline.steps.iter().map(move |step| (pipeline, step)))
}

fn targets<'folded>(step: &'folded FoldedStep<'_>) -> impl Iterator<Item = i64> + 'folded {
    step.chains.iter().map(|chain| chain.newest.id)
}

/// The newest attempts that are asked for themselves. The plan knows of a part or a step; where there is none, what was
/// named does.
fn chosen(
    wanted: &Wanted,
    plan: Option<&Plan>,
    newest: &BTreeSet<i64>,
    view: &WorkflowView,
) -> BTreeSet<i64> {
    let named = wanted.targets.iter().copied().filter(|id| newest.contains(id));
    let jobs: BTreeSet<i64> =
        view.steps.iter().filter(|step| wanted.steps.contains(&step.id)).map(|step| step.job_id).collect();
    let of_steps = view.targets.iter().filter(|target| jobs.contains(&target.job_id)).map(|target| target.id);
    let asked =
        plan.into_iter().flat_map(|plan| plan.redo.iter().chain(&plan.cannot)).filter(|entry| entry.asked);
    let of_steps = of_steps.filter(|id| newest.contains(id));
    named.chain(of_steps).chain(asked.map(|entry| entry.target_id.0)).collect()
}

fn picks(folded: &[FoldedPipeline<'_>], wanted: &Wanted, chosen: &BTreeSet<i64>, event: i64) -> Picks {
    let with = |targets: BTreeSet<i64>| wanted.with_targets(targets).address(event);
    let mut picks = Picks::default();
    for (_, step) in steps(folded) {
        let all: BTreeSet<i64> = targets(step).collect();
        for id in &all {
            let other = BTreeSet::from([*id]);
            let is_chosen = chosen.contains(id);
            let picked = if is_chosen { Picked::All } else { Picked::None };
            let then = if is_chosen { chosen - &other } else { chosen | &other };
            picks.targets.insert(*id, Pick { picked, href: with(then) });
        }
        let picked = Picked::of(all.len(), all.intersection(chosen).count());
        let then = if picked == Picked::All { chosen - &all } else { chosen | &all };
        picks.steps.insert(step.id, Pick { picked, href: with(then) });
    }
    picks
}

/// The two ways of doing the same otherwise.
fn ways(wanted: &Wanted, event: i64) -> Vec<Link> {
    let follow_ups = Wanted { follow_ups: !wanted.follow_ups, ..wanted.clone() };
    let cancel = Wanted { cancel_running: !wanted.cancel_running, ..wanted.clone() };
    vec![
        Link {
            title: "Without what follows",
            href: follow_ups.address(event),
            is_current: !wanted.follow_ups,
        },
        Link { title: "Cancel what runs", href: cancel.address(event), is_current: wanted.cancel_running },
    ]
}

fn trouble(wanted: &Wanted, shown: &Shown, event: i64) -> Option<Trouble> {
    let anew = || (Wanted::default().address(event), "Choose anew");
    Some(match shown {
        Shown::Nothing | Shown::Plan(_) => return None,
        Shown::Changed(_) => Trouble {
            title: "It has changed meanwhile",
            text: Text::new(
                "Nothing was done: it is not any more what you were shown. Below is what it would be now.",
            ),
            ways: Vec::new(),
        },
        Shown::NothingToDo(reason, _) => {
            Trouble { title: "There is nothing to do", text: sentence(reason), ways: vec![anew()] }
        }
        Shown::Conflict(conflict) => {
            let way = match conflict {
                Conflict::Unfinished(_) => {
                    let cancel = Wanted { cancel_running: true, ..wanted.clone() };
                    (cancel.address(event), "Cancel what runs, and plan that")
                }
                Conflict::Replaced(replaced) => {
                    let mut targets = wanted.targets.clone();
                    for one in replaced {
                        targets.remove(&one.target_id.0);
                        targets.insert(one.newest_id.0);
                    }
                    (wanted.with_targets(targets).address(event), "Choose the newest attempts")
                }
                Conflict::NoSuchTarget(_) | Conflict::NoSuchStep(_) => anew(),
            };
            Trouble {
                title: "It cannot be done like this",
                text: sentence(&conflict.to_string()),
                ways: vec![way, (format!("/events/{event}"), "Watch the workflow")],
            }
        }
    })
}

/// A reason as a sentence of its own.
fn sentence(reason: &str) -> Text {
    let mut rest = reason.chars();
    let first = rest.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let text = format!("{first}{}", rest.as_str());
    Text::new(if text.ends_with('.') { text } else { format!("{text}.") })
}

impl Offer {
    fn new(plan: &Plan, wanted: &Wanted, filled: Filled, columns: &[BTreeSet<i64>]) -> Self {
        Self {
            hash: plan.hash.clone(),
            key: filled.key,
            reason: Text::opt(filled.reason),
            fields: wanted.fields(),
            counted: shown::counted(&plan.cost),
            minutes: shown::minutes(&plan.cost),
            pipelines: plan.pipelines.iter().map(|pipeline| NewPipeline::new(pipeline, columns)).collect(),
        }
    }
}

impl Step {
    fn new(
        pipeline: &FoldedPipeline<'_>,
        step: &FoldedStep<'_>,
        chosen: &BTreeSet<i64>,
        deeds: &mut BTreeMap<i64, Deed>,
    ) -> Self {
        Self {
            id: step.id,
            title: titles::job_kind(step.job.kind),
            identifier: Text::opt(step.job.identifier.as_ref()),
            package: Text::opt(pipeline.pipeline.package.as_ref()),
            rows: step
                .chains
                .iter()
                .map(|chain| Row {
                    id: chain.newest.id,
                    name: Text::new(&chain.newest.name),
                    status: chain.newest.status.into(),
                    attempt: chain.newest.attempt,
                    is_chosen: chosen.contains(&chain.newest.id),
                    deed: deeds.remove(&chain.newest.id),
                })
                .collect(),
        }
    }
}

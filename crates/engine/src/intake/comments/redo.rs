//! Parts of workflows done again, as a command asks for it.

use std::collections::BTreeSet;

use domain::details::JobDetails;
use domain::ids::{EventId, RerunId, TargetId};
use domain::rerun::{Asked, Conflict, Entry, NothingToDo, Planned, Selection};
use domain::words::RerunVia;
use store::inbox::Delivery;
use store::reruns::{self, Request, Rerun};
use store::{events, reads};

use super::super::Unsettled;
use super::known::{Known, not_newer};
use super::place::Place;
use super::{Answer, Commented, replies};
use crate::Engine;
use crate::artifacts::known_life;

/// How many workflows of one commit are looked at, the newest first.
const MOST_WORKFLOWS: i64 = 10;

/// What came of redoing something in the first workflow that has it.
pub(super) enum Redone {
    /// An answer.
    Answer(Answer),
    /// No workflow has what was asked for; what the newest said.
    Nothing(Option<(EventId, Box<NothingToDo>)>),
}

/// What came of redoing something in all workflows of a commit.
#[derive(Default)]
pub(super) struct Outcome {
    /// What was redone, and where; in a line each.
    pub(super) redone: Vec<(EventId, String)>,
    /// What of it cannot be redone, in Markdown.
    pub(super) cannot: Vec<String>,
    /// What stood against it in the newest workflow where something did.
    pub(super) conflict: Option<(EventId, Conflict)>,
    /// What the newest workflow said where there was nothing to do.
    pub(super) nothing: Option<(EventId, Box<NothingToDo>)>,
}

impl Engine {
    /// The workflows of a commit, the newest first.
    pub(super) async fn known(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        place: &Place,
    ) -> Result<Vec<Known>, Unsettled> {
        let mut known = Vec::new();
        for event in self.workflows_at(commented, place).await? {
            let Some(mut view) = reads::workflow(&self.db, event).await? else { continue };
            // What was imported cannot be redone: it is started anew as if it were not there.
            view.jobs.retain(|job| !matches!(job.details, JobDetails::Imported(_)));
            let reruns = reruns::of_event(&self.db, event).await?;
            let before = reruns.into_iter().find(|rerun| is_of(rerun, delivery));
            known.push(Known { event, view, before });
        }
        Ok(known)
    }

    async fn workflows_at(
        &self,
        commented: &Commented<'_>,
        place: &Place,
    ) -> Result<Vec<EventId>, Unsettled> {
        let project = &commented.event.project.key;
        Ok(events::workflows_at(&self.db, project, &place.reference, &place.hash, MOST_WORKFLOWS).await?)
    }

    /// What failed in each of these workflows, as the selection has it, and is not in a newer one too; and what the newest
    /// says in which nothing did.
    pub(super) async fn failed_in(
        &self,
        known: &[Known],
        selection: &Selection,
    ) -> Result<(Vec<BTreeSet<TargetId>>, Outcome), Unsettled> {
        // Whether something stands against it is asked when it is known what is left of it.
        let selection = Selection { cancel_running: true, ..selection.clone() };
        let (life, mut failed, mut outcome) = (known_life(self), Vec::new(), Outcome::default());
        for Known { event, .. } in known {
            failed.push(
                match reruns::preview(&self.db, *event, &selection, &life, self.clock.now()).await? {
                    Planned::Plan(plan) => {
                        let asked: Vec<Entry> =
                            plan.cannot.iter().filter(|entry| entry.asked).cloned().collect();
                        outcome.cannot.extend(replies::cannot(&asked));
                        plan.redo.iter().filter(|entry| entry.asked).map(|entry| entry.target_id).collect()
                    }
                    Planned::NothingToDo(found) => {
                        outcome.nothing.get_or_insert((*event, Box::new(found)));
                        BTreeSet::new()
                    }
                    Planned::Conflict(_) => BTreeSet::new(),
                },
            );
        }
        Ok((not_newer(known, &failed), outcome))
    }

    /// Redoes in each workflow what was chosen of it. What stands against one does not keep the others.
    pub(super) async fn redo_all(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        (known, chosen): (&[Known], Vec<BTreeSet<TargetId>>),
        selection: &Selection,
        mut outcome: Outcome,
    ) -> Result<Outcome, Unsettled> {
        for (workflow, targets) in known.iter().zip(chosen) {
            let event = workflow.event;
            if let Some(before) = &workflow.before {
                outcome.cannot.extend(replies::cannot(&before.plan.cannot));
                outcome.redone.push((event, in_a_line(before)));
                continue;
            }
            if targets.is_empty() {
                continue;
            }
            let selection = Selection { asked: Asked::NewestOf(targets), ..selection.clone() };
            let key = format!("{}{event}", key_in_an_event(delivery));
            match self.redo(commented, event, &selection, &key).await? {
                reruns::Answer::CarriedOut(done) => {
                    outcome.cannot.extend(replies::cannot(&done.plan.cannot));
                    outcome.redone.push((event, in_a_line(&done)));
                }
                reruns::Answer::KeyOfAnother(rerun) => {
                    outcome.redone.push((event, format!("rerun {rerun} of event {event}")));
                }
                reruns::Answer::NothingToDo(found) => drop(outcome.nothing.get_or_insert((event, found))),
                reruns::Answer::Conflict(conflict) => {
                    outcome.conflict.get_or_insert((event, conflict));
                }
                // No plan was shown, so none can have changed.
                reruns::Answer::Changed(_) => {}
            }
        }
        Ok(outcome)
    }

    /// Redoes what is selected in the newest workflow of a commit that has it.
    pub(super) async fn redo_any(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        place: &Place,
        selection: &Selection,
    ) -> Result<Redone, Unsettled> {
        let workflows = self.workflows_at(commented, place).await?;
        self.redo_any_of(delivery, commented, &workflows, selection).await
    }

    /// The same in the first of these that has it.
    pub(super) async fn redo_any_of(
        &self,
        delivery: &Delivery,
        commented: &Commented<'_>,
        workflows: &[EventId],
        selection: &Selection,
    ) -> Result<Redone, Unsettled> {
        let mut nothing: Option<(EventId, Box<NothingToDo>)> = None;
        for event in workflows {
            let answer = match self.redo(commented, *event, selection, &key(delivery)).await? {
                reruns::Answer::CarriedOut(done) => Answer::redone(done.event, in_a_line(&done)),
                // The key is this delivery's own: what was carried out before a crash.
                reruns::Answer::KeyOfAnother(rerun) => self.done_before(rerun).await?,
                reruns::Answer::NothingToDo(found) => {
                    nothing.get_or_insert((*event, found));
                    continue;
                }
                reruns::Answer::Conflict(conflict) => {
                    let view = reads::workflow(&self.db, *event).await?;
                    replies::conflict(&conflict, view.as_ref(), &self.event_url(*event), false)
                }
                // No plan was shown, so none can have changed.
                reruns::Answer::Changed(_) => replies::sorry("the workflow changed; try again"),
            };
            return Ok(Redone::Answer(answer));
        }
        Ok(Redone::Nothing(nothing))
    }

    async fn redo(
        &self,
        commented: &Commented<'_>,
        event: EventId,
        selection: &Selection,
        key: &str,
    ) -> Result<reruns::Answer, Unsettled> {
        let request = Request {
            event,
            selection,
            requested_by: commented.event.actor.as_deref().unwrap_or("unknown"),
            via: RerunVia::Comment,
            reason: None,
            idempotency_key: Some(key),
            plan_hash: None,
        };
        Ok(crate::rerun(self, &request).await?)
    }

    async fn done_before(&self, rerun: RerunId) -> Result<Answer, Unsettled> {
        let done = reruns::get(&self.db, rerun).await?;
        let event = done.ok_or_else(|| store::Error::NotFound(format!("rerun {rerun}")))?.event;
        Ok(Answer::redone(event, format!("rerun {rerun} of event {event}")))
    }
}

/// However often a delivery is begun, it is one rerun.
fn key(delivery: &Delivery) -> String {
    format!("delivery {}", delivery.id)
}

/// Where it is about several events, one of each: how the key of each begins.
fn key_in_an_event(delivery: &Delivery) -> String {
    format!("{} event ", key(delivery))
}

/// Whether a delivery asked for a rerun, when it was begun before.
fn is_of(rerun: &Rerun, delivery: &Delivery) -> bool {
    let is_its = |own: &String| *own == key(delivery) || own.starts_with(&key_in_an_event(delivery));
    rerun.via == RerunVia::Comment && rerun.idempotency_key.as_ref().is_some_and(is_its)
}

fn in_a_line(done: &Rerun) -> String {
    let (tests, builds) = (done.plan.cost.tests, done.plan.cost.builds);
    format!("rerun {} of event {}: {builds} builds and {tests} tests", done.id, done.event)
}

//! What the buttons of checks ask for (`docs/design.md` section 4): a rerun of what has its checks there already. It
//! becomes no event of its own; its delivery names the event that is done again.
//!
//! A forge that is asked for all failed checks again sends one delivery for each, seconds apart. Each waits a moment for the
//! next; then one of them is carried out for all (`docs/acceptance.md` A12). What waits is rows, so a crash loses none.

use chrono::{DateTime, Utc};
use domain::checks::Button;
use domain::event::{CheckApp, ForgeEvent, Happened};
use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Asked, Selection};
use domain::words::{DeliveryOutcome, RerunVia};
use store::Tx;
use store::inbox::{self, Delivery};
use store::reports;
use store::reruns::{self, Answer, Place, Request};

use super::{Outcome, Settled, Unsettled};
use crate::who_may::{Permit, PermitError, may_rerun};
use crate::{Engine, artifacts, checks};

/// Deliveries wait for each other no longer than so many windows.
const MOST_WINDOWS: u32 = 6;

/// Somebody pressed a button.
struct Press<'a> {
    event: &'a ForgeEvent,
    hash: &'a str,
    app: Option<&'a CheckApp>,
}

/// What a button is about.
enum Meant {
    /// One target, and where it stands.
    Target(TargetId, Place),
    /// Nothing; why.
    Nothing(DeliveryOutcome, String),
}

impl Engine {
    /// Settles a delivery that asks for a rerun through a check; none if it is about something else.
    pub(super) async fn settle_check(
        &self,
        delivery: &Delivery,
        worker: &str,
        event: &ForgeEvent,
    ) -> Result<Option<Settled>, Unsettled> {
        match &event.happened {
            Happened::CheckRun { hash, external_id, requested_action, app, .. } => {
                let press = Press { event, hash, app: app.as_ref() };
                let settled = match self.meant(&press, external_id.as_deref()).await? {
                    Meant::Nothing(outcome, reason) => self.finish(delivery, worker, outcome, reason).await?,
                    Meant::Target(target, place) => match requested_action {
                        Some(action) => self.settle_action(delivery, worker, &press, &place, action).await?,
                        None => self.settle_again(delivery, worker, &press, target, &place).await?,
                    },
                };
                Ok(Some(settled))
            }
            Happened::CheckSuite { hash, app, .. } => {
                let press = Press { event, hash, app: app.as_ref() };
                self.settle_suite(delivery, worker, &press).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What a check run is of.
    async fn meant(&self, press: &Press<'_>, external_id: Option<&str>) -> store::Result<Meant> {
        if let Some(reason) = self.not_ours(press) {
            return Ok(Meant::Nothing(DeliveryOutcome::Ignored, reason));
        }
        let external_id = external_id.unwrap_or_default();
        if let Some(event) = checks::event_of(external_id) {
            let reason = format!("event {event} started nothing that could be done again");
            return Ok(Meant::Nothing(DeliveryOutcome::Ignored, reason));
        }
        let unknown = || {
            let (project, hash) = (&press.event.project.key, press.hash);
            let reason = format!("the check run's external id names no target of {project} at {hash}");
            Meant::Nothing(DeliveryOutcome::Refused, reason)
        };
        let Ok(target) = external_id.parse::<TargetId>() else { return Ok(unknown()) };
        let place = reruns::place(&self.db, target).await?;
        let place = place.filter(|place| place.is_at(&press.event.project, press.hash));
        Ok(place.map_or_else(unknown, |place| Meant::Target(target, place)))
    }

    /// Why the check is none of ours; none if it is.
    fn not_ours(&self, press: &Press<'_>) -> Option<String> {
        let host = &press.event.project.key.forge;
        let Some(forge) = self.forges.get(host) else {
            return Some(format!("no forge is configured for {host}"));
        };
        match press.app {
            Some(app) if forge.is_our_app(app) => None,
            Some(app) => {
                let slug = app.slug.as_deref().unwrap_or("no name");
                Some(format!("it is a check of another App: {} ({slug})", app.id))
            }
            None => Some("it does not say whose check it is".to_owned()),
        }
    }

    /// A button of ours under a check.
    async fn settle_action(
        &self,
        delivery: &Delivery,
        worker: &str,
        press: &Press<'_>,
        place: &Place,
        action: &str,
    ) -> Result<Settled, Unsettled> {
        let Ok(button) = action.parse::<Button>() else {
            let reason = format!("no button of ours is called `{}`", action.escape_debug());
            return self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await;
        };
        if let Some(reason) = self.may_not(place.event, press).await? {
            return self.finish(delivery, worker, DeliveryOutcome::Refused, reason).await;
        }
        let selection = button.selection(place.step);
        let life = artifacts::life(self, place.event, &selection).await?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        tx.lock_event(place.event).await?;
        let outcome = self.carry_out(&mut tx, press, place.event, &selection, (&life, now)).await?;
        super::settle(tx, delivery, worker, outcome).await
    }

    /// The forge's own button under a check: it waits for others like it, and one carries out what all of them ask for.
    async fn settle_again(
        &self,
        delivery: &Delivery,
        worker: &str,
        press: &Press<'_>,
        target: TargetId,
        place: &Place,
    ) -> Result<Settled, Unsettled> {
        let key = format!("{} {}", place.event, press.event.actor.as_deref().unwrap_or_default());
        let mut tx = self.db.write().await?;
        tx.lock_event(place.event).await?;
        let wait = self.wait(delivery, &mut tx, &key).await?;
        let waiting = inbox::folded(&mut tx, &key).await?;
        drop(tx);
        if let Some(until) = wait {
            inbox::hold(&self.db, delivery.id, worker, (&key, target), until).await?;
            return Err(Unsettled::Held);
        }
        let refusal = self.may_not(place.event, press).await?;
        let of_all = |all: &[inbox::Folded]| {
            Selection::of(Asked::NewestOf(all.iter().map(|folded| folded.target).collect()))
        };
        let life = artifacts::life(self, place.event, &of_all(&waiting)).await?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        tx.lock_event(place.event).await?;
        let all = inbox::folded(&mut tx, &key).await?;
        if !all.iter().any(|folded| folded.id == delivery.id) {
            return Err(Unsettled::LeaseLost);
        }
        // Whoever has come meanwhile is carried out with them.
        let (outcome, reason, event) = match refusal {
            Some(reason) => (DeliveryOutcome::Refused, reason, None),
            None => self.carry_out(&mut tx, press, place.event, &of_all(&all), (&life, now)).await?,
        };
        inbox::finish_folded(&mut tx, &key, outcome, &reason, event).await?;
        tx.commit().await?;
        Ok(Settled { outcome, reason, event })
    }

    /// Until when a delivery waits for others; none if nobody has come for a while, and it is the first of them.
    async fn wait(
        &self,
        delivery: &Delivery,
        tx: &mut Tx,
        key: &str,
    ) -> Result<Option<DateTime<Utc>>, Unsettled> {
        let (now, window) = (self.clock.now(), self.settings.rerun_window);
        let all = inbox::folded(tx, key).await?;
        // The oldest goes ahead for all of them; the others look again later whether it did.
        if all.first().is_none_or(|oldest| oldest.id != delivery.id) {
            return Ok(Some(now + window));
        }
        let oldest = all.iter().map(|folded| folded.received_at).min().unwrap_or(now);
        let newest = all.iter().map(|folded| folded.received_at).max().unwrap_or(now);
        let until = (newest + window).min(oldest + window * MOST_WINDOWS);
        Ok((until > now).then_some(until))
    }

    /// The forge's button for all checks of a commit: everything that has its checks there.
    async fn settle_suite(
        &self,
        delivery: &Delivery,
        worker: &str,
        press: &Press<'_>,
    ) -> Result<Settled, Unsettled> {
        if let Some(reason) = self.not_ours(press) {
            return self.finish(delivery, worker, DeliveryOutcome::Ignored, reason).await;
        }
        let mut tx = self.db.look().await?;
        let events = reports::events_of_commit(&mut tx, &press.event.project, press.hash).await?;
        drop(tx);
        if events.is_empty() {
            let reason = format!("nothing of {} at {} has checks", press.event.project.key, press.hash);
            return self.finish(delivery, worker, DeliveryOutcome::Ignored, reason).await;
        }
        let mut permitted = Vec::new();
        let mut refusals = Vec::new();
        for event in events {
            match self.may_not(event, press).await? {
                None => permitted.push(event),
                Some(reason) => refusals.push((DeliveryOutcome::Refused, reason, None)),
            }
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let mut outcomes = refusals;
        for event in permitted {
            tx.lock_event(event).await?;
            let everything = Selection::of(Asked::Everything);
            // Nothing is used as it is.
            let life = artifacts::known_life(self);
            outcomes.push(self.carry_out(&mut tx, press, event, &everything, (&life, now)).await?);
        }
        super::settle(tx, delivery, worker, together(outcomes)).await
    }

    /// Why whoever pressed it may not do an event again; none if they may.
    async fn may_not(&self, event: EventId, press: &Press<'_>) -> Result<Option<String>, Unsettled> {
        let Some(account) = press.event.actor.as_deref() else {
            return Ok(Some("the delivery does not say who asked for it".to_owned()));
        };
        match may_rerun(self, event, &press.event.project.key.forge, account).await {
            Ok(Some(Permit::Granted)) => Ok(None),
            Ok(Some(Permit::Refused { reason, .. })) => Ok(Some(reason)),
            Ok(None) => Ok(Some(format!("event {event} is gone"))),
            Err(PermitError::Forge(error)) => Err(error.into()),
            Err(PermitError::Store(error)) => Err(error.into()),
        }
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        press: &Press<'_>,
        event: EventId,
        selection: &Selection,
        (life, now): (&ArtifactLife, DateTime<Utc>),
    ) -> store::Result<Outcome> {
        let request = Request {
            event,
            selection,
            requested_by: press.event.actor.as_deref().unwrap_or("somebody"),
            via: RerunVia::CheckRun,
            reason: None,
            idempotency_key: None,
            plan_hash: None,
        };
        let answer = reruns::carry_out_in(tx, &request, life, now).await?;
        Ok(match answer {
            Answer::CarriedOut(rerun) => {
                let reason = format!("rerun {}: {}", rerun.id, redone(rerun.plan.redo.len()));
                (DeliveryOutcome::Accepted, reason, Some(event))
            }
            Answer::NothingToDo(nothing) => (DeliveryOutcome::NothingPlanned, nothing.reason, Some(event)),
            Answer::Conflict(conflict) => (DeliveryOutcome::Refused, conflict.to_string(), None),
            // Neither a plan nor a key was named.
            Answer::Changed(_) | Answer::KeyOfAnother(_) => {
                (DeliveryOutcome::Refused, "it is not what was asked for any more".to_owned(), None)
            }
        })
    }
}

/// What came of several: the best of them, with all reasons.
fn together(mut outcomes: Vec<Outcome>) -> Outcome {
    outcomes.sort_by_key(|(outcome, ..)| match outcome {
        DeliveryOutcome::Accepted => 0,
        DeliveryOutcome::NothingPlanned => 1,
        _ => 2,
    });
    let reasons: Vec<String> = outcomes.iter().map(|(_, reason, _)| reason.clone()).collect();
    let (outcome, _, event) = outcomes.swap_remove(0);
    (outcome, reasons.join("; "), event)
}

fn redone(count: usize) -> String {
    format!("{count} target{} done again", if count == 1 { " is" } else { "s are" })
}

//! Messages of the bus: what they tell of is looked at now, or waits until it is known here.
//!
//! A message is a hint (`docs/adr/0009-messages-are-hints.md`): nothing that it says about the work is written. The build
//! system is asked instead, now and not at the next poll.

use std::time::Duration;

use chrono::TimeDelta;
use domain::notice::{Claim, KojiState, Notice};
use domain::words::{BuildSystem, DeliveryOutcome};
use store::inbox::{self, Delivery};
use store::submissions::{self, Submission};
use tracing::debug;

use super::{Settled, Unsettled};
use crate::Engine;

/// How long a complete build of our own account may be unknown here before it is taken for somebody else's.
const FOREIGN_AFTER: TimeDelta = TimeDelta::hours(1);

impl Engine {
    /// Settles a message of the bus.
    pub(super) async fn settle_notice(
        &self,
        delivery: &Delivery,
        worker: &str,
        notice: &Notice,
    ) -> Result<Settled, Unsettled> {
        let claim = self.settings.interest.claim(notice);
        if let Some((system, external_id)) = notice.work() {
            if let Some(submission) = submissions::find(&self.db, system, &external_id).await? {
                return self.look_at_work(delivery, worker, notice, &submission).await;
            }
            if claim == Claim::Ours {
                let is_foreign = self.is_foreign(delivery, notice);
                match notice {
                    Notice::KojiBuild(build) if is_foreign => {
                        return self.settle_foreign_build(delivery, worker, build).await;
                    }
                    _ => return self.park(delivery, worker, notice, (system, &external_id)).await,
                }
            }
        }
        match notice {
            // Whosever build it is: what counts is whether the sidetag is ours.
            Notice::KojiTag(tag) => return self.settle_tag(delivery, worker, tag).await,
            Notice::KojiBuild(build) if claim == Claim::Work => {
                return self.settle_foreign_build(delivery, worker, build).await;
            }
            Notice::UpstreamVersion(version) if claim == Claim::Work => {
                return self.settle_upstream_version(delivery, worker, version).await;
            }
            _ => {}
        }
        match claim {
            Claim::Work | Claim::Ours => {
                let reason = format!("{notice}: what that starts is not planned yet");
                self.finish(delivery, worker, DeliveryOutcome::NotHandledYet, reason).await
            }
            Claim::IfKnown | Claim::Nobodys => {
                let reason = format!("{notice}: none of ours");
                self.finish(delivery, worker, DeliveryOutcome::Ignored, reason).await
            }
        }
    }

    /// Whether a build of our account is none that was asked for here: it is complete, and nobody knows it after an hour, in
    /// which lost answers were asked for again. Somebody built with our account by hand, or before Packflow was here.
    fn is_foreign(&self, delivery: &Delivery, notice: &Notice) -> bool {
        let age = self.clock.now() - delivery.received_at;
        let is_over = age >= FOREIGN_AFTER || age.to_std().is_ok_and(|age| age >= self.settings.park);
        is_over && matches!(notice, Notice::KojiBuild(build) if build.new == KojiState::Complete)
    }

    /// The work is known: its build system is asked now.
    async fn look_at_work(
        &self,
        delivery: &Delivery,
        worker: &str,
        notice: &Notice,
        submission: &Submission,
    ) -> Result<Settled, Unsettled> {
        let is_over = submission.due_at.is_none();
        if !is_over {
            // Before it is settled: cut off between, it is done once more, which does no harm.
            submissions::hurry(&self.db, submission.id, self.clock.now()).await?;
            self.wake.workflow();
        }
        let (outcome, reason, event) = if is_over {
            (DeliveryOutcome::Ignored, format!("{notice}: recorded; its targets had ended"), None)
        } else {
            let asked = format!("{notice}: {} is asked now", submission.system);
            (DeliveryOutcome::Accepted, asked, Some(submission.event_id))
        };
        let external_id = submission.external_id.as_deref().unwrap_or_default();
        let work = inbox::work_key(submission.system, external_id);
        let mut tx = self.db.write().await?;
        inbox::concerns(&mut tx, delivery.id, worker, &work).await?;
        super::settle(tx, delivery, worker, (outcome, reason, event)).await
    }

    /// It is ours, and its work is not known: the message may have overtaken the answer that tells us its id.
    async fn park(
        &self,
        delivery: &Delivery,
        worker: &str,
        notice: &Notice,
        (system, external_id): (BuildSystem, &str),
    ) -> Result<Settled, Unsettled> {
        let now = self.clock.now();
        let work = inbox::work_key(system, external_id);
        let age = (now - delivery.received_at).to_std().unwrap_or_default();
        let Some(left) = self.settings.park.checked_sub(age).filter(|left| !left.is_zero()) else {
            let reason = match self.settings.park {
                Duration::ZERO => format!("{notice}: it is not known here"),
                park => format!("{notice}: it did not become known here in {} hours", park.as_secs() / 3600),
            };
            let mut tx = self.db.write().await?;
            inbox::concerns(&mut tx, delivery.id, worker, &work).await?;
            return super::settle(tx, delivery, worker, (DeliveryOutcome::Ignored, reason, None)).await;
        };
        let pause = (age / 10).min(self.settings.poll_at_most).max(self.settings.poll_at_least).min(left);
        let until = now + TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
        let reason = format!("{notice}: not known here yet");
        if !inbox::park(&self.db, delivery, worker, &work, until, &reason).await? {
            return Err(Unsettled::LeaseLost);
        }
        metrics::counter!("packflow_bus_parked_total").increment(1);
        // It may have become known before it was parked: whoever made it known did not find it.
        if submissions::is_known(&self.db, system, external_id).await? {
            inbox::unpark(&self.db, &work, now).await?;
        }
        Err(Unsettled::Parked)
    }

    /// A build system's id became known: messages that wait for it are looked at.
    pub(crate) async fn look_at_parked(&self, system: BuildSystem, external_id: &str) -> store::Result<()> {
        let work = inbox::work_key(system, external_id);
        let waiting = inbox::unpark(&self.db, &work, self.clock.now()).await?;
        if waiting > 0 {
            debug!(%system, external_id, waiting, "messages waited for it");
            self.wake.inbox();
        }
        Ok(())
    }
}

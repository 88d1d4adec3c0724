//! The queues: deliveries, calls to a build system, reports, replies, sidetags.

use std::time::Duration;

use domain::ids::ProjectId;
use domain::words::BuildSystem;
use store::inbox::{self, Delivery};
use store::replies::{self, Reply};
use store::reports::{self, Report};
use store::sidetags::{self, Sidetag};
use store::submissions::{self, Limits, Submission};
use tokio::sync::watch;

use super::queue::{Claim, Queue};
use crate::Engine;

/// Reports that are told at once. Forges limit writes; few at a time is enough.
const REPORTS_AT_ONCE: usize = 4;

/// Comments that are written at once.
const REPLIES_AT_ONCE: usize = 2;

/// Sidetags that are looked after at once.
const SIDETAGS_AT_ONCE: usize = 4;

/// The deliveries that are not settled.
pub(super) struct Inbox;

impl Queue for Inbox {
    type Item = Delivery;

    fn name(&self) -> &'static str {
        "inbox"
    }

    fn slots(&self, engine: &Engine) -> usize {
        engine.settings.limits.deliveries
    }

    async fn claim(&mut self, engine: &Engine, claim: &Claim<'_>) -> store::Result<Vec<Delivery>> {
        inbox::claim(&engine.db, claim.now, claim.lease_end, claim.worker, claim.limit()).await
    }

    async fn turn(engine: Engine, worker: String, delivery: Delivery) -> store::Result<()> {
        engine.take_in(&delivery, &worker).await.map(|_| ())
    }

    async fn woken(&mut self, engine: &Engine) {
        engine.wake.for_inbox().await;
    }
}

/// The calls to one build system.
pub(super) struct Submissions {
    system: BuildSystem,
    /// The last project that was served: the next claim goes on behind it.
    served: ProjectId,
    moved: watch::Receiver<()>,
}

/// Before the first project.
const START: ProjectId = ProjectId(0);

impl Submissions {
    pub(super) fn new(engine: &Engine, system: BuildSystem) -> Self {
        Self { system, served: START, moved: engine.wake.workflows() }
    }
}

impl Queue for Submissions {
    type Item = Submission;

    fn name(&self) -> &'static str {
        self.system.as_str()
    }

    fn slots(&self, engine: &Engine) -> usize {
        engine.settings.limits.per_system
    }

    /// Submissions that do their work while they are sent are leased anew for it.
    fn longest_turn(&self, engine: &Engine) -> Duration {
        engine.longest_send(self.system)
    }

    async fn claim(&mut self, engine: &Engine, claim: &Claim<'_>) -> store::Result<Vec<Submission>> {
        let per_project = i64::try_from(engine.settings.limits.per_project).unwrap_or(i64::MAX);
        let limits = Limits { total: claim.limit(), per_project };
        loop {
            let Claim { now, lease_end, worker, .. } = *claim;
            let claimed =
                submissions::claim(&engine.db, self.system, now, lease_end, worker, limits, self.served)
                    .await?;
            let last = claimed.iter().map(|submission| submission.project_id).max();
            // Behind the last project it begins again with the first.
            let went_round = self.served == START;
            self.served = last.unwrap_or(START);
            if last.is_some() || went_round {
                return Ok(claimed);
            }
        }
    }

    async fn turn(engine: Engine, worker: String, submission: Submission) -> store::Result<()> {
        engine.work_on(&submission, &worker).await
    }

    async fn woken(&mut self, _: &Engine) {
        moved(&mut self.moved).await;
    }
}

/// What forges are to be told.
pub(super) struct Reports {
    moved: watch::Receiver<()>,
}

impl Reports {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { moved: engine.wake.workflows() }
    }
}

impl Queue for Reports {
    type Item = Report;

    fn name(&self) -> &'static str {
        "reports"
    }

    fn slots(&self, _: &Engine) -> usize {
        REPORTS_AT_ONCE
    }

    async fn claim(&mut self, engine: &Engine, claim: &Claim<'_>) -> store::Result<Vec<Report>> {
        reports::claim(&engine.db, claim.now, claim.lease_end, claim.worker, claim.limit()).await
    }

    async fn turn(engine: Engine, worker: String, report: Report) -> store::Result<()> {
        engine.tell(&report, &worker).await
    }

    async fn woken(&mut self, _: &Engine) {
        moved(&mut self.moved).await;
    }
}

/// What is said in comments.
pub(super) struct Replies {
    moved: watch::Receiver<()>,
}

impl Replies {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { moved: engine.wake.workflows() }
    }
}

impl Queue for Replies {
    type Item = Reply;

    fn name(&self) -> &'static str {
        "replies"
    }

    fn slots(&self, _: &Engine) -> usize {
        REPLIES_AT_ONCE
    }

    async fn claim(&mut self, engine: &Engine, claim: &Claim<'_>) -> store::Result<Vec<Reply>> {
        replies::claim(&engine.db, claim.now, claim.lease_end, claim.worker, claim.limit()).await
    }

    async fn turn(engine: Engine, worker: String, reply: Reply) -> store::Result<()> {
        engine.say(&reply, &worker).await
    }

    async fn woken(&mut self, _: &Engine) {
        moved(&mut self.moved).await;
    }
}

/// The sidetags of Koji that are ours.
pub(super) struct Sidetags {
    moved: watch::Receiver<()>,
}

impl Sidetags {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { moved: engine.wake.workflows() }
    }
}

impl Queue for Sidetags {
    type Item = Sidetag;

    fn name(&self) -> &'static str {
        "sidetags"
    }

    fn slots(&self, _: &Engine) -> usize {
        SIDETAGS_AT_ONCE
    }

    async fn claim(&mut self, engine: &Engine, claim: &Claim<'_>) -> store::Result<Vec<Sidetag>> {
        sidetags::claim(&engine.db, claim.now, claim.lease_end, claim.worker, claim.limit()).await
    }

    async fn turn(engine: Engine, _: String, sidetag: Sidetag) -> store::Result<()> {
        engine.look_after(&sidetag).await
    }

    async fn woken(&mut self, _: &Engine) {
        moved(&mut self.moved).await;
    }
}

async fn moved(workflows: &mut watch::Receiver<()>) {
    if workflows.changed().await.is_err() {
        // Nobody is left who could wake: the next look finds what there is.
        std::future::pending::<()>().await;
    }
}

//! The engine's tasks in one process: started together, stopped together.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::ProjectId;
use domain::words::BuildSystem;
use store::{inbox, reports, submissions};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::Engine;
use crate::intake::chain;

/// Reports that are told at once. Forges limit writes; few at a time is enough.
const REPORTS_AT_ONCE: i64 = 4;
/// How often old bodies are dropped.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long a stop waits for what is in flight; what takes longer is taken over by lease.
const GRACE: Duration = Duration::from_secs(20);

/// The running tasks.
#[derive(Debug)]
pub struct Tasks {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    engine: Engine,
    worker: String,
}

impl Tasks {
    /// Starts the engine's tasks: the inbox, one worker per configured build system, reports, housekeeping.
    pub fn start(engine: &Engine) -> Self {
        let stop = CancellationToken::new();
        let worker = format!("{}-{:08x}", std::process::id(), fastrand::u32(..));
        let mut tasks = JoinSet::new();
        let run = Run { engine: engine.clone(), worker: worker.clone(), stop: stop.clone() };
        tasks.spawn(run.clone().inbox());
        tasks.spawn(run.clone().reports());
        tasks.spawn(run.clone().housekeeping());
        for system in engine.builders.keys() {
            tasks.spawn(run.clone().submissions(*system));
        }
        info!(worker, systems = engine.builders.len(), "worker started");
        Self { tasks, stop, engine: engine.clone(), worker }
    }

    /// Stops claiming, lets what is in flight end, and gives back what is held.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(GRACE, async { while self.tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            warn!("calls are still in flight; another worker takes them over when their lease ends");
            self.tasks.abort_all();
        } else if let Err(error) =
            submissions::release_all(&self.engine.db, &self.worker, self.engine.clock.now()).await
        {
            warn!(error = %chain(&error), "what is held could not be given back; its leases end by themselves");
        }
        info!(worker = self.worker, "worker stopped");
    }
}

/// One process's share of the work.
#[derive(Debug, Clone)]
struct Run {
    engine: Engine,
    worker: String,
    stop: CancellationToken,
}

impl Run {
    async fn inbox(self) {
        let slots = Arc::new(Semaphore::new(self.engine.settings.limits.deliveries));
        while !self.stop.is_cancelled() {
            let free = i64::try_from(slots.available_permits()).unwrap_or(i64::MAX);
            let now = self.engine.clock.now();
            let claimed = if free == 0 {
                Ok(Vec::new())
            } else {
                inbox::claim(&self.engine.db, now, now + self.engine.settings.lease, &self.worker, free).await
            };
            let deliveries = self.or_pause(claimed, "the inbox").await;
            let idle = deliveries.is_empty();
            for delivery in deliveries {
                let Ok(permit) = Arc::clone(&slots).acquire_owned().await else { return };
                let run = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = run.engine.take_in(&delivery, &run.worker).await {
                        warn!(inbox = %delivery.id, error = %chain(&error), "delivery not settled; it comes back");
                    }
                    drop(permit);
                    run.engine.wake.inbox();
                });
            }
            if idle {
                self.idle(self.engine.wake.for_inbox()).await;
            }
        }
        let all = u32::try_from(self.engine.settings.limits.deliveries).unwrap_or(u32::MAX);
        let _ = slots.acquire_many(all).await;
    }

    async fn submissions(self, system: BuildSystem) {
        let limit = self.engine.settings.limits.per_system;
        let slots = Arc::new(Semaphore::new(limit));
        let mut served = ProjectId(0);
        while !self.stop.is_cancelled() {
            let claimed = self.claim(system, slots.available_permits(), served).await;
            let claimed = self.or_pause(claimed, system.as_str()).await;
            let idle = claimed.is_empty() && served == ProjectId(0);
            // Behind the last project it begins again with the first.
            served = claimed.iter().map(|submission| submission.project_id).max().unwrap_or(ProjectId(0));
            for submission in claimed {
                let Ok(permit) = Arc::clone(&slots).acquire_owned().await else { return };
                let run = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = run.engine.work_on(&submission, &run.worker).await {
                        warn!(submission = %submission.id, error = %chain(&error), "nothing written; it comes back");
                    }
                    drop(permit);
                    run.engine.wake.workflow();
                });
            }
            if idle {
                self.idle(self.engine.wake.for_submissions()).await;
            }
        }
        let _ = slots.acquire_many(u32::try_from(limit).unwrap_or(u32::MAX)).await;
    }

    async fn claim(
        &self,
        system: BuildSystem,
        free: usize,
        served: ProjectId,
    ) -> store::Result<Vec<submissions::Submission>> {
        if free == 0 {
            return Ok(Vec::new());
        }
        let now = self.engine.clock.now();
        let limits = submissions::Limits {
            total: i64::try_from(free).unwrap_or(i64::MAX),
            per_project: i64::try_from(self.engine.settings.limits.per_project).unwrap_or(i64::MAX),
        };
        let lease_end = now + self.engine.settings.lease;
        submissions::claim(&self.engine.db, system, now, lease_end, &self.worker, limits, served).await
    }

    async fn reports(self) {
        while !self.stop.is_cancelled() {
            let now = self.engine.clock.now();
            let lease_end = now + self.engine.settings.lease;
            let claimed =
                reports::claim(&self.engine.db, now, lease_end, &self.worker, REPORTS_AT_ONCE).await;
            let claimed = self.or_pause(claimed, "reports").await;
            if claimed.is_empty() {
                self.idle(self.engine.wake.for_reports()).await;
            }
            for report in claimed {
                if let Err(error) = self.engine.tell(&report, &self.worker).await {
                    warn!(event = %report.event_id, error = %chain(&error), "report not written; it comes back");
                }
            }
        }
    }

    async fn housekeeping(self) {
        while !self.stop.is_cancelled() {
            if let Err(error) = self.engine.forget_old_bodies().await {
                warn!(error = %chain(&error), "old bodies not dropped");
            }
            if let Err(error) = self.engine.forget_old_changes().await {
                warn!(error = %chain(&error), "old changes not dropped");
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(HOUSEKEEPING_INTERVAL) => {}
            }
        }
    }

    /// Waits until there may be something to do.
    async fn idle(&self, woken: impl Future<Output = ()>) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = woken => {}
            () = tokio::time::sleep(self.engine.settings.look_interval) => {}
        }
    }

    /// What was claimed; if the database cannot be asked, nothing, after a pause.
    async fn or_pause<T>(&self, claimed: store::Result<Vec<T>>, what: &str) -> Vec<T> {
        match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                error!(what, error = %chain(&error), "the database cannot be asked; trying again");
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    () = tokio::time::sleep(self.engine.settings.look_interval) => {}
                }
                Vec::new()
            }
        }
    }
}

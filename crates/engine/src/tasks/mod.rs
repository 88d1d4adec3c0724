//! The engine's tasks in one process: started together, stopped together.

mod queue;
mod queues;

use std::time::Duration;

use store::submissions;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::Engine;
use crate::intake::chain;
use crate::unattended::{LEFT_TO_OTHERS, LOOK_EVERY};
use queue::serve;
use queues::{Inbox, Replies, Reports, Sidetags, Submissions};

/// How often what is old is dropped, and Bodhi's releases are read.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// How long a stop waits for what is in flight; what takes longer is cut off.
const GRACE: Duration = Duration::from_secs(20);
/// How long a stop waits for the database to take back what is held.
const LAST_WORD: Duration = Duration::from_secs(10);

/// The running tasks. Dropped without [`Tasks::stop`] they end where they are, as in a crash.
#[derive(Debug)]
pub struct Tasks {
    tasks: JoinSet<()>,
    run: Run,
}

impl Tasks {
    /// Starts the engine's tasks: the inbox, one worker per configured build system, reports, replies, housekeeping.
    pub fn start(engine: &Engine) -> Self {
        let worker = format!("{}-{:08x}", std::process::id(), fastrand::u32(..));
        let run = Run { engine: engine.clone(), worker, stop: CancellationToken::new() };
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(run.clone(), Inbox));
        tasks.spawn(serve(run.clone(), Reports::new(engine)));
        tasks.spawn(serve(run.clone(), Replies::new(engine)));
        tasks.spawn(serve(run.clone(), Sidetags::new(engine)));
        tasks.spawn(run.clone().move_others_on());
        tasks.spawn(run.clone().housekeeping());
        tasks.spawn(run.clone().end_unattended());
        for system in engine.builders.keys() {
            tasks.spawn(serve(run.clone(), Submissions::new(engine, *system)));
        }
        info!(worker = run.worker, systems = engine.builders.len(), "worker started");
        Self { tasks, run }
    }

    /// Claims nothing more from this call on; what it returns ends when what is in flight has ended, and what is held
    /// was given back.
    pub fn stop(self) -> impl Future<Output = ()> + Send {
        self.run.stop.cancel();
        self.ended()
    }

    async fn ended(mut self) {
        let Run { engine, worker, .. } = &self.run;
        let ended = tokio::time::timeout(GRACE, async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Err(error) = ended {
                    error!(%error, "a task had ended before it was stopped");
                }
            }
        });
        if ended.await.is_err() {
            warn!("calls are still in flight; they are cut off, and looked up before they are sent again");
            self.tasks.shutdown().await;
        }
        let released = submissions::release_all(&engine.db, worker, engine.clock.now());
        let released = tokio::time::timeout(LAST_WORD, released).await;
        if let Err(error) = released.unwrap_or(Err(store::Error::Silent)) {
            warn!(error = %chain(&error), "what is held could not be given back; its leases end by themselves");
        }
        info!(worker, "worker stopped");
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
    async fn housekeeping(self) {
        while !self.stop.is_cancelled() {
            let refreshed = self.stop.run_until_cancelled(self.engine.refresh_releases()).await;
            if let Some(Err(error)) = refreshed {
                warn!(error = %chain(&error), "the release table was not read anew");
            }
            if let Err(error) = self.engine.forget_old_bodies().await {
                warn!(error = %chain(&error), "old bodies not dropped");
            }
            if let Err(error) = self.engine.forget_old_changes().await {
                warn!(error = %chain(&error), "old changes not dropped");
            }
            if let Err(error) = self.engine.forget_ended_sessions().await {
                warn!(error = %chain(&error), "ended logins not dropped");
            }
            self.pause(HOUSEKEEPING_INTERVAL).await;
        }
    }

    /// Moves events on that wait for others' targets which have ended.
    async fn move_others_on(self) {
        let mut moved = self.engine.wake.workflows();
        while !self.stop.is_cancelled() {
            match self.engine.move_others_on().await {
                Ok(0) => {}
                Ok(_) => {
                    self.engine.wake.workflow();
                    continue;
                }
                Err(error) => warn!(error = %chain(&error), "events that wait for others not moved on"),
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                _ = moved.changed() => {}
                () = tokio::time::sleep(self.engine.settings.look_interval) => {}
            }
        }
    }

    /// Ends what is at build systems that no process has. Others are given the time to start.
    async fn end_unattended(self) {
        let mut next = self.engine.clock.now() + LEFT_TO_OTHERS;
        while !self.stop.is_cancelled() {
            let now = self.engine.clock.now();
            if now >= next {
                next = now + LOOK_EVERY;
                match self.engine.end_unattended().await {
                    Ok(0) => {}
                    Ok(_) => self.engine.wake.workflow(),
                    Err(error) => warn!(error = %chain(&error), "what nobody looks after was not ended"),
                }
            }
            self.pause(self.engine.settings.look_interval).await;
        }
    }

    /// Sleeps, unless the tasks are stopped.
    async fn pause(&self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.stop.cancelled()).await;
    }
}

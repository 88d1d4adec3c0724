//! The outside systems: the simulator, on threads of its own so that its CPU time can be told apart.

use std::time::Duration;

use anyhow::Result;
use simulator::{Behaviour, LogEntry, Repository, Simulator, SimulatorConfig};
use tokio::runtime::{Builder, Runtime};

use crate::shapes;

/// The name of the simulator's threads.
pub const SIMULATOR_THREADS: &str = "simulator";

/// GitHub with repositories, Copr and Testing Farm.
#[derive(Debug)]
pub struct Outside {
    simulator: Simulator,
    /// Only none while it is dropped.
    runtime: Option<Runtime>,
}

impl Outside {
    /// Starts them; the `projects` repositories of `shapes::project` hold this package configuration, and Copr's ids are
    /// greater than `first_copr_id`: no two may be the same in one database.
    ///
    /// # Errors
    /// If there is no port or thread for it.
    pub async fn start(
        behaviour: Behaviour,
        first_copr_id: u64,
        projects: usize,
        configuration: &str,
    ) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(SIMULATOR_THREADS)
            .enable_all()
            .build()?;
        let config = SimulatorConfig { behaviour, first_copr_id, ..SimulatorConfig::default() };
        let simulator = runtime.spawn(Simulator::start(config)).await??;
        let files = [
            (".packit.yaml", configuration),
            ("package.spec", "Name: package\nVersion: 1\nRelease: 1\n"),
            (".fmf/version", "1\n"),
        ];
        for project in 0..projects {
            let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
            let repository = Repository { files, ..Repository::default() };
            simulator.put_repository(shapes::NAMESPACE, &shapes::project(project), repository);
        }
        Ok(Self { simulator, runtime: Some(runtime) })
    }

    /// The simulator.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// What was begun at outside systems so far, oldest first.
    pub fn began(&self) -> Vec<LogEntry> {
        self.simulator.log().into_iter().filter(|entry| entry.began.is_some()).collect()
    }

    /// How many calls there were so far.
    pub fn calls(&self) -> u64 {
        self.simulator.log().iter().map(|entry| entry.number).max().unwrap_or(0)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // A runtime must not be waited for where others run.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::ZERO);
        }
    }
}

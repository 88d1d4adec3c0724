//! A simulator, and other people's clients to drive it with.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};

use simulator::{Behaviour, Simulator, SimulatorConfig};

pub(crate) async fn simulator(behaviour: Behaviour) -> Simulator {
    Simulator::start(SimulatorConfig { behaviour, ..SimulatorConfig::default() }).await.unwrap()
}

/// The folder with the released clients' programs; none, and a line that says why, if they are not to be run.
pub(crate) fn peers(test: &str) -> Option<PathBuf> {
    test_support::interop_python(test)?.parent().map(Path::to_owned)
}
